"""Invoices as lists show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet

from caudal.billing.models import Account, Invoice, Series
from caudal.documents.queries.facts import months_billed
from caudal.office.present.customers import holders_found
from caudal.receivables.queries import STATES, in_state, with_balance, with_state

ORIGIN_WORDS: Final[Mapping[str, str]] = {
    "run": "",
    "one_off": "Individual",
    "interest": "Intereses",
    "imported": "Sistema anterior",
}


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in a list; `months` are the first and the last that it bills, by their first days."""

    id: int
    number: str
    months: tuple[date, date]
    customer: str
    customer_id: int
    issued_on: date
    due_date: date
    total: Decimal
    balance: Decimal
    state: str
    origin: str


def invoices(*, which: Q | None = None, state: str = "", on: date) -> QuerySet[Invoice]:
    """Invoices in a state on a day; those that a search found (`about`) where that is given."""
    found = Invoice.objects.all()
    if which is not None:
        found = found.filter(which)
    if state in STATES:
        found = in_state(found, state=state, on=on)
    return found


def about(text: str, invoice: str = "pk") -> Q:
    """What belongs to an invoice of that number, or to a customer whom the text leads to.

    Ids are found first: an index is asked for each half, however many rows there are. `invoice` names the field
    that holds an invoice's id.
    """
    ids = list(Invoice.objects.filter(numbered(text)).values_list("pk", flat=True))
    accounts = list(Account.objects.filter(holder__in=holders_found(text)).values_list("pk", flat=True))
    return Q(**{f"{invoice}__in": ids}) | Q(account__in=accounts)


def numbered(text: str) -> Q:
    """Invoices whose printed number is what was typed, with or without prefix and zeros."""
    typed = text.strip().upper()
    asked = Q(pk__in=[])
    for series in Series.objects.exclude(kind="receipt"):
        digits = typed.removeprefix(series.prefix.upper())
        if digits.isascii() and digits.isdigit() and len(digits) < 19:
            asked |= Q(series=series, number=int(digits))
    return asked


def invoice_rows(ids: Iterable[int], *, on: date) -> list[InvoiceRow]:
    """The rows of one page, in the order of the ids: amounts are worked out for these alone."""
    wanted = list(ids)
    shown = with_state(with_balance(Invoice.objects.filter(pk__in=wanted)), on=on)
    by_id = {i.pk: i for i in shown.select_related("series", "account__holder")}
    return [_row(by_id[pk]) for pk in wanted]


def _row(invoice: Any) -> InvoiceRow:
    # Any: `balance` and `state` are annotations.
    return InvoiceRow(
        id=invoice.pk,
        number=invoice.series.printed(invoice.number),
        months=months_billed(invoice),
        customer=invoice.frozen["holder"]["name"],
        customer_id=invoice.account.holder_id,
        issued_on=invoice.issued_on,
        due_date=invoice.due_date,
        total=invoice.total,
        balance=invoice.balance,
        state=invoice.state,
        origin=ORIGIN_WORDS[invoice.origin],
    )
