"""How an installation begins: the organisation, the services of its kind, its tariffs to be, and who administers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.access import operations as access
from caudal.access.models import User
from caudal.access.roles import ADMINISTRATOR
from caudal.billing import operations as billing
from caudal.billing.operations.numbering import INVOICES, RECEIPTS
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.registry import operations as registry
from caudal.registry.models import Organisation
from caudal.registry.operations import OrganisationData
from caudal.tariffs import operations as tariffs
from caudal.tariffs.models import Service
from caudal.tariffs.operations import ServiceData
from caudal.workflows.founding import town_formats
from caudal.workflows.founding.presets import holidays_of, preset_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorData:
    """The first user."""

    username: str
    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTown:
    """An organisation as somebody describes it who sets it up; what is left empty is as its kind and country have it.

    `kind` is that of a preset; `locale` a language and country, such as es-CR.
    """

    kind: str
    name: str
    locale: str = ""
    currency: str = ""
    timezone: str = ""
    identification: str = ""
    email: str = ""
    logo_svg: str = ""


class UnknownTimezone(DomainError):
    """No time zone of that name. Facts: `timezone`."""

    code = "unknown_timezone"
    template = _("%(timezone)s is not a time zone, such as America/Costa_Rica.")


def organisation_of(new: NewTown, *, on: date) -> OrganisationData:
    """All that is known of a new organisation: how its country writes money and tells time, its words, its holidays.

    Raises UnknownLocale, UnknownCurrency, UnknownTimezone.
    """
    locale = new.locale or preset_of(new.kind).locale
    country = town_formats.territory(locale)
    preset = preset_of(new.kind, country)
    currency = (new.currency or town_formats.currency_of(country)).upper()
    timezone = new.timezone or town_formats.first_zone(country)
    if timezone not in available_timezones():
        raise UnknownTimezone(timezone=timezone)
    money = town_formats.money_format(locale, currency)
    return OrganisationData(
        name=new.name,
        kind=new.kind.replace("-", "_"),
        country=country,
        currency=currency,
        symbol=money.symbol,
        minor_units=money.minor_units,
        point=money.point,
        group=money.group,
        locale=locale,
        timezone=timezone,
        identification=new.identification,
        email=new.email,
        interest_mode=preset.interest_mode,
        vocabulary=dict(preset.vocabulary),
        holidays=holidays_of(country, on=on),
        logo_svg=new.logo_svg,
    )


@transaction.atomic
def set_up(
    new: NewTown, *, administrator: AdministratorData, on: date, by: Actor
) -> tuple[Organisation, User]:
    """Set up an organisation with the services of its kind and its tariffs to be priced, and who administers it.

    Raises what `organisation_of` and `found` raise.
    """
    organisation = organisation_of(new, on=on)
    preset = preset_of(new.kind, organisation.country)
    founded = found(services=preset.services, organisation=organisation, administrator=administrator, by=by)
    sketch_tariffs(skeletons=preset.tariffs, valid_from=on.replace(day=1), by=by)
    return founded


@transaction.atomic
def found(
    *,
    services: Sequence[ServiceData],
    organisation: OrganisationData,
    administrator: AdministratorData,
    by: Actor,
) -> tuple[Organisation, User]:
    """Everything an empty installation needs before its first customer, or nothing: its services (mostly those
    of a preset), its series of numbers, and who administers it.

    Raises AlreadyFounded, DuplicateUser, WeakPassword.
    """
    founded = registry.found_organisation(data=organisation, by=by)
    for service in services:
        tariffs.create_service(data=service, by=by)
    billing.ensure_series(code=INVOICES, kind="invoice")
    billing.ensure_series(code=RECEIPTS, kind="receipt")
    user = access.create_user(
        username=administrator.username,
        email=administrator.email,
        name=administrator.name,
        roles=[ADMINISTRATOR],
        by=by,
    )
    return founded, access.set_password(user_id=user.pk, password=administrator.password, by=by)


@transaction.atomic
def sketch_tariffs(*, skeletons: Mapping[str, dict[str, Any]], valid_from: date, by: Actor) -> None:
    """Prepare a tariff for each skeleton, by code: a draft without prices, in force from a day once it has them."""
    service_ids = dict(Service.objects.values_list("code", "id"))
    for code, definition in skeletons.items():
        service_id = service_ids[definition["service"]]
        tariff = tariffs.create_tariff(service_id=service_id, code=code, name=definition["name"], by=by)
        tariffs.save_draft(tariff_id=tariff.pk, valid_from=valid_from, definition=definition, by=by)
