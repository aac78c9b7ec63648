"""The file given back with its wrong cells marked: same sheets, rows and cells, a colour and a note on each fault."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Protocol

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from caudal.intake.sheets.columns import find_header
from caudal.intake.sheets.findings import ERROR
from caudal.intake.sheets.workbook import Cell, Sheet, Workbook

LONGEST_TITLE: Final = 31
FORBIDDEN_IN_TITLES: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))
# A text that begins so becomes a formula when someone edits the cell or saves it as csv.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
NOTE_SIZE: Final = {"width": 260, "height": 90}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "date": {"num_format": "dd/mm/yyyy"},
    "quoted": {"quote_prefix": True},
}
COLOURS: Final = {"error": "#F8CBAD", "warning": "#FFE699"}


class Said(Protocol):
    """What is written at a cell: a finding, or its copy from a stored report."""

    @property
    def sheet(self) -> str: ...
    @property
    def row(self) -> int: ...
    @property
    def column(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """The worst severity at a cell, and all that is said about it."""

    severity: str
    note: str


@dataclass(slots=True)
class _Styles:
    """Formats by (what the cell holds, mark); made once, because a workbook may have only so many."""

    book: xlsxwriter.Workbook
    made: dict[tuple[str, str], Format]

    def get(self, kind: str, severity: str) -> Format | None:
        if not kind and not severity:
            return None
        if (kind, severity) not in self.made:
            colour: dict[str, Any] = {"bg_color": COLOURS[severity]} if severity else {}
            self.made[kind, severity] = self.book.add_format({**LOOKS.get(kind, {}), **colour})
        return self.made[kind, severity]


def write_marked(book: Workbook, findings: Iterable[Said], target: Path) -> None:
    """Write the workbook as xlsx to `target`. Texts stay texts: nothing in it can become a formula.

    Raises OSError where it cannot be written.
    """
    try:
        _write_marked(book, findings, target)
    except FileCreateError as failure:  # it holds what the system said
        raise failure.args[0] from failure


def _write_marked(book: Workbook, findings: Iterable[Said], target: Path) -> None:
    said = sorted(findings, key=lambda one: one.sheet)
    by_sheet = {name: list(group) for name, group in groupby(said, key=lambda one: one.sheet)}
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(target), options) as copy:
        styles = _Styles(copy, {})
        titles: set[str] = set()
        for sheet in book.sheets:
            worksheet = copy.add_worksheet(_title(sheet.name, titles))
            _write_sheet(worksheet, sheet, _marks(sheet, by_sheet.get(sheet.name, [])), styles)
        if said:
            _write_list(copy.add_worksheet(_title(_("Faults"), titles)), said, styles)


def _marks(sheet: Sheet, findings: Sequence[Said]) -> Mapping[tuple[int, int], Mark]:
    """By (row, column) from zero. What concerns a whole row stands in its first cell."""
    header = find_header(sheet.rows)
    headings = sheet.rows[header.index] if header else ()
    columns = {str(heading).strip(): place for place, heading in reversed(list(enumerate(headings)))}
    if header:
        columns |= {str(headings[place]).strip(): place for place in header.columns.values()}
    found: dict[tuple[int, int], Mark] = {}
    for one in findings:
        place = (one.row - 1, columns.get(one.column, 0))
        before = found.get(place)
        worst = ERROR if ERROR in (one.severity, before.severity if before else "") else one.severity
        note = f"{before.note}\n{one.message}" if before else one.message
        found[place] = Mark(worst, note)
    return found


def _write_sheet(
    worksheet: Worksheet, sheet: Sheet, marks: Mapping[tuple[int, int], Mark], styles: _Styles
) -> None:
    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            mark = marks.get((row, column))
            _write_cell(worksheet, (row, column), cell, styles, mark.severity if mark else "")
            if mark:
                worksheet.write_comment(row, column, mark.note, NOTE_SIZE)


def _write_cell(
    worksheet: Worksheet, place: tuple[int, int], cell: Cell, styles: _Styles, severity: str
) -> None:
    row, column = place
    if cell == "":
        if severity:
            worksheet.write_blank(row, column, None, styles.get("", severity))
    elif isinstance(cell, str):
        kind = "quoted" if cell.startswith(FORMULA_STARTS) else ""
        worksheet.write_string(row, column, cell, styles.get(kind, severity))
    elif isinstance(cell, bool):
        worksheet.write_boolean(row, column, cell, styles.get("", severity))
    elif isinstance(cell, (date, datetime, time, timedelta)):
        worksheet.write_datetime(row, column, cell, styles.get("date", severity))
    else:
        worksheet.write_number(row, column, cell, styles.get("", severity))


def _write_list(worksheet: Worksheet, findings: Sequence[Said], styles: _Styles) -> None:
    """Every fault in one list, at the end of the book."""
    rows: list[tuple[Cell, ...]] = [
        (_("Sheet"), _("Row"), _("Column"), _("Message")),
        *((one.sheet, one.row, one.column, one.message) for one in findings),
    ]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            _write_cell(worksheet, (row, column), cell, styles, "")


def _title(name: str, taken: set[str]) -> str:
    """A title that Excel takes, and that no sheet before has."""
    base = name.translate(FORBIDDEN_IN_TITLES).strip("' ")[:LONGEST_TITLE] or "-"
    title, number = base, 1
    while title.casefold() in taken:
        number += 1
        title = f"{base[: LONGEST_TITLE - 4]} {number}"
    taken.add(title.casefold())
    return title
