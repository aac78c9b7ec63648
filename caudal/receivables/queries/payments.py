"""Payments as people look them up: lists, receipts, an account's movements."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from caudal.common import sql
from caudal.receivables.models import AssumedDebt, IntentPart, Payment

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One charge (or its interest) that the payment settled."""

    invoice_id: int
    invoice_number: str
    service: str
    label: str
    dated_on: date
    due_date: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receipt says, as it was when the payment was taken; only `reversed_on` can still change.

    `balance_after` is what stayed owed (None where a payment of an earlier day was entered late),
    `credit_after` what the account had in its favour; `tendered` and `change` belong to cash. `conditions`: see
    billing.Conditions.
    """

    payment_id: int
    conditions: int
    account_id: int
    number: str
    account_number: str
    holder: str
    identification: str
    amount: Decimal
    method: str
    value_on: date
    posted_on: date
    posted_at: datetime
    taken_by: str
    payer: str
    note: str
    provider_reference: str
    lines: tuple[ReceiptLine, ...]
    balance_after: Decimal | None
    credit_after: Decimal
    tendered: Decimal | None
    change: Decimal | None
    reversed_on: date | None
    reversal_reason: str


class Movement(NamedTuple):
    """A line of an account's ledger with the balance after it."""

    entry_id: int
    kind: str
    posted_on: date
    value_on: date
    amount: Decimal
    balance: Decimal
    label: str
    invoice_id: int | None
    payment_id: int | None


def payments_by_account(*, account_id: int) -> QuerySet[Payment]:
    """An account's payments, the latest first, reversed ones too."""
    payments = Payment.objects.filter(account_id=account_id).select_related("series")
    return payments.order_by("-value_on", "-id")


def receipt(*, payment_id: int) -> Receipt:
    """The receipt of a payment. Raises Payment.DoesNotExist."""
    payment = Payment.objects.select_related("series").get(pk=payment_id)
    said = payment.frozen
    return Receipt(
        payment_id=payment.pk,
        conditions=payment.conditions,
        account_id=payment.account_id,
        number=payment.series.printed(payment.number),
        account_number=said["account"],
        holder=said["holder"]["name"],
        identification=said["holder"].get("identification", ""),
        amount=payment.amount,
        method=payment.get_method_display(),
        value_on=payment.value_on,
        posted_on=payment.posted_on,
        posted_at=payment.posted_at,
        taken_by=payment.taken_by,
        payer=payment.payer,
        note=payment.note,
        provider_reference=payment.provider_reference,
        lines=tuple(_line(line) for line in said["lines"]),
        balance_after=_amount(said.get("balance_after")),
        credit_after=_amount(said.get("credit_after")) or ZERO,
        tendered=_amount(said.get("tendered")),
        change=_amount(said.get("change")),
        reversed_on=payment.reversed_on,
        reversal_reason=payment.reversal_reason,
    )


def assumed_debt(*, payment_id: int | None = None, invoice_id: int | None = None) -> AssumedDebt | None:
    """The debt that passed by agreement of which this payment, or this invoice, is one of the two sides."""
    side = {"payment": payment_id} if payment_id else {"invoice": invoice_id}
    return (
        AssumedDebt.objects.filter(**side)
        .select_related("payment__series", "payment__account", "invoice__series", "invoice__account")
        .first()
    )


def paid_together(*, payment_id: int) -> QuerySet[Payment]:
    """The payments that one online payment became, this one among them; itself where it was not online."""
    intent = IntentPart.objects.filter(payment=payment_id).values("intent")
    payments = Payment.objects.filter(Q(pk=payment_id) | Q(part__intent__in=intent))
    return payments.select_related("series", "account__holder").order_by("id")


def movements(*, account_id: int, limit: int = 200) -> tuple[Movement, ...]:
    """The last lines of an account's ledger, latest first, each with the balance after it."""
    params = {"account_id": account_id, "most": limit}
    return tuple(Movement(*row) for row in sql.rows("receivables/movements", params, prepared=True))


def _line(line: dict[str, str]) -> ReceiptLine:
    return ReceiptLine(
        invoice_id=int(line["invoice_id"]),
        invoice_number=line["invoice"],
        service=line["service"],
        label=line["label"],
        dated_on=date.fromisoformat(line["dated_on"]),
        due_date=date.fromisoformat(line["due_date"]),
        amount=Decimal(line["amount"]),
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
