"""A part of a tariff without a name is called by a Spanish word on new bills; its price does not change."""

from decimal import Decimal
from typing import Any

from caudal.kernel.pricing import Context, line_to_json, parse_tariff, price
from caudal.tariffs.naming import with_names

UNNAMED: list[dict[str, Any]] = [
    {"kind": "fixed", "code": "base", "amount": "2.50"},
    {"kind": "flat", "code": "usage", "price": "0.45"},
    {"kind": "percent", "code": "share", "percent": "10", "of": ["usage"]},
]


def lines(components: list[dict[str, Any]]) -> tuple[Decimal, list[dict[str, Any]]]:
    definition = {"format": 1, "name": "Agua", "unit": "m³", "components": components}
    priced = price(with_names(parse_tariff(definition)), Decimal(20), Context())
    return priced.net, [line_to_json(line) for line in priced.lines]


def test_no_line_shows_a_code() -> None:
    net, said = lines(UNNAMED)
    assert net == Decimal("12.40")
    assert [line["name"] for line in said if line["code"] == "flat"] == ["Cargo fijo"]
    assert [line["of"] for line in said if line["code"] == "percent"] == ["Consumo"]


def test_the_towns_own_names_stay() -> None:
    named = [{**component, "name": f"Mi {component['code']}"} for component in UNNAMED]
    _net, said = lines(named)
    assert [line["name"] for line in said if line["code"] == "flat"] == ["Mi base"]
    assert [line["of"] for line in said if line["code"] == "percent"] == ["Mi usage"]
