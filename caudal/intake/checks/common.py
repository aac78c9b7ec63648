"""What the checks of every kind of sheet share."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

from caudal.common.text import identification_key
from caudal.intake.checks.scope import Named, Scope, with_zeros
from caudal.intake.sheets.findings import Finding
from caudal.intake.sheets.rows import finding
from caudal.intake.sheets.tables import Table

Check = Callable[[Table, Scope], Iterable[Finding]]


def resolve(
    table: Table, field: str, named: Named, recorded: Callable[[Collection[str]], Collection[str]]
) -> list[str]:
    """The key that each cell of a reference means ("" where empty), each distinct cell looked up once."""
    cells = table.raw(field)
    texts = {cell: text for cell, text in zip(cells, table.column(field), strict=True) if text}
    keys = {identification_key(text) for text in texts.values()}
    numeric = {cell for cell in texts if isinstance(cell, (int, float))}
    maybe = {padded for cell in numeric for padded in with_zeros(identification_key(texts[cell]))}
    named.recorded = recorded((keys | maybe) - named.sound)
    meant = {cell: named.find(text, numeric=cell in numeric) for cell, text in texts.items()}
    return [meant.get(cell, "") for cell in cells]


def references(
    table: Table, field: str, keys: Sequence[str], named: Named, unknown: str
) -> Iterator[Finding]:
    """A finding for each row whose reference is to nothing, or to a row that is itself wrong."""
    loose = {key for key in set(keys) if key and not named.knows(key)}
    if not loose:
        return
    hung = {key: named.hung_on(key) for key in loose}
    for position, key in enumerate(keys):
        if key in loose:
            place = hung[key]
            if place is None:
                yield finding(table, position, field, unknown)
            else:
                facts = {"other_sheet": place.sheet, "other_row": place.row}
                yield finding(table, position, field, "depends_on_wrong_row", **facts)


def days_to_come(table: Table, field: str, scope: Scope) -> Iterator[Finding]:
    """A finding for each day after today."""
    late = {day for day in set(table.column(field)) if day is not None and day > scope.today}
    if late:
        for position, day in enumerate(table.column(field)):
            if day in late:
                yield finding(table, position, field, "date_in_future")


def negatives(table: Table, field: str) -> Iterator[Finding]:
    """A finding for each number below zero."""
    low = {number for number in set(table.column(field)) if number is not None and number < 0}
    if low:
        for position, number in enumerate(table.column(field)):
            if number in low:
                yield finding(table, position, field, "negative_number")


def repeats(
    table: Table, field: str, keys: Sequence[Hashable], contradict: Callable[[int, int], bool]
) -> Iterator[Finding]:
    """Sound rows with one key: a repetition is the same row again; if they contradict each other, all are wrong.

    An empty key is no key.
    """
    first: dict[Hashable, int] = {}
    groups: dict[Hashable, list[int]] = {}
    for position, key in enumerate(keys):
        if key and position not in table.wrong and first.setdefault(key, position) != position:
            groups.setdefault(key, [first[key]]).append(position)
    for group in groups.values():
        yield from _repeated(table, field, group, contradict)


def _repeated(
    table: Table, field: str, group: Sequence[int], contradict: Callable[[int, int], bool]
) -> Iterator[Finding]:
    first = group[0]
    against = {
        position: other
        for before, position in pairwise(group)
        for other in (first, before)
        if contradict(position, other)
    }
    for position in group:
        if against:
            other = against.get(position, next(iter(against)))
            yield finding(table, position, field, "conflict", other_row=table.numbers[other])
        elif position != first:
            table.same.add(position)
            yield finding(table, position, field, "repeated", other_row=table.numbers[first])
