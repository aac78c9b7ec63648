"""A property changes hands: owners, services, accounts and the final reading, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.models import Account, Subscription
from caudal.billing.operations.runs import hold_services
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.metering.models import Installation, Reading
from caudal.metering.operations.readings import Batch, NewReading
from caudal.notices.operations.enqueue import enqueue_interest, enqueue_invoice_messages
from caudal.receivables.models import AssumedDebt
from caudal.receivables.operations import Assumption, NoAgreement, assume_debt, lock_accounts_of
from caudal.receivables.queries import account_balance
from caudal.registry import operations as registry
from caudal.registry.models import Ownership, Party, PropertyAccess
from caudal.workflows.readings import record_readings

Services = Literal["new", "existing", "stay"]
Debt = Literal["stays", "settled", "passes"]
NOTHING = Decimal(0)


class DebtLeft(DomainError):
    """An account owes something, and the change was to wait until it does not. Facts: `account`, `amount`."""

    code = "debt_left"
    template = _("The account %(account)s still owes %(amount)s.")


class NoAccountOfOwner(DomainError):
    """The services were to go to an account that the new owner does not have. Fact: `name`."""

    code = "no_account_of_owner"
    template = _("%(name)s has no open account: open a new one for the services.")


class FinalReadingDoubtful(DomainError):
    """The final reading cannot be right. Fact: `serial`."""

    code = "final_reading_doubtful"
    template = _(
        "The final reading of the meter %(serial)s does not fit those around it: look at it again, or enter it under "
        "Readings first."
    )


class NobodyEnds(DomainError):
    """None of the present owners was chosen."""

    code = "nobody_ends"
    template = _("Choose whose share passes on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """By what paper a debt passes, the day it does (and interest stops for who owed it), and when it is to be paid."""

    paper: str
    on: date
    due_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """How a property changes hands on a day.

    `ownership_ids` are the present owners who leave; the new one takes their shares together. `services`: to a new
    account of the new owner, to one that exists, or they stay with the accounts that pay them; the share of an owner
    who stays is never another's. `debt`: it stays with the accounts that have it; or has to be settled, and the
    change is refused while who pays the services owes any; or passes, as far as it is of this property, as `agreed`,
    with the services. `final_registers`: what the meters showed that day, by installation. `end_grants`: who was
    granted sight of the property sees it no longer from that day on.
    """

    property_id: int
    ownership_ids: tuple[int, ...]
    new_owner_id: int
    on: date
    services: Services = "new"
    debt: Debt = "stays"
    agreed: Agreed | None = None
    close_old_accounts: bool = False
    final_registers: Mapping[int, Decimal] = field(default_factory=dict)
    end_grants: bool = False


@dataclass(frozen=True, slots=True)
class Transferred:
    """What a change of owner made: the new ownership, and the account that has the services now, if they passed.

    `left` are the accounts that had them; `assumed` the debts that passed, one of each account that owed some;
    `blind`: who sees the property no longer.
    """

    ownership: Ownership
    account: Account | None
    passed: tuple[Subscription, ...]
    left: tuple[Account, ...] = ()
    assumed: tuple[AssumedDebt, ...] = ()
    blind: tuple[PropertyAccess, ...] = ()


@transaction.atomic
def change_owner(*, transfer: Transfer, by: Actor) -> Transferred:
    """End owners, begin the new one, and pass on the services: all on one day.

    Raises NobodyEnds, OwnershipEnded, OwnsAlready, SharesAboveWhole, DebtLeft, NoAccountOfOwner, ServiceBeganLater,
    ServicesBeingBilled, FinalReadingDoubtful, NoAgreement, NumbersExhausted.
    """
    registry.lock_property(transfer.property_id)
    owned = _new_ownership(transfer, by)
    blind = _end_grants(transfer, by)
    payers = sorted({subscription.account_id for subscription in _passing(transfer)})
    if transfer.services == "stay":
        lock_accounts_of(payers)
        _check_debt(transfer, payers)
        return _recorded(transfer, Transferred(owned, None, (), blind=blind), by)
    account = _account_of(transfer, owned.party)
    lock_accounts_of({*payers, account.pk})
    taken = [one for one in _passing(transfer) if one.account_id in payers]
    hold_services(account_ids=payers)
    _check_debt(transfer, payers)
    _read(transfer, by)
    leaving = [subscription for subscription in taken if subscription.account_id != account.pk]
    passed = tuple(billing.pass_on(subscription=one, to=account, on=transfer.on) for one in leaving)
    left = list({one.account_id: one.account for one in leaving}.values())
    continues = {old.pk: new.pk for old, new in zip(leaving, passed, strict=True)}
    assumed = _pass_debts(transfer, [one.pk for one in left], account.pk, continues, by)
    if transfer.close_old_accounts:
        _close_empty([one.pk for one in left], on=transfer.on)
    return _recorded(transfer, Transferred(owned, account, passed, tuple(left), assumed, blind), by)


def services_at(*, property_id: int) -> list[Subscription]:
    """The services that somebody has at a property or its connections, open-ended ones; by account."""
    here = Q(property_id=property_id) | Q(connection__property_id=property_id)
    found = Subscription.objects.filter(here, valid_to=None).select_related(
        "service", "account__holder", "connection"
    )
    return list(found.order_by("account_id", "service__position", "pk").distinct())


def _passing(transfer: Transfer) -> list[Subscription]:
    """The services that pass: all but the shares of owners who stay."""
    owners = Ownership.objects.filter(property=transfer.property_id, valid_to=None)
    staying = set(owners.exclude(party=transfer.new_owner_id).values_list("party_id", flat=True))
    return [
        one
        for one in services_at(property_id=transfer.property_id)
        if one.share_upto is None or one.account.holder_id not in staying
    ]


def standing_grants(*, property_id: int, on: date) -> list[PropertyAccess]:
    """Who was granted sight of a property on a day or later, by the grant's first day."""
    still = Q(valid_to=None) | Q(valid_to__gt=on)
    found = PropertyAccess.objects.filter(still, property=property_id).select_related("user")
    return list(found.order_by("valid_from", "pk"))


def _end_grants(transfer: Transfer, by: Actor) -> tuple[PropertyAccess, ...]:
    if not transfer.end_grants:
        return ()
    return tuple(
        registry.end_access(access_id=one.pk, valid_to=max(transfer.on, one.valid_from), by=by)
        for one in standing_grants(property_id=transfer.property_id, on=transfer.on)
    )


def standing_meters(*, property_id: int) -> list[Installation]:
    """The meters that stand at a property now."""
    found = Installation.objects.filter(connection__property_id=property_id, removed_on=None)
    return list(found.select_related("meter", "connection").order_by("connection__number", "pk"))


def _new_ownership(transfer: Transfer, by: Actor) -> Ownership:
    """The owners who leave, ended; the new one with their shares."""
    if not transfer.ownership_ids:
        raise NobodyEnds()
    share = NOTHING
    for ownership_id in transfer.ownership_ids:
        share += registry.end_ownership(ownership_id=ownership_id, valid_to=transfer.on, by=by).share
    return registry.add_owner(
        property_id=transfer.property_id,
        party_id=transfer.new_owner_id,
        share=share,
        valid_from=transfer.on,
        by=by,
    )


def _check_debt(transfer: Transfer, account_ids: Sequence[int]) -> None:
    if transfer.debt != "settled":
        return
    for account_id in account_ids:
        owed = account_balance(account_id=account_id)
        if owed > 0:
            raise DebtLeft(account=Account.objects.get(pk=account_id).number, amount=owed)


def _pass_debts(
    transfer: Transfer, from_ids: Sequence[int], to_id: int, continues: Mapping[int, int], by: Actor
) -> tuple[AssumedDebt, ...]:
    """What the accounts owe of the property, taken over by the new one; told as every invoice."""
    if transfer.debt != "passes":
        return ()
    agreed = transfer.agreed
    if agreed is None:
        raise NoAgreement()
    passing = (
        Assumption(
            from_account_id=from_id,
            to_account_id=to_id,
            property_id=transfer.property_id,
            on=agreed.on,
            due_date=agreed.due_date,
            agreement=agreed.paper,
            continues=continues,
        )
        for from_id in from_ids
    )
    assumed = tuple(one for each in passing if (one := assume_debt(assumption=each, by=by)))
    enqueue_invoice_messages(invoice_ids=[one.invoice_id for one in assumed])
    for one in assumed:
        enqueue_interest(account_id=one.payment.account_id)
    return assumed


def _read(transfer: Transfer, by: Actor) -> None:
    """Store the final readings; one of that day that is accepted already is the final one."""
    readings = [
        NewReading(installation_id, transfer.on, register, note="Cambio de dueño")
        for installation_id, register in transfer.final_registers.items()
        if not _is_read(installation_id, transfer.on, register)
    ]
    if not readings:
        return
    batch = Batch(source="manual", on=transfer.on, accept_unusual=True)
    for recorded in record_readings(readings=readings, batch=batch, by=by):
        if recorded.state != "accepted":
            stay = Installation.objects.select_related("meter").get(pk=recorded.reading.installation_id)
            raise FinalReadingDoubtful(serial=stay.meter.serial)


def _is_read(installation_id: int, on: date, register: Decimal) -> bool:
    same = Reading.objects.filter(installation_id=installation_id, read_on=on, state="accepted")
    return same.filter(register=register).exists()


def _account_of(transfer: Transfer, owner: Party) -> Account:
    """The account of the new owner that takes the services."""
    if transfer.services == "new":
        delivery = "mail" if owner.email else "print"
        return billing.open_account(holder_id=owner.pk, opened_on=transfer.on, delivery=delivery)
    account = Account.objects.filter(holder=owner, closed_on=None).order_by("-pk").first()
    if account is None:
        raise NoAccountOfOwner(name=owner.name)
    return account


def _close_empty(account_ids: Sequence[int], *, on: date) -> None:
    for account in Account.objects.filter(pk__in=account_ids, closed_on=None).order_by("pk"):
        if not account.subscriptions.filter(valid_to=None).exists():
            billing.close_account(account=account, closed_on=on)


def _recorded(transfer: Transfer, done: Transferred, by: Actor) -> Transferred:
    after = {
        "owner": done.ownership.party.name,
        "share": str(done.ownership.share),
        "on": transfer.on.isoformat(),
        "account": done.account.number if done.account else None,
        "services": [subscription.service.code for subscription in done.passed],
        "debt": transfer.debt,
        "assumed": [str(one.payment.amount) for one in done.assumed],
        "registers": {str(pk): str(value) for pk, value in transfer.final_registers.items()},
    }
    audit.record(
        by=by,
        kind="properties.change_owner",
        object_type="property",
        object_id=transfer.property_id,
        after=after,
    )
    return done
