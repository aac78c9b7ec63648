"""The 5 % of a board: once per charge, on the day after the due date, whatever the worker did in between."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Charge, Invoice
from caudal.common.actor import SYSTEM
from caudal.jobs.invariants import INVARIANTS, Violation, violations
from caudal.notices.models import Message
from caudal.receivables.operations import SurchargeStandsWithInvoice
from caudal.receivables.queries import account_balance, account_credit, statement
from caudal.receivables.queries.surcharges import accounts_late, surcharging_services
from caudal.workflows.invoices import void_invoice
from caudal.workflows.payments import post_surcharges, reverse_payment
from tests import factories

pytestmark = pytest.mark.django_db
ISSUED, DUE = date(2026, 10, 15), date(2026, 10, 30)
DAY_AFTER, LATER = date(2026, 10, 31), date(2026, 11, 20)


@pytest.fixture
def member() -> Account:
    """Owes 7.65 of water and 3.00 that bears nothing, until 30 October."""
    factories.organisation(kind="community_board", interest_mode="at_payment")
    account = factories.account()
    water = factories.service("water", name="Servicio de agua", late_policies=factories.FIVE_PERCENT_ONCE)
    fine = factories.service("fine", kind="one_off", name="Multa")
    lines = (factories.Line("7.65", water), factories.Line("3.00", fine))
    factories.invoice(account, *lines, dated_on=ISSUED, due_date=DUE)
    return account


def post(on: date) -> int:
    return post_surcharges(on=on, by=SYSTEM)


def broken() -> list[Violation]:
    """What breaks an invariant of numbers, money or interest; who was told is another test's affair."""
    return [v for i in INVARIANTS if i.number < 14 for v in violations(i)]


def surcharges(account: Account) -> list[Invoice]:
    return list(Invoice.objects.filter(account=account, origin="interest", voided_on=None).order_by("number"))


def test_it_is_posted_the_day_after_and_never_twice(member: Account) -> None:
    assert post(DUE) == 0
    assert post(DAY_AFTER) == 1
    assert post(DAY_AFTER) == 0
    assert post(LATER) == 0
    (posted,) = surcharges(member)
    (charge,) = posted.charges.all()
    assert charge.label == "Recargo por mora de recibo por Servicio de agua de fecha 15/10/2026"
    assert charge.total == Decimal("0.38")  # 7.65 × 5 % = 0.3825
    assert (posted.dated_on, posted.due_date) == (DAY_AFTER, DAY_AFTER)
    owed = statement(account_id=member.pk, on=LATER)
    assert (owed.balance, owed.interest) == (Decimal("11.03"), Decimal(0))
    assert Message.objects.filter(invoice=posted).count() == 1
    assert broken() == []


def test_a_worker_that_was_off_catches_up_with_the_same_cents(member: Account) -> None:
    assert post(LATER) == 1
    (posted,) = surcharges(member)
    assert (posted.dated_on, posted.issued_on) == (DAY_AFTER, LATER)
    assert posted.total == Decimal("0.38")
    assert broken() == []


def test_what_a_payment_charged_before_the_worker_is_not_charged_again(member: Account) -> None:
    factories.pay(member, "11.03", DAY_AFTER)
    assert account_balance(account_id=member.pk) == 0
    assert post(LATER) == 0
    assert broken() == []


def test_only_what_was_open_when_it_fell_counts(member: Account) -> None:
    factories.pay(member, "4.65", DUE)  # oldest first: all of it goes to the water, which keeps 3.00
    post(DAY_AFTER)
    (posted,) = surcharges(member)
    assert posted.total == Decimal("0.15")


def test_money_of_the_last_day_that_is_entered_later_takes_the_surcharge_back(member: Account) -> None:
    post(DAY_AFTER)
    factories.pay(member, "10.65", DUE, posted_on=LATER)
    assert surcharges(member) == []
    assert account_balance(account_id=member.pk) == 0
    assert post(LATER) == 0
    assert broken() == []


def test_a_surcharge_paid_before_older_money_came_in_is_credit_again(member: Account) -> None:
    post(DAY_AFTER)
    factories.pay(member, "11.03", LATER)
    factories.pay(member, "10.65", DUE, posted_on=LATER)
    assert surcharges(member) == []
    assert account_balance(account_id=member.pk) == Decimal("-11.03")
    assert account_credit(account_id=member.pk) == Decimal("11.03")
    assert broken() == []


def test_a_part_of_the_last_day_lowers_it(member: Account) -> None:
    post(DAY_AFTER)
    factories.pay(member, "4.65", DUE, posted_on=LATER)
    assert post(LATER) == 1
    (posted,) = surcharges(member)
    assert posted.total == Decimal("0.15")
    assert broken() == []


def test_a_cheque_that_comes_back_brings_the_surcharge(member: Account) -> None:
    payment = factories.pay(member, "10.65", DUE)
    assert post(DAY_AFTER) == 0
    reverse_payment(payment_id=payment.pk, on=LATER, reason="Sin fondos", by=SYSTEM)
    assert post(LATER) == 1
    assert account_balance(account_id=member.pk) == Decimal("11.03")
    assert broken() == []


def test_it_goes_with_the_invoice_that_was_late(member: Account) -> None:
    post(DAY_AFTER)
    late = Invoice.objects.get(origin="one_off")
    with pytest.raises(SurchargeStandsWithInvoice, match="1"):
        void_invoice(invoice_id=surcharges(member)[0].pk, on=LATER, reason="Perdón", by=SYSTEM)
    void_invoice(invoice_id=late.pk, on=LATER, reason="Lectura mal tomada", by=SYSTEM)
    assert not Charge.objects.filter(live=True).exists()
    assert post(LATER) == 0


def test_where_interest_comes_with_the_next_invoice_it_is_posted_all_the_same() -> None:
    factories.organisation(interest_mode="next_invoice")
    account = factories.account()
    water = factories.service("water", late_policies=factories.FIVE_PERCENT_ONCE)
    factories.invoice(account, factories.Line("100.00", water), dated_on=ISSUED, due_date=DUE)
    factories.pay(account, "100.00", LATER)  # late, and the worker was off
    assert post(LATER) == 1
    assert account_balance(account_id=account.pk) == Decimal("5.00")
    assert broken() == []


def test_interest_by_days_beside_it_goes_on_from_its_day() -> None:
    factories.organisation()
    account = factories.account()
    both = [*factories.FIVE_PERCENT_ONCE, *factories.A_TENTH_A_DAY]
    water = factories.service("water", late_policies=both)
    factories.invoice(account, factories.Line("1000.00", water), dated_on=ISSUED, due_date=DUE)
    assert post(DAY_AFTER) == 1
    assert surcharges(account)[0].total == Decimal("51.00")
    assert statement(account_id=account.pk, on=date(2026, 11, 9)).interest == Decimal("9.00")
    factories.pay(account, "1060.00", date(2026, 11, 9))
    assert account_balance(account_id=account.pk) == 0
    assert broken() == []


def test_daily_interest_alone_is_left_to_the_payment() -> None:
    factories.organisation()
    account = factories.account()
    water = factories.service("water", late_policies=factories.A_TENTH_A_DAY)
    factories.invoice(account, factories.Line("1000.00", water), dated_on=ISSUED, due_date=DUE)
    assert post(LATER) == 0


def test_two_things_that_fall_on_different_days_are_posted_each_on_its_own() -> None:
    factories.organisation()
    account = factories.account()
    later = {"kind": "fixed", "code": "late_fee", "grace_days": 9, "rates": [{"amount": "2.00"}]}
    water = factories.service("water", late_policies=[*factories.FIVE_PERCENT_ONCE, later])
    factories.invoice(account, factories.Line("100.00", water), dated_on=ISSUED, due_date=DUE)
    assert post(DAY_AFTER) == 1
    assert post(date(2026, 11, 8)) == 0
    assert post(date(2026, 11, 9)) == 1
    assert post(LATER) == 0
    assert [str(invoice.total) for invoice in surcharges(account)] == ["5.00", "2.00"]
    assert broken() == []


def test_who_has_been_charged_is_not_looked_at_again(member: Account) -> None:
    assert accounts_late(on=LATER, services=surcharging_services()) == [member.pk]
    post(DAY_AFTER)
    assert accounts_late(on=LATER, services=surcharging_services()) == []
