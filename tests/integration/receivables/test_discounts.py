"""A discount that stands on an invoice as a line of its own makes its last charges cost less, not the account owe."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account
from caudal.receivables.queries import account_balance, account_credit, statement
from tests import factories

pytestmark = pytest.mark.django_db
DATED, DUE, ON = date(2026, 1, 5), date(2026, 1, 20), date(2026, 1, 10)


@pytest.fixture
def account() -> Account:
    factories.organisation()
    return factories.account()


def owed(account: Account, on: date = ON) -> list[Decimal]:
    return [item.payable for item in statement(account_id=account.pk, on=on).items]


def test_the_last_charges_cost_less(account: Account) -> None:
    factories.invoice(account, "10.00", "5.00", "-7.00", dated_on=DATED, due_date=DUE)
    assert owed(account) == [Decimal("8.00")]
    assert account_balance(account_id=account.pk) == Decimal("8.00")


def test_what_is_owed_settles_the_invoice(account: Account) -> None:
    factories.invoice(account, "10.00", "5.00", "-2.00", dated_on=DATED, due_date=DUE)
    factories.pay(account, "13.00", ON)
    assert owed(account) == []
    assert account_credit(account_id=account.pk) == 0
    assert account_balance(account_id=account.pk) == 0


def test_credit_settles_what_is_owed_and_no_more(account: Account) -> None:
    factories.pay(account, "20.00", DATED)
    factories.invoice(account, "10.00", "5.00", "-2.00", dated_on=ON, due_date=DUE)
    assert owed(account) == []
    assert account_credit(account_id=account.pk) == Decimal("7.00")


def test_interest_runs_on_what_is_owed(account: Account) -> None:
    water = factories.service("water", late_policies=factories.A_TENTH_A_DAY)
    lines = [factories.Line(amount, water) for amount in ("1000.00", "500.00", "-700.00")]
    factories.invoice(account, *lines, dated_on=DATED, due_date=DUE)
    assert statement(account_id=account.pk, on=date(2026, 1, 30)).interest == Decimal("8.00")
