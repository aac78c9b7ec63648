"""What an account has left to pay, item by item, and which of it may be paid without the rest."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from caudal.common import sql
from caudal.common.errors import DomainError
from caudal.kernel.allocation import OpenItem, needed_with
from caudal.kernel.allocation import check_selection as refusals_of
from caudal.kernel.allocation import complete_selection as completed
from caudal.receivables.queries.interest import interest_to_date
from caudal.registry.queries import the_organisation

ZERO = Decimal(0)
FEW = 10  # accounts of one payer: planning such a question costs more than answering it
INVOICE, DUE_DATE = 2, 7  # their places in a row of receivables/open_items


class PendingItem(NamedTuple):
    """A charge with something left to pay on a day. Amounts in the organisation's currency.

    `month` is the one billed, by its first day. `balance` is what is left of the charge with its tax;
    `interest` what lateness adds up to and with the day, payable with it unless the organisation puts it on
    the next invoice. `blocked_by` are the charges that have to be paid with it or before it.
    """

    charge_id: int
    account_id: int
    invoice_id: int
    invoice_number: str
    number: int
    dated_on: date
    issued_on: date
    due_date: date
    month: date
    service_code: str
    service: str
    label: str
    service_id: int
    subscription_id: int | None
    connection_id: int | None
    connection_number: str | None
    property_id: int | None
    property_code: str | None
    property_address: str | None
    connection_address: str | None
    origin_id: int | None
    total: Decimal
    balance: Decimal
    interest: Decimal = ZERO
    interest_payable: bool = True
    overdue: bool = False
    blocked_by: tuple[int, ...] = ()

    @property
    def payable(self) -> Decimal:
        """What settles it on the day."""
        return self.balance + self.interest if self.interest_payable else self.balance

    @property
    def open_item(self) -> OpenItem:
        """The item as the kernel settles it. One-offs go by account, property and service."""
        group = self.subscription_id or (self.account_id, self.property_id, self.service_id)
        return OpenItem(
            key=self.charge_id,
            group=group,
            due_date=self.due_date,
            dated_on=self.dated_on,
            number=self.number,
            principal=self.balance,
            interest=self.interest if self.interest_payable else ZERO,
            origin=self.origin_id,
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """What an account owes on a day: its items oldest first, their sums, and money not yet applied."""

    account_id: int
    on: date
    items: tuple[PendingItem, ...]
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        return sum((item.balance for item in self.items), ZERO)

    @property
    def interest(self) -> Decimal:
        """To date, whether it is payable now or comes with the next invoice."""
        return sum((item.interest for item in self.items), ZERO)

    @property
    def total(self) -> Decimal:
        """What would settle everything on the day."""
        return sum((item.payable for item in self.items), ZERO)

    @property
    def overdue(self) -> Decimal:
        return sum((item.payable for item in self.items if item.overdue), ZERO)


class SelectionRefused(DomainError):
    """A choice that leaves out older items of a service. Facts: `item`, `older` (labels), `missing` (ids)."""

    code = "selection_refused"
    template = _("%(item)s cannot be paid without what comes before it: %(older)s.")


class NotPending(DomainError):
    """Chosen items that have nothing left to pay: somebody paid or voided them. Facts: `charge_ids`."""

    code = "not_pending"
    template = _("Part of what was chosen is no longer pending. Look at the statement again.")


def pending_items(*, account_id: int, on: date) -> tuple[PendingItem, ...]:
    """The open charges of an account in order of settlement, with interest up to and with a day."""
    return pending_items_of(account_ids=[account_id], on=on)


def pending_items_of(*, account_ids: Collection[int], on: date) -> tuple[PendingItem, ...]:
    """The same for several accounts, account by account."""
    few = len(account_ids) <= FEW
    rows = sql.rows("receivables/open_items", {"account_ids": list(account_ids)}, prepared=few)
    if not rows:
        return ()
    overdue = {row[INVOICE]: None for row in rows if row[DUE_DATE] < on}
    interest = interest_to_date(on=on, invoice_ids=overdue)
    at_payment = the_organisation().interest_mode == "at_payment"
    found: dict[int, list[PendingItem]] = {}
    for row in rows:
        cost, late = interest.get(row[0], ZERO), row[DUE_DATE] < on
        item = PendingItem(*(*row, cost, at_payment, late))
        found.setdefault(item.account_id, []).append(item)
    return tuple(item for items in found.values() for item in _in_order(items))


def statement(*, account_id: int, on: date) -> Statement:
    """What an account owes on a day."""
    items = pending_items(account_id=account_id, on=on)
    return Statement(account_id, on, items, account_credit(account_id=account_id))


def owed_at_property(*, account_id: int, property_id: int, on: date) -> dict[int, Decimal]:
    """What an account owes at a property, with the interest that can be paid on a day: amounts by charge."""
    items = pending_items(account_id=account_id, on=on)
    return {item.charge_id: item.payable for item in items if item.property_id == property_id}


def account_credit(*, account_id: int) -> Decimal:
    """Money received and not yet applied."""
    return credit_of(account_ids=[account_id])


def credit_of(*, account_ids: Collection[int]) -> Decimal:
    """The same of several accounts together."""
    ((credit,),) = sql.rows("receivables/credit", {"account_ids": list(account_ids)}, prepared=True)
    return Decimal(credit)


def check_selection(*, items: Sequence[PendingItem], charge_ids: Iterable[int]) -> tuple[PendingItem, ...]:
    """The chosen items, in order of settlement, when they may be paid without the others.

    Raises NotPending for ids that are not among the items, SelectionRefused when older ones are left out.
    """
    chosen = frozenset(charge_ids)
    by_id = {item.charge_id: item for item in items}
    if gone := chosen - by_id.keys():
        raise NotPending(charge_ids=tuple(sorted(gone)))
    for refusal in refusals_of([item.open_item for item in items], chosen):
        older = ", ".join(_named(by_id[key]) for key in refusal.missing)
        raise SelectionRefused(item=_named(by_id[refusal.key]), older=older, missing=refusal.missing)
    return tuple(item for item in items if item.charge_id in chosen)


def complete_selection(*, items: Sequence[PendingItem], charge_ids: Iterable[int]) -> frozenset[int]:
    """The smallest allowed choice that holds the given charges, as far as they are pending."""
    wanted = frozenset(charge_ids) & {item.charge_id for item in items}
    return completed([item.open_item for item in items], wanted)


def _in_order(items: list[PendingItem]) -> list[PendingItem]:
    by_id = {item.charge_id: item for item in items}
    blocked = needed_with([item.open_item for item in items])
    return [by_id[key]._replace(blocked_by=keys) if keys else by_id[key] for key, keys in blocked.items()]


def _named(item: PendingItem) -> str:
    """By the month that the lists call it after; a concept charged once, by its day."""
    own_month = item.subscription_id is not None and item.origin_id is None
    return f"{item.label} ({item.month:%m/%Y})" if own_month else f"{item.label} ({item.dated_on:%d/%m/%Y})"
