"""The organisation itself: founded once, its settings changed later."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import save_version
from caudal.registry.models import (
    Organisation,
)
from caudal.registry.queries import forget_organisation

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
    "reminders",
    "reminder_days_before",
    "reminder_days_after",
    "second_approval",
    "second_person",
    "self_readings",
    "self_reading_days",
    "self_reading_photo",
    "self_reading_accepts",
    "vocabulary",
    "holidays",
    "logo_svg",
)


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
    holidays: tuple[str, ...] = ()
    logo_svg: str = ""


@transaction.atomic
def found_organisation(*, data: OrganisationData, by: Actor) -> Organisation:
    """Set up the one organisation of this installation. Raises AlreadyFounded."""
    if present := Organisation.objects.first():
        raise AlreadyFounded(name=present.name)
    with verdicts(registry_organisation_singleton_key=AlreadyFounded(name=data.name)), transaction.atomic():
        organisation = Organisation.objects.create(**asdict(data))
    forget_organisation()
    after = asdict(data) | {"logo_svg": len(data.logo_svg)}
    audit.record(
        by=by, kind="registry.found", object_type="organisation", object_id=organisation.pk, after=after
    )
    return organisation


@transaction.atomic
def update_organisation(*, changes: dict[str, Any], by: Actor, version: int | None = None) -> Organisation:
    """Change the organisation's settings; only the fields of ORGANISATION_FIELDS may be among the changes.

    `version` is the one that a form showed, none for a command, which changes what it names whatever the rest is.
    Raises ChangedMeanwhile.
    """
    unknown = set(changes) - set(ORGANISATION_FIELDS)
    assert not unknown, f"not settings of the organisation: {unknown}"
    organisation = Organisation.objects.select_for_update().get()
    before = {name: getattr(organisation, name) for name in changes}
    save_version(organisation, version=organisation.version if version is None else version, changes=changes)
    forget_organisation()
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
