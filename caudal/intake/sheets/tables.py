"""The data rows of the file's sheets, by column: what the checks walk over."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caudal.intake.sheets.workbook import Cell


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one sheet within a table, from position `start` on, and how the sheet heads each field."""

    start: int
    sheet: str
    headings: Mapping[str, str]


@dataclass(slots=True)
class Table:
    """All rows of one kind, of one sheet or several. Position i of every list is one data row.

    `numbers` are the rows as Excel counts them. `cells` holds the raw cells of each recognised field, `values`
    what they mean once read (None: nothing). Every position ends as one of wrong, same, changed, or else new.
    `ordered` remembers positions in an order that a check found, and how many were left out of it.
    """

    kind: str
    parts: tuple[Part, ...]
    numbers: list[int]
    cells: dict[str, list[Cell]]
    values: dict[str, list[Any]] = field(default_factory=dict)
    wrong: set[int] = field(default_factory=set)
    same: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    ordered: tuple[int, list[int]] | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def has(self, name: str) -> bool:
        """Whether there is a column of this field."""
        return name in self.cells

    def column(self, name: str) -> list[Any]:
        """What the cells of a field mean; all None where there is no such column."""
        found = self.values.get(name)
        return found if found is not None else [None] * len(self.numbers)

    def raw(self, name: str) -> Sequence[Cell]:
        """The cells of a field as they stand; all empty where there is no such column."""
        found = self.cells.get(name)
        return found if found is not None else [""] * len(self.numbers)

    def sound(self) -> list[int]:
        """The positions that no error has made wrong."""
        return [i for i in range(len(self.numbers)) if i not in self.wrong]

    def part_of(self, position: int) -> Part:
        """The sheet that a position comes from."""
        return self.parts[bisect_right(self.parts, position, key=lambda part: part.start) - 1]

    def counts(self) -> dict[str, dict[str, int]]:
        """By sheet, rows by outcome; each row counts once."""
        ends = [*(part.start for part in self.parts[1:]), len(self.numbers)]
        return {
            part.sheet: self._count(range(part.start, end))
            for part, end in zip(self.parts, ends, strict=True)
        }

    def _count(self, positions: range) -> dict[str, int]:
        wrong = sum(i in positions for i in self.wrong)
        same = sum(i in positions for i in self.same - self.wrong)
        changed = sum(i in positions for i in self.changed - self.wrong - self.same)
        return {
            "new": len(positions) - wrong - same - changed,
            "changed": changed,
            "same": same,
            "wrong": wrong,
        }


def merged(tables: Sequence[Table]) -> Table:
    """The tables of one kind as one; what a sheet has no column for is empty in its rows."""
    if len(tables) == 1:
        return tables[0]
    starts = [0]
    for table in tables:
        starts.append(starts[-1] + len(table))
    names = dict.fromkeys(name for table in tables for name in table.cells)
    pairs = list(zip(starts, tables, strict=False))
    return Table(
        kind=tables[0].kind,
        parts=tuple(Part(start, part.sheet, part.headings) for start, table in pairs for part in table.parts),
        numbers=[number for table in tables for number in table.numbers],
        cells={name: [cell for table in tables for cell in table.raw(name)] for name in names},
        values={name: [value for table in tables for value in table.column(name)] for name in names},
        wrong={start + position for start, table in pairs for position in table.wrong},
    )
