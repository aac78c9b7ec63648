"""A payment is taken once, whoever asks and however often."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.billing.models import Account, Series
from caudal.common.actor import SYSTEM
from caudal.receivables.models import LedgerEntry, Payment
from caudal.receivables.operations import (
    AlreadyReversed,
    AmountAboveSelection,
    KeyUsedDifferently,
    NotAnAmount,
    ValueDateAhead,
)
from caudal.receivables.queries import SelectionRefused, account_balance, account_credit, receipt, statement
from caudal.workflows.payments import PaymentRequest, reverse_payment, take_payment
from tests import factories
from tests.integration.workflows.payers import TODAY, items, owing
from tests.support.threads import at_once

together = pytest.mark.django_db(transaction=True)
alone = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return owing()


def request(account: Account, **changes: Any) -> PaymentRequest:
    facts: dict[str, Any] = {
        "account_id": account.pk,
        "amount": Decimal("10.00"),
        "method": "cash",
        "value_on": TODAY,
        "posted_on": TODAY,
        "idempotency_key": "till-1-0001",
    }
    return PaymentRequest(**(facts | changes))


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
