"""The shapes of values in the neutral JSON: plain ones, lookups, and lists that depend on different attributes."""

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, NamedTuple

from caudal.kernel.pricing import attribute_text

DIAMETER = re.compile(r"(?:(?P<low>\d+)-)?(?P<sign><|>=|>|<=)?(?P<bound>\d+)\s*(?:mm)?")


class NotExpressible(Exception):
    """A tariff that Caudal's format has no words for; the message names the shape."""


class Table(NamedTuple):
    """Values by attributes: rows of (keys, value); a plain value is one row without keys."""

    by: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], Any], ...]

    @property
    def plain(self) -> bool:
        """Whether it depends on nothing."""
        return not self.by


def table_of(value: Any) -> Table:
    """Any neutral value as a table. Rows whose value is null have no price, and are left out."""
    if not isinstance(value, dict):
        return Table((), (((), value),))
    by = value.get("by")
    if not isinstance(by, list) or not isinstance(value.get("values"), list) or set(value) - {"by", "values"}:
        raise NotExpressible(f"a lookup with the keys {sorted(value)}")
    rows = []
    for keys, found in value["values"]:
        keys = keys if isinstance(keys, list) else [keys]
        if found is not None:
            rows.append((tuple(attribute_text(key) for key in keys), found))
    return Table(tuple(by), tuple(rows))


def number(value: Any) -> str:
    """A number as Caudal's file writes it."""
    if value is None:
        raise NotExpressible("a price that is null")
    return str(value)


def amount(value: Any) -> Any:
    """A neutral value as a Caudal value."""
    table = table_of(value)
    if table.plain:
        return number(table.rows[0][1])
    return {"by": list(table.by), "values": [[list(keys), number(found)] for keys, found in table.rows]}


def crossed(first: Table, second: Table) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Any, Any]]:
    """The rows of two tables that can hold together, with the attributes and keys of both."""
    by = (*first.by, *(name for name in second.by if name not in first.by))
    for (keys, one), (others, two) in product(first.rows, second.rows):
        known = dict(zip(first.by, keys, strict=True))
        if all(known.get(name, key) == key for name, key in zip(second.by, others, strict=True)):
            known |= dict(zip(second.by, others, strict=True))
            yield by, tuple(known[name] for name in by), one, two


def blocks_by(limits: Table, prices: Table, make: Callable[[list[Any], list[Any]], list[Any]]) -> Any:
    """The `blocks` of a Caudal component from limits and prices that may depend on different attributes."""
    if limits.plain and prices.plain:
        return make(limits.rows[0][1], prices.rows[0][1])
    rows = [(by, keys, make(upto, each)) for by, keys, upto, each in crossed(limits, prices)
            if len(upto) == len(each)]  # fmt: skip
    if not rows:
        raise NotExpressible("as many limits as prices for no customer")
    return {"by": list(rows[0][0]), "values": [[list(keys), blocks] for _, keys, blocks in rows]}


def diameter(text: str) -> dict[str, str]:
    """`<25mm`, `25-<30`, `>=100` as a range of Caudal's file."""
    found = DIAMETER.fullmatch(text.replace(" ", ""))
    if not found:
        raise NotExpressible(f"the range {text}")
    low, sign, bound = found["low"], found["sign"], found["bound"]
    if low:
        return {"from": low, "below" if sign == "<" else "upto": bound}
    words = {"<": "below", "<=": "upto", ">": "above", ">=": "from"}
    if sign not in words:
        raise NotExpressible(f"the range {text}")
    return {words[sign]: bound}
