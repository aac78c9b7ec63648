"""Usage priced unit by unit: one price, blocks, one price for the whole, and a minimum that includes usage."""

from decimal import Decimal

import pytest

from caudal.kernel.pricing import price
from tests.unit.kernel.pricing.build import RIO_CLARO, allowed, at, blocks, flat, lines_of, tariff, told


def test_each_unit_costs_the_price_of_its_block_and_the_sum_is_rounded_once() -> None:
    priced = price(tariff(blocks(*RIO_CLARO)), 24)
    assert str(priced.raw) == "11751.975"
    assert str(priced.net) == "11751.98"


def test_the_lines_name_the_units_as_a_printed_tariff_does() -> None:
    assert told(price(tariff(blocks(*RIO_CLARO)), 31)) == [
        {"code": "usage", "quantity": "31", "unit": "m³"},
        {"code": "block", "quantity": "15", "unit": "m³", "unit_price": "412.35", "amount": "6185.25",
         "from": "1", "to": "15"},
        {"code": "block", "quantity": "10", "unit": "m³", "unit_price": "618.525", "amount": "6185.250",
         "from": "16", "to": "25"},
        {"code": "block", "quantity": "6", "unit": "m³", "unit_price": "927.7875", "amount": "5566.7250", "from": "26"},
    ]  # fmt: skip


def test_a_limit_is_the_last_unit_of_its_block() -> None:
    of_two = tariff(blocks({"upto": "10", "price": "1"}, {"price": "5"}))
    assert [str(price(of_two, units).net) for units in (10, 11)] == ["10.00", "15.00"]


def test_a_limit_between_two_units_prices_parts_of_a_unit() -> None:
    brunei = tariff(blocks({"upto": "54.54", "price": "0.11"}, {"price": "0.44"}))
    assert str(price(brunei, Decimal("60")).net) == "8.40"
    assert [line.from_ for line in lines_of(price(brunei, 60), "block")] == [Decimal(1), Decimal("54.54")]


def test_prices_may_fall_from_block_to_block() -> None:
    declining = tariff(blocks({"upto": "100", "price": "3"}, {"price": "1.5"}))
    assert str(price(declining, 130).net) == "345.00"


def test_one_price_for_the_whole_is_that_of_the_block_the_last_unit_lies_in() -> None:
    whole = tariff(
        blocks({"upto": "10", "price": "1"}, {"upto": "20", "price": "2"}, {"price": "3"}, method="whole")
    )
    assert [str(price(whole, units).net) for units in (10, 11, 20, 21)] == [
        "10.00",
        "22.00",
        "40.00",
        "63.00",
    ]


def test_one_price_is_the_unit_price_of_the_charge() -> None:
    priced = price(tariff(flat("0.45")), 19)
    assert (str(priced.net), str(priced.quantity), str(priced.unit_price)) == ("8.55", "19", "0.45")


def test_units_in_two_blocks_have_no_unit_price() -> None:
    assert price(tariff(blocks(*RIO_CLARO)), 24).unit_price is None


def test_nothing_used_costs_nothing_and_says_what_was_used() -> None:
    priced = price(tariff(blocks(*RIO_CLARO)), 0)
    assert str(priced.net) == "0.00"
    assert told(priced) == [{"code": "usage", "quantity": "0", "unit": "m³"}]


def test_limits_and_prices_may_depend_on_different_attributes() -> None:
    by_size = {"by": ["size"], "values": [[['3/4"'], "19"], [['1"'], "27"]]}
    by_zone = {"by": ["zone"], "values": [[["1"], "2"], [["2"], "3"]]}
    of_two = tariff(blocks({"upto": by_size, "price": by_zone}, {"price": "10"}))
    assert str(price(of_two, 27, at(size='3/4"', zone="1")).net) == "118.00"
    assert str(price(of_two, 27, at(size='1"', zone="2")).net) == "81.00"


def test_customers_may_differ_in_how_many_blocks_they_have() -> None:
    house = [{"upto": "10", "price": "1"}, {"price": "2"}]
    table = {"by": ["use"], "values": [[["house"], house], [["shop"], [{"price": "3"}]]]}
    of_uses = tariff({"kind": "blocks", "code": "consumo", "blocks": table})
    assert str(price(of_uses, 12, at(use="house")).net) == "14.00"
    assert str(price(of_uses, 12, at(use="shop")).net) == "36.00"


def test_a_limit_is_a_percentage_of_the_customers_budget_in_whole_units() -> None:
    by_budget = blocks(
        {"upto": {"allowance": "budget", "percent": "40", "rounding": "half_even"}, "price": "1"},
        {"upto": {"allowance": "budget"}, "price": "2"},
        {"price": "10"},
    )
    # 40 % of 11 is 4.4: four units at 1, seven at 2, one at 10
    assert str(price(tariff(by_budget), 12, allowed(budget="11")).net) == "28.00"


def test_halves_of_a_budget_go_to_the_even_unit_or_up_as_the_tariff_says() -> None:
    def first_units(rounding: str) -> Decimal:
        limit = {"allowance": "budget", "percent": "50", "rounding": rounding}
        priced = price(
            tariff(blocks({"upto": limit, "price": "1"}, {"price": "2"})), 20, allowed(budget="13")
        )
        line = lines_of(priced, "block")[0]
        return Decimal(line.quantity)

    found = {
        rounding: str(first_units(rounding))
        for rounding in ("none", "floor", "ceiling", "half_up", "half_even")
    }
    assert found == {"none": "6.5", "floor": "6", "ceiling": "7", "half_up": "7", "half_even": "6"}


def test_who_has_no_budget_limit_pays_the_first_price_for_all() -> None:
    unlimited = tariff(blocks({"upto": {"allowance": "budget"}, "price": "1"}, {"price": "2"}))
    assert str(price(unlimited, 500, allowed(budget=None)).net) == "500.00"


MANILA = blocks(
    {"upto": "20", "price": "14.29"}, {"price": "23.82"}, minimum={"amount": "70.07", "included": "10"}
)


@pytest.mark.parametrize(("used", "net"), [(0, "70.07"), (10, "70.07"), (11, "84.36"), (21, "236.79")])
def test_a_minimum_includes_usage_and_only_what_is_beyond_is_priced(used: int, net: str) -> None:
    assert str(price(tariff(MANILA), used).net) == net


def test_a_minimum_is_told_with_what_it_includes() -> None:
    assert told(price(tariff(MANILA), 11))[1:] == [
        {"code": "minimum", "included": "10", "unit": "m³", "amount": "70.07"},
        {"code": "block", "quantity": "1", "unit": "m³", "unit_price": "14.29", "amount": "14.29",
         "from": "1", "to": "20"},
    ]  # fmt: skip


def test_usage_is_brought_to_whole_units_before_it_is_priced() -> None:
    floored = tariff(flat("2"), usage={"rounding": "floor"})
    priced = price(floored, Decimal("9.99"))
    assert str(priced.net) == "18.00"
    assert told(priced)[0] == {
        "code": "rounded", "measured": "9.99", "quantity": "9", "unit": "m³", "rule": "floor",
    }  # fmt: skip


def test_no_less_is_billed_than_the_least_usage_of_the_class() -> None:
    # Published case: 40 m³ at least, 45 measured; and 30 measured.
    peru = tariff(flat("1.80"), usage={"least": {"by": ["class"], "values": [[["I A"], "40"]], "else": "0"}})
    assert str(price(peru, 45, at(**{"class": "I A"})).net) == "81.00"
    assert str(price(peru, 30, at(**{"class": "I A"})).net) == "72.00"
    assert str(price(peru, 30, at(**{"class": "II"})).net) == "54.00"
