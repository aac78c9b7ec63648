"""Writes of the registry: people, properties, sectors and routes, and the organisation itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import copy_rows, execute, reserve_ids, verdicts
from caudal.common.text import identification_key, search_text, sort_key
from caudal.common.versions import save_version
from caudal.registry.identifications import check
from caudal.registry.models import (
    DeclaredValue,
    Organisation,
    Ownership,
    Party,
    Property,
    Representation,
    Route,
    Sector,
)

ORGANISATION_FIELDS = (
    "name",
    "identification",
    "address",
    "phone",
    "email",
    "base_url",
    "claims_text",
    "interest_mode",
    "tax_rounding",
    "reading_window_days",
    "vocabulary",
    "holidays",
    "logo_svg",
)


class DuplicateIdentification(DomainError):
    """Another party has this identification. Fact: `identification`."""

    code = "duplicate_identification"
    template = _("There is already a person with the identification %(identification)s.")


class NamelessParty(DomainError):
    """Neither a given name nor a legal name."""

    code = "nameless_party"
    template = _("Write the name: names for a person, the legal name for a company.")


class DuplicateCode(DomainError):
    """A code that must be unique is taken. Fact: `value`."""

    code = "duplicate_code"
    template = _("The code %(value)s is already in use.")


class NegativeValue(DomainError):
    """A property worth less than nothing. Fact: `amount`."""

    code = "negative_value"
    template = _("A property cannot be worth %(amount)s.")


class NotRepresentable(DomainError):
    """Only a company is represented, and only by a person."""

    code = "not_representable"
    template = _("A company is represented by a person: choose one of each.")


class UserLinked(DomainError):
    """The user is the user of another party."""

    code = "user_linked"
    template = _("This user already belongs to another person.")


class AlreadyFounded(DomainError):
    """There is an organisation, and there can be but one. Fact: `name`."""

    code = "already_founded"
    template = _("%(name)s is set up here already; one installation serves one organisation.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationData:
    """What an organisation is from its first day on; the rest are settings that its office changes later."""

    name: str
    kind: str
    country: str
    currency: str
    symbol: str
    minor_units: int
    point: str
    group: str
    locale: str
    timezone: str
    identification: str = ""
    email: str = ""
    interest_mode: str = "at_payment"
    vocabulary: Mapping[str, str] = field(default_factory=dict)
    logo_svg: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyData:
    """What a form or a sheet says about a party; texts are trimmed on the way in."""

    kind: str = "natural"
    given_names: str = ""
    surnames: str = ""
    legal_name: str = ""
    identification_type: str = ""
    identification: str = ""
    identification_verified: bool = True
    email: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyData:
    """A property as typed: any of its facts may be unknown."""

    cadastral_code: str = ""
    address: str = ""
    sector_id: int | None = None


def party_columns(data: PartyData, *, country: str) -> dict[str, Any]:
    """The columns of a party row, searchable and sortable; pure, for rows made one by one or by COPY.

    A verified identification is checked by its type. Raises NamelessParty, WrongIdentification,
    UnknownIdentificationType.
    """
    columns = {k: v.strip() if isinstance(v, str) else v for k, v in asdict(data).items()}
    natural = columns["kind"] == "natural"
    if natural:
        columns["legal_name"] = ""
    else:
        columns["given_names"] = columns["surnames"] = ""
    name = " ".join(n for n in (columns["legal_name"], columns["given_names"], columns["surnames"]) if n)
    if not columns["given_names" if natural else "legal_name"]:
        raise NamelessParty()
    if columns["identification"] and columns["identification_verified"] and columns["identification_type"]:
        columns["identification"] = check(
            country=country, type_code=columns["identification_type"], text=columns["identification"]
        )
    key = identification_key(columns["identification"])
    columns["identification_key"] = key
    columns["search_text"] = search_text(name, columns["identification"], key, columns["email"])
    surname_first = f"{columns['surnames']} {columns['given_names']}" if columns["surnames"] else name
    columns["sort_key"] = sort_key(surname_first)[:300]
    return columns


def create_party(*, data: PartyData) -> Party:
    """A new party. Raises DuplicateIdentification and what `party_columns` raises."""
    columns = party_columns(data, country=_country())
    with (
        verdicts(party_identification_once=DuplicateIdentification(identification=data.identification)),
        transaction.atomic(),
    ):
        return Party.objects.create(**columns)


def update_party(*, party_id: int, version: int, data: PartyData) -> Party:
    """Change a party that still has the version that was shown.

    Raises ChangedMeanwhile, DuplicateIdentification, and what `party_columns` raises.
    """
    party = Party.objects.get(pk=party_id)
    columns = party_columns(data, country=_country())
    with (
        verdicts(party_identification_once=DuplicateIdentification(identification=data.identification)),
        transaction.atomic(),
    ):
        save_version(party, version=version, changes=columns)
    return party


def create_property(*, data: PropertyData) -> Property:
    """A new property. Raises DuplicateCode for a cadastral code that exists."""
    with verdicts(property_cadastral_once=DuplicateCode(value=data.cadastral_code)), transaction.atomic():
        return Property.objects.create(
            **asdict(data), search_text=search_text(data.cadastral_code, data.address)
        )


def declare_value(*, property_id: int, amount: Decimal, received_on: date, by: Actor) -> DeclaredValue:
    """What an owner declares a property to be worth: it counts from the next 1 January on.

    A second declaration in a year takes the place of the first. Raises NegativeValue.
    """
    if amount < 0:
        raise NegativeValue(amount=amount)
    declared = DeclaredValue(
        property_id=property_id,
        amount=amount,
        received_on=received_on,
        counts_from=date(received_on.year + 1, 1, 1),
    )
    DeclaredValue.objects.bulk_create(
        [declared],
        update_conflicts=True,
        unique_fields=["property", "counts_from"],
        update_fields=["amount", "received_on"],
    )
    after = {"amount": str(amount), "from": declared.counts_from.isoformat()}
    audit.record(
        by=by, kind="registry.declare_value", object_type="property", object_id=property_id, after=after
    )
    return declared


def add_owner(
    *, property_id: int, party_id: int, share: Decimal = Decimal(1), valid_from: date, by: Actor
) -> Ownership:
    """Say that a party owns a share (1 is all) of a property from a day on."""
    owned = Ownership.objects.create(
        property_id=property_id, party_id=party_id, share=share, valid_from=valid_from
    )
    after = {"party": party_id, "share": str(share), "from": valid_from.isoformat()}
    audit.record(by=by, kind="registry.add_owner", object_type="property", object_id=property_id, after=after)
    return owned


def add_representative(
    *, represented_id: int, representative_id: int, valid_from: date, by: Actor
) -> Representation:
    """Let a person act for a company from a day on. Raises NotRepresentable for any other pair of parties."""
    kinds = dict(Party.objects.filter(pk__in=(represented_id, representative_id)).values_list("pk", "kind"))
    if (kinds[represented_id], kinds[representative_id]) != ("juridical", "natural"):
        raise NotRepresentable()
    acts_for = Representation.objects.create(
        represented_id=represented_id, representative_id=representative_id, valid_from=valid_from
    )
    after = {"representative": representative_id, "from": valid_from.isoformat()}
    audit.record(
        by=by, kind="registry.add_representative", object_type="party", object_id=represented_id, after=after
    )
    return acts_for


def link_user(*, party_id: int, user_id: int, by: Actor) -> None:
    """Let a user see in the portal what is this party's. Raises UserLinked when the user is somebody else."""
    with verdicts(registry_party_user_id_key=UserLinked()), transaction.atomic():
        Party.objects.filter(pk=party_id).update(user_id=user_id)
    audit.record(
        by=by, kind="registry.link_user", object_type="party", object_id=party_id, after={"user": user_id}
    )


def save_sector(*, code: str, name: str, sector_id: int | None = None, by: Actor) -> Sector:
    """Create a sector, or change the one given. Raises DuplicateCode."""
    sector = Sector() if sector_id is None else Sector.objects.get(pk=sector_id)
    sector.code, sector.name = code.strip(), name.strip()
    with verdicts(registry_sector_code_key=DuplicateCode(value=code)), transaction.atomic():
        sector.save()
        after = {"code": sector.code, "name": sector.name}
        audit.record(by=by, kind="registry.sector", object_type="sector", object_id=sector.pk, after=after)
    return sector


def save_route(*, code: str, name: str, sector_id: int, route_id: int | None = None, by: Actor) -> Route:
    """Create a route in a sector, or change the one given. Raises DuplicateCode."""
    route = Route() if route_id is None else Route.objects.get(pk=route_id)
    route.code, route.name, route.sector_id = code.strip(), name.strip(), sector_id
    with verdicts(registry_route_code_key=DuplicateCode(value=code)), transaction.atomic():
        route.save()
        after = {"code": route.code, "name": route.name, "sector": sector_id}
        audit.record(by=by, kind="registry.route", object_type="route", object_id=route.pk, after=after)
    return route


@transaction.atomic
def found_organisation(*, data: OrganisationData, by: Actor) -> Organisation:
    """Set up the one organisation of this installation. Raises AlreadyFounded."""
    if present := Organisation.objects.first():
        raise AlreadyFounded(name=present.name)
    with verdicts(registry_organisation_singleton_key=AlreadyFounded(name=data.name)), transaction.atomic():
        organisation = Organisation.objects.create(**asdict(data))
    after = asdict(data) | {"logo_svg": len(data.logo_svg)}
    audit.record(
        by=by, kind="registry.found", object_type="organisation", object_id=organisation.pk, after=after
    )
    return organisation


def copy_parties(*, parties: Sequence[PartyData], import_id: int) -> list[int]:
    """Many new parties at once; their ids, in the same order. Raises as `party_columns`, DuplicateIdentification."""
    country = _country()
    rows = [party_columns(data, country=country) for data in parties]
    ids = reserve_ids("registry_party", len(rows))
    if rows:
        names = tuple(rows[0])
        copied = [(key, *row.values(), 1, import_id) for key, row in zip(ids, rows, strict=True)]
        twice = DuplicateIdentification(identification="")
        with verdicts(party_identification_once=twice), transaction.atomic():
            copy_rows("registry_party", ("id", *names, "version", "import_id"), copied)
    return ids


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


def delete_import(*, import_id: int) -> None:
    """Take back the people and sectors that an import brought."""
    execute("registry/delete_import", {"import_id": import_id})


@transaction.atomic
def update_organisation(*, changes: dict[str, Any], by: Actor) -> Organisation:
    """Change the organisation's settings; only the fields of ORGANISATION_FIELDS may be among the changes."""
    unknown = set(changes) - set(ORGANISATION_FIELDS)
    assert not unknown, f"not settings of the organisation: {unknown}"
    organisation = Organisation.objects.select_for_update().get()
    before = {name: getattr(organisation, name) for name in changes}
    for name, value in changes.items():
        setattr(organisation, name, value)
    organisation.save(update_fields=list(changes))
    changed = {name: value for name, value in changes.items() if before[name] != value}
    audit.record(
        by=by,
        kind="registry.organisation",
        object_type="organisation",
        object_id=organisation.pk,
        before={name: before[name] for name in changed},
        after=changed,
    )
    return organisation


def _country() -> str:
    """The town's country, which decides how identifications are checked; none before there is a town."""
    return Organisation.objects.values_list("country", flat=True).first() or ""
