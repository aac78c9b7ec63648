"""Numbers of a tariff that may depend on the customer: a constant, a lookup by attributes, or an attribute
itself.

A lookup is compiled into a function of the attributes once, so that pricing a bill only reads a dict.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from caudal.kernel.money import round_half_up
from caudal.kernel.pricing.problems import CannotPrice

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
Attributes = Mapping[str, str]
T = TypeVar("T")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")


def parsed(found: object) -> Decimal | None:
    """A whole number, a Decimal or plain digits with a point as a finite number; None for anything else.

    Floats are refused: they have lost what was written.
    """
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        return None
    if isinstance(found, str) and not NUMBER.fullmatch(found):
        return None
    number = Decimal(found)
    return number if number.is_finite() else None


def rounded(amount: Decimal, minor_units: int) -> Decimal:
    """`round_half_up`, or CannotPrice for an amount that no currency has digits for."""
    try:
        return round_half_up(amount, minor_units)
    except InvalidOperation:
        raise CannotPrice("too_large", amount=amount) from None


def plain(number: Decimal) -> str:
    """A number as it is written in JSON: digits and a point, never an exponent."""
    return format(number, "f")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two bounds: `from` and `upto` hold their bound, `above` and `below` do not."""

    from_: Decimal | None = None
    above: Decimal | None = None
    upto: Decimal | None = None
    below: Decimal | None = None

    @property
    def low(self) -> tuple[Decimal, bool] | None:
        """The lower bound and whether it is inside; None is open."""
        if self.from_ is not None:
            return self.from_, True
        return None if self.above is None else (self.above, False)

    @property
    def high(self) -> tuple[Decimal, bool] | None:
        """The upper bound and whether it is inside; None is open."""
        if self.upto is not None:
            return self.upto, True
        return None if self.below is None else (self.below, False)

    def holds(self, number: Decimal) -> bool:
        """Whether the number lies in the range."""
        return not (
            (self.from_ is not None and number < self.from_)
            or (self.above is not None and number <= self.above)
            or (self.upto is not None and number > self.upto)
            or (self.below is not None and number >= self.below)
        )

    def __str__(self) -> str:
        bounds = (("≥", self.from_), (">", self.above), ("≤", self.upto), ("<", self.below))
        return " ".join(f"{sign} {plain(bound)}" for sign, bound in bounds if bound is not None)

    def to_json(self) -> dict[str, str]:
        """The bounds that are set, as text."""
        bounds = (("from", self.from_), ("above", self.above), ("upto", self.upto), ("below", self.below))
        return {name: plain(bound) for name, bound in bounds if bound is not None}


Key = str | Range
Row = tuple[tuple[Key, ...], T]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A number by one or more attributes; `otherwise` serves attribute values that no row names."""

    by: tuple[str, ...]
    rows: tuple[Row[Decimal], ...]
    otherwise: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FromAttribute:
    """A number that the customer's own attribute gives; `otherwise` serves customers without it."""

    attribute: str
    otherwise: Decimal | None = None


Value = Decimal | Lookup | FromAttribute


def compiled(value: Value) -> Callable[[Attributes], Decimal]:
    """The function that finds the number for a customer's attributes, or raises CannotPrice."""
    if isinstance(value, Lookup):
        return table(value.by, value.rows, value.otherwise)
    if isinstance(value, FromAttribute):
        return _from_attribute(value)
    return lambda attributes: value


def number_of(attributes: Attributes, name: str) -> Decimal:
    """An attribute as a finite number, or CannotPrice."""
    if name not in attributes:
        raise CannotPrice("missing_attribute", attribute=name)
    number = parsed(attributes[name])
    if number is None:
        raise CannotPrice("attribute_not_number", attribute=name, value=attributes[name])
    return number


def _from_attribute(value: FromAttribute) -> Callable[[Attributes], Decimal]:
    def get(attributes: Attributes) -> Decimal:
        if value.otherwise is not None and value.attribute not in attributes:
            return value.otherwise
        return number_of(attributes, value.attribute)

    return get


def table(by: tuple[str, ...], rows: tuple[Row[T], ...], otherwise: T | None) -> Callable[[Attributes], T]:
    """The function that finds the row for attributes: by dict, or in order where a row names a range."""
    if any(isinstance(key, Range) for keys, _ in rows for key in keys):
        return _scanned(by, rows, otherwise)
    if len(by) == 1:
        return _single(by[0], {str(keys[0]): found for keys, found in rows}, otherwise)
    exact = dict(rows)

    def get(attributes: Attributes) -> T:
        keys = tuple(attributes.get(name, "") for name in by)
        found = exact.get(keys, otherwise)
        if found is None or not all(name in attributes for name in by):
            raise _unpriced(by, attributes)
        return found

    return get


def _single(name: str, exact: dict[str, T], otherwise: T | None) -> Callable[[Attributes], T]:
    def get(attributes: Attributes) -> T:
        if name not in attributes:
            raise CannotPrice("missing_attribute", attribute=name)
        found = exact.get(attributes[name], otherwise)
        if found is None:
            raise _unpriced((name,), attributes)
        return found

    return get


def _scanned(by: tuple[str, ...], rows: tuple[Row[T], ...], otherwise: T | None) -> Callable[[Attributes], T]:
    def get(attributes: Attributes) -> T:
        for name in by:
            if name not in attributes:
                raise CannotPrice("missing_attribute", attribute=name)
        for keys, found in rows:
            if all(_fits(key, name, attributes) for key, name in zip(keys, by, strict=True)):
                return found
        if otherwise is None:
            raise _unpriced(by, attributes)
        return otherwise

    return get


def _fits(key: Key, name: str, attributes: Attributes) -> bool:
    if isinstance(key, Range):
        return key.holds(number_of(attributes, name))
    return attributes[name] == key


def _unpriced(by: tuple[str, ...], attributes: Attributes) -> CannotPrice:
    for name in by:
        if name not in attributes:
            return CannotPrice("missing_attribute", attribute=name)
    return CannotPrice("no_value", attribute=", ".join(by), value=", ".join(attributes[name] for name in by))
