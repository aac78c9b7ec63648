"""How money settles debts: interest to date becomes an invoice, allocations follow the order of settlement.

Whatever changes the past of an account (a payment with an earlier value date, a reversal) takes back what was
settled after that day and settles it again, so that the order of entry changes no cent of interest.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.documents import ChargeDocument, InvoiceDocument
from caudal.billing.models import Charge, Conditions, Invoice
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel import allocation as kernel
from caudal.kernel.periods import ONE_DAY
from caudal.receivables.models import (
    Allocation,
    LedgerEntry,
    OpenInvoice,
    Payment,
    ProducedInterest,
)
from caudal.receivables.operations.posting import post_charges
from caudal.receivables.queries.interest import InterestDue, interest_due
from caudal.receivables.queries.items import PendingItem, pending_items_of
from caudal.tariffs.models import Service

ZERO = Decimal(0)
# What an interest invoice does not take over from the one it comes from: it has no consumption of its own.
_NOT_INHERITED: Final[dict[str, Any]] = {"meters": [], "tariffs": {}, "interest_from": None}


class NoInterestService(DomainError):
    """There is no service to book interest under."""

    code = "no_interest_service"
    template = _("There is no service of kind interest. Add one under services.")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that came in on a value date, and the charges that its payer chose (None: oldest first)."""

    account_id: int
    amount: Decimal
    value_on: date
    chosen: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What one charge gets, in the words that the receipt keeps."""

    charge_id: int
    invoice_id: int
    invoice_number: str
    service: str
    label: str
    dated_on: date
    due_date: date
    amount: Decimal
    value_on: date


@dataclass(frozen=True, slots=True)
class Settlement:
    """The use of some money: what it settles, the interest invoices it gave rise to, and the rest: credit.

    `pending` is what the account owed just before, the interest that fell due included.
    """

    settled: tuple[Settled, ...]
    interest_invoice_ids: tuple[int, ...]
    rest: Decimal
    pending: tuple[PendingItem, ...]


@dataclass(frozen=True, slots=True)
class Unwound:
    """Money of a payment that was taken back from what it had settled with one value date."""

    value_on: date
    payment_id: int
    amount: Decimal


def prepare(*, money: Money, on: date) -> Settlement:
    """Decide what the money settles and issue the interest that falls due with it, posted on `on`.

    Interest of a charge that is touched is charged whole up to the value date, even where the money ends.
    """
    return prepare_all(monies=[money], on=on)[0]


def prepare_all(*, monies: Sequence[Money], on: date) -> tuple[Settlement, ...]:
    """The same for money of different accounts, all of one value date, in their order; a few statements in all."""
    account_ids, value_on = [money.account_id for money in monies], monies[0].value_on
    pending = _pending(account_ids, value_on)
    used = [_shares(pending[money.account_id], money) for money in monies]
    keys = {share.key for shares, _rest in used for share in shares}
    touched = [item for items in pending.values() for item in items if item.charge_id in keys]
    if interest := _issue_interest(touched, value_on, on):
        pending |= _pending({item.account_id for item in touched}, value_on)
    fresh = {
        item.origin_id: item for items in pending.values() for item in items if item.invoice_id in interest
    }
    return tuple(
        _settlement(money, shares, rest, pending[money.account_id], fresh)
        for money, (shares, rest) in zip(monies, used, strict=True)
    )


def _pending(account_ids: Collection[int], on: date) -> dict[int, tuple[PendingItem, ...]]:
    found: dict[int, list[PendingItem]] = {account_id: [] for account_id in account_ids}
    for item in pending_items_of(account_ids=account_ids, on=on):
        found[item.account_id].append(item)
    return {account_id: tuple(items) for account_id, items in found.items()}


def _settlement(
    money: Money,
    shares: Sequence[kernel.Allocation],
    rest: Decimal,
    pending: tuple[PendingItem, ...],
    interest: Mapping[int | None, PendingItem],
) -> Settlement:
    """What each share settles: the interest charge of an item, then the item."""
    by_id = {item.charge_id: item for item in pending}
    settled: list[Settled] = []
    for share in shares:
        if share.interest:
            settled.append(_settled(interest[share.key], share.interest, money.value_on))
        if share.principal:
            item = by_id[share.key]
            settled.append(_settled(item, share.principal, _value_date(item, money)))
    invoice_ids = dict.fromkeys(interest[share.key].invoice_id for share in shares if share.key in interest)
    return Settlement(tuple(settled), tuple(invoice_ids), rest, pending)


def apply(*, payment: Payment, settlement: Settlement) -> None:
    """Write the allocations of a prepared settlement."""
    ProducedInterest.objects.bulk_create(
        ProducedInterest(invoice_id=invoice_id, payment=payment)
        for invoice_id in settlement.interest_invoice_ids
    )
    Allocation.objects.bulk_create(
        Allocation(payment=payment, charge_id=s.charge_id, amount=s.amount, value_on=s.value_on)
        for s in settlement.settled
    )


def settle(*, payment: Payment, amount: Decimal, value_on: date, on: date) -> None:
    """Let unapplied money of a payment settle what is open, by its payer's choice first."""
    chosen = payment.frozen.get("chosen")
    money = Money(payment.account_id, amount, value_on, None if chosen is None else frozenset(chosen))
    apply(payment=payment, settlement=prepare(money=money, on=on))


def settle_credit(*, account_id: int, on: date) -> None:
    """Use the account's credit for whatever is open, interest to date first, on the day it is done."""
    payments = Payment.objects.filter(credit__account_id=account_id).order_by("value_on", "id")
    for payment in payments.annotate(applied=Sum("allocations__amount")):
        if not OpenInvoice.objects.filter(account_id=account_id).exists():
            return
        settle(payment=payment, amount=payment.amount - (payment.applied or ZERO), value_on=on, on=on)


def live_allocations() -> Any:
    """Allocations that were not taken back."""
    return Allocation.objects.filter(reverses=None).exclude(
        pk__in=Allocation.objects.exclude(reverses=None).values("reverses")
    )


def take_back(*, allocations: Iterable[Allocation]) -> None:
    """Undo allocations by rows that point at them, with their value dates: to interest they never were."""
    Allocation.objects.bulk_create(
        Allocation(
            payment_id=a.payment_id, charge_id=a.charge_id, amount=-a.amount, value_on=a.value_on, reverses=a
        )
        for a in allocations
    )


def unwind(*, account_id: int, after: date, on: date, by: Actor) -> tuple[Unwound, ...]:
    """Take back what was settled after a day and void the interest it produced, where being late costs something.

    Surcharges posted for a later day go too: what is still owed of them is posted anew. Nothing is touched where none
    of it bears interest. The caller settles the money again with `rewind`, in the order returned.
    """
    settled = live_allocations().filter(payment__account_id=account_id, value_on__gt=after)
    told = Conditions.objects.filter(service_id=OuterRef("charge__service_id")).exclude(held=[])
    bears = Q(charge__origin_kind="interest") | Exists(told)
    surcharges = list(posted_surcharges(account_ids=[account_id], after=after).values_list("id", flat=True))
    if not surcharges and not settled.filter(bears).exists():
        return ()
    later = list(settled)
    take_back(allocations=later)
    produced = ProducedInterest.objects.filter(
        payment__account_id=account_id, invoice__voided_on=None, invoice__covers_to__gt=after + ONE_DAY
    )
    interest = [*surcharges, *produced.values_list("invoice_id", flat=True)]
    for invoice_id in sorted(interest):
        void_posted(invoice_id=invoice_id, on=on, reason="Intereses recalculados por un pago anterior", by=by)

    def place(a: Allocation) -> tuple[date, int]:
        return a.value_on, a.payment_id

    return tuple(
        Unwound(value_on, payment_id, sum((a.amount for a in group), ZERO))
        for (value_on, payment_id), group in groupby(sorted(later, key=place), key=place)
    )


def posted_surcharges(*, account_ids: Collection[int], after: date = date.min) -> QuerySet[Invoice]:
    """Living invoices of what fell once on a day after the given one, and that no payment produced."""
    late = Charge.objects.filter(
        id=OuterRef("origin_id"), live=True
    )  # what gives interest back is on void ones
    return Invoice.objects.filter(
        Exists(Charge.objects.filter(Exists(late), invoice=OuterRef("pk"))),
        account_id__in=account_ids,
        origin="interest",
        voided_on=None,
        produced_by=None,
        covers_to__gt=after + ONE_DAY,
    )


def rewind(*, unwound: Iterable[Unwound], on: date) -> None:
    """Settle again what `unwind` took back, day by day."""
    for money in unwound:
        payment = Payment.objects.get(pk=money.payment_id)
        settle(payment=payment, amount=money.amount, value_on=money.value_on, on=on)


def void_posted(*, invoice_id: int, on: date, reason: str, by: Actor) -> Invoice:
    """Void one invoice and take it out of the ledger; what was paid on it is credit again.

    The account is locked by the caller. Raises billing's AlreadyVoid.
    """
    charge_ids = list(Charge.objects.filter(invoice_id=invoice_id).values_list("id", flat=True))
    take_back(allocations=live_allocations().filter(charge__in=charge_ids))
    invoice = billing.void(invoice_id=invoice_id, on=on, reason=reason, by=by)
    reverse_entries(Q(charge__in=charge_ids), kind="void", on=on)
    OpenInvoice.objects.filter(invoice_id=invoice_id).delete()
    return invoice


def reverse_entries(which: Q, *, kind: str, on: date) -> None:
    """Answer each entry with its opposite, which points at it."""
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            account_id=entry.account_id,
            kind=kind,
            amount=-entry.amount,
            value_on=entry.value_on,
            posted_on=on,
            charge_id=entry.charge_id,
            payment_id=entry.payment_id,
            reverses=entry,
        )
        for entry in LedgerEntry.objects.filter(which, reverses=None).order_by("id")
    )


def _shares(items: Collection[PendingItem], money: Money) -> tuple[tuple[kernel.Allocation, ...], Decimal]:
    """The chosen items first, then the others: money received is never turned away."""
    chosen = money.chosen
    first = [i.open_item for i in items if chosen is None or i.charge_id in chosen]
    others = [i.open_item for i in items if chosen is not None and i.charge_id not in chosen]
    shares, rest = kernel.allocate(money.amount, first)
    if others and rest > 0:
        more, rest = kernel.allocate(rest, others)
        shares += more
    return shares, rest


def _issue_interest(touched: Collection[PendingItem], value_on: date, on: date) -> frozenset[int]:
    """One interest invoice for each invoice whose charges owe some; their ids."""
    owing = [item for item in touched if item.interest_payable and item.interest]
    if not owing:
        return frozenset()
    account_ids = {item.account_id for item in owing}
    due = {d.charge_id: d for d in interest_due(on=value_on, account_ids=account_ids)}
    by_invoice: dict[int, list[PendingItem]] = {}
    for item in owing:
        by_invoice.setdefault(item.invoice_id, []).append(item)
    service_id = interest_service_id()
    origins = Invoice.objects.in_bulk(list(by_invoice))
    issued = billing.issue_invoices(
        documents=[
            interest_document(
                origin=origins[invoice_id],
                dues=[due[item.charge_id] for item in items],
                service_id=service_id,
                dated_on=on,
                issued_on=on,
            )
            for invoice_id, items in by_invoice.items()
        ]
    )
    invoice_ids = frozenset(invoice.pk for invoice in issued)
    post_charges(invoice_ids=invoice_ids, on=on)
    return invoice_ids


def interest_document(
    *, origin: Invoice, dues: Sequence[InterestDue], service_id: int, dated_on: date, issued_on: date
) -> InvoiceDocument:
    """What lateness costs on charges of one invoice as an invoice of its own, due at once; all else is as there."""
    return InvoiceDocument(
        account_id=origin.account_id,
        connection_id=origin.connection_id,
        origin="interest",
        dated_on=dated_on,
        issued_on=issued_on,
        due_date=issued_on,
        covers_from=min(d.covers_from for d in dues),
        covers_to=max(d.covers_to for d in dues),
        frozen=origin.frozen | _NOT_INHERITED,
        charges=tuple(interest_charge(due=d, service_id=service_id) for d in dues),
    )


def interest_service_id() -> int:
    """The service that interest charges belong to. Raises NoInterestService."""
    found = Service.objects.filter(kind="interest").order_by("id").values_list("id", flat=True).first()
    if found is None:
        raise NoInterestService()
    return found


def interest_charge(*, due: InterestDue, service_id: int) -> ChargeDocument:
    """Interest of a charge as a charge of its own, tied to its origin, of the service of interest."""
    return ChargeDocument(
        service_id=service_id,
        subscription_id=due.subscription_id,
        label=due.label,
        net=due.amount,
        tax=ZERO,
        total=due.amount,
        covers_from=due.covers_from,
        covers_to=due.covers_to,
        explanation=due.explanation,
        origin_kind="interest",
        origin_id=due.charge_id,
        origin_part=due.part,
    )


def _value_date(item: PendingItem, money: Money) -> date:
    """Money older than the invoice counts from its issue: to interest it is the same.

    Interest is posted after the days it is for, so money of those days settles it as of its own day.
    """
    return money.value_on if item.origin_id is not None else max(money.value_on, item.issued_on)


def _settled(item: PendingItem, amount: Decimal, value_on: date) -> Settled:
    return Settled(
        charge_id=item.charge_id,
        invoice_id=item.invoice_id,
        invoice_number=item.invoice_number,
        service=item.service,
        label=item.label,
        dated_on=item.dated_on,
        due_date=item.due_date,
        amount=amount,
        value_on=value_on,
    )
