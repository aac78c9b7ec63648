"""Payments as lists, the till and their own page show them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.urls import reverse

from caudal.billing.models import Account, Invoice, Series
from caudal.common.ui.formats import month_name
from caudal.documents.queries.slip import scanned
from caudal.office.finding import find_connections
from caudal.office.present.assumed import credits_before, sides
from caudal.office.present.customers import holders_found
from caudal.office.present.invoices import numbered
from caudal.office.reach import within_reach
from caudal.receivables.models import Payment
from caudal.receivables.queries import PendingItem, assumed_debt, paid_together, receipt
from caudal.registry.context import Town

ZERO: Final = Decimal(0)
FOUND_MAX: Final = 8
TODAY, REVERSED = "today", "reversed"
# Bank notes that people have in their hands, from the smallest.
NOTES: Final[dict[str, tuple[int, ...]]] = {
    "CRC": (1_000, 2_000, 5_000, 10_000, 20_000),
    "USD": (1, 5, 10, 20, 50, 100),
    "COP": (2_000, 5_000, 10_000, 20_000, 50_000, 100_000),
}
NOTES_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment in a list."""

    id: int
    number: str
    customer: str
    customer_id: int
    account_number: str
    amount: Decimal
    method: str
    value_on: date
    taken_by: str
    reversed_on: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An item at the till."""

    id: int
    label: str
    due_date: date
    state: str
    principal: Decimal
    interest: Decimal
    total: Decimal
    chosen: bool


def payments_about(text: str) -> Q:
    """Payments by receipt number, or by anything that leads to their account's holder.

    Ids are found first: an index is asked for each half, however many rows there are.
    """
    ids = list(Payment.objects.filter(_numbered(text)).values_list("pk", flat=True))
    accounts = list(Account.objects.filter(holder__in=holders_found(text)).values_list("pk", flat=True))
    return Q(pk__in=ids) | Q(account__in=accounts)


def payments(*, which: Q | None = None, state: str = "", method: str = "", on: date) -> QuerySet[Payment]:
    """Payments in a state; those that a search found (`payments_about`) where that is given."""
    found = Payment.objects.all()
    if which is not None:
        found = found.filter(which)
    if state == TODAY:
        found = found.filter(posted_on=on)
    elif state == REVERSED:
        found = found.exclude(reversed_on=None)
    return found.filter(method=method) if method else found


def payment_rows(ids: Iterable[int]) -> list[PaymentRow]:
    """The rows of one page, in the order of the ids."""
    wanted = list(ids)
    by_id = {p.pk: p for p in Payment.objects.filter(pk__in=wanted).select_related("series", "account")}
    return [_row(by_id[pk]) for pk in wanted]


def accounts_for(text: str) -> list[Account]:
    """Whose money it may be: the account on a scanned slip, of an invoice or a connection, or by name.

    Only accounts that whoever asks may see.
    """
    if slip := scanned(text):
        billed = Invoice.objects.filter(number=slip.number, voided_on=None).exclude(series__kind="imported")
        return _accounts(billed.values("account"))
    typed = text.strip()
    numbered_so = Account.objects.filter(number=typed).values_list("pk", flat=True)
    if found := _accounts({*numbered_so, *_by_connection(typed)}):
        return found
    return _accounts(Invoice.objects.filter(numbered(typed)).values("account")) or _by_holder(typed)


def match_of(account: Account) -> dict[str, str]:
    """An account to choose, when several were found."""
    name = "office:payment_new"
    return {
        "name": account.holder.name,
        "note": f"Cuenta {account.number} · {account.holder.identification}",
        "href": f"{reverse(name)}?cuenta={account.pk}",
    }


def groups_of(
    items: Iterable[PendingItem], *, chosen: Collection[int] | None, town: Town
) -> list[dict[str, Any]]:
    """Items by service and place, oldest first; all chosen until a choice was made."""
    groups: dict[object, dict[str, Any]] = {}
    for item in items:
        place = f" · abonado {item.connection_number}" if item.connection_number else ""
        group = groups.setdefault(item.open_item.group, {"title": f"{item.service}{place}", "entries": []})
        group["entries"].append(_entry(item, chosen is None or item.charge_id in chosen, town))
    return list(groups.values())


def notes_for(total: Decimal, currency: str) -> list[Decimal]:
    """The notes that cover an amount alone, the smallest first; none in a currency nobody told us about."""
    notes = [Decimal(note) for note in NOTES.get(currency, ()) if note > total]
    return notes[:NOTES_SHOWN]


def payment_page(payment: Payment) -> dict[str, Any]:
    """A payment's own page."""
    assumed = assumed_debt(payment_id=payment.pk)
    said, together = receipt(payment_id=payment.pk), list(paid_together(payment_id=payment.pk))
    return {
        "together": {"accounts": len(together), "amount": sum((p.amount for p in together), ZERO)},
        "payment": {
            "id": said.payment_id,
            "number": said.number,
            "amount": said.amount,
            "method": said.method,
            "value_on": said.value_on,
            "posted_at": said.posted_at,
            "taken_by": said.taken_by,
            "payer": said.payer,
            "note": said.note,
            "provider_reference": said.provider_reference,
            "tendered": said.tendered,
            "change": said.change,
            "reversed_on": said.reversed_on,
            "reversal_reason": said.reversal_reason,
            "balance_after": said.balance_after,
            "credit_after": said.amount - sum((line.amount for line in said.lines), ZERO),
        },
        "customer": {"id": payment.account.holder_id, "name": said.holder},
        "lines": said.lines,
        "assumed": sides(assumed),
        "passed": credits_before(assumed.invoice_id) if assumed else [],
    }


def _numbered(text: str) -> Q:
    typed = text.strip().upper()
    asked = Q(pk__in=[])
    for series in Series.objects.filter(kind="receipt"):
        digits = typed.removeprefix(series.prefix.upper())
        if digits.isascii() and digits.isdigit() and len(digits) < 19:
            asked |= Q(series=series, number=int(digits))
    return asked


def _row(payment: Payment) -> PaymentRow:
    return PaymentRow(
        id=payment.pk,
        number=payment.series.printed(payment.number),
        customer=payment.frozen["holder"]["name"],
        customer_id=payment.account.holder_id,
        account_number=payment.account.number,
        amount=payment.amount,
        method=payment.get_method_display(),
        value_on=payment.value_on,
        taken_by=payment.taken_by,
        reversed_on=payment.reversed_on,
    )


def _entry(item: PendingItem, chosen: bool, town: Town) -> Entry:
    own_month = item.subscription_id is not None and item.origin_id is None
    return Entry(
        id=item.charge_id,
        label=month_name(item.month, town).capitalize() if own_month else item.label,
        due_date=item.due_date,
        state="overdue" if item.overdue else "pending",
        principal=item.balance,
        interest=item.payable - item.balance,
        total=item.payable,
        chosen=chosen,
    )


def _accounts(ids: Any) -> list[Account]:
    """Of these, those of whoever asks, before the limit."""
    found = within_reach(Account.objects.filter(pk__in=ids))
    return list(found.select_related("holder").order_by("number")[:FOUND_MAX])


def _by_connection(typed: str) -> Sequence[int]:
    found = [c.pk for c in find_connections(typed, limit=FOUND_MAX) if c.number == typed] if typed else []
    taken = Account.objects.filter(subscriptions__connection__in=found, subscriptions__valid_to=None)
    return list(taken.values_list("pk", flat=True).distinct())


def _by_holder(typed: str) -> list[Account]:
    return _accounts(Account.objects.filter(holder__in=holders_found(typed)).values("pk")) if typed else []
