"""A case without a price is refused by name: it is never a zero."""

from decimal import Decimal
from typing import Any

import pytest

from caudal.kernel.pricing import CannotPrice, Context, Facts, context_from_json, price
from tests.unit.kernel.pricing.build import at, blocks, fixed, flat, tariff

NOBODY = Context()
BY_SIZE = {"by": ["size"], "values": [[["1"], "1"]]}
BY_BOTH = {"by": ["size", "zone"], "values": [[["1", "A"], "1"]]}
BY_RANGE = {"by": ["mm", "zone"], "values": [[[{"upto": "10"}, "A"], "1"]]}


def refusal(
    component: dict[str, Any], usage: Any, case: Context = NOBODY, **keys: Any
) -> tuple[str, dict[str, str]]:
    """Code and parameters of the refusal of a case."""
    with pytest.raises(CannotPrice) as refused:
        price(tariff(component, **keys), usage, case)
    return refused.value.code, refused.value.params


def test_usage_is_a_number_that_is_not_negative() -> None:
    assert refusal(flat("1"), None) == ("missing_usage", {})
    assert refusal(flat("1"), Decimal("-0.001")) == ("negative_usage", {"usage": "-0.001"})
    assert refusal(flat("1"), Decimal("NaN")) == ("bad_usage", {"usage": "NaN"})
    assert refusal(flat("1"), 1.5) == ("bad_usage", {"usage": "1.5"})


@pytest.mark.parametrize("value", [BY_SIZE, BY_BOTH, BY_RANGE], ids=["one", "two", "range"])
def test_an_attribute_that_is_missing_is_named(value: dict[str, Any]) -> None:
    assert refusal(fixed(value), None) == ("missing_attribute", {"attribute": value["by"][0]})


def test_a_value_that_the_tariff_does_not_know_is_named() -> None:
    assert refusal(fixed(BY_SIZE), None, at(size="2")) == ("no_value", {"attribute": "size", "value": "2"})
    both = refusal(fixed(BY_BOTH), None, at(size="1", zone="B"))
    assert both == ("no_value", {"attribute": "size, zone", "value": "1, B"})
    ranged = refusal(fixed(BY_RANGE), None, at(mm="11", zone="A"))
    assert ranged == ("no_value", {"attribute": "mm, zone", "value": "11, A"})


def test_what_else_costs_serves_unknown_values_but_not_missing_attributes() -> None:
    with_else = fixed({**BY_SIZE, "else": "9"})
    assert str(price(tariff(with_else), None, at(size="7")).net) == "9.00"
    assert refusal(with_else, None) == ("missing_attribute", {"attribute": "size"})


@pytest.mark.parametrize("text", ["big", "NaN", ""])
def test_a_size_that_is_no_number_has_no_range(text: str) -> None:
    assert refusal(fixed(BY_RANGE), None, at(mm=text, zone="A"))[0] == "attribute_not_number"


def test_blocks_that_a_customer_does_not_have() -> None:
    table = {"by": ["use"], "values": [[["house"], [{"price": "1"}]]]}
    component = {"kind": "blocks", "code": "a", "blocks": table}
    assert refusal(component, 1, at(use="shop")) == ("no_value", {"attribute": "use", "value": "shop"})


def test_a_budget_that_is_missing() -> None:
    budget = blocks({"upto": {"allowance": "budget"}, "price": "1"}, {"price": "2"})
    assert refusal(budget, 1) == ("missing_allowance", {"allowance": "budget"})


def test_days_that_are_missing() -> None:
    assert refusal(fixed("1", per="day"), None) == ("missing_days", {})
    assert refusal(fixed("1"), None, scale="days", period_days=30) == ("missing_days", {})
    assert refusal(fixed("1"), None, Context(days=30), scale="days") == ("missing_period_days", {})
    assert refusal(fixed("1"), None, Context(days=0), scale="days", period_days=30) == (
        "bad_days",
        {"days": "0"},
    )


def test_a_season_needs_a_date() -> None:
    seasons = [{"name": "a", "from": "01-01"}, {"name": "b", "from": "07-01"}]
    assert refusal(flat("1"), 1, seasons=seasons) == ("missing_date", {})


def test_periods_are_more_than_none() -> None:
    assert refusal(fixed("1"), None, Context(periods=Decimal(0)), scale="periods") == (
        "bad_periods",
        {"periods": "0"},
    )
    assert refusal(fixed("1"), None, Context(fixed_billed=Decimal(-1))) == ("bad_periods", {"periods": "-1"})


def test_a_part_of_the_year_that_is_missing_or_is_none() -> None:
    assert refusal(fixed("1", parts=4), None) == ("missing_part", {"parts": "4"})
    assert refusal(fixed("1", parts=4), None, Context(part=5)) == ("bad_part", {"part": "5", "parts": "4"})


def test_a_case_written_as_json_is_read_strictly() -> None:
    for wrong, code in (
        ({"days": "many"}, "bad_number"),
        ({"days": "1.5"}, "bad_number"),
        ({"from": "1 May", "to": "2026-06-01"}, "bad_date"),
        ({"from": "2026-06-01", "to": "2026-06-01"}, "bad_days"),
        ({"bases": {"water": "x"}}, "bad_number"),
        ({"fixed_biled": "1"}, "unknown_key"),
        ({"attributes": ["size"]}, "bad_case"),
        ({"connections": ["Casa"]}, "bad_case"),
    ):
        with pytest.raises(CannotPrice) as refused:
            context_from_json(wrong)
        assert refused.value.code == code


def test_a_case_written_as_json_may_give_dates_and_truths() -> None:
    case = context_from_json(
        {"from": "2026-10-03", "to": "2026-11-03", "attributes": {"senior": True, "size": 15}}
    )
    assert (case.days, str(case.last_day)) == (31, "2026-11-02")
    assert case.attributes == Facts({"senior": "true", "size": "15"})


def test_an_amount_beyond_any_currency_is_refused_not_crashed_on() -> None:
    assert refusal(flat("999999999999"), Decimal(10) ** 20)[0] == "too_large"
    assert refusal(fixed("1"), None, Context(periods=Decimal(10) ** 30), scale="periods")[0] == "too_large"
