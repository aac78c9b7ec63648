"""Online payments: what a payer set out to pay, and what the provider says became of it."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caudal.common import sql
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.receivables.models import Payment, PaymentIntent, ProviderEvent
from caudal.receivables.operations.payments import PaymentRequest, ReferenceUsed, post_payment
from caudal.receivables.operations.posting import lock_account
from caudal.receivables.providers import Event, Provider
from caudal.receivables.queries.items import check_selection, pending_items
from caudal.registry.models import Organisation

PAID, FAILED, PARKED, IGNORED, REPEATED = "paid", "failed", "parked", "ignored", "repeated"


class TotalChanged(DomainError):
    """What was chosen costs something else than was shown. Facts: `shown`, `total`."""

    code = "total_changed"
    template = _("The total changed from %(shown)s to %(total)s. Check it and pay again.")


class NothingChosen(DomainError):
    """A payment of no items."""

    code = "nothing_chosen"
    template = _("Choose at least one item to pay.")


class IntentUsedDifferently(DomainError):
    """The key started a payment of another account or of other items."""

    code = "intent_used_differently"
    template = _("This page was already used for another payment. Choose again what to pay.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineRequest:
    """Items to be paid online, in full. `key` is the attempt's own: the same key starts one payment only.

    `shown` is the total the payer saw on `on`.
    """

    key: UUID
    account_id: int
    charge_ids: tuple[int, ...]
    shown: Decimal
    on: date
    provider: str


def open_intent(*, request: OnlineRequest, by: Actor) -> PaymentIntent:
    """Keep what a payer sets out to pay.

    Raises NothingChosen, SelectionRefused, NotPending, TotalChanged, IntentUsedDifferently. A repeated key
    answers with the intent there is, if it is for the same.
    """
    if known := PaymentIntent.objects.filter(pk=request.key).first():
        return _same(known, request)
    if not request.charge_ids:
        raise NothingChosen()
    items = pending_items(account_id=request.account_id, on=request.on)
    picked = check_selection(items=items, charge_ids=request.charge_ids)
    total = sum((item.payable for item in picked), Decimal(0))
    if total != request.shown:
        raise TotalChanged(shown=request.shown, total=total)
    intent, _created = PaymentIntent.objects.get_or_create(
        pk=request.key,
        defaults={
            "account_id": request.account_id,
            "provider": request.provider,
            "charge_ids": sorted(request.charge_ids),
            "amount": total,
            "value_on": request.on,
            "started_by": by.label,
        },
    )
    return _same(intent, request)


def _same(intent: PaymentIntent, request: OnlineRequest) -> PaymentIntent:
    """The intent, when it is what the request asks for; another's is not handed out for knowing its key."""
    if intent.account_id != request.account_id or set(intent.charge_ids) != set(request.charge_ids):
        raise IntentUsedDifferently()
    return intent


def settle_event(*, provider: Provider, event: Event, on: date) -> str:
    """Let a provider's event take effect once, and tell how it ended.

    paid: the payment is posted. failed: it will not come. parked: money that a person has to place (unknown
    intent, another amount or currency, a second payment). ignored: nothing new; what is paid stays paid.
    repeated: told before.
    """
    intent = _locked(event.intent_id)
    recorded = sql.rows(
        "receivables/record_event",
        {
            "provider": provider.code,
            "event_id": event.event_id,
            "intent_id": intent.pk if intent else None,
            "body": json.dumps(_facts(event)),
        },
    )
    if not recorded:
        return REPEATED
    outcome = PARKED if intent is None else _take_effect(intent, provider, event, on)
    ProviderEvent.objects.filter(pk=recorded[0][0]).update(outcome=outcome)
    return outcome


def expire_intent(*, intent_id: UUID) -> None:
    """Give up waiting. Should the money come after all, it is still taken."""
    PaymentIntent.objects.filter(pk=intent_id, state="open").update(state="expired")


def stale_intents(*, before: datetime) -> list[PaymentIntent]:
    """Intents started before an instant that are still open."""
    return list(PaymentIntent.objects.filter(state="open", created_at__lt=before).order_by("created_at"))


def _locked(intent_id: UUID) -> PaymentIntent | None:
    account_id = PaymentIntent.objects.filter(pk=intent_id).values_list("account_id", flat=True).first()
    if account_id is None:
        return None
    lock_account(account_id)
    return PaymentIntent.objects.select_for_update(of=("self",)).select_related("payment").get(pk=intent_id)


def _take_effect(intent: PaymentIntent, provider: Provider, event: Event, on: date) -> str:
    if intent.payment is not None:
        again = event.paid and event.reference != intent.payment.provider_reference
        return PARKED if again else IGNORED
    if not event.paid:
        return _end(intent, FAILED) if intent.state == "open" else IGNORED
    currency = Organisation.objects.values_list("currency", flat=True).get()
    if event.amount != intent.amount or event.currency != currency:
        return _end(intent, PARKED)
    try:
        with transaction.atomic():
            payment = _post(intent, provider, event, on)
    except ReferenceUsed:
        return _end(intent, PARKED)
    return _end(intent, PAID, payment)


def _post(intent: PaymentIntent, provider: Provider, event: Event, on: date) -> Payment:
    request = PaymentRequest(
        account_id=intent.account_id,
        amount=intent.amount,
        method="online",
        value_on=min(timezone.localdate(event.happened_at), on),
        posted_on=on,
        idempotency_key=f"{provider.code}:{intent.pk}",
        charge_ids=tuple(intent.charge_ids),
        payer=intent.started_by,
        provider=provider.code,
        provider_reference=event.reference,
        received=True,
    )
    return post_payment(request=request, by=Actor(id=None, label=provider.name))


def _end(intent: PaymentIntent, state: str, payment: Payment | None = None) -> str:
    intent.state, intent.payment = state, payment
    intent.save(update_fields=["state", "payment"])
    return state


def _facts(event: Event) -> dict[str, object]:
    return {
        "intent": str(event.intent_id),
        "paid": event.paid,
        "amount": str(event.amount),
        "currency": event.currency,
        "reference": event.reference,
        "happened_at": event.happened_at.isoformat(),
    }
