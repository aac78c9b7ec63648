"""Money, figures and dates, as each town writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.common.ui import formats
from tests.unit.ui.towns import AGUAS_CLARAS, EL_JICARO

NARROW = "\N{NARROW NO-BREAK SPACE}"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("amount", "colones", "dollars"),
    [
        ("12480", f"₡12{NARROW}480", "$12,480.00"),
        ("1284300.5", f"₡1{NARROW}284{NARROW}301", "$1,284,300.50"),
        ("999", "₡999", "$999.00"),
        ("0", "₡0", "$0.00"),
        ("-38", "−₡38", "−$38.00"),
        ("-0.45", "₡0", "−$0.45"),
        ("0.005", "₡0", "$0.01"),
    ],
)
def test_an_amount_is_written_as_the_town_writes_it(amount: str, colones: str, dollars: str) -> None:
    assert formats.money(Decimal(amount), AGUAS_CLARAS) == colones
    assert formats.money(Decimal(amount), EL_JICARO) == dollars


def test_what_is_not_known_is_a_dash_and_never_a_zero() -> None:
    assert formats.money(None, EL_JICARO) == "—"
    assert formats.number(None, EL_JICARO) == "—"
    assert formats.percent(None, EL_JICARO) == "—"
    assert formats.change(None, EL_JICARO) == "—"
    assert formats.long_date(None, EL_JICARO) == "—"
    assert formats.moment(None, EL_JICARO) == "—"


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_the_digits_of_an_amount_can_be_read_back(amount: Decimal) -> None:
    text = formats.money(amount, EL_JICARO)
    read = Decimal(text.replace("−", "-").replace("$", "").replace(",", ""))
    assert read == amount


def test_a_quantity_keeps_its_decimals_and_shows_no_idle_ones() -> None:
    assert formats.number(Decimal("1284.500"), AGUAS_CLARAS) == f"1{NARROW}284,5"
    assert formats.number(Decimal("36.000"), EL_JICARO) == "36"
    assert formats.number(4812, EL_JICARO) == "4,812"


def test_a_unit_price_shows_at_least_the_decimals_of_the_currency() -> None:
    assert formats.unit_price(Decimal("0.450000"), EL_JICARO) == "$0.45"
    assert formats.unit_price(Decimal("2.1"), EL_JICARO) == "$2.10"
    assert formats.unit_price(Decimal("0.123456"), EL_JICARO) == "$0.123456"
    assert formats.unit_price(Decimal("378"), AGUAS_CLARAS) == "₡378"
    assert formats.unit_price(Decimal("300"), AGUAS_CLARAS) == "₡300"


def test_a_rate_is_told_in_percent() -> None:
    assert formats.percent(Decimal("0.13"), AGUAS_CLARAS) == f"13{NBSP}%"
    assert formats.percent(Decimal("0.005"), AGUAS_CLARAS) == f"0,5{NBSP}%"


@pytest.mark.parametrize(
    ("rate", "told"),
    [("0.0357", "+3,6"), ("-0.127", "−12,7"), ("0.0001", "0,0"), ("-0.0001", "0,0"), ("0", "0,0")],
)
def test_a_change_carries_its_sign_unless_it_rounds_to_none(rate: str, told: str) -> None:
    assert formats.change(Decimal(rate), AGUAS_CLARAS) == f"{told}{NBSP}%"


def test_september_is_setiembre_where_people_say_so() -> None:
    assert formats.long_date(date(2026, 9, 20), AGUAS_CLARAS) == "20 de setiembre de 2026"
    assert formats.long_date(date(2026, 9, 20), EL_JICARO) == "20 de septiembre de 2026"
    assert formats.month_name(date(2026, 9, 1), AGUAS_CLARAS) == "setiembre 2026"
    assert formats.day_month(date(2026, 9, 20), AGUAS_CLARAS) == f"20{NBSP}set"
    assert formats.day_month(date(2026, 9, 20), EL_JICARO) == f"20{NBSP}sep"


def test_a_bill_of_several_months_is_called_after_the_first_and_the_last() -> None:
    def said(*months: date) -> str:
        return formats.months_name((months[0], months[-1]), AGUAS_CLARAS)

    assert said(date(2026, 10, 1)) == "octubre 2026"
    assert said(date(2026, 7, 1), date(2026, 9, 1)) == "julio a setiembre 2026"
    assert said(date(2026, 12, 1), date(2027, 2, 1)) == "diciembre 2026 a febrero 2027"
    assert formats.months_name(None, AGUAS_CLARAS) == formats.NOTHING


def test_a_day_to_act_on_is_told_with_its_weekday() -> None:
    assert formats.weekday_date(date(2026, 11, 20), EL_JICARO) == "viernes 20 de noviembre"


def test_a_page_in_english_says_months_and_days_in_english_and_money_as_the_town_does() -> None:
    read = SimpleNamespace(**vars(AGUAS_CLARAS) | {"locale": "en-CR"})
    day, until = date(2026, 9, 20), date(2026, 11, 1)
    assert formats.long_date(day, read) == "September 20, 2026"
    assert formats.weekday_date(day, read) == "Sunday, September 20"
    assert formats.short_date(day, read) == f"Sep{NBSP}20,{NBSP}2026"
    assert formats.day_month(day, read) == f"Sep{NBSP}20"
    assert formats.months_name((day, until), read) == "September to November 2026"
    assert formats.money(Decimal(12480), read) == f"₡12{NARROW}480"


def test_an_instant_is_told_in_the_towns_time() -> None:
    late_in_utc = datetime(2026, 10, 30, 3, 5, tzinfo=UTC)
    assert formats.moment(late_in_utc, EL_JICARO) == f"29{NBSP}oct{NBSP}2026, 21:05"
    assert formats.short_date(late_in_utc, EL_JICARO) == f"29{NBSP}oct{NBSP}2026"
