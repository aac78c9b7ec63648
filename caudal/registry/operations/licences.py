"""Licences of businesses (patentes): given, changed, closed; a closed one keeps its number."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.text import search_text
from caudal.registry.models import Licence
from caudal.registry.operations.recording import change, record_created


class DuplicateLicence(DomainError):
    """The number belongs to another licence, closed ones included. Fact: `number`."""

    code = "duplicate_licence"
    template = _("There is already a licence with the number %(number)s.")


class LicenceClosesTooEarly(DomainError):
    """A licence lasts a day at least. Fact: `opened_on`."""

    code = "licence_closes_too_early"
    template = _("The licence began on %(opened_on)s: it must end after that day.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceData:
    """A licence as typed: whose it is, for what, and where, if it has a place."""

    party_id: int
    number: str
    activity: str
    opened_on: date
    property_id: int | None = None


@transaction.atomic
def create_licence(*, data: LicenceData, by: Actor) -> Licence:
    """A new licence. Raises DuplicateLicence."""
    columns = _columns(data)
    with verdicts(licence_number_once=DuplicateLicence(number=data.number)), transaction.atomic():
        licence = Licence.objects.create(**columns)
    record_created(licence, kind="registry.licence", columns=columns, by=by)
    return licence


@transaction.atomic
def update_licence(*, licence_id: int, version: int, data: LicenceData, by: Actor) -> Licence:
    """Change a licence that still has the version that was shown.

    Raises ChangedMeanwhile, DuplicateLicence, LicenceClosesTooEarly (when it was closed before it now opens).
    """
    licence = Licence.objects.get(pk=licence_id)
    refusals = {
        "licence_number_once": DuplicateLicence(number=data.number),
        "licence_span": LicenceClosesTooEarly(opened_on=data.opened_on),
    }
    with verdicts(**refusals), transaction.atomic():
        change(licence, version=version, changes=_columns(data), kind="registry.update_licence", by=by)
    return licence


@transaction.atomic
def close_licence(*, licence_id: int, version: int, closed_on: date | None, by: Actor) -> Licence:
    """End a licence on a day, or take its end back (None). Raises ChangedMeanwhile, LicenceClosesTooEarly."""
    licence = Licence.objects.get(pk=licence_id)
    too_early = LicenceClosesTooEarly(opened_on=licence.opened_on)
    with verdicts(licence_span=too_early), transaction.atomic():
        change(
            licence,
            version=version,
            changes={"closed_on": closed_on},
            kind="registry.close_licence",
            by=by,
        )
    return licence


def _columns(data: LicenceData) -> dict[str, Any]:
    columns = {k: v.strip() if isinstance(v, str) else v for k, v in asdict(data).items()}
    return columns | {"search_text": search_text(data.number, data.activity)}
