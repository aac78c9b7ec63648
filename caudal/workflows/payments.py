"""Payments in one transaction each: money in at the till or from elsewhere, and its reversal."""

from datetime import date

from django.db import transaction

from caudal.common.actor import Actor
from caudal.receivables import operations as receivables
from caudal.receivables.models import Payment
from caudal.receivables.operations import PaymentRequest

__all__ = ["PaymentRequest", "reverse_payment", "take_payment"]


def take_payment(*, request: PaymentRequest, by: Actor) -> Payment:
    """Take a payment: the same key gives the same payment, with one receipt, however often it is asked.

    Raises KeyUsedDifferently, SelectionRefused, NotPending, AmountAboveSelection, NotAnAmount, ValueDateAhead,
    ReferenceUsed, NumbersExhausted.
    """
    with transaction.atomic():
        return receivables.post_payment(request=request, by=by)


def reverse_payment(*, payment_id: int, on: date, reason: str, by: Actor) -> Payment:
    """Reverse a payment and the interest it produced. Raises AlreadyReversed."""
    with transaction.atomic():
        return receivables.reverse_payment(payment_id=payment_id, on=on, reason=reason, by=by)
