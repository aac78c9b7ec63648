"""The price of what lies above a connection's limit. Flat prices and blocks of the tariff then apply below it
only.

Where an account's connections are priced together, the excess is still that of each connection.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from caudal.kernel.pricing import lines as explain
from caudal.kernel.pricing.component import Build, Component, Step, Work, getter
from caudal.kernel.pricing.lines import Line
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import ZERO, Value
from caudal.kernel.pricing.volumes import Allowance, FindLimit, Limit, find_limit, read_limit

CONNECTION_LIMIT = Allowance("limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess(Component):
    """`price` for each unit above `limit`, which is the customer's allowance `limit` when not given."""

    kind: ClassVar[str] = "excess"

    price: Value
    limit: Limit = CONNECTION_LIMIT

    @classmethod
    def read(cls, reader: Reader) -> "Excess":
        """`{"kind": "excess", "price": "0.15"}`."""
        limit = CONNECTION_LIMIT if reader.take("limit") is None else read_limit(reader, "limit")
        return cls(**cls.common(reader), price=reader.value("price", least=ZERO), limit=limit)

    def step(self, build: Build) -> Step:
        """The function that prices it: one line for each connection above its limit."""
        find_price, limit, label = getter(self.price), find_limit(self.limit), self.name

        def excess(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
            price, total = find_price(work), ZERO
            for name, most, above in exceeding(work, limit):
                amount = above * price
                total += amount
                lines.append(explain.Excess(most, work.unit, above, price, amount, name or label))
            return total

        return excess


def exceeding(work: Work, limit: FindLimit) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Name, limit and units above it, of the case's connection or of each of an account's."""
    if not work.context.connections:
        cases = [("", limit(work), work.usage or ZERO)]
    else:
        cases = [(c.name, c.limit and work.scaled_limit(c.limit), c.usage) for c in work.context.connections]
    for name, most, usage in cases:
        if most is not None and usage > most:
            yield name, most, usage - most
