"""A whole bill run of a city: real consumption at the real tariff, every bill to the cent and their sum."""

import json
from collections.abc import Callable
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from caudal.kernel.pricing import parse_tariff, price
from caudal.kernel.pricing.lines import Block
from tests.realdata.bill_run import Row, fitted, rows
from tests.realdata.conftest import COUNT
from tests.realdata.folder import FACTS, real_files

Record = Callable[[str, object], None]
FILES = real_files("billrun*.csv", "billrun*.csv.gz")
PUBLISHED = json.loads((FACTS / "santa_monica_2016.json").read_text("utf-8"))["classes"]


def by_class(file: Path) -> dict[str, list[Row]]:
    """The bills of a run by class of customer."""
    ordered = sorted(rows(file), key=lambda row: row.customer_class)
    return {name: list(bills) for name, bills in groupby(ordered, key=lambda row: row.customer_class)}


def published(name: str, bills: list[Row]) -> dict[str, Any] | None:
    """The city's own tariff of a class, where the meters are Santa Monica's."""
    return PUBLISHED.get(name) if bills[0].meter.startswith("SM-") else None


@pytest.mark.parametrize("file", FILES)
def test_every_bill_of_the_run_comes_out_to_the_cent(file: Path, record_property: Record) -> None:
    wrong, total, count = [], Decimal(0), 0
    for name, bills in by_class(file).items():
        tariff = parse_tariff(published(name, bills) or fitted(name, bills))
        for row in bills:
            net = price(tariff, row.usage).net
            total, count = total + net, count + 1
            if net != row.bill:
                wrong.append(f"{row.meter}: {row.usage} is {row.bill}, found {net}")
    record_property(COUNT, f"{count - len(wrong)} of {count} bills to the cent, sum {total}")
    assert count
    assert not wrong, "\n".join(wrong)
    assert total == sum(row.bill for bills in by_class(file).values() for row in bills)


@pytest.mark.parametrize("file", FILES)
def test_the_units_of_each_block_are_those_of_the_city(file: Path) -> None:
    for name, bills in by_class(file).items():
        tariff = parse_tariff(published(name, bills) or fitted(name, bills))
        for row in bills:
            lines = price(tariff, row.usage).lines
            assert [line.quantity for line in lines if isinstance(line, Block)] == [
                n for n in row.inside if n
            ]


@pytest.mark.parametrize("file", FILES)
def test_the_prices_that_all_bills_agree_on_are_the_published_ones(file: Path) -> None:
    for name, bills in by_class(file).items():
        if city := published(name, bills):
            assert fitted(name, bills)["components"][-1]["blocks"] == city["components"][0]["blocks"]
