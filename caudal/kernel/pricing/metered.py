"""Components that price usage: one price for all units, or blocks.

`minimum` on either is a fixed amount that includes some usage: only the units beyond it are priced, in the
blocks they lie in. Where the tariff prices the excess apart, both apply to the rest.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from caudal.kernel.pricing import lines as explain
from caudal.kernel.pricing.blocks import (
    Block,
    BlockTable,
    FindRows,
    Rows,
    all_lists,
    check_blocks,
    find_rows,
    read_blocks,
)
from caudal.kernel.pricing.component import Build, Component, Scope, Step, Work, encode_fields, getter
from caudal.kernel.pricing.lines import Line
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import ZERO, Value
from caudal.kernel.pricing.volumes import Limit, find_limit, read_limit

METHODS = ("marginal", "whole")


@dataclass(frozen=True, slots=True)
class Minimum:
    """A fixed amount that includes usage up to a limit."""

    amount: Value
    included: Limit

    @classmethod
    def read(cls, reader: Reader) -> "Minimum | None":
        """The key `minimum` of a component: `{"amount": "70.07", "included": "10"}`, or None."""
        if reader.take("minimum") is None:
            return None
        inner = reader.child("minimum")
        minimum = cls(inner.value("amount", least=ZERO), read_limit(inner, "included"))
        inner.done()
        return minimum

    def to_json(self) -> dict[str, Any]:
        """Both keys."""
        return encode_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat(Component):
    """`price` for each unit; a negative one is a credit."""

    kind: ClassVar[str] = "flat"
    metered: ClassVar[bool] = True

    price: Value
    minimum: Minimum | None = None

    @classmethod
    def read(cls, reader: Reader) -> "Flat":
        """`{"kind": "flat", "price": "0.45"}`."""
        return cls(**cls.common(reader), price=reader.value("price"), minimum=Minimum.read(reader))

    def step(self, build: Build) -> Step:
        """The function that prices it: one open block."""
        return _marginal(find_rows((Block(self.price),), self.name), self.minimum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks(Component):
    """Each unit at the price of its block (`marginal`), or all at that of the block of the last (`whole`)."""

    kind: ClassVar[str] = "blocks"
    metered: ClassVar[bool] = True

    blocks: tuple[Block, ...] | BlockTable
    method: str = "marginal"
    minimum: Minimum | None = None

    @classmethod
    def read(cls, reader: Reader) -> "Blocks":
        """`{"kind": "blocks", "blocks": [{"upto": "15", "price": "412.35"}, {"price": "618.525"}]}`."""
        return cls(
            **cls.common(reader),
            blocks=read_blocks(reader),
            method=reader.choice("method", METHODS, "marginal"),
            minimum=Minimum.read(reader),
        )

    def check(self, reader: Reader, scope: Scope) -> None:
        """The last block is open, no limit decreases, no gap; a minimum needs units to take away."""
        check_blocks(self.blocks, reader)
        if self.method == "whole" and self.minimum is not None:
            reader.wrong("minimum_of_whole", "minimum")

    def codes(self) -> dict[str, str]:
        """Its own code, and those of blocks that have one."""
        lists = all_lists(self.blocks)
        return {self.code: self.label} | {
            b.code: b.name or b.code for blocks in lists for b in blocks if b.code
        }

    def step(self, build: Build) -> Step:
        """The function that prices it."""
        rows = find_rows(self.blocks, self.name)
        return _whole(rows) if self.method == "whole" else _marginal(rows, self.minimum)


def _marginal(rows: FindRows, minimum: Minimum | None) -> Step:
    """Each unit at the price of its block."""
    if minimum is None:
        return lambda work, quantity, lines: _stretch(work, ZERO, quantity, rows(work), lines)
    find_amount, find_included = getter(minimum.amount), find_limit(minimum.included)

    def beyond_minimum(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
        included = find_included(work)
        amount = work.scaled_amount(find_amount(work))
        lines.append(explain.Minimum(quantity if included is None else included, work.unit, amount))
        if included is None or quantity <= included:
            return amount
        return amount + _stretch(work, included, quantity, rows(work), lines)

    return beyond_minimum


def _stretch(work: Work, done: Decimal, quantity: Decimal, rows: Rows, lines: list[Line]) -> Decimal:
    """Price the units above `done` up to `quantity`; one line for each block that has some."""
    total = ZERO
    for upto, price, first, code, name in rows:
        if quantity <= done:
            break
        inside = (quantity if upto is None or quantity <= upto else upto) - done
        if inside > 0:
            amount = inside * price
            total += amount
            done += inside
            lines.append(explain.Block(inside, work.unit, price, amount, first, upto, name))
            if code:
                work.amounts[code] = work.amounts.get(code, ZERO) + amount
    return total


def _whole(rows: FindRows) -> Step:
    """All units at the price of the block that the last one lies in."""

    def whole(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
        upto, price, first, code, name = next(
            row for row in rows(work) if row.upto is None or quantity <= row.upto
        )
        amount = quantity * price
        if quantity:
            lines.append(explain.Block(quantity, work.unit, price, amount, first, upto, name))
        if code:
            work.amounts[code] = amount
        return amount

    return whole
