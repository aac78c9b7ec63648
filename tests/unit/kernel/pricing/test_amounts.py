"""Amounts that no meter decides: fixed, by day, by attribute, in parts of a year, on a declared value."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.kernel.periods import Span
from caudal.kernel.pricing import Context, Facts, price
from tests.unit.kernel.pricing.build import at, fixed, flat, tariff, told


def test_a_fixed_amount_needs_no_usage_and_is_its_own_unit_price() -> None:
    priced = price(tariff(fixed("6325", name="Residuos"), unit="mes"), None)
    assert (str(priced.net), str(priced.quantity), str(priced.unit_price)) == ("6325.00", "1", "6325")
    assert told(priced) == [{"code": "flat", "name": "Residuos", "amount": "6325"}]


def test_an_amount_by_two_attributes() -> None:
    rows = [[['3/4"', "inside"], "13.11"], [['3/4"', "outside"], "19.66"]]
    by_both = tariff(fixed({"by": ["size", "city"], "values": rows}))
    assert str(price(by_both, None, at(size='3/4"', city="outside")).net) == "19.66"


SIZES = {
    "by": ["mm"],
    "values": [
        [[{"below": "25"}], "0.1442"],
        [[{"from": "25", "below": "30"}], "0.54"],
        [[{"from": "30"}], "1.4578"],
    ],
}


@pytest.mark.parametrize(("mm", "net"), [("15", "4.33"), ("25", "16.20"), ("29.9", "16.20"), ("30", "43.73")])
def test_an_amount_for_each_day_by_ranges_of_meter_size(mm: str, net: str) -> None:
    daily = tariff(fixed(SIZES, per="day"))
    april = Context(Facts({"mm": mm})).over(Span(date(2026, 4, 1), date(2026, 5, 1)))
    assert str(price(daily, None, april).net) == net


def test_a_subscription_may_carry_its_own_amount() -> None:
    own = tariff(fixed({"attribute": "amount", "else": "6325"}))
    assert str(price(own, None).net) == "6325.00"
    assert str(price(own, None, at(amount="9000")).net) == "9000.00"


def test_the_parts_of_a_year_add_up_to_it() -> None:
    licence = tariff(fixed("100.01", parts=4))
    nets = [price(licence, None, Context(part=part)).net for part in (1, 2, 3, 4)]
    assert [str(net) for net in nets] == ["25.00", "25.01", "25.00", "25.00"]
    assert str(sum(nets)) == "100.01"


def test_property_tax_is_half_a_percent_of_the_declared_value_in_four_parts() -> None:
    property_tax = tariff({"kind": "ad_valorem", "code": "ibi", "rate": "0.5", "parts": 4})
    fourth = price(property_tax, None, Context(Facts({"declared_value": "68450000"}), part=4))
    assert str(fourth.net) == "85562.50"
    assert told(fourth) == [
        {"code": "valuation", "value": "68450000", "rate": "0.5", "annual": "342250.00", "parts": 4, "part": 4,
         "amount": "85562.50"}
    ]  # fmt: skip


def test_a_value_that_does_not_divide_leaves_no_cent_behind() -> None:
    property_tax = tariff({"kind": "ad_valorem", "code": "ibi", "rate": "0.5", "parts": 4})
    case = Context(Facts({"declared_value": "12345.67"}))
    nets = [price(property_tax, None, case._replace(part=part)).net for part in (1, 2, 3, 4)]
    assert [str(net) for net in nets] == ["15.43", "15.44", "15.43", "15.43"]
    assert str(sum(nets)) == "61.73"


def test_season_is_that_of_the_last_day() -> None:
    seasons = [{"name": "seca", "from": "12-01"}, {"name": "lluvia", "from": "05-01"}]
    by_season = {"by": ["season"], "values": [[["seca"], "2"], [["lluvia"], "1"]]}
    seasonal = tariff(flat(by_season), seasons=seasons)
    spans = {
        Span(date(2026, 4, 2), date(2026, 5, 1)): "20.00",  # until 30 April
        Span(date(2026, 4, 2), date(2026, 5, 2)): "10.00",  # until 1 May
        Span(date(2026, 1, 1), date(2026, 2, 1)): "20.00",  # the season of last December
    }
    assert {span: str(price(seasonal, 10, Context().over(span)).net) for span in spans} == spans


def test_a_season_that_the_case_names_stands() -> None:
    by_season = {"by": ["season"], "values": [[["Summer"], "4.469"], [["Winter"], "4.257"]]}
    assert str(price(tariff(flat(by_season)), 10, at(season="Winter")).net) == "42.57"


def test_a_line_and_the_total_may_be_multiplied_and_both_say_so() -> None:
    multiplied = tariff(fixed("20"), flat("2", factor="0.375"), factor="1.02")
    priced = price(multiplied, 10)
    assert str(priced.net) == "28.05"  # (20 + 20 × 0.375) × 1.02
    assert [line for line in told(priced) if line["code"] == "factor"] == [
        {"code": "factor", "of": "consumo", "factor": "0.375", "base": "20", "amount": "-12.500"},
        {"code": "factor", "of": "total", "factor": "1.02", "base": "27.500", "amount": "0.55000"},
    ]


def test_lines_are_rounded_before_they_are_added_where_the_tariff_says_so() -> None:
    parts = (fixed("1.005", "a"), fixed("1.005", "b"))
    assert str(price(tariff(*parts), None).net) == "2.01"
    assert str(price(tariff(*parts, rounding="line"), None).net) == "2.02"


def test_part_of_a_charge_may_be_free_of_tax() -> None:
    mixed = tariff(flat("0.335"), fixed("1.115", "hidrantes", taxable=False))
    priced = price(mixed, 5)
    assert (str(priced.net), str(priced.taxable_net), str(priced.exempt_net)) == ("2.79", "1.67", "1.12")


def test_a_currency_without_cents() -> None:
    chile = tariff(flat("412.35"), minor_units=0)
    assert str(price(chile, 3).net) == "1237"


def test_a_rebate_is_rounded_away_from_zero_too() -> None:
    assert str(price(tariff(fixed("-1.005")), None).net) == "-1.01"


def test_usage_may_have_parts_of_a_unit() -> None:
    assert str(price(tariff(flat("3.111")), Decimal("7.3")).net) == "22.71"
