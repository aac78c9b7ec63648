"""The state of invoices, which nobody stores: void, paid, overdue or pending follows from the ledger.

The sets of what is open (`OpenInvoice`, `OpenCredit`) make lists of a million invoices filter by state in
milliseconds; amounts are worked out for the rows that are shown.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DecimalField,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest

from caudal.billing.models import Account, Invoice
from caudal.receivables.models import Allocation, LedgerEntry, OpenInvoice

VOID, PAID, OVERDUE, PENDING = "void", "paid", "overdue", "pending"
STATES = (PENDING, OVERDUE, PAID, VOID)
_MONEY = DecimalField(max_digits=14, decimal_places=2)
_NOTHING = Value(Decimal(0), output_field=_MONEY)


def with_state(invoices: QuerySet[Invoice], *, on: date) -> QuerySet[Invoice]:
    """Annotates `state` on a day: void, paid, overdue (after the due date), pending."""
    is_open = Exists(OpenInvoice.objects.filter(invoice_id=OuterRef("pk")))
    return invoices.annotate(
        state=Case(
            When(voided_on__isnull=False, then=Value(VOID)),
            When(~is_open, then=Value(PAID)),
            When(due_date__lt=on, then=Value(OVERDUE)),
            default=Value(PENDING),
            output_field=CharField(),
        )
    )


def in_state(invoices: QuerySet[Invoice], *, state: str, on: date) -> QuerySet[Invoice]:
    """Only those in a state on a day. Raises KeyError for a state that there is not."""
    living = invoices.filter(voided_on=None)
    filters = {
        VOID: lambda: invoices.exclude(voided_on=None),
        PAID: lambda: living.filter(~Exists(OpenInvoice.objects.filter(invoice_id=OuterRef("pk")))),
        OVERDUE: lambda: living.filter(open__isnull=False, due_date__lt=on),
        PENDING: lambda: living.filter(open__isnull=False, due_date__gte=on),
    }
    return filters[state]()


def with_balance(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Annotates `balance`: what is left of the invoice's total; nothing for a void one, or one below zero."""
    settled = (
        Allocation.objects.filter(charge__invoice=OuterRef("pk"))
        .order_by()
        .values("charge__invoice")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    left = Greatest(F("total"), _NOTHING) - Coalesce(Subquery(settled, output_field=_MONEY), _NOTHING)
    return invoices.annotate(
        balance=Case(When(voided_on=None, then=left), default=_NOTHING, output_field=_MONEY)
    )


def invoice_balances(*, invoice_ids: list[int]) -> dict[int, Decimal]:
    """What is left of each invoice, by id."""
    found: QuerySet[Any] = with_balance(Invoice.objects.filter(id__in=invoice_ids))
    return dict(found.values_list("pk", "balance"))


def with_account_balance(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """Annotates `ledger_balance`: what an account owes less its credit (negative: money in its favour)."""
    entries = (
        LedgerEntry.objects.filter(account=OuterRef("pk"))
        .order_by()
        .values("account")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    return accounts.annotate(ledger_balance=Coalesce(Subquery(entries, output_field=_MONEY), _NOTHING))


def account_balances(*, account_ids: list[int]) -> dict[int, Decimal]:
    """Ledger balance by account, for those that have entries."""
    sums = LedgerEntry.objects.filter(account__in=account_ids).order_by().values_list("account")
    return dict(sums.annotate(sum=Sum("amount")))


def account_balance(*, account_id: int) -> Decimal:
    """What the account owes less its credit."""
    return account_balances(account_ids=[account_id]).get(account_id, Decimal(0))
