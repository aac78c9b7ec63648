"""Quantities of a tariff: rounding of usage, and limits that a customer's allowance gives.

Rounding here is of units used, not of money: meters are read, and budgets granted, in whole units by many
rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from caudal.kernel.pricing.component import Work, encode_fields, getter
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import HUNDRED, ZERO, Value

MODES = {
    "floor": ROUND_FLOOR,
    "ceiling": ROUND_CEILING,
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
}
RULES = ("none", *MODES)


def round_volume(quantity: Decimal, rule: str, decimals: int = 0) -> Decimal:
    """A quantity brought to so many decimals by one of RULES; «none» leaves it."""
    return quantity if rule == "none" else quantity.quantize(Decimal(1).scaleb(-decimals), MODES[rule])


@dataclass(frozen=True, slots=True)
class Allowance:
    """A percentage of one of the customer's allowances (`limit`, `budget` …), rounded by a rule."""

    allowance: str
    percent: Decimal = HUNDRED
    rounding: str = "none"
    decimals: int = 0

    def of(self, work: Work) -> Decimal | None:
        """The limit of one period; None is «without limit»."""
        whole = work.allowance(self.allowance)
        if whole is None:
            return None
        return round_volume(whole * self.percent / HUNDRED, self.rounding, self.decimals)


Limit = Value | Allowance
FindLimit = Callable[[Work], Decimal | None]


def read_limit(reader: Reader, key: str) -> Limit:
    """A limit: a value, or `{"allowance": name, "percent": …, "rounding": …}`."""
    found = reader.take(key)
    if not (isinstance(found, dict) and "allowance" in found):
        return reader.value(key, least=ZERO)
    inner = reader.child(key)
    allowance = Allowance(
        inner.text("allowance", None),
        inner.number("percent", HUNDRED, least=ZERO),
        inner.choice("rounding", RULES, "none"),
        inner.whole("decimals", 0),
    )
    inner.done()
    return allowance


def find_limit(limit: Limit) -> FindLimit:
    """The function that finds the limit for a case, scaled to the periods that it covers."""
    if isinstance(limit, Allowance):

        def of_allowance(work: Work) -> Decimal | None:
            found = limit.of(work)
            return None if found is None else work.scaled_limit(found)

        return of_allowance
    find = getter(limit)
    return lambda work: work.scaled_limit(find(work))


@dataclass(frozen=True, slots=True)
class UsageRule:
    """How measured usage becomes billed usage: rounding first, then the least that is billed."""

    rounding: str = "none"
    decimals: int = 0
    least: Value = ZERO

    @classmethod
    def read(cls, reader: Reader) -> "UsageRule":
        """From the tariff's `usage` object."""
        rule = cls(
            reader.choice("rounding", RULES, "none"),
            reader.whole("decimals", 0),
            reader.value("least", ZERO, least=ZERO),
        )
        reader.done()
        return rule

    def to_json(self) -> dict[str, Any]:
        """What differs from «as measured»."""
        return encode_fields(self)


AS_MEASURED = UsageRule()
