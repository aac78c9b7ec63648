"""What a provider says takes effect once: in order or not, late, repeated, forged, or for something else."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from caudal.billing.models import Account
from caudal.common.actor import SYSTEM
from caudal.receivables.models import Payment, PaymentIntent, ProviderEvent
from caudal.receivables.operations import TotalChanged
from caudal.receivables.providers import (
    SANDBOX,
    MalformedEvent,
    Message,
    StaleEvent,
    UnknownProvider,
    UnsignedEvent,
)
from caudal.receivables.queries import NotPending, account_balance, account_credit
from caudal.workflows.payments import (
    OnlineRequest,
    ask_provider,
    settle_open_intents,
    settle_provider_event,
    start_online_payment,
)
from tests import factories
from tests.integration.workflows.payers import NOW, TODAY, items, owing
from tests.support.threads import at_once

together = pytest.mark.django_db(transaction=True)
alone = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sandbox(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox"]


@pytest.fixture
def account() -> Account:
    return owing()


@pytest.fixture
def intent(account: Account) -> PaymentIntent:
    """All 30.00, on its way to the provider."""
    return start(account, Decimal("30.00"))


def start(account: Account, shown: Decimal, **changes: Any) -> PaymentIntent:
    facts: dict[str, Any] = {
        "key": uuid4(),
        "chosen": {account.pk: items(account)},
        "shown": shown,
        "on": TODAY,
        "provider": "sandbox",
    }
    return start_online_payment(request=OnlineRequest(**(facts | changes)), by=SYSTEM).intent


def told(about: PaymentIntent, *, paid: bool = True, **changes: Any) -> Message:
    """The sandbox's message about an intent, with other facts where a test says so."""
    honest = SANDBOX.decide(intent=about, paid=paid, currency="CRC", at=NOW)
    if not changes:
        return honest
    return SANDBOX.signed(body=json.dumps(json.loads(honest.body) | changes).encode(), at=NOW)


def settle(message: Message, at: datetime = NOW, on: date = TODAY) -> str:
    return settle_provider_event(
        provider_code="sandbox", body=message.body, headers=message.headers, at=at, on=on
    )


@alone
def test_starting_owes_and_pays_nothing(account: Account, intent: PaymentIntent) -> None:
    assert (intent.amount, intent.state) == (Decimal("30.00"), "open")
    assert account_balance(account_id=account.pk) == Decimal("30.00")


@alone
def test_one_attempt_started_twice_is_one_intent(account: Account) -> None:
    key = uuid4()
    assert start(account, Decimal("30.00"), key=key).pk == start(account, Decimal("30.00"), key=key).pk
    assert PaymentIntent.objects.count() == 1


@alone
def test_a_total_that_changed_since_it_was_shown_is_said(account: Account) -> None:
    with pytest.raises(TotalChanged):
        start(account, Decimal("29.00"))


@alone
def test_what_is_paid_meanwhile_cannot_be_started(account: Account) -> None:
    chosen = tuple(items(account))
    factories.pay(account, "30.00", TODAY)
    with pytest.raises(NotPending):
        start(account, Decimal("30.00"), chosen={account.pk: chosen})


@alone
def test_without_a_provider_nothing_starts(account: Account, settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = []
    with pytest.raises(UnknownProvider):
        start(account, Decimal("30.00"))


@alone
def test_the_providers_word_pays_with_its_reference(account: Account, intent: PaymentIntent) -> None:
    assert settle(told(intent)) == "paid"
    intent.refresh_from_db()
    assert intent.state == "paid"
    payment = Payment.objects.get()
    assert (payment.method, payment.provider, payment.amount) == ("online", "sandbox", Decimal("30.00"))
    assert payment.provider_reference.startswith("SBX-")
    assert account_balance(account_id=account.pk) == 0


@together
def test_an_event_five_times_at_once_pays_once(account: Account, intent: PaymentIntent) -> None:
    message = told(intent)
    answers = at_once(5, lambda n: settle(message))
    assert sorted(answers) == ["paid", "repeated", "repeated", "repeated", "repeated"]
    assert (Payment.objects.count(), ProviderEvent.objects.count()) == (1, 1)


@alone
def test_refused_after_paid_changes_nothing(account: Account, intent: PaymentIntent) -> None:
    settle(told(intent))
    assert settle(told(intent, paid=False)) == "ignored"
    intent.refresh_from_db()
    assert (intent.state, account_balance(account_id=account.pk)) == ("paid", 0)


@alone
def test_paid_after_refused_pays(account: Account, intent: PaymentIntent) -> None:
    assert settle(told(intent, paid=False)) == "failed"
    assert settle(told(intent)) == "paid"
    assert account_balance(account_id=account.pk) == 0


@alone
def test_money_that_comes_days_later_still_pays_as_of_its_day(
    account: Account, intent: PaymentIntent
) -> None:
    message = told(intent)
    days_later = SANDBOX.signed(body=message.body, at=NOW + timedelta(days=3))
    assert settle(days_later, at=NOW + timedelta(days=3), on=date(2026, 2, 13)) == "paid"
    payment = Payment.objects.get()
    assert (payment.value_on, payment.posted_on) == (TODAY, date(2026, 2, 13))


@alone
def test_an_unsigned_event_is_refused(intent: PaymentIntent) -> None:
    message = told(intent)
    for wrong in ("", "t=1,v1=00", "basura", "t=1,v1=ñ", "t=¹,v1=0"):
        headers = {"Caudal-Signature": wrong} if wrong else {}
        with pytest.raises(UnsignedEvent):
            settle(Message(message.body, headers))
    with pytest.raises(UnsignedEvent):
        settle(Message(message.body.replace(b"30.00", b"3.00"), message.headers))
    assert not ProviderEvent.objects.exists()


@alone
def test_a_stale_event_is_refused(intent: PaymentIntent) -> None:
    with pytest.raises(StaleEvent):
        settle(told(intent), at=NOW + timedelta(minutes=6))
    assert not Payment.objects.exists()


@alone
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": 1}', b"\xff"])
def test_a_signed_message_that_says_nothing_is_refused(account: Account, body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        settle(SANDBOX.signed(body=body, at=NOW))


@alone
@pytest.mark.parametrize("changes", [{"amount": "29.99"}, {"amount": "300.00"}, {"currency": "USD"}], ids=str)
def test_another_amount_or_currency_is_parked(
    account: Account, intent: PaymentIntent, changes: dict[str, Any]
) -> None:
    assert settle(told(intent, **changes)) == "parked"
    intent.refresh_from_db()
    assert (intent.state, Payment.objects.count()) == ("parked", 0)


@alone
def test_an_unknown_intent_is_parked(intent: PaymentIntent) -> None:
    assert settle(told(intent, intent=str(uuid4()))) == "parked"
    assert ProviderEvent.objects.get().intent is None


@alone
def test_a_second_payment_of_one_intent_is_parked(account: Account, intent: PaymentIntent) -> None:
    settle(told(intent))
    assert settle(told(intent, id="evt_other", reference="SBX-OTHER")) == "parked"
    assert Payment.objects.count() == 1


@alone
def test_a_reference_posted_before_is_parked(account: Account, intent: PaymentIntent) -> None:
    settle(told(intent))
    factories.invoice(account, "5.00", dated_on=TODAY, due_date=TODAY)
    other = start(account, Decimal("5.00"))
    reference = Payment.objects.get().provider_reference
    assert settle(told(other, reference=reference)) == "parked"
    assert Payment.objects.count() == 1


@alone
def test_what_was_chosen_but_paid_meanwhile_becomes_credit(account: Account, intent: PaymentIntent) -> None:
    factories.pay(account, "10.00", TODAY)
    assert settle(told(intent)) == "paid"
    assert account_credit(account_id=account.pk) == Decimal("10.00")


@alone
def test_without_word_the_payment_is_unknown_until_the_provider_is_asked(
    account: Account, intent: PaymentIntent
) -> None:
    assert ask_provider(intent_id=intent.pk, on=TODAY).state == "open"
    told(intent)  # the message got lost
    assert ask_provider(intent_id=intent.pk, on=TODAY).state == "paid"
    assert ask_provider(intent_id=intent.pk, on=TODAY).state == "paid"
    assert Payment.objects.count() == 1


@alone
def test_a_payment_with_a_provider_that_is_gone_stays_unknown_and_stops_no_other(
    account: Account, intent: PaymentIntent, settings: Any
) -> None:
    settings.PAYMENT_PROVIDERS = []
    assert ask_provider(intent_id=intent.pk, on=TODAY).state == "open"
    assert settle_open_intents(at=datetime.now(UTC) + timedelta(days=2), on=TODAY) == 0
    intent.refresh_from_db()
    assert intent.state == "open"


@alone
def test_open_payments_are_asked_about_and_given_up_after_a_day(
    account: Account, intent: PaymentIntent
) -> None:
    lost = start(account, Decimal("30.00"))
    told(lost)
    later = datetime.now(UTC) + timedelta(minutes=11)
    assert settle_open_intents(at=later, on=TODAY) == 2
    assert settle_open_intents(at=later + timedelta(days=1), on=TODAY) == 1
    states = dict(PaymentIntent.objects.values_list("pk", "state"))
    assert states == {lost.pk: "paid", intent.pk: "expired"}
