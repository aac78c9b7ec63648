"""Payments, each in one transaction: at the till, online through a provider, and their reversal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from caudal.common.actor import Actor
from caudal.notices import operations as notices
from caudal.receivables import operations as receivables
from caudal.receivables.models import AssumedDebt, Payment, PaymentIntent
from caudal.receivables.operations import OnlineRequest, PaymentRequest
from caudal.receivables.operations.posting import lock_account
from caudal.receivables.providers import Event, Provider, provider, provider_codes
from caudal.receivables.queries.effects import years_paid_ahead
from caudal.receivables.queries.surcharges import accounts_late, surcharges_due, surcharging_services
from caudal.workflows.invoices.year_parts import take_back_year

__all__ = [
    "OnlineRequest",
    "PaymentRequest",
    "Started",
    "ask_provider",
    "post_surcharges",
    "reverse_payment",
    "settle_open_intents",
    "settle_provider_event",
    "start_online_payment",
    "take_payment",
    "take_payments",
]

# A payer who closed the page may come back to it for a day.
ASK_AFTER: Final = timedelta(minutes=10)
EXPIRE_AFTER: Final = timedelta(days=1)
ACCOUNTS_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Started:
    """An online payment on its way: where to send the payer's browser."""

    intent: PaymentIntent
    address: str


def take_payment(*, request: PaymentRequest, by: Actor) -> Payment:
    """Take a payment: the same key gives the same payment, with one receipt, however often it is asked.

    Raises KeyUsedDifferently, SelectionRefused, NotPending, AmountAboveSelection, NotAnAmount, ValueDateAhead,
    ReferenceUsed, NumbersExhausted.
    """
    with transaction.atomic():
        payment = receivables.post_payment(request=request, by=by)
        _tell(payment)
    return payment


def take_payments(*, requests: Sequence[PaymentRequest], by: Actor) -> None:
    """Take many payments of one day, each of another account: set-based where they are plain, else singly.

    Each has its amount and no choice. Asking again after a crash takes only what is missing. Raises as
    `take_payment`.
    """
    if not requests:
        return
    with transaction.atomic():
        collected = receivables.collect_payments(requests=requests, by=by)
        notices.enqueue_receipts(payment_ids=collected.payment_ids)
    for request in collected.left:
        take_payment(request=request, by=by)


def reverse_payment(*, payment_id: int, on: date, reason: str, by: Actor) -> Payment:
    """Reverse a payment and the interest it produced. Raises AlreadyReversed, CreditStandsWithInvoice.

    Where it stands for a debt that another account took over, that account's invoice is void with it; PassedToAnother
    where that one passed it on.

    The invoice of a year that it had paid ahead is void too: the discount was for who pays. Raises what
    `take_back_year` raises then.
    """
    receivables.refuse_credit_alone(payment_id=payment_id)
    if AssumedDebt.objects.filter(payment=payment_id).exists():
        return _reverse_assumed(payment_id=payment_id, on=on, reason=reason, by=by)
    with transaction.atomic():
        lock_account(Payment.objects.values_list("account_id", flat=True).get(pk=payment_id))
        years = list(years_paid_ahead(payment_id=payment_id).values_list("id", flat=True))
        payment = receivables.reverse_payment(payment_id=payment_id, on=on, reason=reason, by=by)
        receipt = payment.series.printed(payment.number)
        for invoice_id in years:
            take_back_year(invoice_id=invoice_id, receipt=receipt, on=on, reason=reason, by=by)
        notices.enqueue_interest(account_id=payment.account_id)
    return payment


def _reverse_assumed(*, payment_id: int, on: date, reason: str, by: Actor) -> Payment:
    with transaction.atomic():
        payment = receivables.take_back_assumed(payment_id=payment_id, on=on, reason=reason, by=by)
        notices.enqueue_interest(account_id=payment.account_id)
    return payment


def post_surcharges(*, on: date, by: Actor) -> int:
    """Post what fell once for being late by a day, on all accounts, and tell of it; how many invoices that makes.

    Days that were missed are caught up with, each as of its own day; asked twice, it does nothing twice. Each few
    accounts have a transaction of their own. Raises NoInterestService, NumbersExhausted.
    """
    services = surcharging_services()
    late = accounts_late(on=on, services=services) if services else []
    posted = 0
    for first in range(0, len(late), ACCOUNTS_AT_ONCE):
        some = late[first : first + ACCOUNTS_AT_ONCE]
        if surcharges_due(on=on, account_ids=some):
            with transaction.atomic():
                ids = receivables.post_surcharges(account_ids=some, on=on, by=by)
                notices.enqueue_invoice_messages(invoice_ids=ids)
            posted += len(ids)
    return posted


def start_online_payment(*, request: OnlineRequest, by: Actor) -> Started:
    """Set out to pay chosen items with a provider; nothing is owed or paid by it yet.

    Raises UnknownProvider, NothingChosen, SelectionRefused, NotPending, TotalChanged, IntentUsedDifferently.
    """
    chosen = provider(request.provider)
    with transaction.atomic():
        intent = receivables.open_intent(request=request, by=by)
    return Started(intent, chosen.start(intent=intent))


def settle_provider_event(
    *, provider_code: str, body: bytes, headers: Mapping[str, str], at: datetime, on: date
) -> str:
    """Take a provider's message: verified, then once. The outcome as `receivables.settle_event` tells it.

    Raises UnknownProvider, UnsignedEvent, StaleEvent, MalformedEvent.
    """
    sender = provider(provider_code)
    return _settle(sender, sender.verify(body=body, headers=headers, at=at), on)


def ask_provider(*, intent_id: UUID, on: date) -> PaymentIntent:
    """Ask the provider about a payment that nobody told us about; what it answers takes effect as an event.

    Where the provider is no longer of this installation there is nobody to ask, and the payment stays unknown.
    """
    intent = PaymentIntent.objects.get(pk=intent_id)
    if intent.state in ("open", "expired") and intent.provider in provider_codes():
        sender = provider(intent.provider)
        event = sender.ask(intent=intent)
        if event is not None:
            _settle(sender, event, on)
            intent.refresh_from_db()
    return intent


def settle_open_intents(*, at: datetime, on: date) -> int:
    """Ask about all payments left open for some minutes, and give up those of yesterday; how many were asked."""
    stale = receivables.stale_intents(before=at - ASK_AFTER)
    waiting = [intent for intent in stale if intent.provider in provider_codes()]
    for intent in waiting:
        answered = ask_provider(intent_id=intent.pk, on=on)
        if answered.state == "open" and intent.created_at < at - EXPIRE_AFTER:
            receivables.expire_intent(intent_id=intent.pk)
    return len(waiting)


def _settle(sender: Provider, event: Event, on: date) -> str:
    with transaction.atomic():
        outcome = receivables.settle_event(provider=sender, event=event, on=on)
        if outcome == receivables.PAID:
            _tell(*Payment.objects.filter(part__intent=event.intent_id).order_by("id"))
    return outcome


def _tell(*payments: Payment) -> None:
    for payment in payments:
        notices.enqueue_interest(account_id=payment.account_id)
    notices.enqueue_receipts(payment_ids=[payment.pk for payment in payments])
