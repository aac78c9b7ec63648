"""Real tariffs of real utilities: every bill that another program computed comes out to the cent."""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from caudal.kernel.pricing import (
    InvalidTariff,
    parse_tariff,
    price,
    priced_from_json,
    priced_to_json,
    recompute,
    tariff_to_json,
)
from tests.realdata.conftest import COUNT
from tests.realdata.folder import real_files
from tests.realdata.judge import Bill, Judge, inputs
from tests.realdata.neutral import OUT_OF_SCOPE, tariff_file
from tests.realdata.shapes import NotExpressible

Record = Callable[[str, object], None]
FILES = real_files("tariffs*.json")


class Sorted(NamedTuple):
    """The tariffs of a file: those Caudal can say, and the others with the reason."""

    judges: list[Judge]
    refused: dict[str, str]


def sorted_tariffs(file: Path) -> Sorted:
    """The tariffs of a file that count: without those that the file itself calls suspect."""
    data = json.loads(file.read_text("utf-8"), parse_float=Decimal)
    judges, refused = [], {}
    for neutral in [*data.get("tariffs", ()), *data.get("other", ())]:
        if "suspect" in neutral:
            continue
        try:
            judges.append(Judge.of(neutral))
        except (NotExpressible, InvalidTariff) as error:
            refused[f"{neutral['id']} {neutral['utility']}"] = str(error)
    return Sorted(judges, refused)


def told(bills: list[Bill]) -> str:
    """The bills that are wrong, one a line."""
    return "\n".join(f"{b.tariff}: {b.case['inp']} is {b.expected}, found {b.found}" for b in bills)


@pytest.mark.parametrize("file", FILES)
def test_every_bill_comes_out_to_the_cent(file: Path, record_property: Record) -> None:
    judges, refused = sorted_tariffs(file)
    bills = [bill for judge in judges for bill in judge.bills()]
    wrong = [bill for bill in bills if not bill.right]
    out_of_scope = Counter(refused.values())
    note = "".join(f"; {count} not expressible: {why}" for why, count in out_of_scope.items())
    matched = len(bills) - len(wrong)
    record_property(COUNT, f"{matched} of {len(bills)} bills of {len(judges)} tariffs to the cent{note}")
    assert bills
    assert not wrong, told(wrong)


@pytest.mark.parametrize("file", FILES)
def test_no_tariff_is_left_out_but_for_time_of_use_and_demand(file: Path) -> None:
    refused = sorted_tariffs(file).refused
    assert {name: why for name, why in refused.items() if why not in OUT_OF_SCOPE.values()} == {}


@pytest.mark.parametrize("file", FILES)
def test_a_program_that_rounds_every_line_is_matched_too(file: Path, record_property: Record) -> None:
    bills = [bill for judge in sorted_tariffs(file).judges for bill in judge.by_line()]
    record_property(
        COUNT, f"{sum(bill.right for bill in bills)} of {len(bills)} bills to the cent by rounded lines"
    )
    assert all(bill.right for bill in bills), told([bill for bill in bills if not bill.right])


@pytest.mark.parametrize("file", FILES)
def test_where_the_other_program_is_wrong_its_own_prices_decide(file: Path, record_property: Record) -> None:
    bills = [bill for judge in sorted_tariffs(file).judges for bill in judge.by_the_tariff()]
    record_property(
        COUNT, f"{sum(bill.right for bill in bills)} of {len(bills)} bills that the peer got wrong"
    )
    assert all(bill.right for bill in bills), told([bill for bill in bills if not bill.right])


@pytest.mark.parametrize("file", FILES)
def test_a_real_tariff_written_as_a_file_reads_back_as_the_same_file(file: Path) -> None:
    for judge in sorted_tariffs(file).judges:
        written = json.loads(json.dumps(tariff_to_json(judge.tariff)))
        assert tariff_to_json(parse_tariff(written)) == written


@pytest.mark.parametrize("file", FILES)
def test_a_stored_real_bill_gives_the_same_cents_again_and_its_lines_add_up(file: Path) -> None:
    for judge in sorted_tariffs(file).judges:
        refer, resolve = (lambda tariff: "this one"), (lambda reference, tariff=judge.tariff: tariff)
        for case in judge.neutral["cases"]:
            priced = price(judge.tariff, *inputs(case))
            stored = json.loads(json.dumps(priced_to_json(priced, refer)))
            assert recompute(stored, resolve) == priced.net
            assert priced_from_json(stored, resolve).lines == priced.lines
            assert sum(Decimal(line.get("amount", "0")) for line in stored["lines"]) == priced.raw


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"charges": [{"kind": "time_of_use", "code": "a"}]}, "a charge of kind time_of_use"),
    ({"charges": [{"kind": "fixed", "code": "a", "amount": "1", "cap": "2"}]}, "fixed with cap"),
    ({"charges": [{"kind": "fixed", "code": "a", "amount": None}]}, "a price that is null"),
    (
        {"charges": [{"kind": "blocks", "code": "a", "upto": ["1", None], "prices": ["1"]}]},
        "2 limits for 1 prices",
    ),
    (
        {"charges": [{"kind": "percent_of", "code": "a", "of": "b", "percent": "1"}]},
        "percent of b, which does not",
    ),
    ({"charges": [], "shape": ["demand_charge"]}, "demand"),
    ({"urdb": {}}, "a tariff without charges"),
]


@pytest.mark.parametrize(("neutral", "why"), REFUSALS, ids=[why for _, why in REFUSALS])
def test_a_shape_that_cannot_be_said_is_refused_by_name(neutral: dict[str, Any], why: str) -> None:
    with pytest.raises(NotExpressible, match=why):
        tariff_file({"id": "x", "utility": "x", **neutral})


def test_a_price_that_is_no_number_is_refused_by_its_place() -> None:
    neutral = {
        "id": "x",
        "utility": "x",
        "cases": [],
        "charges": [{"kind": "per_unit", "code": "a", "price": "n/a"}],
    }
    with pytest.raises(InvalidTariff, match=r"components\[0\].price: “n/a” is not a number"):
        Judge.of(neutral)
