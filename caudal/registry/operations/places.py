"""Sectors, routes and properties, and what a property is worth."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.text import search_text
from caudal.common.versions import ChangedMeanwhile
from caudal.registry.models import DeclaredValue, Property, Route, Sector
from caudal.registry.operations.recording import change, record_created

Place = Sector | Route | Property


class DuplicateCode(DomainError):
    """A code that must be unique is taken. Fact: `value`."""

    code = "duplicate_code"
    template = _("The code %(value)s is already in use.")


class NegativeValue(DomainError):
    """A property worth less than nothing. Fact: `amount`."""

    code = "negative_value"
    template = _("A property cannot be worth %(amount)s.")


class ResolutionNeeded(DomainError):
    """A value that is to count within a year, without what orders it."""

    code = "resolution_needed"
    template = _("Only a resolution makes a value count before the next 1 January: write its number.")


class PlaceUnknown(DomainError):
    """Neither a cadastral code nor an address."""

    code = "place_unknown"
    template = _("Write the cadastral code or the address.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyData:
    """A property as typed: any of its facts may be unknown."""

    cadastral_code: str = ""
    address: str = ""
    sector_id: int | None = None


@transaction.atomic
def create_property(*, data: PropertyData, by: Actor | None = None) -> Property:
    """A new property. `by` is None where an import or a demo brings thousands, with one record of its own.

    Raises DuplicateCode for a cadastral code that exists, PlaceUnknown.
    """
    with verdicts(property_cadastral_once=DuplicateCode(value=data.cadastral_code)), transaction.atomic():
        made = Property.objects.create(**_columns(data))
    if by is not None:
        record_created(made, kind="registry.property", columns=asdict(data), by=by)
    return made


@transaction.atomic
def update_property(*, property_id: int, version: int, data: PropertyData, by: Actor) -> Property:
    """Change a property that still has the version that was shown.

    Raises ChangedMeanwhile, DuplicateCode, PlaceUnknown.
    """
    place = Property.objects.get(pk=property_id)
    with verdicts(property_cadastral_once=DuplicateCode(value=data.cadastral_code)), transaction.atomic():
        change(place, version=version, changes=_columns(data), kind="registry.update_property", by=by)
    return place


@transaction.atomic
def move_properties(*, property_ids: Iterable[int], sector_id: int | None, by: Actor) -> int:
    """Put many properties into another sector, or into none; how many were somewhere else before."""
    sector = None if sector_id is None else Sector.objects.get(pk=sector_id)
    moved = 0
    for place in Property.objects.select_for_update().filter(pk__in=list(property_ids)).order_by("pk"):
        if place.sector_id != sector_id:
            changes = {"sector_id": sector.pk if sector else None}
            change(place, version=place.version, changes=changes, kind="registry.update_property", by=by)
            moved += 1
    return moved


@transaction.atomic
def declare_value(
    *,
    property_id: int,
    amount: Decimal,
    received_on: date,
    resolution: str = "",
    counts_from: date | None = None,
    by: Actor,
) -> DeclaredValue:
    """What a property is worth: as its owner declares it from the next 1 January on, by a resolution from any day on.

    What is billed already stays; a tax takes the value of the first day of its quarter. A second declaration from the
    same day takes the place of the first. Raises NegativeValue, ResolutionNeeded.
    """
    if amount < 0:
        raise NegativeValue(amount=amount)
    if counts_from is not None and not resolution.strip():
        raise ResolutionNeeded()
    declared = DeclaredValue(
        property_id=property_id,
        amount=amount,
        received_on=received_on,
        counts_from=counts_from or date(received_on.year + 1, 1, 1),
        resolution=resolution.strip(),
    )
    DeclaredValue.objects.bulk_create(
        [declared],
        update_conflicts=True,
        unique_fields=["property", "counts_from"],
        update_fields=["amount", "received_on", "resolution"],
    )
    after = {"amount": str(amount), "from": declared.counts_from.isoformat()}
    if declared.resolution:
        after["resolution"] = declared.resolution
    audit.record(
        by=by, kind="registry.declare_value", object_type="property", object_id=property_id, after=after
    )
    return declared


def save_sector(*, code: str, name: str, sector_id: int | None = None, version: int = 1, by: Actor) -> Sector:
    """Create a sector, or change the one given. Raises DuplicateCode, ChangedMeanwhile."""
    changes = {"code": code.strip(), "name": name.strip()}
    with verdicts(registry_sector_code_key=DuplicateCode(value=code)), transaction.atomic():
        if sector_id is None:
            sector = Sector.objects.create(**changes)
            record_created(sector, kind="registry.sector", columns=changes, by=by)
        else:
            sector = Sector.objects.get(pk=sector_id)
            change(sector, version=version, changes=changes, kind="registry.sector", by=by)
    return sector


@transaction.atomic
def move_routes(*, route_ids: Iterable[int], sector_id: int, by: Actor) -> int:
    """Put many routes into another sector; how many were in another before."""
    moved = 0
    for route in Route.objects.select_for_update().filter(pk__in=list(route_ids)).order_by("pk"):
        if route.sector_id != sector_id:
            change(
                route, version=route.version, changes={"sector_id": sector_id}, kind="registry.route", by=by
            )
            moved += 1
    return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteData:
    """A route as typed."""

    code: str
    name: str
    sector_id: int


def save_route(*, data: RouteData, route_id: int | None = None, version: int = 1, by: Actor) -> Route:
    """Create a route in a sector, or change the one given. Raises DuplicateCode, ChangedMeanwhile."""
    changes = {"code": data.code.strip(), "name": data.name.strip(), "sector_id": data.sector_id}
    with verdicts(registry_route_code_key=DuplicateCode(value=data.code)), transaction.atomic():
        if route_id is None:
            route = Route.objects.create(**changes)
            record_created(route, kind="registry.route", columns=changes, by=by)
        else:
            route = Route.objects.get(pk=route_id)
            change(route, version=version, changes=changes, kind="registry.route", by=by)
    return route


@transaction.atomic
def retire(place: Place, *, version: int, on: date, by: Actor) -> bool:
    """Take a place out of use: deleted when nothing hangs on it, else closed on a day.

    Answers whether it was deleted. Raises ChangedMeanwhile.
    """
    shown = type(place)._default_manager.select_for_update().filter(pk=place.pk, version=version).first()
    if shown is None:
        raise ChangedMeanwhile(version=version)
    kind = f"registry.retire_{place._meta.model_name}"
    pk, said = place.pk, str(place)
    try:
        with transaction.atomic():
            place.delete()
    except ProtectedError:
        change(shown, version=version, changes={"closed_on": on}, kind=kind, by=by)
        return False
    audit.record(
        by=by, kind=kind, object_type=place._meta.model_name or "", object_id=pk, before={"name": said}
    )
    return True


@transaction.atomic
def reopen(place: Place, *, version: int, by: Actor) -> None:
    """Take a closed place into use again. Raises ChangedMeanwhile."""
    kind = f"registry.reopen_{place._meta.model_name}"
    change(place, version=version, changes={"closed_on": None}, kind=kind, by=by)


def sectors_named(*, names: Iterable[str], import_id: int) -> dict[str, int]:
    """Ids by searchable name; what is missing is created, its code the next free number."""
    known = {search_text(sector.name): sector.pk for sector in Sector.objects.order_by("-id")}
    codes = set(Sector.objects.values_list("code", flat=True))
    number = 0
    for name in names:
        if search_text(name) in known:
            continue
        while not number or str(number) in codes:
            number += 1
        codes.add(str(number))
        known[search_text(name)] = Sector.objects.create(code=str(number), name=name, import_id=import_id).pk
    return known


def _columns(data: PropertyData) -> dict[str, Any]:
    columns = {k: v.strip() if isinstance(v, str) else v for k, v in asdict(data).items()}
    if not (columns["cadastral_code"] or columns["address"]):
        raise PlaceUnknown()
    return columns | {"search_text": search_text(data.cadastral_code, data.address)}
