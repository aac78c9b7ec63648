"""A tariff as data: what its JSON file says, read and checked, and written again.

The format is told by example in docs/tariffs.md.
"""

import json
from collections.abc import Collection
from dataclasses import MISSING, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.kernel.pricing.checks import Known, check_components, check_values
from caudal.kernel.pricing.component import Component, encode
from caudal.kernel.pricing.excess import Excess
from caudal.kernel.pricing.fixed import Fixed
from caudal.kernel.pricing.metered import Blocks, Flat
from caudal.kernel.pricing.problems import InvalidTariff, Problem
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.relative import AtLeast, Percent, Subsidy
from caudal.kernel.pricing.valuation import AdValorem
from caudal.kernel.pricing.values import ONE, Value
from caudal.kernel.pricing.volumes import AS_MEASURED, UsageRule

FORMAT = 1
KINDS: dict[str, type[Component]] = {
    cls.kind: cls for cls in (Fixed, Flat, Blocks, Excess, Percent, Subsidy, AtLeast, AdValorem)
}
ROUNDINGS = ("total", "line")
SCALES = ("none", "periods", "days")
AGGREGATES = ("connection", "account")
SEASON = "season"
MONTH_DAY = 5
LEAP_YEAR = "2000"


@dataclass(frozen=True, slots=True)
class Season:
    """A part of the year, from a day (month-day) until the next season begins."""

    name: str
    from_: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tariff:
    """One version of the prices of one service. Compared by identity, so that it is a cheap key."""

    name: str
    components: tuple[Component, ...]
    service: str = ""
    unit: str = ""
    valid_from: date | None = None
    note: str = ""
    minor_units: int = 2
    rounding: str = "total"
    scale: str = "none"
    period_days: int = 0
    aggregate: str = "connection"
    usage: UsageRule = AS_MEASURED
    seasons: tuple[Season, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    factor: Value = ONE

    @property
    def metered(self) -> bool:
        """Whether it prices usage at all."""
        return any(each.metered or isinstance(each, Excess) for each in self.components)

    def season_on(self, day: date) -> str:
        """The season that a day lies in; before the first of a year it is still the last one."""
        begun = [season for season in self.seasons if season.from_ <= f"{day:%m-%d}"]
        return max(begun or self.seasons, key=lambda season: season.from_).name

    @property
    def services(self) -> frozenset[str]:
        """The services whose charges it takes a percentage of."""
        return frozenset(c.service for c in self.components if isinstance(c, Percent) and c.service)


def parse_tariff(data: Any, attributes: Collection[str] | None = None) -> Tariff:
    """The tariff that a JSON object describes.

    `attributes`: the names that connections of this organisation have; others are then problems. Raises
    InvalidTariff with all problems, never with only the first.
    """
    tariff, problems = _read(data, attributes)
    if problems:
        raise InvalidTariff(problems)
    return tariff


def tariff_problems(data: Any, attributes: Collection[str] | None = None) -> tuple[Problem, ...]:
    """All that `parse_tariff` would refuse."""
    return _read(data, attributes)[1]


def load_tariff(text: str, attributes: Collection[str] | None = None) -> Tariff:
    """The tariff of a JSON file's text. Raises InvalidTariff, also for what is no JSON."""
    try:
        data = json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        params = {"reason": error.msg, "line": str(error.lineno), "column": str(error.colno)}
        raise InvalidTariff((Problem("", "bad_json", params),)) from None
    return parse_tariff(data, attributes)


def tariff_to_json(tariff: Tariff) -> dict[str, Any]:
    """The JSON object that `parse_tariff` reads back as the same tariff."""
    written: dict[str, Any] = {"format": FORMAT}
    for field in fields(tariff):
        found = getattr(tariff, field.name)
        if field.default is MISSING or found != field.default:
            written[field.name] = encode(found)
    if tariff.attributes:
        written["attributes"] = {name: list(values) for name, values in tariff.attributes}
    return {
        **{key: value for key, value in written.items() if key != "components"},
        "components": written["components"],
    }


def _read(data: Any, attributes: Collection[str] | None) -> tuple[Tariff, tuple[Problem, ...]]:
    problems: list[Problem] = []
    reader = Reader(data, "", problems)
    _read_format(reader)
    found = _read_components(reader)
    tariff = Tariff(
        name=reader.text("name", None),
        service=reader.text("service"),
        unit=reader.text("unit"),
        valid_from=reader.day("valid_from"),
        note=reader.text("note"),
        minor_units=reader.whole("minor_units", 2),
        rounding=reader.choice("rounding", ROUNDINGS, "total"),
        scale=reader.choice("scale", SCALES, "none"),
        period_days=reader.whole("period_days", 0),
        aggregate=reader.choice("aggregate", AGGREGATES, "connection"),
        usage=AS_MEASURED if reader.take("usage") is None else UsageRule.read(reader.child("usage")),
        seasons=_read_seasons(reader),
        attributes=_read_attributes(reader),
        factor=reader.value("factor", ONE),
        components=tuple(component for _, component in found),
    )
    reader.done()
    known = _known(tariff, attributes, problems)
    for path, component in found:
        problems += check_values(component, path, known)
    problems += check_values(tariff.usage, "usage", known) + check_values(tariff.factor, "factor", known)
    return tariff, tuple(problems)


def _read_format(reader: Reader) -> None:
    found = reader.take("format")
    if found is None:
        reader.missing("format")
    elif found != FORMAT:
        reader.wrong("bad_format", "format", value=found, expected=FORMAT)


def _read_components(reader: Reader) -> tuple[tuple[str, Component], ...]:
    """The components that could be read, each with its path."""
    found: list[tuple[Reader, Component]] = []
    names: dict[str, str] = {}
    for child in reader.children("components"):
        kind = child.text("kind", None)
        if kind not in KINDS:
            child.wrong("unknown_kind", "kind", value=kind, options=", ".join(KINDS))
            names[str(child.take("code"))] = kind
            continue
        component = KINDS[kind].read(child)
        child.done()
        found.append((child, component))
        names |= component.codes()
    check_components(found, names)
    return tuple((child.path, component) for child, component in found)


def _read_seasons(reader: Reader) -> tuple[Season, ...]:
    if reader.take("seasons") is None:
        return ()
    seasons: list[Season] = []
    for child in reader.children("seasons"):
        season = Season(child.text("name", None), child.text("from", None))
        if not _is_day_of_year(season.from_):
            child.wrong("bad_day", "from", value=season.from_)
        if season.from_ in {each.from_ for each in seasons}:
            child.wrong("season_twice", "from", value=season.from_)
        child.done()
        seasons.append(season)
    return tuple(seasons)


def _is_day_of_year(text: str) -> bool:
    try:
        date.fromisoformat(f"{LEAP_YEAR}-{text}")
    except ValueError:
        return False
    return len(text) == MONTH_DAY


def _read_attributes(reader: Reader) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if reader.take("attributes") is None:
        return ()
    inner = reader.child("attributes")
    return tuple((name, inner.texts(name) if inner.take(name) else ()) for name in inner.data)


def _known(tariff: Tariff, names: Collection[str] | None, problems: list[Problem]) -> Known:
    """Which attributes there are: those declared, and those that the caller knows."""
    known: dict[str, tuple[str, ...]] = dict(tariff.attributes)
    if names is not None:
        problems += [
            Problem(f"attributes.{name}", "unknown_attribute", {"attribute": name})
            for name in known
            if name not in names and name != SEASON
        ]
        known = {**dict.fromkeys(names, ()), **known}
    if tariff.seasons:
        known = {**known, SEASON: tuple(dict.fromkeys(season.name for season in tariff.seasons))}
    return Known(known, closed=bool(tariff.attributes) or names is not None)
