"""A payment is taken once, whoever asks how often; what a provider says takes effect once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from caudal.billing.models import Account, Series
from caudal.common.actor import SYSTEM
from caudal.common.errors import DomainError
from caudal.receivables.models import LedgerEntry, Payment, PaymentIntent, ProviderEvent
from caudal.receivables.operations import (
    AlreadyReversed,
    AmountAboveSelection,
    KeyUsedDifferently,
    NotAnAmount,
    TotalChanged,
    ValueDateAhead,
)
from caudal.receivables.providers import (
    SANDBOX,
    MalformedEvent,
    Message,
    StaleEvent,
    UnknownProvider,
    UnsignedEvent,
)
from caudal.receivables.queries import (
    NotPending,
    SelectionRefused,
    account_balance,
    account_credit,
    pending_items,
    receipt,
    statement,
)
from caudal.workflows.payments import (
    OnlineRequest,
    PaymentRequest,
    ask_provider,
    reverse_payment,
    settle_open_intents,
    settle_provider_event,
    start_online_payment,
    take_payment,
)
from tests import factories

TODAY = date(2026, 2, 10)
NOW = datetime(2026, 2, 10, 18, 0, tzinfo=UTC)
together = pytest.mark.django_db(transaction=True)
alone = pytest.mark.django_db


@pytest.fixture
def account(settings: Any) -> Account:
    """Owes 10.00 of January and 20.00 of February for one service."""
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    factories.organisation()
    found = factories.account()
    for month, amount in ((1, "10.00"), (2, "20.00")):
        factories.invoice(found, amount, dated_on=date(2026, month, 5), due_date=date(2026, month, 20))
    return found


def request(account: Account, **changes: Any) -> PaymentRequest:
    facts = {
        "account_id": account.pk,
        "amount": Decimal("10.00"),
        "method": "cash",
        "value_on": TODAY,
        "posted_on": TODAY,
        "idempotency_key": "till-1-0001",
    }
    return PaymentRequest(**(facts | changes))


def items(account: Account) -> list[int]:
    return [item.charge_id for item in pending_items(account_id=account.pk, on=TODAY)]


def at_once(times: int, call: Callable[[int], Any]) -> list[Any]:
    """The answers, or the refusals, of calls from as many threads and connections."""

    def run(n: int) -> Any:
        try:
            return call(n)
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@together
def test_32_equal_requests_at_once_are_one_payment_with_one_receipt(account: Account) -> None:
    chosen = tuple(items(account)[:1])
    asked = request(account, charge_ids=chosen)
    answers = at_once(32, lambda n: take_payment(request=asked, by=SYSTEM))
    assert {payment.pk for payment in answers} == set(Payment.objects.values_list("pk", flat=True))
    assert Payment.objects.count() == 1
    assert Series.objects.get(code="receipts").last_number == 1
    assert account_balance(account_id=account.pk) == Decimal("20.00")


@together
def test_many_payments_at_once_are_numbered_without_a_gap(account: Account) -> None:
    accounts = [factories.account() for _ in range(16)]

    def pay(n: int) -> Payment:
        return take_payment(request=request(accounts[n], idempotency_key=f"key-{n}"), by=SYSTEM)

    assert sorted(payment.number for payment in at_once(16, pay)) == list(range(1, 17))


@together
def test_of_two_cashiers_with_one_bill_one_settles_it_and_the_other_is_told(account: Account) -> None:
    chosen = tuple(items(account)[:1])

    def pay(n: int) -> Payment:
        return take_payment(
            request=request(account, charge_ids=chosen, idempotency_key=f"till-{n}"), by=SYSTEM
        )

    answers = at_once(2, pay)
    assert sorted(type(answer).__name__ for answer in answers) == ["NotPending", "Payment"]
    assert account_balance(account_id=account.pk) == Decimal("20.00")


@together
def test_of_parallel_reversals_one_takes_effect(account: Account) -> None:
    payment = take_payment(request=request(account), by=SYSTEM)
    answers = at_once(
        4, lambda n: reverse_payment(payment_id=payment.pk, on=TODAY, reason="Error", by=SYSTEM)
    )
    assert sum(isinstance(answer, AlreadyReversed) for answer in answers) == 3
    assert LedgerEntry.objects.filter(kind="reversal").count() == 1
    assert account_balance(account_id=account.pk) == Decimal("30.00")


@alone
@pytest.mark.parametrize(
    "changes", [{"amount": Decimal("11.00")}, {"method": "card"}, {"charge_ids": (1,)}], ids=str
)
def test_the_same_key_with_other_content_is_refused(account: Account, changes: dict[str, Any]) -> None:
    take_payment(request=request(account), by=SYSTEM)
    with pytest.raises(KeyUsedDifferently):
        take_payment(request=request(account, **changes), by=SYSTEM)
    assert Payment.objects.count() == 1


@together
def test_the_same_key_on_another_account_is_refused(account: Account) -> None:
    take_payment(request=request(account), by=SYSTEM)
    with pytest.raises(KeyUsedDifferently):
        take_payment(request=request(factories.account()), by=SYSTEM)
    assert Series.objects.get(code="receipts").last_number == 1


@alone
@pytest.mark.parametrize("amount", ["0", "-1.00", "0.001", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(account: Account, amount: str) -> None:
    with pytest.raises(NotAnAmount):
        take_payment(request=request(account, amount=Decimal(amount)), by=SYSTEM)


@alone
def test_a_value_date_in_the_future_is_refused(account: Account) -> None:
    with pytest.raises(ValueDateAhead):
        take_payment(request=request(account, value_on=date(2026, 2, 11)), by=SYSTEM)


@alone
def test_a_choice_that_skips_an_older_item_is_refused(account: Account) -> None:
    with pytest.raises(SelectionRefused):
        take_payment(
            request=request(account, charge_ids=(items(account)[1],), amount=Decimal("20.00")), by=SYSTEM
        )
    assert not Payment.objects.exists()


@alone
def test_more_than_the_choice_needs_is_refused_unless_the_rest_is_kept(account: Account) -> None:
    asked = request(account, charge_ids=tuple(items(account)), amount=Decimal("31.00"))
    with pytest.raises(AmountAboveSelection):
        take_payment(request=asked, by=SYSTEM)
    take_payment(request=replace(asked, keep_rest=True), by=SYSTEM)
    assert account_credit(account_id=account.pk) == Decimal("1.00")


@alone
def test_less_than_the_choice_needs_pays_the_oldest_part_of_it(account: Account) -> None:
    take_payment(
        request=request(account, charge_ids=tuple(items(account)), amount=Decimal("12.00")), by=SYSTEM
    )
    left = statement(account_id=account.pk, on=TODAY).items
    assert [item.balance for item in left] == [Decimal("18.00")]


@alone
def test_at_the_till_the_choice_says_the_amount_and_the_money_the_change(account: Account) -> None:
    asked = request(account, amount=None, charge_ids=tuple(items(account)), tendered=Decimal("50.00"))
    payment = take_payment(request=asked, by=SYSTEM)
    said = receipt(payment_id=payment.pk)
    assert (said.amount, said.tendered, said.change) == (Decimal("30.00"), Decimal("50.00"), Decimal("20.00"))
    assert take_payment(request=asked, by=SYSTEM) == payment


@alone
def test_who_tenders_less_pays_a_part(account: Account) -> None:
    asked = request(account, amount=None, charge_ids=tuple(items(account)), tendered=Decimal("25.00"))
    assert take_payment(request=asked, by=SYSTEM).amount == Decimal("25.00")


@alone
@pytest.mark.parametrize("tendered", ["0", "-5.00"])
def test_nobody_tenders_nothing(account: Account, tendered: str) -> None:
    asked = request(account, amount=None, charge_ids=tuple(items(account)), tendered=Decimal(tendered))
    with pytest.raises(NotAnAmount):
        take_payment(request=asked, by=SYSTEM)


@alone
def test_money_already_received_is_never_refused(account: Account) -> None:
    newest = items(account)[1]
    asked = request(account, charge_ids=(newest, 999_999), amount=Decimal("100.00"), received=True)
    take_payment(request=asked, by=SYSTEM)
    assert account_credit(account_id=account.pk) == Decimal("70.00")


@alone
def test_the_receipt_says_for_ever_what_it_said(account: Account) -> None:
    payment = take_payment(
        request=request(account, amount=Decimal("12.00"), tendered=Decimal("20.00")),
        by=SYSTEM,
    )
    said = receipt(payment_id=payment.pk)
    assert (said.number, said.tendered, said.change) == ("1", Decimal("20.00"), Decimal("8.00"))
    assert [line.amount for line in said.lines] == [Decimal("10.00"), Decimal("2.00")]
    assert (said.balance_after, said.credit_after) == (Decimal("18.00"), Decimal(0))
    factories.pay(account, "18.00", TODAY)
    assert receipt(payment_id=payment.pk) == said


# Online, through the sandbox.


@pytest.fixture
def intent(account: Account) -> PaymentIntent:
    """All 30.00, on its way to the provider."""
    return start(account, Decimal("30.00"))


def start(account: Account, shown: Decimal, **changes: Any) -> PaymentIntent:
    facts = {
        "key": uuid4(),
        "account_id": account.pk,
        "charge_ids": tuple(items(account)),
        "shown": shown,
        "on": TODAY,
        "provider": "sandbox",
    }
    return start_online_payment(request=OnlineRequest(**(facts | changes)), by=SYSTEM).intent


def told(about: PaymentIntent, *, paid: bool = True, **changes: str) -> Message:
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
        start(account, Decimal("30.00"), charge_ids=chosen)


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
    for headers in ({}, {"Caudal-Signature": "t=1,v1=00"}, {"Caudal-Signature": "basura"}):
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
    account: Account, intent: PaymentIntent, changes: dict[str, str]
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
