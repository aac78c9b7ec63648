"""Percentages of other lines and services, thresholds, subsidies, and the least charge."""

from decimal import Decimal

import pytest

from caudal.kernel.pricing import CannotPrice, Context, Facts, check_percentages, price, pricing_order
from caudal.kernel.pricing.problems import InvalidTariff
from tests.unit.kernel.pricing.build import at, blocks, fixed, flat, lines_of, percent, tariff, told

SEWER = {"kind": "percent", "code": "alc", "percent": "30", "service": "water", "of_name": "agua potable"}


def test_sewerage_is_a_percentage_of_the_rounded_water() -> None:
    priced = price(tariff(SEWER), None, Context(bases=Facts({"water": Decimal("9896.40")})))
    assert str(priced.net) == "2968.92"
    assert told(priced) == [
        {"code": "percent", "percent": "30", "of": "agua potable", "base": "9896.40", "amount": "2968.92"}
    ]


def test_while_the_water_is_held_the_sewerage_is_held() -> None:
    with pytest.raises(CannotPrice) as held:
        price(tariff(SEWER), None)
    assert (held.value.code, held.value.params) == ("missing_base", {"service": "water"})


def test_percentages_on_percentages_are_of_what_comes_before() -> None:
    manila = tariff(
        fixed("70.07", "basic"),
        percent("1.29", ["basic"], "fcda"),
        percent("25", ["basic", "fcda"], "environmental"),
        fixed("1.50", "maintenance"),
        percent("14", "total", "taxes"),
    )
    assert str(price(manila, None).net) == "102.85"


FIREMEN = percent("1.75", ["energia"], "bomberos", first="1750", exempt_upto="100")


@pytest.mark.parametrize(
    ("used", "tribute"), [(100, None), (101, "1.7675"), (1750, "30.625"), (5000, "30.625")]
)
def test_a_tribute_on_the_first_units_spares_who_uses_little(used: int, tribute: str | None) -> None:
    priced = price(tariff(flat("1", "energia"), FIREMEN), used)
    found = [str(line.amount) for line in lines_of(priced, "percent")]
    assert found == ([] if tribute is None else [tribute])
    assert bool(lines_of(priced, "exempt")) == (tribute is None)


def test_what_the_first_units_cost_is_told_in_blocks_but_charged_once() -> None:
    energy = blocks({"upto": "1000", "price": "1"}, {"price": "2"}, code="energia")
    priced = price(tariff(energy, FIREMEN), 2000)
    assert str(priced.net) == "3043.75"  # 1,000 + 2,000 + 1.75 % of 2,500
    assert len(lines_of(priced, "block")) == 2


SHARES = {"by": ["estrato"], "values": [[["2"], "-20"], [["5"], "0"]], "else": "0"}
MARINILLA = (
    fixed("4276.37", "cargo_fijo", name="cargo fijo"),
    blocks(
        {"upto": "16", "price": "1322.96", "code": "basico", "name": "consumo básico"}, {"price": "1322.96"}
    ),
    {"kind": "subsidy", "code": "subsidio", "percent": SHARES, "of": ["cargo_fijo", "basico"]},
)


def test_a_subsidy_touches_only_the_fixed_charge_and_basic_use() -> None:
    priced = price(tariff(*MARINILLA), 20, at(estrato="2"))
    assert told(priced)[-1] == {
        "code": "subsidy", "percent": "-20", "of": "cargo fijo, consumo básico",
        "base": "25443.73", "amount": "-5088.746",
    }  # fmt: skip
    assert str(priced.net) == "25646.82"


def test_who_has_no_subsidy_sees_no_line_of_it() -> None:
    assert lines_of(price(tariff(*MARINILLA), 20, at(estrato="5")), "subsidy") == []


def test_the_least_charge_adds_only_what_is_missing() -> None:
    least = tariff(flat("72.46", "energia"), {"kind": "at_least", "code": "minimo", "amount": "2173.80"})
    assert [str(price(least, used).net) for used in (0, 29, 30, 31)] == [
        "2173.80",
        "2173.80",
        "2173.80",
        "2246.26",
    ]
    assert told(price(least, 29))[-1] == {
        "code": "at_least", "name": "minimo", "least": "2173.80", "base": "2101.34", "amount": "72.46",
    }  # fmt: skip


def of(*services: str) -> list[dict[str, object]]:
    return [{"kind": "percent", "code": name, "percent": "10", "service": name} for name in services]


def test_services_are_priced_after_those_they_are_a_percentage_of() -> None:
    tariffs = {
        "tax": tariff(*of("sewer", "water")),
        "sewer": tariff(*of("water")),
        "water": tariff(flat("1")),
    }
    assert check_percentages(tariffs) == ()
    assert pricing_order(tariffs) == ("water", "sewer", "tax")


def test_percentages_that_go_round_are_found_and_named() -> None:
    circle = {"a": tariff(*of("b")), "b": tariff(*of("c")), "c": tariff(*of("a")), "d": tariff(*of("a"))}
    found = check_percentages(circle)
    assert [(each.code, each.params["path"]) for each in found] == [("percentage_cycle", "a → b → c → a")]
    with pytest.raises(InvalidTariff, match="a → b → c → a"):
        pricing_order(circle)


def test_a_percentage_of_itself_is_a_circle() -> None:
    assert [each.params["path"] for each in check_percentages({"a": tariff(*of("a"))})] == ["a → a"]


def test_a_percentage_of_a_service_without_a_tariff_is_found() -> None:
    found = check_percentages({"sewer": tariff(*of("water"))})
    assert [(each.path, each.code) for each in found] == [("sewer.components[0].service", "unknown_service")]
