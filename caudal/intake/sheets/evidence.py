"""Which order the file's dates have and which sign its decimals: its own unambiguous cells decide.

What they agree on holds for the whole file; else the organisation's habit; else it is asked. A column whose
cells contradict each other is refused, with two of its rows as witnesses: nothing is guessed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from caudal.intake.sheets.tables import Table
from caudal.intake.sheets.values import Problem, date_order_shown, decimal_sign_shown, read_date, read_number
from caudal.intake.sheets.vocabulary import forms_of
from caudal.intake.sheets.workbook import Cell

ColumnName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Witness:
    """A cell that can be read in one way only."""

    sheet: str
    row: int
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided for the file. `value` is None when it has to be asked.

    `refused` has, by (sheet, field), two witnesses that contradict each other. `seen` tells whether any cell
    of the file depends on the decision.
    """

    value: str | None
    refused: Mapping[ColumnName, tuple[Witness, Witness]]
    seen: bool

    @property
    def to_ask(self) -> bool:
        """Whether somebody has to say it before the file can be read."""
        return self.seen and (self.value is None or bool(self.refused))


@dataclass(frozen=True, slots=True)
class _Question:
    """What is to be decided: the form of the cells, what a cell forces, and whether it depends on the answer."""

    form: str
    shown: Callable[[Cell], str | None]
    open: Callable[[Cell], bool]


_DATES = _Question(
    "date", date_order_shown, lambda cell: read_date(cell, order=None) == Problem("undecided_date_order")
)
_NUMBERS = _Question(
    "number",
    decimal_sign_shown,
    lambda cell: read_number(cell, sign=None) == Problem("undecided_decimal_sign"),
)


def date_order(tables: Iterable[Table], *, habit: str | None, answer: str | None = None) -> Verdict:
    """ "dmy" or "mdy" for the file's text dates; `answer` is what a person said, `habit` the locale's."""
    return _decide(tables, _DATES, habit=habit, answer=answer)


def decimal_sign(tables: Iterable[Table], *, habit: str | None, answer: str | None = None) -> Verdict:
    """ "," or "." for the file's text numbers."""
    return _decide(tables, _NUMBERS, habit=habit, answer=answer)


def _decide(
    tables: Iterable[Table], question: _Question, *, habit: str | None, answer: str | None
) -> Verdict:
    columns: dict[ColumnName, dict[str, Witness]] = {}
    seen = False
    for table in tables:
        for field in forms_of(table.kind, question.form):
            cells = table.raw(field)
            texts = set(filter(None, filter(_is_text, cells))) if str in set(map(type, cells)) else set()
            seen = seen or any(question.open(cell) for cell in texts)
            columns[table.parts[0].sheet, field] = _witnesses(table, field, question, texts)
    if answer:
        return Verdict(answer, {}, seen)
    refused = {name: _pair(found) for name, found in columns.items() if len(found) > 1}
    sound = {name: found for name, found in columns.items() if len(found) == 1}
    said = {value: witness for found in sound.values() for value, witness in found.items()}
    if len(said) > 1:
        return Verdict(None, refused | dict.fromkeys(sound, _pair(said)), seen)
    return Verdict(next(iter(said), habit), refused, seen)


def _witnesses(table: Table, field: str, question: _Question, texts: set[str]) -> dict[str, Witness]:
    """The first row of the column for each reading that a cell forces."""
    forced = {text: value for text in texts if (value := question.shown(text)) is not None}
    cells = table.raw(field)
    found: dict[str, Witness] = {}
    for value in sorted(set(forced.values())):
        place = next(i for i, cell in enumerate(cells) if isinstance(cell, str) and forced.get(cell) == value)
        found[value] = Witness(table.parts[0].sheet, table.numbers[place], str(cells[place]))
    return found


def _is_text(cell: Cell) -> TypeGuard[str]:
    return isinstance(cell, str)


def _pair(found: Mapping[str, Witness]) -> tuple[Witness, Witness]:
    first, second = sorted(found.values(), key=lambda witness: witness.row)
    return first, second
