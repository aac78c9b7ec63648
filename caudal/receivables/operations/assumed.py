"""A debt passes to another account by agreement of both: settled there, asked for here, one document for both.

Nothing of what was issued is touched. The old account's charges are settled by a payment with which no money came in,
the other account gets an invoice of the same amount, and a row joins the two (decision 8).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.documents import ChargeDocument, InvoiceDocument
from caudal.billing.models import Account, Charge
from caudal.billing.operations.numbering import INVOICES, ensure_series
from caudal.billing.queries.frozen import frozen_of
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.periods import month_span
from caudal.receivables.models import AssumedDebt, Payment
from caudal.receivables.operations.payments import PaymentRequest, post_payment, reverse_payment
from caudal.receivables.operations.posting import apply_credit, lock_accounts_of, post_charges
from caudal.receivables.operations.voids import void_with_interest
from caudal.receivables.queries.items import owed_at_property
from caudal.registry.context import current_town

ASSUMED: Final = "assumed"
SERIES: Final = "assumed-debts"
LABEL_SIZE: Final = 200
ZERO = Decimal(0)


class NoAgreement(DomainError):
    """Nobody owes another's debt unless both agreed, and it is written somewhere."""

    code = "no_agreement"
    template = _("Say where it is agreed that the debt passes: the deed, the contract or the letter.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What passes: of what one account owes, all that hangs on a property, with interest to the day it is `on`.

    `due_date` is by when the other account pays it; `agreement` the paper that says so. `continues` names, for a
    subscription that passed, the one with which it goes on.
    """

    from_account_id: int
    to_account_id: int
    property_id: int
    on: date
    due_date: date
    agreement: str
    continues: Mapping[int, int] = field(default_factory=dict)


def assume_debt(*, assumption: Assumption, by: Actor) -> AssumedDebt | None:
    """Let another account owe what one owes at a property; None where nothing is owed there.

    Both accounts are locked by the caller. Interest that comes on the next invoice stays for that one. Raises
    NoAgreement, NumbersExhausted, and billing's PeriodClosed.
    """
    if not assumption.agreement.strip():
        raise NoAgreement()
    chosen = owed_at_property(
        account_id=assumption.from_account_id, property_id=assumption.property_id, on=assumption.on
    )
    if not chosen:
        return None
    ensure_series(code=SERIES, kind="receipt", prefix="AD-")
    billing.hold_numbers(series_code=INVOICES)  # before the series of the credit, as everywhere
    payment = post_payment(request=_credit(assumption, tuple(chosen)), by=by)
    invoice = billing.issue_invoice(document=_document(assumption, payment))
    post_charges(invoice_ids=[invoice.pk], on=assumption.on)
    apply_credit(invoice_ids=[invoice.pk], on=assumption.on)
    assumed = AssumedDebt.objects.create(
        payment=payment,
        invoice=invoice,
        property_id=assumption.property_id,
        agreement=assumption.agreement.strip(),
    )
    _record(assumption, assumed, by)
    return assumed


def take_back_assumed(*, payment_id: int, on: date, reason: str, by: Actor) -> Payment:
    """Undo both sides: the first account owes again, the other's invoice is void and what it paid on it is credit.

    Where the other has passed it on, that goes first. Raises PassedToAnother, AlreadyReversed, billing's AlreadyVoid.
    """
    assumed = AssumedDebt.objects.select_related("payment", "invoice").get(payment_id=payment_id)
    lock_accounts_of({assumed.payment.account_id, assumed.invoice.account_id})
    billing.hold_numbers(series_code=INVOICES)
    payment = reverse_payment(payment_id=payment_id, on=on, reason=reason, by=by)
    void_with_interest(invoice=assumed.invoice, on=on, reason=reason, by=by)
    return payment


def _credit(assumption: Assumption, charge_ids: tuple[int, ...]) -> PaymentRequest:
    """The payment that settles the first account's charges: no money, and a number in a series of its own."""
    return PaymentRequest(
        account_id=assumption.from_account_id,
        method=ASSUMED,
        value_on=assumption.on,
        posted_on=assumption.on,
        idempotency_key=f"assumed:{uuid4()}",  # who asks twice finds nothing owed any more
        charge_ids=charge_ids,
        note=assumption.agreement.strip(),
        series=SERIES,
    )


def _document(assumption: Assumption, payment: Payment) -> InvoiceDocument:
    account = Account.objects.select_related("holder").get(pk=assumption.to_account_id)
    month = month_span(assumption.on)
    lines = [line for line in payment.frozen["lines"] if Decimal(line["amount"])]
    origins = Charge.objects.in_bulk([line["charge_id"] for line in lines])
    return InvoiceDocument(
        account_id=account.pk,
        origin="one_off",
        dated_on=assumption.on,
        issued_on=assumption.on,
        due_date=max(assumption.due_date, assumption.on),
        covers_from=month.start,
        covers_to=month.end,
        frozen=frozen_of(account=account, period=f"{month.start:%Y-%m}"),
        charges=tuple(_charge(line, origins[line["charge_id"]], assumption, payment) for line in lines),
        remarks=f"Deuda de la cuenta {payment.frozen['account']}, asumida por acuerdo: {assumption.agreement.strip()}",
    )


def _charge(
    line: Mapping[str, Any], origin: Charge, assumption: Assumption, payment: Payment
) -> ChargeDocument:
    """One settled charge, asked for again under its own service. Its tax was charged where it was issued."""
    amount = Decimal(line["amount"])
    word = current_town().bill.one
    tail = f" ({word} {line['invoice']} de la cuenta {payment.frozen['account']})"
    return ChargeDocument(
        service_id=origin.service_id,
        subscription_id=assumption.continues.get(origin.subscription_id or 0),
        label=f"{line['label'][: LABEL_SIZE - len(tail)]}{tail}",
        net=amount,
        tax=ZERO,
        total=amount,
        covers_from=origin.covers_from,
        covers_to=origin.covers_to,
        explanation={"lines": [], "inputs": {"amount": str(amount), "charge": origin.pk}},
        origin_kind=ASSUMED,
        origin_id=origin.pk,
        origin_part=payment.number,
    )


def _record(assumption: Assumption, assumed: AssumedDebt, by: Actor) -> None:
    facts = {
        "number": assumed.invoice.number,
        "total": str(assumed.invoice.total),
        "account": assumed.payment.frozen["account"],
        "to_account": assumed.invoice.frozen["account"],
        "agreement": assumed.agreement,
    }
    for kind, what, pk in (
        ("billing.issue", "invoice", assumed.invoice_id),
        ("receivables.assume_debt", "payment", assumed.payment_id),
    ):
        audit.record(by=by, kind=kind, object_type=what, object_id=pk, after=facts)
