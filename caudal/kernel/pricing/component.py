"""What all components of a tariff share: their common keys, the state of one pricing, and how they become
functions.

A component is data. `step(build)` turns it into a function of (work, quantity, lines) that answers its
unrounded amount and appends the lines that explain it; the engine calls these functions in the order of the
file.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, Self

from caudal.kernel.money import PRICE_DECIMALS
from caudal.kernel.pricing.context import Context
from caudal.kernel.pricing.lines import Line
from caudal.kernel.pricing.problems import CannotPrice
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import (
    ONE,
    ZERO,
    Attributes,
    FromAttribute,
    Key,
    Lookup,
    Value,
    compiled,
    plain,
    rounded,
)

VOLUME_DECIMALS = 3
TOTAL = "total"


class Share(NamedTuple):
    """A stretch of a whole, in periods. Shares of stretches that follow each other add up.

    `decimals`: those of money, where the stretch before is on another's bill, so that what both pay adds up.
    """

    start: Decimal
    end: Decimal
    decimals: int | None = None

    def of(self, whole: Decimal, decimals: int) -> Decimal:
        """Its part of `whole`: the difference of two rounded running totals."""
        upto = self._running(whole * self.end, decimals)
        return upto - self._running(whole * self.start, decimals) if self.start else upto

    def _running(self, total: Decimal, decimals: int) -> Decimal:
        """Rounded as it is where nobody paid a part before, and only then to money: a third of 30 days ends nowhere."""
        total = rounded(total, decimals)
        return total if self.decimals is None else rounded(total, self.decimals)


class Work:
    """The state of pricing one case under one version of a tariff."""

    __slots__ = (
        "amounts",
        "attributes",
        "billed",
        "bills",
        "context",
        "fixed",
        "limits",
        "lines",
        "measured",
        "total",
        "unit",
        "usage",
    )

    def __init__(self, context: Context, attributes: Attributes, usage: Decimal | None, unit: str) -> None:
        self.context, self.attributes, self.unit = context, attributes, unit
        self.measured = usage
        self.usage = usage  # all that is billed, for thresholds
        self.billed = usage or ZERO  # what flat prices and blocks apply to: without the excess
        self.lines: list[Line] = []
        self.amounts: dict[str, Decimal] = {}  # by code, as later percentages see them
        self.total = ZERO  # of the components so far
        self.fixed: Share | None = None  # of fixed amounts per period
        self.bills: Share | None = None  # of amounts per bill: only a change of version divides them
        self.limits: Share | None = None  # of block limits and included usage

    def scaled_limit(self, limit: Decimal) -> Decimal:
        """A limit of one period, for the periods that this case covers."""
        return limit if self.limits is None else self.limits.of(limit, VOLUME_DECIMALS)

    def scaled_amount(self, amount: Decimal) -> Decimal:
        """An amount per period, for the periods that this case still has to pay."""
        return amount if self.fixed is None else self.fixed.of(amount, PRICE_DECIMALS)

    def per_bill(self, amount: Decimal) -> Decimal:
        """An amount per bill; of two versions each charges its days."""
        return amount if self.bills is None else self.bills.of(amount, PRICE_DECIMALS)

    def allowance(self, name: str) -> Decimal | None:
        """An allowance of this customer; None is «without limit»."""
        if name not in self.context.allowances:
            raise CannotPrice("missing_allowance", allowance=name)
        return self.context.allowances[name]

    def tried(self, step: "Step", quantity: Decimal) -> Decimal:
        """What a component would cost for another quantity; nothing of it is kept."""
        kept = self.amounts.copy()
        amount = step(self, quantity, [])
        self.amounts = kept
        return amount


Step = Callable[[Work, Decimal, list[Line]], Decimal]


class Build(NamedTuple):
    """What compiling a component can use: printed names by code, the steps before it, decimals of money."""

    names: dict[str, str]
    steps: dict[str, Step]
    minor_units: int


class Scope(NamedTuple):
    """What a component can refer to: all codes with their names, those before it, the metered among them."""

    names: dict[str, str]
    before: frozenset[str]
    metered: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """The keys that every component has."""

    kind: ClassVar[str] = ""
    metered: ClassVar[bool] = False

    code: str
    name: str = ""
    taxable: bool = True
    factor: Value = ONE

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """The component that a JSON object describes; problems are noted in the reader."""
        raise NotImplementedError

    @staticmethod
    def common(reader: Reader) -> dict[str, Any]:
        """The keys above."""
        return {
            "code": reader.text("code", None),
            "name": reader.text("name"),
            "taxable": reader.flag("taxable", True),
            "factor": reader.value("factor", ONE),
        }

    def step(self, build: Build) -> Step:
        """The function that prices it."""
        raise NotImplementedError

    def check(self, reader: Reader, scope: Scope) -> None:
        """Note what is wrong with it beyond its shape."""

    def codes(self) -> dict[str, str]:
        """The codes that a later component may take a part of, with their printed names."""
        return {self.code: self.label}

    @property
    def label(self) -> str:
        """How it is called on the bill."""
        return self.name or self.code


def getter(value: Value) -> Callable[[Work], Decimal]:
    """The function that finds a value of the tariff for the case at hand."""
    find = compiled(value)
    return lambda work: find(work.attributes)


def encode(item: object) -> Any:
    """Any part of a tariff as JSON."""
    if isinstance(item, Decimal):
        return plain(item)
    if isinstance(item, tuple):
        return [encode(each) for each in item]
    if isinstance(item, date):
        return item.isoformat()
    if isinstance(item, Lookup):
        return encode_table(item.by, item.rows, item.otherwise)
    if isinstance(item, FromAttribute):
        return {"attribute": item.attribute} | (
            {} if item.otherwise is None else {"else": plain(item.otherwise)}
        )
    if hasattr(item, "to_json"):
        return item.to_json()
    return encode_fields(item) if hasattr(item, "__dataclass_fields__") else item


def encode_table(
    by: tuple[str, ...], rows: tuple[tuple[tuple[Key, ...], Any], ...], otherwise: Any
) -> dict[str, Any]:
    """A lookup as JSON."""
    written = {"by": list(by), "values": [[encode(keys), encode(found)] for keys, found in rows]}
    return written if otherwise is None else {**written, "else": encode(otherwise)}


def encode_fields(item: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their default, as JSON."""
    out = {"kind": item.kind} if isinstance(item, Component) else {}
    for field in fields(item):
        found = getattr(item, field.name)
        if field.default is MISSING or found != field.default:
            out[field.name.rstrip("_")] = encode(found)
    return out


def parts_of(item: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Everything inside a part of a tariff with its path, itself first: to find lookups and allowances."""
    yield path, item
    if isinstance(item, tuple):
        for n, each in enumerate(item):
            yield from parts_of(each, f"{path}[{n}]")
    elif hasattr(item, "__dataclass_fields__"):
        for name in item.__dataclass_fields__:
            yield from parts_of(
                getattr(item, name), f"{path}.{name.rstrip('_')}" if path else name.rstrip("_")
            )
