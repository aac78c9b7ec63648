"""What is stored with a charge is enough to compute the same cents again, after tariffs changed."""

import json
from datetime import date
from decimal import Decimal

import pytest

from caudal.kernel.periods import Span
from caudal.kernel.pricing import (
    ADDS,
    Connection,
    Context,
    Facts,
    Priced,
    Tariff,
    amount_of,
    context_from_json,
    context_to_json,
    line_from_json,
    line_to_json,
    price,
    price_again,
    price_versions,
    priced_from_json,
    priced_to_json,
    recompute,
    relevant,
)
from caudal.kernel.pricing.lines import CODES, Estimate, Text, Trueup
from tests.unit.kernel.pricing.build import RIO_CLARO, at, blocks, fixed, flat, percent, tariff, told

SPAN = Span(date(2026, 10, 3), date(2026, 11, 3))
SEASONS = [{"name": "seca", "from": "12-01"}, {"name": "lluvia", "from": "05-01"}]
FULL = tariff(
    fixed({"by": ["size"], "values": [[["15"], "2450"]]}),
    blocks(*RIO_CLARO, factor="1.1"),
    {"kind": "excess", "code": "excedente", "price": "1500"},
    percent("1.75", ["consumo"], "bomberos", first="10", exempt_upto="2"),
    {"kind": "subsidy", "code": "subsidio", "percent": "-20", "of": ["fijo"]},
    {"kind": "percent", "code": "otro", "percent": "3", "service": "hydrants"},
    {"kind": "at_least", "code": "minimo", "amount": "50000"},
    scale="periods", seasons=SEASONS, usage={"rounding": "half_up"}, unit="m³", factor="1.02",
)  # fmt: skip
CASE = Context(
    attributes=Facts({"size": "15", "colour": "blue"}),
    periods=Decimal(2),
    allowances=Facts({"limit": Decimal(20), "budget": Decimal(1)}),
    bases=Facts({"hydrants": Decimal("528.00"), "refuse": Decimal("1.00")}),
).over(SPAN)


def stored(priced: Priced) -> dict[str, object]:
    """As the database gives it back."""
    return json.loads(json.dumps(priced_to_json(priced)))


def test_a_charge_is_computed_again_from_what_was_stored() -> None:
    priced = price(FULL, Decimal("44.6"), CASE)
    assert recompute(stored(priced)) == priced.net
    assert price_again(stored(priced)["inputs"]).lines == priced.lines


def test_a_stored_charge_reads_back_as_it_was() -> None:
    priced = price(FULL, Decimal("44.6"), CASE)
    again = priced_from_json(stored(priced))
    assert again[:9] == priced[:9]
    assert again.context == relevant(FULL, CASE)


def test_only_what_the_tariff_looked_at_is_stored() -> None:
    inputs = priced_to_json(price(FULL, Decimal("44.6"), CASE), lambda each: each.name)["inputs"]
    assert inputs == {
        "usage": "44.6",
        "context": {
            "attributes": {"size": "15", "season": "lluvia"},
            "days": 31,
            "periods": "2",
            "allowances": {"limit": "20"},
            "bases": {"hydrants": "528.00"},
        },
        "segments": [{"tariff": "Agua"}],
    }


def test_a_tariff_may_be_stored_by_reference() -> None:
    priced = price(FULL, 30, CASE)
    versions: dict[str, Tariff] = {"v1": FULL}
    reference = json.loads(json.dumps(priced_to_json(priced, lambda each: "v1")))
    assert recompute(reference, versions.__getitem__) == priced.net
    with pytest.raises(KeyError):
        recompute(reference, {}.__getitem__)


def test_a_change_of_prices_is_computed_again_too() -> None:
    cut = SPAN.split([date(2026, 10, 20)])
    old, new = tariff(flat("1"), fixed("10"), name="old"), tariff(flat("2"), fixed("20"), name="new")
    members = (Connection("A", Decimal(10), None), Connection("B", Decimal("20.5"), Decimal(5)))
    priced = price_versions(
        list(zip((old, new), cut, strict=True)), Decimal("30.5"), Context(connections=members)
    )
    assert recompute(stored(priced)) == priced.net
    assert priced_from_json(stored(priced)).lines == priced.lines


def test_cases_that_differ_in_nothing_the_tariff_looks_at_have_one_key() -> None:
    simple = tariff(fixed({"by": ["size"], "values": [[["15"], "1"]]}))
    others = at(size="15", name="another")._replace(days=28, last_day=SPAN.last_day, part=3)
    assert relevant(simple, CASE._replace(periods=Decimal(1))) == relevant(simple, others)
    keys = {(30, relevant(FULL, CASE)), (30, relevant(FULL, CASE._replace(last_day=date(2026, 9, 9))))}
    assert len(keys) == 1


def test_a_context_survives_json() -> None:
    full = CASE._replace(
        period_days=30,
        fixed_billed=Decimal(1),
        part=3,
        allowances=Facts({"limit": None}),
        connections=(Connection("A", Decimal(1), None), Connection("B", Decimal(2), Decimal(3))),
        days_before=15,
    )
    assert context_from_json(json.loads(json.dumps(context_to_json(full)))) == full
    assert context_to_json(Context()) == {}


def test_lines_that_billing_adds_are_lines_too() -> None:
    lines = [
        Estimate("portón cerrado", 6, Decimal(21), "m³"),
        Trueup(Decimal(21), Decimal(25), "m³", Decimal("2474.10")),
        Text("Se cambió el empaque."),
    ]
    assert [line_from_json(line_to_json(line)) for line in lines] == lines
    assert [str(amount_of(line)) for line in lines] == ["0", "0", "0"]


def test_every_code_names_one_line_and_those_with_amounts_add_up() -> None:
    assert len(set(CODES.values())) == len(CODES)
    priced = price(FULL, Decimal("44.6"), CASE)
    assert sum(Decimal(line["amount"]) for line in told(priced) if line["code"] in ADDS) == priced.raw
