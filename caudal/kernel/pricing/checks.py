"""What can be wrong with a tariff beyond the shape of its JSON: references, codes, lookups, attributes."""

from collections.abc import Iterable, Mapping
from itertools import pairwise, product
from typing import NamedTuple

from caudal.kernel.pricing.blocks import BlockTable
from caudal.kernel.pricing.component import TOTAL, Component, Scope, parts_of
from caudal.kernel.pricing.excess import Excess
from caudal.kernel.pricing.problems import Problem
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import FromAttribute, Key, Lookup, Range, plain

MOST_COMBINATIONS = 10_000


class Known(NamedTuple):
    """Attributes by name with the values that they may have (none: any), and whether others are mistakes."""

    attributes: Mapping[str, tuple[str, ...]]
    closed: bool


def check_components(found: Iterable[tuple[Reader, Component]], names: dict[str, str]) -> None:
    """Note codes used twice, references that do not hold, and what each component finds wrong with itself."""
    taken: dict[str, str] = {TOTAL: TOTAL}
    metered: set[str] = set()
    excesses = 0
    for reader, component in found:
        codes = component.codes()
        for code in codes:
            if code in taken:
                reader.wrong("duplicate_code", "code", component=code)
        component.check(reader, Scope(names, frozenset(taken) - {TOTAL}, frozenset(metered)))
        taken |= codes
        if component.metered:
            metered.add(component.code)
        excesses += isinstance(component, Excess)
        if excesses > 1 and isinstance(component, Excess):
            reader.wrong("several_excess")


def check_values(item: object, path: str, known: Known) -> list[Problem]:
    """What is wrong with the lookups and attributes inside a part of a tariff."""
    problems: list[Problem] = []
    for at, part in parts_of(item, path):
        if isinstance(part, Lookup | BlockTable):
            rows = tuple(keys for keys, _ in part.rows)
            problems += _check_names(part.by, f"{at}.by", known)
            problems += _check_rows(rows, at, closed=part.otherwise is None)
            problems += _check_declared(part.by, rows, at, known, closed=part.otherwise is None)
        elif isinstance(part, FromAttribute):
            problems += _check_names((part.attribute,), f"{at}.attribute", known)
    return problems


def _check_names(names: tuple[str, ...], path: str, known: Known) -> list[Problem]:
    if not known.closed:
        return []
    return [Problem(path, "unknown_attribute", {"attribute": n}) for n in names if n not in known.attributes]


def _check_rows(rows: tuple[tuple[Key, ...], ...], path: str, *, closed: bool) -> list[Problem]:
    problems = []
    seen: set[tuple[Key, ...]] = set()
    for n, keys in enumerate(rows):
        if keys in seen:
            problems.append(Problem(f"{path}.values[{n}]", "lookup_duplicate", {"keys": _written(keys)}))
        seen.add(keys)
    ranges = [keys[0] for keys in rows if len(keys) == 1 and isinstance(keys[0], Range)]
    return problems + _check_ranges(ranges, path, closed=closed)


def _check_ranges(ranges: list[Range], path: str, *, closed: bool) -> list[Problem]:
    """Ranges of one attribute hold something, do not overlap, and, without `else`, leave no hole between."""
    problems: list[Problem] = []
    for each in ranges:
        low, high = each.low, each.high
        if low and high and (low[0] > high[0] or (low[0] == high[0] and not (low[1] and high[1]))):
            return [Problem(path, "range_empty", {"keys": str(each)})]
    ordered = sorted(ranges, key=lambda r: (r.low is not None, r.low and r.low[0], r.low and not r.low[1]))
    for before, after in pairwise(ordered):
        end, start = before.high, after.low
        if end is None or start is None or end[0] > start[0] or (end[0] == start[0] and end[1] and start[1]):
            problems.append(Problem(path, "range_overlap", {"keys": str(after)}))
        elif closed and (end[0] < start[0] or not (end[1] or start[1])):
            params = {"previous": plain(end[0]), "start": plain(start[0])}
            problems.append(Problem(path, "range_gap", params))
    return problems


def _check_declared(
    by: tuple[str, ...], rows: tuple[tuple[Key, ...], ...], path: str, known: Known, *, closed: bool
) -> list[Problem]:
    """Rows must name declared values only, and, without `else`, all their combinations."""
    choices = [known.attributes.get(name, ()) for name in by]
    problems = [
        Problem(f"{path}.values[{n}]", "unknown_value", {"attribute": name, "value": key})
        for n, keys in enumerate(rows)
        for name, key, allowed in zip(by, keys, choices, strict=True)
        if isinstance(key, str) and allowed and key not in allowed
    ]
    plain_rows = not any(isinstance(key, Range) for keys in rows for key in keys)
    if closed and plain_rows and all(choices):
        there = set(rows)
        for n, keys in enumerate(product(*choices)):
            if keys not in there:
                problems.append(Problem(path, "lookup_gap", {"keys": _written(keys)}))
            if n >= MOST_COMBINATIONS:
                break
    return problems


def _written(keys: Iterable[Key]) -> str:
    return ", ".join(str(key) for key in keys)
