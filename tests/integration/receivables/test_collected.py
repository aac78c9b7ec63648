"""A day's payments taken together are what they would have been one by one."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.billing.models import Account, Series
from caudal.common.actor import SYSTEM
from caudal.jobs.invariants import check
from caudal.notices.models import Message
from caudal.receivables.models import Allocation, Payment
from caudal.receivables.operations import NotAnAmount
from caudal.receivables.queries import account_credit, statement
from caudal.workflows.payments import PaymentRequest, take_payment, take_payments
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 10)
CASES = {
    "all of it": "30.00",
    "a part": "14.50",
    "more than is owed": "45.00",
    "nothing is owed": "8.00",
    "late": "33.00",
    "late, a part": "5.00",
    "credit waits": "12.00",
}


@pytest.fixture(autouse=True)
def town() -> None:
    factories.organisation()


def account_of(case: str) -> Account:
    """Somebody in the case's situation on the day before."""
    found = factories.account(delivery="mail")
    if case == "credit waits":
        factories.pay(found, "3.00", date(2026, 3, 1))
    if case != "nothing is owed":
        water = factories.service("late-water", late_policies=factories.A_TENTH_A_DAY)
        due = date(2026, 2, 10) if case.startswith("late") else date(2026, 3, 20)
        for amount, month in (("10.00", 1), ("20.00", 2)):
            factories.invoice(
                found, factories.Line(amount, water), dated_on=date(2026, month, 5), due_date=due
            )
    return found


def request(account: Account, amount: str, **changes: Any) -> PaymentRequest:
    facts: dict[str, Any] = {
        "account_id": account.pk,
        "amount": Decimal(amount),
        "method": "transfer",
        "value_on": DAY,
        "posted_on": DAY,
        "idempotency_key": f"bank-0310-{account.pk}",
    }
    return PaymentRequest(**(facts | changes))


def outcome(account: Account) -> tuple[Any, ...]:
    """What a payment did to its account, but for names and numbers."""
    payment = Payment.objects.filter(account=account).latest("id")
    owed = statement(account_id=account.pk, on=DAY)
    lines = [(line["service"], line["amount"], line["due_date"]) for line in payment.frozen["lines"]]
    kept = {k: payment.frozen[k] for k in ("balance_after", "credit_after", "asked", "chosen", "change")}
    settled = Allocation.objects.filter(payment=payment).order_by("id").values_list("amount", "value_on")
    left = [(item.balance, item.interest) for item in owed.items]
    told = Message.objects.filter(payment=payment).count()
    return lines, kept, list(settled), left, account_credit(account_id=account.pk), payment.amount, told


@pytest.mark.django_db(transaction=True)
def test_together_is_as_one_by_one() -> None:
    together = {case: account_of(case) for case in CASES}
    single = {case: account_of(case) for case in CASES}
    take_payments(requests=[request(together[case], amount) for case, amount in CASES.items()], by=SYSTEM)
    for case, amount in CASES.items():
        take_payment(request=request(single[case], amount), by=SYSTEM)
    for case in CASES:
        assert outcome(together[case]) == outcome(single[case]), case
    # The factory neither delivers nor records the invoices it issues.
    assert [v for v in check() if v.invariant not in (15, 18)] == []


def test_a_file_that_comes_twice_is_taken_once() -> None:
    requests = [request(account_of("all of it"), "30.00"), request(account_of("late"), "33.00")]
    for _time in range(2):
        take_payments(requests=requests, by=SYSTEM)
    assert Payment.objects.count() == 2
    assert Series.objects.get(code="receipts").last_number == 2


def test_one_sum_that_is_none_takes_nothing() -> None:
    requests = [request(account_of("a part"), "14.50"), request(account_of("a part"), "0.001")]
    with pytest.raises(NotAnAmount):
        take_payments(requests=requests, by=SYSTEM)
    assert not Payment.objects.exists()
