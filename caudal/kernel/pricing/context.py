"""What pricing must know of one case besides the usage: a frozen value that can be part of a key."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from caudal.kernel.periods import Span
from caudal.kernel.pricing.problems import CannotPrice
from caudal.kernel.pricing.values import ONE, ZERO, parsed, plain

V = TypeVar("V")


class Facts(Mapping[str, V]):
    """A mapping that stays as it was made, and can therefore be part of a key."""

    __slots__ = ("_facts", "_hash")

    def __init__(self, facts: Mapping[str, V] | None = None) -> None:
        self._facts = dict(facts or {})
        self._hash: int | None = None

    def __getitem__(self, name: str) -> V:
        return self._facts[name]

    def __contains__(self, name: object) -> bool:
        return name in self._facts

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self._facts == other._facts

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._facts.items()))
        return self._hash

    def __repr__(self) -> str:
        return f"Facts({self._facts})"


class Connection(NamedTuple):
    """One connection of an account priced as a whole: its name, its usage, its limit (None: without)."""

    name: str
    usage: Decimal
    limit: Decimal | None = None


class Context(NamedTuple):
    """One case.

    attributes: of the connection, account or property, as text (`{"size": "3/4\\"", "stratum": "2"}`).
    days, last_day: of the span; the last day decides the season, unless `attributes` names a `season`.
    periods: how many usual periods the charge covers; period_days: the days of one, for `scale: days`.
    fixed_billed: for how many of these periods the fixed amounts were charged before.
    days_before: the days of another holder just before these, for `scale: days`: the fixed amounts of both add up.
    allowances: quantities of this customer, `limit` and `budget` among them; None is «without limit».
    bases: rounded nets of other services of the same connection and run; a missing one holds the charge.
    part: which part of the year, from 1. connections: for `aggregate: account`.
    """

    attributes: Facts[str] = Facts()
    days: int | None = None
    last_day: date | None = None
    periods: Decimal = ONE
    period_days: int | None = None
    fixed_billed: Decimal = ZERO
    allowances: Facts[Decimal | None] = Facts()
    bases: Facts[Decimal] = Facts()
    part: int | None = None
    connections: tuple[Connection, ...] = ()
    days_before: int = 0

    def over(self, span: Span) -> "Context":
        """The same case for these days."""
        return self._replace(days=span.days, last_day=span.last_day)


EMPTY = Context()
KEYS = frozenset(Context._fields) | {"from", "to"}


def attribute_text(value: object) -> str:
    """An attribute as lookups compare it: yes and no become true and false, numbers their digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, Decimal) else str(value)


def context_to_json(context: Context) -> dict[str, Any]:
    """The case as JSON, without what is left at its default."""
    written: dict[str, Any] = {
        "attributes": dict(context.attributes),
        "days": context.days,
        "last_day": context.last_day.isoformat() if context.last_day else None,
        "periods": plain(context.periods) if context.periods != ONE else None,
        "period_days": context.period_days,
        "fixed_billed": plain(context.fixed_billed) if context.fixed_billed else None,
        "allowances": {name: None if n is None else plain(n) for name, n in context.allowances.items()},
        "bases": {name: plain(net) for name, net in context.bases.items()},
        "part": context.part,
        "connections": [_connection_json(each) for each in context.connections],
        "days_before": context.days_before or None,
    }
    return {name: value for name, value in written.items() if value not in (None, {}, [])}


def context_from_json(data: Mapping[str, Any]) -> Context:
    """The case that `context_to_json` wrote, or that a person wrote: `from` and `to` may stand for days and
    last_day.

    Raises CannotPrice for what is no number or no date, and for a key that does not exist: misspelt is not left out.
    """
    for key in data:
        if key not in KEYS:
            raise CannotPrice("unknown_key", key=key)
    context = Context(
        attributes=Facts(
            {name: attribute_text(value) for name, value in _object(data, "attributes").items()}
        ),
        days=_whole(data, "days"),
        last_day=_day(data, "last_day"),
        periods=_number(data.get("periods", "1")),
        period_days=_whole(data, "period_days"),
        fixed_billed=_number(data.get("fixed_billed", "0")),
        allowances=Facts({name: _or_none(n) for name, n in _object(data, "allowances").items()}),
        bases=Facts({name: _number(net) for name, net in _object(data, "bases").items()}),
        part=_whole(data, "part"),
        connections=_connections(data.get("connections", [])),
        days_before=_whole(data, "days_before") or 0,
    )
    start, end = _day(data, "from"), _day(data, "to")
    if start is None or end is None:
        return context
    if start >= end:
        raise CannotPrice("bad_days", days=(end - start).days)
    return context.over(Span(start, end))


def _object(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key, {})
    if not isinstance(found, Mapping):
        raise CannotPrice("bad_case", key=key)
    return found


def _connections(data: object) -> tuple[Connection, ...]:
    if not isinstance(data, list) or not all(isinstance(each, Mapping) for each in data):
        raise CannotPrice("bad_case", key="connections")
    return tuple(
        Connection(str(each.get("name", "")), _number(each.get("usage")), _or_none(each.get("limit")))
        for each in data
    )


def _connection_json(each: Connection) -> dict[str, str]:
    written = {"name": each.name, "usage": plain(each.usage)}
    return written if each.limit is None else {**written, "limit": plain(each.limit)}


def _number(value: object) -> Decimal:
    number = parsed(value)
    if number is None:
        raise CannotPrice("bad_number", value=value)
    return number


def _or_none(value: object) -> Decimal | None:
    return None if value is None else _number(value)


def _whole(data: Mapping[str, Any], key: str) -> int | None:
    if data.get(key) is None:
        return None
    number = _number(data[key])
    if number != int(number):
        raise CannotPrice("bad_number", value=data[key])
    return int(number)


def _day(data: Mapping[str, Any], key: str) -> date | None:
    if data.get(key) is None:
        return None
    try:
        return date.fromisoformat(str(data[key]))
    except ValueError:
        raise CannotPrice("bad_date", value=data[key]) from None
