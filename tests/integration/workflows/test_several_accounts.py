"""One online payment of several accounts: one charge to the card, a payment with its receipt on each, or none."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from caudal.billing.models import Account
from caudal.common.actor import SYSTEM
from caudal.jobs.invariants import INVARIANTS, Violation, violations
from caudal.jobs.tasks.notices import attachment
from caudal.notices.mails.compose import Owed, compose, receipts_told, sender
from caudal.notices.models import Message
from caudal.receivables.models import Allocation, LedgerEntry, Payment, PaymentIntent
from caudal.receivables.operations import KeyUsedDifferently, NothingChosen, TotalChanged
from caudal.receivables.operations.intents import IntentUsedDifferently
from caudal.receivables.providers import SANDBOX
from caudal.receivables.queries import (
    NotPending,
    SelectionRefused,
    account_balance,
    account_credit,
    paid_together,
)
from caudal.workflows.payments import (
    OnlineRequest,
    ask_provider,
    reverse_payment,
    settle_provider_event,
    start_online_payment,
)
from tests import factories
from tests.integration.workflows.payers import NOW, TODAY, items
from tests.support.pdf import page_count, text_of
from tests.support.threads import at_once

together = pytest.mark.django_db(transaction=True)
alone = pytest.mark.django_db
DUE = TODAY + timedelta(days=9)


@pytest.fixture(autouse=True)
def sandbox(settings: Any) -> None:
    settings.PAYMENT_PROVIDERS = ["sandbox"]


@pytest.fixture
def house() -> Account:
    """Owes 10.00 and 20.00, the first since January, with a tenth a day: 0.20 of interest."""
    factories.organisation()
    account = factories.account(factories.party("Ana", "Mora", email="ana@ejemplo.cr"), delivery="mail")
    water = factories.service("water", late_policies=factories.A_TENTH_A_DAY)
    january = factories.Line("10.00", water)
    factories.invoice(
        account, january, dated_on=TODAY - timedelta(days=40), due_date=TODAY - timedelta(days=20)
    )
    factories.invoice(account, factories.Line("20.00", water), dated_on=TODAY, due_date=DUE)
    return account


@pytest.fixture
def farm(house: Account) -> Account:
    """Of the same person, owes 7.00."""
    account = factories.account(house.holder, delivery="mail")
    factories.invoice(account, "7.00", dated_on=TODAY, due_date=DUE)
    return account


@pytest.fixture
def company(farm: Account) -> Account:
    """Somebody else's, with an address of its own; owes 5.00."""
    account = factories.account(factories.party("El", "Roble", email="roble@ejemplo.cr"), delivery="mail")
    factories.invoice(account, "5.00", dated_on=TODAY, due_date=DUE)
    return account


@pytest.fixture
def accounts(house: Account, farm: Account, company: Account) -> list[Account]:
    return [company, house, farm]  # in no order of ids


def start(accounts: list[Account], shown: str = "42.20", **changes: Any) -> PaymentIntent:
    chosen = {account.pk: items(account) for account in accounts}
    facts: dict[str, Any] = {
        "key": uuid4(),
        "chosen": chosen,
        "shown": Decimal(shown),
        "on": TODAY,
        "provider": "sandbox",
    }
    asked = OnlineRequest(**(facts | changes))
    return start_online_payment(request=asked, by=SYSTEM).intent


def settle(intent: PaymentIntent, currency: str = "CRC") -> str:
    told = SANDBOX.decide(intent=intent, paid=True, currency=currency, at=NOW)
    return settle_provider_event(
        provider_code="sandbox", body=told.body, headers=told.headers, at=NOW, on=TODAY
    )


def broken() -> list[Violation]:
    """What does not hold of the money."""
    money = [invariant for invariant in INVARIANTS if 6 <= invariant.number <= 13]
    return [violation for invariant in money for violation in violations(invariant)]


@alone
def test_each_account_has_a_payment_a_receipt_and_a_credit_of_its_own(accounts: list[Account]) -> None:
    intent = start(accounts)
    assert settle(intent) == "paid"
    payments = Payment.objects.order_by("id")
    assert {p.account_id: p.amount for p in payments} == {
        account.pk: Decimal(amount)
        for account, amount in zip(accounts, ("5.00", "30.20", "7.00"), strict=True)
    }
    numbers = [p.number for p in payments]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert len({p.provider_reference for p in payments}) == 1
    for payment in payments:
        entry = LedgerEntry.objects.get(payment=payment)
        assert (entry.account_id, entry.amount) == (payment.account_id, -payment.amount)
        settled = Allocation.objects.filter(payment=payment)
        assert {a.charge.invoice.account_id for a in settled} == {payment.account_id}
    assert [account_balance(account_id=a.pk) for a in accounts] == [0, 0, 0]
    assert broken() == []


@together
def test_the_providers_word_five_times_at_once_pays_each_account_once(accounts: list[Account]) -> None:
    intent = start(accounts)
    answers = at_once(5, lambda _n: settle(intent))
    assert sorted(answers) == ["paid", "repeated", "repeated", "repeated", "repeated"]
    assert Payment.objects.count() == 3


@together
def test_two_payments_of_the_same_accounts_do_not_wait_for_each_other_for_ever(
    accounts: list[Account],
) -> None:
    intents = [start(accounts), start(accounts[::-1])]
    assert at_once(2, lambda n: settle(intents[n])) == ["paid", "paid"]
    assert [account_balance(account_id=a.pk) for a in accounts] == [-5, -30 - Decimal("0.20"), -7]


@alone
def test_where_one_of_the_payments_cannot_be_posted_none_is(
    accounts: list[Account],
) -> None:
    intent = start(accounts)
    last = max(intent.parts.all(), key=lambda part: part.account_id)
    factories.pay(last.account, "1.00", TODAY, idempotency_key=f"sandbox:{intent.pk}:{last.account_id}")
    with pytest.raises(KeyUsedDifferently):
        settle(intent)
    assert Payment.objects.count() == 1
    intent.refresh_from_db()
    assert intent.state == "open"


@alone
def test_another_amount_or_currency_is_parked_whole(accounts: list[Account]) -> None:
    intent = start(accounts)
    assert settle(intent, currency="USD") == "parked"
    assert not Payment.objects.exists()
    assert ask_provider(intent_id=intent.pk, on=TODAY).state == "parked"


@alone
def test_a_reference_used_before_is_parked_whole(accounts: list[Account]) -> None:
    intent = start(accounts)
    reference = f"SBX-{intent.pk.hex[:12].upper()}"
    factories.pay(accounts[0], "1.00", TODAY, provider="sandbox", provider_reference=reference)
    assert settle(intent) == "parked"
    assert Payment.objects.count() == 1


@alone
def test_nothing_starts_when_one_account_cannot_be_paid_so(accounts: list[Account], house: Account) -> None:
    newest = items(house)[-1]
    both = {accounts[0].pk: items(accounts[0]), house.pk: [newest]}
    with pytest.raises(SelectionRefused):
        start(accounts, "25.00", chosen=both)
    with pytest.raises(NothingChosen):
        start(accounts, "5.00", chosen={accounts[0].pk: items(accounts[0]), house.pk: []})
    with pytest.raises(NotPending):
        start(accounts, "12.00", chosen={accounts[0].pk: items(accounts[2]), house.pk: items(house)})
    with pytest.raises(TotalChanged):
        start(accounts, "42.00")
    assert not PaymentIntent.objects.exists()


@alone
def test_one_key_is_one_payment_of_the_same_accounts(accounts: list[Account]) -> None:
    key = uuid4()
    assert start(accounts, key=key).pk == start(accounts[::-1], key=key).pk
    with pytest.raises(IntentUsedDifferently):
        start(accounts[:1], "5.00", key=key)
    assert PaymentIntent.objects.get().parts.count() == 3


@alone
def test_what_was_paid_meanwhile_on_one_account_becomes_its_credit(
    accounts: list[Account], farm: Account, house: Account
) -> None:
    intent = start(accounts)
    factories.pay(farm, "7.00", TODAY)
    assert settle(intent) == "paid"
    assert (account_credit(account_id=farm.pk), account_balance(account_id=house.pk)) == (Decimal("7.00"), 0)


@alone
def test_a_receipt_is_reversed_by_itself(accounts: list[Account], house: Account) -> None:
    intent = start(accounts)
    settle(intent)
    own = Payment.objects.get(account=house)
    reverse_payment(payment_id=own.pk, on=TODAY, reason="Contracargo", by=SYSTEM)
    assert [account_balance(account_id=a.pk) for a in accounts] == [0, Decimal("30.00"), 0]
    assert settle(intent) == "repeated"
    assert paid_together(payment_id=own.pk).count() == 3
    assert broken() == []


@alone
def test_each_address_has_one_mail_with_the_receipts_of_its_accounts(
    accounts: list[Account], house: Account, farm: Account, company: Account
) -> None:
    settle(start(accounts))
    mails = {m.recipient: m for m in Message.objects.filter(kind="payment_received")}
    assert Message.objects.filter(kind="payment_received").count() == len(mails) == 2
    told = {to: {p.account_id for p in receipts_told(mail)} for to, mail in mails.items()}
    assert told == {"ana@ejemplo.cr": {house.pk, farm.pk}, "roble@ejemplo.cr": {company.pk}}
    attached = attachment(mails["ana@ejemplo.cr"])
    assert page_count(attached) == 2 and "₡30,20" in text_of(attached, 0) and "₡7,00" in text_of(attached, 1)
    assert page_count(attachment(mails["roble@ejemplo.cr"])) == 1
    mails["ana@ejemplo.cr"].message_id = "<1@ejemplo.cr>"
    mail = compose(mails["ana@ejemplo.cr"], by=sender(), owed=Owed(), pdf=b"", at=NOW)
    assert "2 comprobantes" in mail.subject
    assert "37,20" in mail.text and "30,20" in mail.text and "7,00" in mail.text
    assert mail.pdf_name == "comprobantes-2026-02-10.pdf"
