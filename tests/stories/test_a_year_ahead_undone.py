"""What paid a year ahead comes back, a cheque say: the discount goes, and each part is owed as it would have been."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Charge, Invoice, Period, Subscription
from caudal.billing.operations.periods import PeriodClosed
from caudal.notices.models import Message
from caudal.receivables.models import Payment
from caudal.receivables.queries import account_credit, reversal_effect, statement
from caudal.tariffs.models import Service
from caudal.workflows.invoices.year_ahead import AheadRequest, pay_year_ahead, year_ahead
from caudal.workflows.payments import reverse_payment
from tests import factories as make
from tests.stories.municipality import CLERK, Municipality, bill, broken

pytestmark = pytest.mark.django_db(transaction=True)

MARCH, JUNE, SEPTEMBER, DECEMBER = (date(2027, month, 5) for month in (3, 6, 9, 12))
JANUARY, JULY = date(2027, 1, 10), date(2027, 7, 12)
WHY = "Cheque sin fondos"


@pytest.fixture
def town() -> Municipality:
    found = Municipality()
    discounts = [{"until": "01-31", "percent": "10"}]
    Service.objects.filter(code="bienes-inmuebles").update(ahead_discounts=discounts)
    return found


@pytest.fixture
def ana() -> Account:
    return make.account()


@pytest.fixture
def tax(town: Municipality, ana: Account) -> Subscription:
    """47 385 617.00 at 0.5 % are 236 928.09 a year; with 10 % off, 213 235.28."""
    land = town.land("47385617", received_on=date(2026, 8, 20))
    return town.take(ana, "bienes-inmuebles", date(2027, 1, 1), property_id=land.pk)


def ahead(taken: Subscription, on: date = JANUARY) -> Payment:
    """A cheque for the year."""
    found = year_ahead(subscription_id=taken.pk, on=on)
    ask = AheadRequest(
        subscription_id=taken.pk, year=found.year, shown=found.total, on=on, method="cheque", key=f"a-{on}"
    )
    payment = pay_year_ahead(request=ask, by=CLERK)
    assert payment is not None
    return payment


def standing() -> list[tuple[date, date, Decimal]]:
    """(nominal date, due date, total) of each invoice that is not void."""
    found = Invoice.objects.filter(voided_on=None).order_by("dated_on", "pk")
    return [(i.dated_on, i.due_date, i.total) for i in found]


def test_a_cheque_that_bounces_in_july_leaves_no_discount_and_each_quarter_its_own_day(
    ana: Account, tax: Subscription
) -> None:
    """March and June were passed over by their runs, so they are billed in July; September and December by theirs."""
    payment = ahead(tax)
    assert payment.amount == Decimal("213235.28")
    for day in (MARCH, JUNE):
        bill(day, "bienes-inmuebles")
    effect = reversal_effect(payment_id=payment.pk)
    assert (effect.reopened, effect.years, effect.years_total) == (0, ("1",), Decimal("213235.28"))
    reverse_payment(payment_id=payment.pk, on=JULY, reason=WHY, by=CLERK)
    days = Service.objects.get(code="bienes-inmuebles").days_to_pay
    ahead_of_time = Invoice.objects.get(number=1)
    assert (ahead_of_time.voided_on, ahead_of_time.void_reason) == (
        JULY,
        f"Se reversó el comprobante 1: {WHY}",
    )
    late = [(dated_on, total, (due - JULY).days >= days) for dated_on, due, total in standing()]
    assert late == [(MARCH, Decimal("59232.02"), True), (JUNE, Decimal("59232.03"), True)]
    assert statement(account_id=ana.pk, on=JULY).total == Decimal("118464.05")
    assert Message.objects.filter(invoice__in=Invoice.objects.filter(voided_on=None)).count() == 2
    for day in (SEPTEMBER, DECEMBER):
        bill(day, "bienes-inmuebles")
    assert sum(total for _dated_on, _due, total in standing()) == Decimal("236928.09")
    assert not Charge.objects.filter(live=True, total__lt=0).exists()
    assert broken() == []


def test_a_cheque_that_bounces_before_the_first_quarter_leaves_all_to_the_runs_or_to_another_cheque(
    ana: Account, tax: Subscription
) -> None:
    payment = ahead(tax)
    reverse_payment(payment_id=payment.pk, on=date(2027, 1, 20), reason=WHY, by=CLERK)
    assert standing() == [] and account_credit(account_id=ana.pk) == 0
    again = ahead(tax, on=date(2027, 1, 25))
    assert again.amount == Decimal("213235.28")
    reverse_payment(payment_id=again.pk, on=date(2027, 2, 1), reason=WHY, by=CLERK)
    for day in (MARCH, JUNE, SEPTEMBER, DECEMBER):
        bill(day, "bienes-inmuebles")
    assert [dated_on for dated_on, _due, _total in standing()] == [MARCH, JUNE, SEPTEMBER, DECEMBER]
    assert sum(total for _dated_on, _due, total in standing()) == Decimal("236928.09")
    assert broken() == []


def test_a_year_without_discount_does_not_fall_due_whole_with_its_first_part(
    town: Municipality, ana: Account
) -> None:
    licence = town.take(ana, "patentes", date(2027, 1, 1))
    payment = ahead(licence)
    reverse_payment(payment_id=payment.pk, on=JULY, reason=WHY, by=CLERK)
    assert [total for _dated_on, _due, total in standing()] == [Decimal("25000.00")] * 2
    assert statement(account_id=ana.pk, on=JULY).total == Decimal("50000.00")
    assert broken() == []


def test_credit_that_had_paid_a_part_of_the_year_settles_what_is_owed_instead(
    ana: Account, tax: Subscription
) -> None:
    """80 000.00 of credit and a cheque of 133 235.28; of March and June, 118 464.05, 38 464.05 are left."""
    make.pay(ana, "80000.00", date(2027, 1, 2))
    payment = ahead(tax)
    assert payment.amount == Decimal("133235.28")
    reverse_payment(payment_id=payment.pk, on=JULY, reason=WHY, by=CLERK)
    assert statement(account_id=ana.pk, on=JULY).total == Decimal("38464.05")
    assert broken() == []


def test_what_was_billed_instead_is_an_invoice_like_any_other(ana: Account, tax: Subscription) -> None:
    reverse_payment(payment_id=ahead(tax).pk, on=JULY, reason=WHY, by=CLERK)
    before = standing()
    second = make.pay(ana, "118464.05", JULY)
    effect = reversal_effect(payment_id=second.pk)
    assert (effect.reopened, effect.years) == (Decimal("118464.05"), ())
    reverse_payment(payment_id=second.pk, on=date(2027, 7, 20), reason=WHY, by=CLERK)
    assert standing() == before
    assert broken() == []


def test_nothing_is_taken_back_while_a_month_to_be_billed_is_closed(ana: Account, tax: Subscription) -> None:
    payment = ahead(tax)
    Period.objects.filter(month=date(2027, 3, 1)).update(closed_on=date(2027, 4, 10), closed_by="Ana")
    with pytest.raises(PeriodClosed):
        reverse_payment(payment_id=payment.pk, on=JULY, reason=WHY, by=CLERK)
    payment.refresh_from_db()
    assert payment.reversed_on is None and len(standing()) == 1
