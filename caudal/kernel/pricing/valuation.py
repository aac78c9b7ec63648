"""Ad valorem taxes: a yearly rate on a declared value, in parts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from caudal.kernel.pricing.component import Build, Component, Step, Work, getter
from caudal.kernel.pricing.fixed import part_of
from caudal.kernel.pricing.lines import Line, Valuation
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import HUNDRED, ZERO, FromAttribute, Value, rounded

DECLARED = FromAttribute("declared_value")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdValorem(Component):
    """`rate` percent a year of `value`, which is the attribute `declared_value` when not given, in `parts`
    parts.

    The year's amount is rounded, and its parts add up to it.
    """

    kind: ClassVar[str] = "ad_valorem"

    rate: Value
    value: Value = DECLARED
    parts: int = 1

    @classmethod
    def read(cls, reader: Reader) -> "AdValorem":
        """`{"kind": "ad_valorem", "rate": "0.5", "parts": 4}`."""
        count = reader.whole("parts", 1)
        if not count:
            reader.wrong("not_positive", "parts", value=count)
        return cls(
            **cls.common(reader),
            rate=reader.value("rate", least=ZERO),
            value=reader.value("value", DECLARED, least=ZERO),
            parts=count or 1,
        )

    def step(self, build: Build) -> Step:
        """The function that prices it."""
        find_rate, find_value = getter(self.rate), getter(self.value)

        def valuation(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
            value, rate = find_value(work), find_rate(work)
            annual = rounded(value * rate / HUNDRED, build.minor_units)
            amount = work.per_bill(part_of(annual, self.parts, work.context.part, build.minor_units))
            lines.append(Valuation(value, rate, annual, self.parts, work.context.part or 1, amount))
            return amount

        return valuation
