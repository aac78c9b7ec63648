"""A year is paid ahead: the rest of it on one receipt, once, with the discount of the day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Charge, Invoice, Period
from caudal.billing.operations.accounts import pass_on
from caudal.billing.operations.sent import ShownOtherwise
from caudal.receivables.models import Payment
from caudal.receivables.queries import statement
from caudal.receivables.queries.items import SelectionRefused
from caudal.tariffs.models import Service, TariffVersion
from caudal.workflows.invoices.year_ahead import (
    AheadRequest,
    NothingAhead,
    TenderedTooLittle,
    pay_year_ahead,
    year_ahead,
)
from caudal.workflows.invoices.year_parts import PartWithoutPrice
from tests import factories as make
from tests.stories.municipality import CLERK, Municipality, bill, broken

pytestmark = pytest.mark.django_db(transaction=True)

MARCH, JUNE, SEPTEMBER, DECEMBER = (date(2027, month, 5) for month in (3, 6, 9, 12))
NEW_YEAR = date(2027, 1, 1)


@pytest.fixture
def town() -> Municipality:
    return Municipality()


def test_who_pays_the_year_ahead_gets_the_rest_of_it_on_one_receipt_with_the_discount_of_the_day(
    town: Municipality,
) -> None:
    ana = make.account()
    land = town.land("47385617", received_on=date(2026, 8, 20))
    tax = town.take(ana, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    discounts = [{"until": "01-31", "percent": "10"}, {"until": "03-31", "percent": "5.5"}]
    Service.objects.filter(code="bienes-inmuebles").update(ahead_discounts=discounts)
    bill(MARCH, "bienes-inmuebles")
    day = date(2027, 3, 20)
    shown = year_ahead(subscription_id=tax.pk, on=day)
    # Three quarters, 59 232.03 + 59 232.02 + 59 232.02 = 177 696.07, less 5.5 %, which is 9 773.28.
    assert (shown.document.charges[-1].net, shown.total) == (Decimal("-9773.28"), Decimal("167922.79"))
    ask = AheadRequest(subscription_id=tax.pk, year=2027, shown=shown.total, on=day, method="cash", key="a-1")
    with pytest.raises(SelectionRefused):  # March first
        pay_year_ahead(request=ask, by=CLERK)
    assert Invoice.objects.count() == 1
    make.pay(ana, "59232.02", date(2027, 3, 15))
    with pytest.raises(ShownOtherwise):
        pay_year_ahead(request=replace(ask, shown=Decimal(1)), by=CLERK)
    payment = pay_year_ahead(request=ask, by=CLERK)
    assert payment is not None and payment.amount == Decimal("167922.79")
    assert pay_year_ahead(request=ask, by=CLERK) == payment
    assert statement(account_id=ana.pk, on=DECEMBER).total == 0
    june = bill(JUNE, "bienes-inmuebles")
    assert june.totals["outcomes"] == [{"outcome": "excused", "code": "already_billed", "count": 1}]
    following = year_ahead(subscription_id=tax.pk, on=date(2027, 12, 10))
    assert (following.year, following.discount and following.discount.percent) == (2028, Decimal(10))
    assert broken() == []


def test_a_year_that_somebody_paid_meanwhile_is_not_followed_by_the_next_one(town: Municipality) -> None:
    """Two clerks see 100 000.00 of 2027, and 2028 would cost the same; twice asked where credit paid it, too."""
    for before in (False, True):
        ana = make.account()
        if before:
            make.pay(ana, "100000.00", NEW_YEAR)
        licence = town.take(ana, "patentes", NEW_YEAR)
        shown = year_ahead(subscription_id=licence.pk, on=NEW_YEAR).total
        ask = AheadRequest(
            subscription_id=licence.pk, year=2027, shown=shown, on=NEW_YEAR, method="cash", key=f"a-{before}"
        )
        pay_year_ahead(request=ask, by=CLERK)
        with pytest.raises(NothingAhead):
            pay_year_ahead(request=replace(ask, key=f"b-{before}"), by=CLERK)
        if before:
            with pytest.raises(NothingAhead):
                pay_year_ahead(request=ask, by=CLERK)
        assert year_ahead(subscription_id=licence.pk, on=NEW_YEAR).year == 2028
    assert broken() == []


def test_the_discount_is_not_given_to_who_tenders_less_than_the_year_costs(town: Municipality) -> None:
    """100 000.00 less 10 % are 90 000.00. With 10.00 nothing is issued; with 100 000.00 there is change."""
    licence = town.take(make.account(), "patentes", NEW_YEAR)
    Service.objects.filter(code="patentes").update(ahead_discounts=[{"until": "01-31", "percent": "10"}])
    ask = AheadRequest(
        subscription_id=licence.pk,
        year=2027,
        shown=Decimal("90000.00"),
        on=date(2027, 1, 10),
        method="cash",
        key="short",
        tendered=Decimal("10.00"),
    )
    with pytest.raises(TenderedTooLittle):
        pay_year_ahead(request=ask, by=CLERK)
    assert not Invoice.objects.exists() and not Payment.objects.exists() and not Period.objects.exists()
    payment = pay_year_ahead(request=replace(ask, tendered=Decimal("100000.00")), by=CLERK)
    assert payment is not None and payment.amount == Decimal("90000.00")
    assert payment.frozen["change"] == "10000.00"
    assert broken() == []


def test_credit_counts_toward_the_year_before_what_is_tendered(town: Municipality) -> None:
    """90 000.00 less 80 000.00 of credit: 10 000.00 is enough, 9 999.99 is not."""
    ana = make.account()
    make.pay(ana, "80000.00", NEW_YEAR)
    licence = town.take(ana, "patentes", NEW_YEAR, amount="90000")
    ask = AheadRequest(
        subscription_id=licence.pk,
        year=2027,
        shown=Decimal("90000.00"),
        on=NEW_YEAR,
        method="cash",
        key="rest",
        tendered=Decimal("9999.99"),
    )
    with pytest.raises(TenderedTooLittle):
        pay_year_ahead(request=ask, by=CLERK)
    payment = pay_year_ahead(request=replace(ask, tendered=Decimal("10000.00")), by=CLERK)
    assert payment is not None and payment.amount == Decimal("10000.00")
    assert broken() == []


def test_a_year_whose_prices_are_not_known_to_its_end_is_not_paid_ahead(town: Municipality) -> None:
    licence = town.take(make.account(), "patentes", NEW_YEAR)
    TariffVersion.objects.filter(tariff=licence.tariff).update(valid_to=date(2027, 7, 1))
    with pytest.raises(PartWithoutPrice):
        year_ahead(subscription_id=licence.pk, on=NEW_YEAR)


def test_a_look_at_the_year_ahead_writes_nothing(town: Municipality) -> None:
    licence = town.take(make.account(), "patentes", NEW_YEAR)
    assert year_ahead(subscription_id=licence.pk, on=NEW_YEAR).total == Decimal("100000.00")
    assert not Period.objects.exists()


def test_what_was_paid_ahead_is_not_asked_again_of_who_buys_the_house(town: Municipality) -> None:
    ana, eva = make.account(), make.account(make.party("Eva", "Ríos"))
    land = town.land("47385617", received_on=date(2026, 8, 20))
    tax = town.take(ana, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    shown = year_ahead(subscription_id=tax.pk, on=date(2027, 1, 10)).total
    ask = AheadRequest(
        subscription_id=tax.pk, year=2027, shown=shown, on=date(2027, 1, 10), method="cash", key="whole-year"
    )
    pay_year_ahead(request=ask, by=CLERK)
    evas = pass_on(subscription=tax, to=eva, on=date(2027, 5, 10))
    assert evas.valid_from == date(2028, 1, 1)
    bill(SEPTEMBER, "bienes-inmuebles")
    assert statement(account_id=eva.pk, on=DECEMBER).total == 0
    bill(date(2028, 3, 5), "bienes-inmuebles")
    assert Charge.objects.latest("pk").subscription == evas
    assert broken() == []
