"""Money settles debts to the cent: interest first, oldest first, and what nobody needs is credit."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from caudal.billing.models import Account, Charge, Invoice
from caudal.receivables.models import Allocation, LedgerEntry, Payment
from caudal.receivables.queries import account_balance, account_credit, receipt, statement
from tests import factories

pytestmark = pytest.mark.django_db
DUE = date(2026, 1, 31)


def day(n: int) -> date:
    """The nth day after the due date."""
    return date(2026, 2, n) if n <= 28 else date(2026, 3, n - 28)


@pytest.fixture
def debtor() -> Account:
    """An account that owes 1,000.00 since 31 January at 0.1 % a day."""
    factories.organisation()
    water = factories.service("water", name="Agua", late_policies=factories.A_TENTH_A_DAY)
    account = factories.account()
    factories.invoice(account, factories.Line("1000.00", water), dated_on=date(2026, 1, 15), due_date=DUE)
    return account


def pay(account: Account, amount: str, on: date) -> Payment:
    """Every payment is entered on 1 June, whatever the day it was made on."""
    return factories.pay(account, amount, on, posted_on=date(2026, 6, 1))


def interest_charged(account: Account) -> Decimal:
    live = Charge.objects.filter(invoice__account=account, origin_kind="interest", live=True)
    return sum((c.total for c in live), Decimal(0))


def test_a_debt_of_1000_at_a_tenth_of_a_percent_costs_1_a_day(debtor: Account) -> None:
    assert statement(account_id=debtor.pk, on=DUE).total == Decimal("1000.00")
    assert statement(account_id=debtor.pk, on=day(1)).total == Decimal("1001.00")
    owed = statement(account_id=debtor.pk, on=day(10))
    assert (owed.balance, owed.interest) == (Decimal("1000.00"), Decimal("10.00"))
    assert owed.total == Decimal("1010.00")


def test_interest_becomes_an_invoice_when_it_is_paid(debtor: Account) -> None:
    payment = pay(debtor, "1010.00", day(10))
    invoice = Invoice.objects.get(account=debtor, origin="interest")
    (charge,) = invoice.charges.all()
    assert charge.label == "Intereses Moratorios de recibo por Agua de fecha 15/01/2026"
    assert (charge.total, charge.covers_from, charge.covers_to) == (Decimal("10.00"), day(1), day(11))
    paid = [line.amount for line in receipt(payment_id=payment.pk).lines]
    assert paid == [Decimal("10.00"), Decimal("1000.00")]
    assert account_balance(account_id=debtor.pk) == 0
    assert statement(account_id=debtor.pk, on=day(20)).total == 0


def test_a_part_payment_pays_the_interest_first_and_lowers_the_base_from_the_next_day(
    debtor: Account,
) -> None:
    pay(debtor, "400.00", day(10))
    owed = statement(account_id=debtor.pk, on=day(10))
    assert (owed.balance, owed.interest) == (Decimal("610.00"), Decimal("0"))
    assert statement(account_id=debtor.pk, on=day(20)).interest == Decimal("6.10")


def test_400_on_day_10_and_300_on_day_20_and_the_rest_on_day_30_cost_the_piecewise_sum(
    debtor: Account,
) -> None:
    pay(debtor, "400.00", day(10))
    pay(debtor, "300.00", day(20))
    owed = statement(account_id=debtor.pk, on=day(30))
    # 10 days of 1,000.00 = 10.00; 10 of 610.00 = 6.10; 10 of 316.10 = 3.161: in all 19.261.
    assert (owed.balance, owed.interest) == (Decimal("316.10"), Decimal("3.16"))
    pay(debtor, "319.26", day(30))
    assert interest_charged(debtor) == Decimal("19.26")
    assert account_balance(account_id=debtor.pk) == 0


@pytest.mark.parametrize("order", list(permutations([("400.00", 10), ("300.00", 20), ("319.26", 30)])))
def test_the_same_payments_cost_the_same_in_any_order_of_entry(
    debtor: Account, order: tuple[tuple[str, int], ...]
) -> None:
    for amount, after in order:
        pay(debtor, amount, day(after))
    assert interest_charged(debtor) == Decimal("19.26")
    assert account_balance(account_id=debtor.pk) == 0
    assert account_credit(account_id=debtor.pk) == 0
    assert statement(account_id=debtor.pk, on=day(30)).items == ()


def test_money_that_ends_inside_the_interest_leaves_the_rest_of_it_open(debtor: Account) -> None:
    pay(debtor, "4.00", day(10))
    owed = statement(account_id=debtor.pk, on=day(10))
    assert [item.balance for item in owed.items] == [Decimal("6.00"), Decimal("1000.00")]
    pay(debtor, "1006.00", day(10))
    assert interest_charged(debtor) == Decimal("10.00")
    assert account_balance(account_id=debtor.pk) == 0


def test_interest_bears_no_interest(debtor: Account) -> None:
    pay(debtor, "4.00", day(10))
    assert statement(account_id=debtor.pk, on=day(20)).interest == Decimal("10.00")


def test_more_money_than_debts_is_credit_that_the_next_invoice_uses(debtor: Account) -> None:
    pay(debtor, "1050.00", DUE)
    assert account_credit(account_id=debtor.pk) == Decimal("50.00")
    assert account_balance(account_id=debtor.pk) == Decimal("-50.00")
    factories.invoice(debtor, "30.00", dated_on=date(2026, 2, 15), due_date=date(2026, 2, 28))
    factories.invoice(debtor, "30.00", dated_on=date(2026, 3, 15), due_date=date(2026, 3, 31))
    owed = statement(account_id=debtor.pk, on=date(2026, 3, 15))
    assert [item.balance for item in owed.items] == [Decimal("10.00")]
    assert owed.credit == 0


def test_money_settles_a_bill_that_is_issued_for_an_earlier_day_on_its_own(debtor: Account) -> None:
    pay(debtor, "1050.00", DUE)
    factories.invoice(debtor, "30.00", dated_on=date(2026, 1, 15), due_date=date(2026, 2, 28))
    assert Allocation.objects.latest("id").value_on == DUE
    assert account_credit(account_id=debtor.pk) == Decimal("20.00")


def test_every_payment_and_charge_has_its_entry_and_allocations_stay_within_them(debtor: Account) -> None:
    pay(debtor, "400.00", day(10))
    assert [e.amount for e in LedgerEntry.objects.order_by("id")] == [
        Decimal("1000.00"),
        Decimal("10.00"),
        Decimal("-400.00"),
    ]
    assert [a.amount for a in Allocation.objects.order_by("id")] == [Decimal("10.00"), Decimal("390.00")]
