"""What an action would do to the money, said before it is done."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from caudal.billing.models import Charge, Invoice
from caudal.receivables.models import Allocation, InvoiceCredit, Payment
from caudal.receivables.queries.items import account_credit, pending_items

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class VoidEffect:
    """The effect of voiding an invoice: what leaves the ledger, what was paid on it, where that money goes.

    `interest_total` is that of the interest invoices on its charges, which go with it; `given_back` what other bills
    (`given_back_for`) charged of it, which comes back as credit. `credit_taken` is the credit that goes with it: what
    it was below zero, or what was given back of interest that it charged. `freed` settles the account's other items
    (`to_other_items`); `to_credit` is what is left for the next invoice. `later_numbers`: living invoices that bill
    later readings of the same service. Consumption is billed from the last reading billed, so while one of them lives
    that of this invoice cannot be billed again.
    """

    invoice_number: str
    total: Decimal
    interest_numbers: tuple[str, ...]
    interest_total: Decimal
    given_back: Decimal
    given_back_for: tuple[str, ...]
    credit_taken: Decimal
    freed: Decimal
    to_other_items: Decimal
    to_credit: Decimal
    owed_before: Decimal
    owed_after: Decimal
    later_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReversalEffect:
    """The effect of reversing a payment: what is owed again, and the interest that it had produced.

    `years` are the numbers of the invoices with which it had paid a year ahead: void instead of owed again.
    """

    number: str
    amount: Decimal
    reopened: Decimal
    interest_voided: Decimal
    credit_lost: Decimal
    years: tuple[str, ...]
    years_total: Decimal


def years_paid_ahead(*, payment_id: int) -> QuerySet[Invoice]:
    """The living invoices of a year paid ahead of which a payment settles some."""
    settled = Allocation.objects.filter(payment=payment_id).values("charge__invoice")
    settled = settled.annotate(sum=Sum("amount")).filter(sum__gt=0)
    return of_years_ahead(
        Invoice.objects.filter(voided_on=None, id__in=settled.values("charge__invoice"))
    ).order_by("id")


def of_years_ahead(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Those of some invoices with which a year was paid ahead.

    Beside them no invoice made singly has several months of a subscription, or a discount on one.
    """
    discount = Q(charges__subscription__isnull=False, charges__period=None, charges__total__lt=0)
    found = invoices.filter(origin="one_off").annotate(
        months=Count("charges__period", distinct=True, filter=Q(charges__subscription__isnull=False)),
        discounts=Count("charges", filter=discount),
    )
    return found.filter(Q(months__gt=1) | Q(months=1, discounts__gt=0))


def origins_of_void(*, invoice_id: int) -> frozenset[int]:
    """The charges whose interest a void evens out: the invoice's own, and void ones that it charged interest on."""
    own = Charge.objects.filter(invoice_id=invoice_id)
    late = own.filter(origin_kind="interest").values("origin_id")
    void = Charge.objects.filter(id__in=late, live=False)
    return frozenset(own.values_list("id", flat=True)) | frozenset(void.values_list("id", flat=True))


def gone_with(*, invoice_id: int) -> QuerySet[Invoice]:
    """The living interest invoices that are void with an invoice.

    Those on its charges, and those that gave back what it charged on void ones.
    """
    on_them = interest_charged(origin_ids=origins_of_void(invoice_id=invoice_id)).order_by()
    found = Invoice.objects.filter(origin="interest", voided_on=None, id__in=on_them.values("invoice"))
    return found.order_by("id")


def interest_charged(*, origin_ids: Collection[int], but_on: Collection[int] = ()) -> QuerySet[Charge]:
    """The living interest charges on some charges, but those on the invoices named."""
    found = Charge.objects.filter(origin_kind="interest", origin_id__in=origin_ids, live=True)
    return found.exclude(invoice__in=but_on).order_by("id")


def passing_credits(*, invoice_id: int) -> list[Payment]:
    """The credits by which the debt of an invoice, or the interest on it, passed to another account; oldest first.

    While there is one, that account owes it, and the invoice cannot be void.
    """
    on_it = Q(allocations__charge__invoice=invoice_id)
    on_interest = Q(allocations__charge__invoice__in=gone_with(invoice_id=invoice_id))
    found = Payment.objects.filter(on_it | on_interest, method="assumed")
    standing = found.annotate(settles=Sum("allocations__amount")).filter(settles__gt=0)
    return list(standing.select_related("series").order_by("id"))


def void_effect(*, invoice_id: int, on: date) -> VoidEffect:
    """What voiding an invoice would do on a day. Nothing is written."""
    invoice = Invoice.objects.select_related("series").get(pk=invoice_id)
    own = set(Charge.objects.filter(invoice=invoice).values_list("id", flat=True))
    also = tuple(gone_with(invoice_id=invoice_id).select_related("series"))
    gone = {invoice_id, *(i.pk for i in also)}
    interest = [i for i in also if i.charges.filter(origin_id__in=own).exists()]
    later = interest_charged(origin_ids=origins_of_void(invoice_id=invoice_id), but_on=gone)
    given_back = later.aggregate(sum=Sum("total"))["sum"] or ZERO
    bills = Invoice.objects.filter(pk__in=later.order_by().values("invoice"))
    credit, used_of_it = _credit_of(gone)
    freed = Allocation.objects.filter(charge__invoice__in=gone).aggregate(sum=Sum("amount"))["sum"] or ZERO
    items = pending_items(account_id=invoice.account_id, on=on)
    others = sum((item.payable for item in items if item.invoice_id not in gone), ZERO) + used_of_it
    money = account_credit(account_id=invoice.account_id) - (credit - used_of_it) + freed + given_back
    used = min(money, others)
    return VoidEffect(
        invoice_number=invoice.series.printed(invoice.number),
        total=invoice.total,
        interest_numbers=tuple(i.series.printed(i.number) for i in interest),
        interest_total=sum((i.total for i in interest), ZERO),
        given_back=given_back,
        given_back_for=tuple(
            i.series.printed(i.number) for i in bills.select_related("series").order_by("id")
        ),
        credit_taken=credit,
        freed=freed,
        to_other_items=used,
        to_credit=money - used,
        owed_before=sum((item.payable for item in items), ZERO),
        owed_after=others - used,
        later_numbers=tuple(i.series.printed(i.number) for i in _later_readings(invoice_id)),
    )


def _later_readings(invoice_id: int) -> Iterable[Invoice]:
    """The living invoices that go on from the readings of an invoice, the last first: in this order they are voided."""
    measured = Charge.objects.filter(to_reading__isnull=False, live=True)
    later = Q()
    for taken, covers_to in measured.filter(invoice=invoice_id).values_list("subscription", "covers_to"):
        later |= Q(subscription=taken, covers_to__gt=covers_to)
    if not later:
        return ()
    found = Invoice.objects.filter(
        pk__in=measured.filter(later).exclude(invoice=invoice_id).values("invoice_id")
    )
    return found.select_related("series").order_by("-dated_on", "-pk")


def _credit_of(invoice_ids: Collection[int]) -> tuple[Decimal, Decimal]:
    """What these invoices are below zero, and how much of that settles something of others by now."""
    given = InvoiceCredit.objects.filter(invoice__in=invoice_ids, payment__reversed_on=None)
    credit = given.aggregate(sum=Sum("payment__amount"))["sum"] or ZERO
    elsewhere = Allocation.objects.filter(payment__in=given.values("payment"))
    elsewhere = elsewhere.exclude(charge__invoice__in=invoice_ids)
    return credit, elsewhere.aggregate(sum=Sum("amount"))["sum"] or ZERO


def reversal_effect(*, payment_id: int) -> ReversalEffect:
    """What reversing a payment would do. Nothing is written."""
    payment = Payment.objects.select_related("series").get(pk=payment_id)
    produced = Invoice.objects.filter(produced_by__payment=payment, voided_on=None)
    interest = produced.aggregate(sum=Sum("total"))["sum"] or ZERO
    applied = Allocation.objects.filter(payment=payment)
    settled = applied.aggregate(sum=Sum("amount"))["sum"] or ZERO
    to_interest = applied.filter(charge__invoice__in=produced).aggregate(sum=Sum("amount"))["sum"] or ZERO
    years = list(years_paid_ahead(payment_id=payment_id).select_related("series"))
    to_years = applied.filter(charge__invoice__in=years).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return ReversalEffect(
        number=payment.series.printed(payment.number),
        amount=payment.amount,
        reopened=settled - to_interest - to_years,
        interest_voided=interest,
        credit_lost=payment.amount - settled,
        years=tuple(year.series.printed(year.number) for year in years),
        years_total=sum((year.total for year in years), ZERO),
    )
