"""Finds the header row of a sheet, and by its words which kind of sheet it is and which column says what.

A header names a field when it has all the words of one of the field's phrases; accents, case, order,
punctuation and further words do not matter. The kind of a sheet is the one whose fields it names most of.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError
from caudal.common.text import search_text
from caudal.intake.sheets.tables import Part, Table
from caudal.intake.sheets.vocabulary import FOOTER_WORDS, KINDS, TOTAL_WORDS, Field, Kind
from caudal.intake.sheets.workbook import Cell, Row, Sheet, Workbook

HEADER_SEARCH_ROWS: Final = 40
_FIRST_WORD = re.compile(r"\s*[^\W\d_]+\b")
# A lone cell in the middle of a table is a caption («SECTOR CENTRO») once the table has this many columns.
CAPTION_COLUMNS: Final = 3


class NoKnownSheet(DomainError):
    """No sheet has the columns of anything that can be imported. Facts: `name`, `sheets`."""

    code = "no_known_sheet"
    template = _(
        "No sheet of %(name)s has columns of customers, meters, readings or invoices (looked at: %(sheets)s). "
        "Compare its headings with the template."
    )


@dataclass(frozen=True, slots=True)
class Header:
    """A header row: its index, the kind of sheet, and the column index of each field."""

    index: int
    kind: Kind
    columns: Mapping[str, int]


def tables(book: Workbook) -> tuple[Table, ...]:
    """Every sheet that is recognised, customers first, then meters, readings, invoices.

    Raises NoKnownSheet when there is none.
    """
    found = [table for sheet in book.sheets if (table := table_of(sheet)) is not None]
    if not found:
        raise NoKnownSheet(name=book.name, sheets=", ".join(sheet.name for sheet in book.sheets))
    order = [kind.name for kind in KINDS]
    return tuple(sorted(found, key=lambda table: order.index(table.kind)))


def table_of(sheet: Sheet) -> Table | None:
    """The sheet's data rows by field, without titles, blank rows, captions and footers; None if unrecognised."""
    header = find_header(sheet.rows)
    if header is None:
        return None
    heading = sheet.rows[header.index]
    chosen = _data_rows(sheet.rows, header)
    headings = {name: str(heading[column]).strip() for name, column in header.columns.items()}
    rows = [sheet.rows[index] for index in chosen]
    return Table(
        kind=header.kind.name,
        parts=(Part(0, sheet.name, headings),),
        numbers=[index + 1 for index in chosen],
        cells={name: _cells(rows, column) for name, column in header.columns.items()},
    )


def find_header(rows: Sequence[Row]) -> Header | None:
    """The row among the first ones that names most fields of a kind, all of the required ones among them."""
    best: Header | None = None
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        words = {column: frozenset(_words(cell)) for column, cell in enumerate(row) if _is_heading(cell)}
        for kind in KINDS:
            columns = _match(words, kind.fields)
            if kind.accepts(columns) and (best is None or len(columns) > len(best.columns)):
                best = Header(index, kind, columns)
    return best


def _match(words: Mapping[int, frozenset[str]], fields: Iterable[Field]) -> dict[str, int]:
    """One field to a column and one column to a field: columns ask for the field that they name best, a field
    keeps the column that it prefers, and who is turned away asks for its next."""
    wishes = {column: _wishes(heading, fields) for column, heading in words.items()}
    kept: dict[str, int] = {}
    waiting = sorted(wishes, reverse=True)
    while waiting:
        column = waiting.pop()
        if not wishes[column]:
            continue
        wanted = wishes[column].pop(0)
        held = kept.get(wanted.name)
        if held is None or wanted.preference(words[column]) > wanted.preference(words[held]):
            kept[wanted.name] = column
            if held is not None:
                waiting.append(held)
        else:
            waiting.append(column)
    return kept


def _wishes(heading: frozenset[str], fields: Iterable[Field]) -> list[Field]:
    fits = [(fit, one) for one in fields if (fit := one.fit(heading)) is not None]
    return [one for _fit, one in sorted(fits, key=lambda pair: pair[0], reverse=True)]


def _is_heading(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(cell.strip())


def _words(cell: Cell) -> list[str]:
    return search_text(str(cell)).split()


def _cells(rows: Sequence[Row], column: int) -> list[Cell]:
    """A column's cells, trimmed. Truth is a word: True would equal 1.0."""
    cells = [row[column] for row in rows]
    types = set(map(type, cells))
    if str in types:
        cells = [cell.strip() if type(cell) is str else cell for cell in cells]
    if bool in types:
        cells = [("sí" if cell else "no") if isinstance(cell, bool) else cell for cell in cells]
    return cells


def _data_rows(rows: Sequence[Row], header: Header) -> Sequence[int]:
    """Indices of the rows that carry data. A row with all required cells filled needs no closer look."""
    needed = [header.columns[name] for name in header.kind.required if name in header.columns]
    start, heading = header.index + 1, rows[header.index]
    if _nothing_odd([row[0] for row in rows[start:]], heading[0]) and all(
        "" not in [row[column] for row in rows[start:]] for column in needed
    ):
        return range(start, len(rows))
    filled = itemgetter(*needed, needed[0])
    heading = list(heading)
    chosen: list[int] = []
    for index in range(start, len(rows)):
        row = rows[index]
        if "" not in filled(row):
            if row != heading and not _sums_up(row, header):
                chosen.append(index)
        elif _carries_data(row, header):
            chosen.append(index)
    return chosen


def _nothing_odd(firsts: Sequence[Cell], heading: Cell) -> bool:
    """Whether no row begins with nothing, with a footer's word or with the heading again."""
    distinct = set(firsts)
    return not ({"", heading} & distinct) and not any(
        _starts_with((cell,), FOOTER_WORDS) for cell in distinct
    )


def _starts_with(row: Row, words: Collection[str]) -> bool:
    """Whether the first cell that says anything begins with one of the words: «TOTAL: 12», «Elaborado por»."""
    first = row[0] if row[0] != "" else next((cell for cell in row if cell != ""), "")
    word = _FIRST_WORD.match(first) if isinstance(first, str) else None
    return word is not None and word[0].strip().casefold() in words


def _sums_up(row: Row, header: Header) -> bool:
    """Whether a row with all required cells is a footer: it totals, or begins as one and says little besides."""
    if _starts_with(row, TOTAL_WORDS):
        return True
    said = sum(row[column] != "" for column in header.columns.values())
    return _starts_with(row, FOOTER_WORDS) and said * 2 < len(header.columns)


def _carries_data(row: Row, header: Header) -> bool:
    """Whether an incomplete row is meant as data: not blank, no footer, no caption."""
    if _starts_with(row, FOOTER_WORDS):
        return False
    filled = [column for column, cell in enumerate(row) if not isinstance(cell, str) or cell.strip()]
    known = set(header.columns.values()).intersection(filled)
    if not known:
        return False
    if len(filled) == 1 and len(header.columns) >= CAPTION_COLUMNS:
        key = header.columns[header.kind.key]
        return filled[0] == key and any(c.isdigit() for c in str(row[key]))
    return True
