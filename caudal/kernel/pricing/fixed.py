"""Fixed amounts: per period, per bill, per day, or a yearly amount in parts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from caudal.kernel.money import parts
from caudal.kernel.pricing.component import Build, Component, Step, Work, getter
from caudal.kernel.pricing.lines import Daily, Flat, Line, Part
from caudal.kernel.pricing.problems import CannotPrice
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import Value, rounded

PER = ("period", "bill", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed(Component):
    """`amount` for each period (scaled with the periods covered), for each bill (never scaled) or for each
    day.

    With `parts` the amount is a year's, charged in so many parts that add up to it.
    """

    kind: ClassVar[str] = "fixed"

    amount: Value
    per: str = "period"
    parts: int = 1

    @classmethod
    def read(cls, reader: Reader) -> "Fixed":
        """`{"kind": "fixed", "amount": …, "per": "period|bill|day", "parts": 4}`."""
        count = reader.whole("parts", 1)
        if not count:
            reader.wrong("not_positive", "parts", value=count)
        return cls(
            **cls.common(reader),
            amount=reader.value("amount"),
            per=reader.choice("per", PER, "period"),
            parts=count or 1,
        )

    def step(self, build: Build) -> Step:
        """The function that prices it."""
        if self.parts > 1:
            return self._in_parts(build.minor_units)
        if self.per == "day":
            return self._daily()
        find, label, once = getter(self.amount), self.label, self.per == "bill"

        def flat(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
            found = find(work)
            amount = work.per_bill(found) if once else work.scaled_amount(found)
            lines.append(Flat(label, amount))
            return amount

        return flat

    def _daily(self) -> Step:
        find, label = getter(self.amount), self.label

        def daily(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
            days = work.context.days
            if days is None:
                raise CannotPrice("missing_days")
            price = find(work)
            amount = price * days
            lines.append(Daily(label, days, price, amount))
            return amount

        return daily

    def _in_parts(self, minor_units: int) -> Step:
        find, label = getter(self.amount), self.label

        def part(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
            annual = rounded(find(work), minor_units)
            amount = work.per_bill(part_of(annual, self.parts, work.context.part, minor_units))
            lines.append(Part(label, annual, self.parts, work.context.part or 1, amount))
            return amount

        return part


def part_of(annual: Decimal, count: int, part: int | None, minor_units: int) -> Decimal:
    """Part `part` (from 1) of a yearly amount in `count` parts, so that the parts add up to it."""
    if count == 1:
        return annual
    if part is None:
        raise CannotPrice("missing_part", parts=count)
    if not 1 <= part <= count:
        raise CannotPrice("bad_part", part=part, parts=count)
    return parts(annual, count, minor_units)[part - 1]
