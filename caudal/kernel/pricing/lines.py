"""The lines that explain a charge: a code and its numbers, unrounded, from which any face makes a sentence.

Amounts of the lines of a charge add up to the charge before it is rounded. In JSON a line is an object with
its `code`, numbers as text, and without what is empty. `from` and `to` of a block are the units as a customer
reads them: the block after «up to 15» is written «from 16» when its limits are whole.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, get_args

from caudal.kernel.pricing.values import plain


class Usage(NamedTuple):
    """What was used, in how many days."""

    quantity: Decimal
    unit: str
    days: int | None = None


class Rounded(NamedTuple):
    """The usage was brought to whole units by a rule (floor, half_up …) before it was priced."""

    measured: Decimal
    quantity: Decimal
    unit: str
    rule: str


class LeastUsage(NamedTuple):
    """Less was used than the tariff bills at least."""

    measured: Decimal
    quantity: Decimal
    unit: str


class Member(NamedTuple):
    """One connection of an account whose connections are priced together."""

    name: str
    quantity: Decimal
    unit: str


class Season(NamedTuple):
    """The season whose prices apply."""

    season: str


class Scale(NamedTuple):
    """Limits and fixed amounts are those of several periods, less fixed amounts `billed` before."""

    periods: Decimal
    billed: Decimal | None = None


class ScaleDays(NamedTuple):
    """Limits and fixed amounts are those of `period_days` days, brought to `days`; `billed` as above."""

    days: int
    period_days: int
    billed: Decimal | None = None


class Version(NamedTuple):
    """From here on the lines are of one version of the tariff: its days, and its part of the usage."""

    tariff: str
    from_: str
    until: str
    days: int
    of_days: int
    quantity: Decimal | None = None
    unit: str = ""


class Flat(NamedTuple):
    """A fixed amount."""

    name: str
    amount: Decimal


class Daily(NamedTuple):
    """A fixed amount for each day."""

    name: str
    days: int
    unit_price: Decimal
    amount: Decimal


class Part(NamedTuple):
    """One of the parts in which a yearly amount is charged."""

    name: str
    annual: Decimal
    parts: int
    part: int
    amount: Decimal


class Minimum(NamedTuple):
    """A fixed amount that includes some usage."""

    included: Decimal
    unit: str
    amount: Decimal


class Block(NamedTuple):
    """Units at one price; without limits the price is the same for all."""

    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    from_: Decimal | None = None
    to: Decimal | None = None
    name: str = ""


class Excess(NamedTuple):
    """Units above the connection's limit."""

    limit: Decimal
    unit: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    name: str = ""


class Percent(NamedTuple):
    """A percentage of other lines, of the total so far, or of another service."""

    percent: Decimal
    of: str
    base: Decimal
    amount: Decimal


class Exempt(NamedTuple):
    """A percentage that is not charged because no more than `limit` was used."""

    name: str
    limit: Decimal
    unit: str


class Subsidy(NamedTuple):
    """A subsidy (negative) or a contribution (positive) on other lines."""

    percent: Decimal
    of: str
    base: Decimal
    amount: Decimal


class AtLeast(NamedTuple):
    """What is missing up to the least amount that is charged."""

    name: str
    least: Decimal
    base: Decimal
    amount: Decimal


class Factor(NamedTuple):
    """A line, or the total, multiplied: the amount is what the factor adds or takes away."""

    of: str
    factor: Decimal
    base: Decimal
    amount: Decimal


class Valuation(NamedTuple):
    """A tax on a declared value: a rate in percent a year, charged in parts."""

    value: Decimal
    rate: Decimal
    annual: Decimal
    parts: int
    part: int
    amount: Decimal


class Estimate(NamedTuple):
    """The meter was not read; the usage is an average. Added by billing, never by the engine."""

    reason: str
    months: int
    quantity: Decimal
    unit: str


class Trueup(NamedTuple):
    """Estimated usage settled by a real reading. Added by billing, never by the engine."""

    estimated: Decimal
    real: Decimal
    unit: str
    amount: Decimal


class Text(NamedTuple):
    """A sentence of the office's own."""

    text: str


Line = (
    Usage
    | Rounded
    | LeastUsage
    | Member
    | Season
    | Scale
    | ScaleDays
    | Version
    | Flat
    | Daily
    | Part
    | Minimum
    | Block
    | Excess
    | Percent
    | Exempt
    | Subsidy
    | AtLeast
    | Factor
    | Valuation
    | Estimate
    | Trueup
    | Text
)

CODES: dict[type, str] = {
    Usage: "usage",
    Rounded: "rounded",
    LeastUsage: "least_usage",
    Member: "member",
    Season: "season",
    Scale: "scale",
    ScaleDays: "scale_days",
    Version: "version",
    Flat: "flat",
    Daily: "daily",
    Part: "part",
    Minimum: "minimum",
    Block: "block",
    Excess: "excess",
    Percent: "percent",
    Exempt: "exempt",
    Subsidy: "subsidy",
    AtLeast: "at_least",
    Factor: "factor",
    Valuation: "valuation",
    Estimate: "estimate",
    Trueup: "trueup",
    Text: "text",
}
CLASSES: dict[str, type] = {code: line for line, code in CODES.items()}
# A true-up tells a difference that other lines already make up.
ADDS = frozenset(code for line, code in CODES.items() if "amount" in line.__annotations__) - {"trueup"}


def _holds_decimal(annotation: Any) -> bool:
    return annotation is Decimal or Decimal in get_args(annotation)


# Python's own words cannot be field names: they end in an underscore, which JSON leaves out.
_KEYS: dict[str, tuple[str, ...]] = {
    code: tuple(name.rstrip("_") for name in line.__annotations__) for line, code in CODES.items()
}
_NUMBERS: dict[str, frozenset[str]] = {
    code: frozenset(name for name, kind in line.__annotations__.items() if _holds_decimal(kind))
    for line, code in CODES.items()
}


def line_to_json(line: Line) -> dict[str, str | int]:
    """A JSON object with the code: decimals as text, counts as numbers, nothing that is empty."""
    code = CODES[type(line)]
    out: dict[str, str | int] = {"code": code}
    for key, value in zip(_KEYS[code], line, strict=True):
        if isinstance(value, Decimal):
            out[key] = plain(value)
        elif value is not None and value != "":
            out[key] = value
    return out


def line_from_json(data: Mapping[str, Any]) -> Line:
    """The line that was written by `line_to_json`. Raises KeyError for a code that does not exist."""
    code = data["code"]
    cls, numbers = CLASSES[code], _NUMBERS[code]
    fields = {
        name: Decimal(data[key]) if name in numbers else data[key]
        for key, name in zip(_KEYS[code], cls.__annotations__, strict=True)
        if key in data
    }
    line: Line = cls(**fields)
    return line


def amount_of(line: Line) -> Decimal:
    """What the line adds to the charge, before rounding; 0 for lines that only tell."""
    return getattr(line, "amount", Decimal(0)) if CODES[type(line)] in ADDS else Decimal(0)
