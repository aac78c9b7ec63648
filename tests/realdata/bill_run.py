"""A whole bill run as a CSV: meter, class, date, usage, units in each block (X1, X2 …) and the bill.

The tariff is not in the file. For classes whose tariff was published it is in facts/; for others the
blocks are read off the columns, and the prices are the shortest decimals that all bills agree on.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

HALF_CENT = Decimal("0.005")
MOST_DECIMALS = 8


class Row(NamedTuple):
    """One bill of the run."""

    meter: str
    customer_class: str
    usage: Decimal
    inside: tuple[Decimal, ...]
    bill: Decimal


def rows(path: Path) -> Iterator[Row]:
    """The bills of a run, in the order of the file."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in csv.DictReader(io.StringIO(content.decode("utf-8"))):
        inside = tuple(Decimal(line[name] or 0) for name in line if name[0] == "X" and name[1:].isdigit())
        yield Row(
            line["meter"],
            line["cust_class"],
            Decimal(next(line[name] for name in line if name.startswith("usage"))),
            inside,
            Decimal(line["bill"]),
        )


def fitted(name: str, bills: list[Row]) -> dict[str, Any]:
    """The tariff of fixed amount and blocks that these bills follow. Raises ValueError when there is none."""
    fixed = min((row.bill for row in bills if not row.usage), default=Decimal(0))
    prices: list[Decimal] = []
    for block in range(len(bills[0].inside)):
        ending_here = [row for row in bills if row.inside[block] and not any(row.inside[block + 1 :])]
        if not ending_here:
            break
        prices.append(_price(name, block, ending_here, prices, fixed))
    limits = [_limit(name, block, bills) for block in range(len(prices) - 1)]
    blocks = [{"upto": str(limit), "price": str(price)} for limit, price in zip(limits, prices, strict=False)]
    components: list[dict[str, Any]] = [
        {"kind": "blocks", "code": "water", "blocks": [*blocks, {"price": str(prices[-1])}]}
    ]
    if fixed:
        components.insert(0, {"kind": "fixed", "code": "fixed", "amount": str(fixed)})
    return {"format": 1, "name": name, "unit": "ccf", "components": components}


def _limit(name: str, block: int, bills: list[Row]) -> Decimal:
    """Where a block ends: the units up to it of whoever used more."""
    found = {list(accumulate(row.inside))[block] for row in bills if any(row.inside[block + 1 :])}
    if len(found) != 1:
        raise ValueError(f"{name}: block {block + 1} ends at {sorted(found)}")
    return found.pop()


def _price(name: str, block: int, bills: list[Row], before: list[Decimal], fixed: Decimal) -> Decimal:
    """The shortest decimal that every bill which ends in this block rounds to its cents with."""
    low, high = Decimal(0), Decimal("Infinity")
    for row in bills:
        known = fixed + sum(
            (units * price for units, price in zip(row.inside, before, strict=False)), Decimal(0)
        )
        low = max(low, (row.bill - known - HALF_CENT) / row.inside[block])
        high = min(high, (row.bill - known + HALF_CENT) / row.inside[block])
    for decimals in range(MOST_DECIMALS):
        step = Decimal(1).scaleb(-decimals)
        price = (low / step).to_integral_value("ROUND_CEILING") * step
        if price < high:
            return price
    raise ValueError(f"{name}: no price of block {block + 1} lies between {low} and {high}")
