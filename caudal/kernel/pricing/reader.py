"""Reads the JSON of a tariff, noting every problem with its path instead of stopping at the first.

A `Reader` stands on one JSON object. Each method reads one key, and answers something harmless when it is
wrong, so that the rest can still be looked at; whoever asked throws the result away when there were problems.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from caudal.kernel.pricing.problems import Problem
from caudal.kernel.pricing.values import ZERO, FromAttribute, Key, Lookup, Range, Row, Value, parsed

T = TypeVar("T")
PAIR = 2
RANGE_BOUNDS = {"from": "from_", "above": "above", "upto": "upto", "below": "below"}


class Reader:
    """One JSON object, its path, and the list of problems that all readers of a file share."""

    def __init__(self, data: Any, path: str, problems: list[Problem]) -> None:
        self.path, self.problems, self._read = path, problems, set[str]()
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.wrong("not_an_object")

    def wrong(self, code: str, key: str = "", **params: object) -> None:
        """Note a problem with this object, or with one of its keys."""
        path = f"{self.path}.{key}" if key and self.path else key or self.path
        self.problems.append(Problem(path, code, {name: str(value) for name, value in params.items()}))

    def missing(self, key: str) -> None:
        """Note a key that must be there."""
        self.problems.append(Problem(self.path, "missing_key", {"key": key}))

    def take(self, key: str) -> Any:
        """The raw value of a key, or None."""
        self._read.add(key)
        return self.data.get(key)

    def done(self) -> None:
        """Note the keys that nobody asked for: a misspelt key must not be taken for one left out."""
        for key in self.data:
            if key not in self._read:
                self.problems.append(Problem(self.path, "unknown_key", {"key": str(key)}))

    def text(self, key: str, default: str | None = "") -> str:
        """A text; `default=None` means that it must be there."""
        found = self.take(key)
        if found is None:
            if default is None:
                self.missing(key)
            return default or ""
        if not isinstance(found, str):
            self.wrong("bad_text", key, value=found)
            return ""
        return found

    def choice(self, key: str, options: Collection[str], default: str) -> str:
        """One of the words listed."""
        found = self.text(key, default)
        if found not in options:
            self.wrong("unknown_choice", key, value=found, options=", ".join(options))
            return default
        return found

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        found = self.take(key)
        if found is None:
            return default
        if not isinstance(found, bool):
            self.wrong("bad_flag", key, value=found)
        return bool(found)

    def day(self, key: str) -> date | None:
        """An ISO date, or None."""
        found = self.text(key)
        if not found:
            return None
        try:
            return date.fromisoformat(found)
        except ValueError:
            self.wrong("bad_date", key, value=found)
            return None

    def number(self, key: str, default: Decimal | None = None, *, least: Decimal | None = None) -> Decimal:
        """A number; without a default it must be there. `least` is the smallest it may be."""
        found = self.take(key)
        if found is None:
            if default is None:
                self.missing(key)
            return ZERO if default is None else default
        return self.parsed_number(found, key, least)

    def optional_number(self, key: str) -> Decimal | None:
        """A number, or None when it is not there."""
        return None if self.take(key) is None else self.number(key)

    def whole(self, key: str, default: int) -> int:
        """A whole number of at least zero."""
        found = self.number(key, Decimal(default), least=ZERO)
        if found != int(found):
            self.wrong("bad_number", key, value=found)
        return int(found)

    def parsed_number(self, found: Any, key: str, least: Decimal | None = None) -> Decimal:
        """A JSON value as a finite number."""
        number = parsed(found)
        if number is None:
            self.wrong("bad_number", key, value=found)
            return ZERO
        if least is not None and number < least:
            self.wrong("negative_number", key, value=found)
        return number

    def value(self, key: str, default: Value | None = None, *, least: Decimal | None = None) -> Value:
        """A number, `{"by": …}` or `{"attribute": …}`; without a default it must be there."""
        found = self.take(key)
        if not isinstance(found, dict):
            if found is None and default is not None:
                return default
            return self.number(key, least=least)
        if "attribute" in found:
            inner = self.child(key)
            value = FromAttribute(inner.text("attribute", None), inner.optional_number("else"))
            inner.done()
            return value
        by, rows, otherwise = self.table(key, lambda reader, at: reader.number(at, least=least))
        return Lookup(by, rows, otherwise)

    def optional_value(self, key: str, *, least: Decimal | None = None) -> Value | None:
        """A value, or None when it is not there."""
        return None if self.take(key) is None else self.value(key, least=least)

    def child(self, key: str) -> "Reader":
        """A reader on the object under a key."""
        return Reader(self.take(key), f"{self.path}.{key}" if self.path else key, self.problems)

    def children(self, key: str) -> Iterator["Reader"]:
        """Readers on the objects of the list under a key, which must not be empty."""
        found = self.items(key)
        path = f"{self.path}.{key}" if self.path else key
        return (Reader(item, f"{path}[{n}]", self.problems) for n, item in enumerate(found))

    def items(self, key: str) -> list[Any]:
        """The list under a key, which must not be empty."""
        found = self.take(key)
        if found is None:
            self.missing(key)
            return []
        if not isinstance(found, list):
            self.wrong("not_a_list", key)
            return []
        if not found:
            self.wrong("empty_list", key)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self.items(key)
        for item in found:
            if not isinstance(item, str):
                self.wrong("bad_text", key, value=item)
        return tuple(str(item) for item in found)

    def table(
        self, key: str, read: Callable[["Reader", str], T]
    ) -> tuple[tuple[str, ...], tuple[Row[T], ...], T | None]:
        """`{"by": [names], "values": [[[keys], result], …], "else": result}`, each result read by `read`."""
        inner = self.child(key)
        by = inner.texts("by")
        rows = []
        for n, item in enumerate(inner.items("values")):
            row = Reader({"keys": item[0], "value": item[1]} if _is_pair(item) else item,
                         f"{inner.path}.values[{n}]", self.problems)  # fmt: skip
            keys = tuple(_key(row, key) for key in row.items("keys"))
            if len(keys) != len(by):
                row.wrong("lookup_width", found=len(keys), expected=len(by))
                continue
            rows.append((keys, read(row, "value")))
        otherwise = read(inner, "else") if inner.take("else") is not None else None
        inner.done()
        return by, tuple(rows), otherwise


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == PAIR


def _key(row: Reader, key: Any) -> Key:
    if isinstance(key, dict):
        bounds = Reader(key, f"{row.path}.keys", row.problems)
        found = {name: bounds.optional_number(written) for written, name in RANGE_BOUNDS.items()}
        bounds.done()
        return Range(**found)
    if isinstance(key, bool):
        return "true" if key else "false"
    if not isinstance(key, str | int | Decimal):
        row.wrong("bad_text", value=key)
    return str(key)
