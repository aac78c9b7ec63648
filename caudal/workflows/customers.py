"""A new customer by one form, and changes to customers, connections and meters with what they were before."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.models import Account, Subscription
from caudal.billing.operations.accounts import Place
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import save_version
from caudal.metering.models import Connection, Installation
from caudal.metering.operations import connections, meters
from caudal.metering.operations.connections import ConnectionData
from caudal.metering.operations.meters import MeterData, Register
from caudal.receivables.operations import lock_account
from caudal.registry import operations as registry
from caudal.registry.models import Party
from caudal.registry.operations import PartyData
from caudal.tariffs.models import Service, Tariff
from caudal.workflows.citizens.users import correct_sign_in


class MeterNeeded(DomainError):
    """A metered service without a meter. Fact: `service`."""

    code = "meter_needed"
    template = _("%(service)s is billed by meter: write the meter's serial and its first reading.")


class PropertyNeeded(DomainError):
    """A tax on the value without a property that has one. Fact: `service`."""

    code = "property_needed"
    template = _("%(service)s follows from a property's value: say which property.")


class LicenceNeeded(DomainError):
    """A licence's charge without the licence. Fact: `service`."""

    code = "licence_needed"
    template = _("%(service)s is charged for a licence: say which one.")


class DuplicateAccount(DomainError):
    """The number belongs to another account. Fact: `number`."""

    code = "duplicate_account"
    template = _("There is already an account with the number %(number)s.")


class TariffTwice(DomainError):
    """Two tariffs of one service were chosen for one connection. Fact: `service`."""

    code = "tariff_twice"
    template = _("Choose only one tariff of %(service)s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTariff:
    """A service the customer takes, by its tariff; `amount` replaces the tariff's fixed amount."""

    tariff_id: int
    category: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewService:
    """One form: who, where, what, and the meter's first register.

    A `party_id` or `account_id` says that the person or the account exists already. `meter` and
    `first_register` go together. Numbers are given unless they are written.
    """

    starts_on: date
    connection: ConnectionData
    tariffs: tuple[ChosenTariff, ...]
    party: PartyData | None = None
    party_id: int | None = None
    account_id: int | None = None
    delivery: str = "mail"
    meter: MeterData | None = None
    first_register: Decimal | None = None
    account_number: str = ""
    connection_number: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """What one form made, or found."""

    party: Party
    account: Account
    connection: Connection
    installation: Installation | None
    subscriptions: tuple[Subscription, ...]


@transaction.atomic
def open_service(*, form: NewService, by: Actor) -> Opened:
    """Make person, account, connection, services, meter, installation and first reading; all or nothing.

    Raises DuplicateIdentification, WrongIdentification, DuplicateConnection, DuplicateAccount, MeterElsewhere,
    MeterNeeded, TariffTwice.
    """
    chosen = _chosen_tariffs(form)
    connection = connections.create_connection(data=form.connection, number=form.connection_number)
    account = _account(form)
    place = Place(connection_id=connection.pk, property_id=form.connection.property_id)
    subscriptions = tuple(
        billing.subscribe(
            account=account,
            tariff=tariff,
            valid_from=form.starts_on,
            place=place,
            category=choice.category,
            amount_override=choice.amount,
        )
        for choice, tariff in chosen
    )
    installation = None
    if form.meter is not None and form.first_register is not None:
        first = Register(form.starts_on, form.first_register)
        installation = meters.install_meter(connection_id=connection.pk, meter=form.meter, first=first, by=by)
    opened = Opened(account.holder, account, connection, installation, subscriptions)
    audit.record(
        by=by,
        kind="customers.open_service",
        object_type="party",
        object_id=account.holder_id,
        after=_facts_of(opened, form),
    )
    return opened


@transaction.atomic
def update_customer(
    *,
    party_id: int,
    version: int,
    data: PartyData,
    delivery: str | None = None,
    sign_in_too: bool = False,
    by: Actor,
) -> Party:
    """Change who a customer is and how to reach him; `delivery` is how the invoices of his accounts do.

    `sign_in_too`: by the same mail address his user signs in and recovers his password. Raises ChangedMeanwhile,
    DuplicateIdentification, DuplicateUser.
    """
    before = _editable(Party.objects.get(pk=party_id), data)
    party = registry.update_party(party_id=party_id, version=version, data=data)
    _record_change(by, "customers.update", party, before, _editable(party, data))
    if delivery is not None:
        for account in Account.objects.filter(holder=party).exclude(delivery=delivery):
            old = {"delivery": account.delivery}
            save_version(account, version=account.version, changes={"delivery": delivery})
            _record_change(by, "customers.delivery", account, old, {"delivery": delivery})
    if sign_in_too:
        correct_sign_in(party=party, by=by)
    return party


@transaction.atomic
def add_service(
    *, account_id: int, connection_id: int, chosen: ChosenTariff, starts_on: date, by: Actor
) -> Subscription:
    """Give a connection one more service. Raises AlreadySubscribed, MeterNeeded."""
    connection = Connection.objects.get(pk=connection_id)
    place = Place(connection_id=connection.pk, property_id=connection.property_id)
    return add_service_at(account_id=account_id, place=place, chosen=chosen, starts_on=starts_on, by=by)


@transaction.atomic
def add_service_at(
    *, account_id: int, place: Place, chosen: ChosenTariff, starts_on: date, by: Actor
) -> Subscription:
    """Give an account one more service at any place: a connection, a property, a licence, or none.

    Raises AlreadySubscribed, MeterNeeded, PropertyNeeded, LicenceNeeded.
    """
    tariff = Tariff.objects.select_related("service").get(pk=chosen.tariff_id)
    _place_suits(tariff.service, place)
    subscription = billing.subscribe(
        account=Account.objects.get(pk=account_id),
        tariff=tariff,
        valid_from=starts_on,
        place=place,
        category=chosen.category,
        amount_override=chosen.amount,
    )
    after = {"service": tariff.service.code, "tariff": tariff.code, "from": starts_on.isoformat()}
    audit.record(
        by=by, kind="customers.add_service", object_type="account", object_id=account_id, after=after
    )
    return subscription


def _place_suits(service: Service, place: Place) -> None:
    """Refuse what could never be priced: its bill would be held month after month."""
    standing = Installation.objects.filter(connection=place.connection_id, removed_on=None)
    if service.kind == "metered" and not (place.connection_id and standing.exists()):
        raise MeterNeeded(service=service.name)
    if service.kind == "ad_valorem" and place.property_id is None:
        raise PropertyNeeded(service=service.name)
    if service.kind == "licence" and place.licence_id is None:
        raise LicenceNeeded(service=service.name)


@transaction.atomic
def end_service(*, subscription_id: int, ends_on: date, by: Actor) -> None:
    """End a service: nothing is expected of it for months that begin on or after that day.

    Raises ServiceEnded, where it passed to another account meanwhile too, and ServiceBeganLater.
    """
    subscription = Subscription.objects.select_related("service").get(pk=subscription_id)
    lock_account(subscription.account_id)
    billing.end_subscription(subscription=subscription, on=ends_on)
    after = {"service": subscription.service.code, "to": ends_on.isoformat()}
    audit.record(
        by=by,
        kind="customers.end_service",
        object_type="account",
        object_id=subscription.account_id,
        after=after,
    )


@transaction.atomic
def update_connection(*, connection_id: int, version: int, data: ConnectionData, by: Actor) -> Connection:
    """Change a supply point, its limit among others. Raises ChangedMeanwhile."""
    before = _editable(Connection.objects.get(pk=connection_id), data)
    connection = connections.update_connection(connection_id=connection_id, version=version, data=data)
    _record_change(by, "customers.update_connection", connection, before, _editable(connection, data))
    return connection


@transaction.atomic
def put_meter(*, connection_id: int, meter: MeterData, first: Register, by: Actor) -> Installation:
    """Install a meter at a connection. Raises MeterElsewhere."""
    stay = meters.install_meter(connection_id=connection_id, meter=meter, first=first, by=by)
    after = {"serial": stay.meter.serial, "on": first.read_on.isoformat(), "register": str(first.value)}
    audit.record(
        by=by,
        kind="customers.put_meter",
        object_type="connection",
        object_id=connection_id,
        after=after,
    )
    return stay


@transaction.atomic
def change_meter(
    *, installation_id: int, final: Register, meter: MeterData, first: Decimal, by: Actor
) -> Installation:
    """Replace a meter on a day by another. Raises MeterRemoved, RemovedTooEarly, BrokenRegisters."""
    old = Installation.objects.select_related("meter").get(pk=installation_id)
    stay = meters.replace_meter(installation_id=installation_id, final=final, meter=meter, first=first, by=by)
    audit.record(
        by=by,
        kind="customers.change_meter",
        object_type="connection",
        object_id=stay.connection_id,
        before={"serial": old.meter.serial, "register": str(final.value)},
        after={
            "serial": stay.meter.serial,
            "on": final.read_on.isoformat(),
            "register": str(first),
        },
    )
    return stay


def _chosen_tariffs(form: NewService) -> list[tuple[ChosenTariff, Tariff]]:
    """The tariffs of the form, in the order in which bills list their services."""
    tariffs = Tariff.objects.select_related("service").in_bulk([c.tariff_id for c in form.tariffs])
    chosen = sorted(
        ((choice, tariffs[choice.tariff_id]) for choice in form.tariffs),
        key=lambda pair: (pair[1].service.position, pair[1].service.code),
    )
    seen: set[int] = set()
    for _choice, tariff in chosen:
        if tariff.service_id in seen:
            raise TariffTwice(service=tariff.service.name)
        seen.add(tariff.service_id)
        if tariff.service.kind == "metered" and (form.meter is None or form.first_register is None):
            raise MeterNeeded(service=tariff.service.name)
    return chosen


def _account(form: NewService) -> Account:
    if form.account_id is not None:
        return Account.objects.select_related("holder").get(pk=form.account_id)
    holder_id = form.party_id
    if form.party is not None:
        holder_id = registry.create_party(data=form.party).pk
    assert holder_id is not None, "the form names a person"
    number = form.account_number.strip()
    with verdicts(billing_account_number_key=DuplicateAccount(number=number)), transaction.atomic():
        return billing.open_account(
            holder_id=holder_id, opened_on=form.starts_on, number=number, delivery=form.delivery
        )


def _facts_of(opened: Opened, form: NewService) -> dict[str, Any]:
    return {
        "name": opened.party.name,
        "account": opened.account.number,
        "connection": opened.connection.number,
        "meter": opened.installation.meter.serial if opened.installation else None,
        "services": [s.service.code for s in opened.subscriptions],
        "from": form.starts_on.isoformat(),
    }


def _editable(row: Party | Connection, data: PartyData | ConnectionData) -> dict[str, Any]:
    """The fields of a row that a form may change, JSON-able."""
    values = model_to_dict(row)
    named = {name.removesuffix("_id"): values.get(name.removesuffix("_id")) for name in asdict(data)}
    return {k: str(v) if isinstance(v, Decimal) else v for k, v in named.items()}


def _record_change(
    by: Actor,
    kind: str,
    row: Party | Connection | Account,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        audit.record(
            by=by,
            kind=kind,
            object_type=row._meta.model_name or "",
            object_id=row.pk,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
