"""Online payments: what a payer set out to pay, and what the provider says became of it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.operations.numbering import INVOICES
from caudal.common import sql
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.receivables.models import IntentPart, Payment, PaymentIntent, ProviderEvent
from caudal.receivables.operations.payments import PaymentRequest, ReferenceUsed, post_payment
from caudal.receivables.operations.posting import lock_these_accounts
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
    """The key started a payment of other accounts or of other items."""

    code = "intent_used_differently"
    template = _("This page was already used for another payment. Choose again what to pay.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineRequest:
    """Items of one account or of several to be paid online at once, in full. `key` is the attempt's own: the same
    key starts one payment only.

    `chosen` has the charges by account; `shown` is the total the payer saw on `on`.
    """

    key: UUID
    chosen: Mapping[int, Collection[int]]
    shown: Decimal
    on: date
    provider: str


def open_intent(*, request: OnlineRequest, by: Actor) -> PaymentIntent:
    """Keep what a payer sets out to pay: all of it, or nothing.

    Raises NothingChosen, SelectionRefused, NotPending, TotalChanged, IntentUsedDifferently. A repeated key
    answers with the intent there is, if it is for the same.
    """
    if known := PaymentIntent.objects.filter(pk=request.key).first():
        return _same(known, request)
    amounts = _amounts(request)
    total = sum(amounts.values(), Decimal(0))
    if total != request.shown:
        raise TotalChanged(shown=request.shown, total=total)
    facts = {"provider": request.provider, "amount": total, "value_on": request.on, "started_by": by.label}
    intent, created = PaymentIntent.objects.get_or_create(pk=request.key, defaults=facts)
    if not created:
        return _same(intent, request)
    IntentPart.objects.bulk_create(
        IntentPart(
            intent=intent,
            account_id=account_id,
            charge_ids=sorted(request.chosen[account_id]),
            amount=amount,
        )
        for account_id, amount in amounts.items()
    )
    return intent


def _amounts(request: OnlineRequest) -> dict[int, Decimal]:
    """What the choice costs, by account."""
    if not request.chosen or not all(request.chosen.values()):
        raise NothingChosen()
    amounts = {}
    for account_id, charge_ids in sorted(request.chosen.items()):
        items = pending_items(account_id=account_id, on=request.on)
        picked = check_selection(items=items, charge_ids=charge_ids)
        amounts[account_id] = sum((item.payable for item in picked), Decimal(0))
    return amounts


def _same(intent: PaymentIntent, request: OnlineRequest) -> PaymentIntent:
    """The intent, when it is what the request asks for; another's is not handed out for knowing its key."""
    known = {part.account_id: set(part.charge_ids) for part in intent.parts.all()}
    if known != {account_id: set(charges) for account_id, charges in request.chosen.items()}:
        raise IntentUsedDifferently()
    return intent


def settle_event(*, provider: Provider, event: Event, on: date) -> str:
    """Let a provider's event take effect once, and tell how it ended.

    paid: the payments are posted, one for each account. failed: they will not come. parked: money that a person
    has to place (unknown intent, another amount or currency, a second payment). ignored: nothing new; what is paid
    stays paid. repeated: told before.
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
    """The intent, held with its accounts."""
    account_ids = IntentPart.objects.filter(intent=intent_id).values_list("account_id", flat=True)
    lock_these_accounts(list(account_ids))
    return PaymentIntent.objects.select_for_update().filter(pk=intent_id).first()


def _take_effect(intent: PaymentIntent, provider: Provider, event: Event, on: date) -> str:
    if intent.state == PAID:
        known = Payment.objects.filter(part__intent=intent).values_list("provider_reference", flat=True)
        return PARKED if event.paid and event.reference not in known else IGNORED
    if not event.paid:
        return _end(intent, FAILED) if intent.state == "open" else IGNORED
    currency = Organisation.objects.values_list("currency", flat=True).get()
    if event.amount != intent.amount or event.currency != currency:
        return _end(intent, PARKED)
    try:
        with transaction.atomic():
            _post(intent, provider, event, on)
    except ReferenceUsed:
        return _end(intent, PARKED)
    return _end(intent, PAID)


def _post(intent: PaymentIntent, provider: Provider, event: Event, on: date) -> None:
    """A payment with its receipt for each account, by id; all of them under the provider's one reference."""
    parts = list(intent.parts.order_by("account_id"))
    if (
        len(parts) > 1
    ):  # the first one takes a receipt's number, and the next may still cause an interest invoice
        billing.hold_numbers(series_code=INVOICES)
    for position, part in enumerate(parts):
        request = PaymentRequest(
            account_id=part.account_id,
            amount=part.amount,
            method="online",
            value_on=min(timezone.localdate(event.happened_at), on),
            posted_on=on,
            idempotency_key=f"{provider.code}:{intent.pk}:{part.account_id}",
            charge_ids=tuple(part.charge_ids),
            payer=intent.started_by,
            provider=provider.code,
            provider_reference=event.reference,
            provider_part=position,
            received=True,
        )
        part.payment = post_payment(request=request, by=Actor(id=None, label=provider.name))
        part.save(update_fields=["payment"])


def _end(intent: PaymentIntent, state: str) -> str:
    intent.state = state
    intent.save(update_fields=["state"])
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
