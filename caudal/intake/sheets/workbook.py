"""Opens a file as sheets of raw cells: numbers, dates and texts as they stand, rows counted as Excel counts."""

import csv
import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from caudal.intake.sheets.containers import (
    MAX_CELLS,
    MAX_ROWS,
    DamagedWorkbook,
    EmptyWorkbook,
    EncryptedWorkbook,
    NotAWorkbook,
    TooManyRows,
    recognise,
)

DELIMITERS: Final = ";,\t|"
SAMPLE_LINES: Final = 200
# Of a csv, in characters: a line beyond this is not a row of anything.
LONGEST_LINE: Final = 100_000
BYTE_ORDER_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Cell = str | float | int | bool | date | datetime | time | timedelta
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's cells; `rows[0]` is row 1 of the file. An empty cell is an empty text."""

    name: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Workbook:
    """An opened file: `kind` is "xlsx", "xls", "ods" or "csv"."""

    name: str
    kind: str
    sheets: tuple[Sheet, ...]


def open_workbook(path: Path, *, name: str) -> Workbook:
    """Read every sheet that has cells. `name` is the file's own name, for messages and for the sheet of a csv.

    Raises NotAWorkbook, DamagedWorkbook, EmptyWorkbook, EncryptedWorkbook, TooLargeWorkbook, TooManyRows,
    ZipBomb or ExternalEntities.
    """
    kind = recognise(path, name)
    with without_collector():
        sheets = (_text_sheet(path, name),) if kind == "csv" else tuple(_sheets(path, name))
    if not any(sheet.rows for sheet in sheets):
        raise EmptyWorkbook(name=name)
    return Workbook(name, kind, sheets)


@contextmanager
def without_collector() -> Iterator[None]:
    """Hundreds of thousands of objects are made and none is garbage: the collector would only walk them."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _sheets(path: Path, name: str) -> Iterator[Sheet]:
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for meta in book.sheets_metadata:
                if meta.typ != SheetTypeEnum.WorkSheet:
                    continue
                sheet = book.get_sheet_by_name(meta.name)
                if sheet.total_height * sheet.total_width > MAX_CELLS:
                    raise _too_large(name, sheet.total_height, sheet.total_width)
                yield Sheet(meta.name, sheet.to_python(skip_empty_area=False) if sheet.height else ())
    except PasswordError as refusal:
        raise EncryptedWorkbook(name=name) from refusal
    except (CalamineError, OSError, ValueError) as refusal:
        raise DamagedWorkbook(name=name) from refusal


def _too_large(name: str, rows: int, columns: int) -> TooManyRows:
    return TooManyRows(name=name, rows=rows, columns=columns, limit=MAX_ROWS)


def _text_sheet(path: Path, name: str) -> Sheet:
    text = _decoded(path.read_bytes(), name)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text)):
            rows.append(row)
            if len(rows) > MAX_ROWS:
                raise _too_large(name, text.count("\n"), len(row))
    except csv.Error as refusal:
        raise NotAWorkbook(name=name) from refusal
    if not any(cell.strip() for row in rows for cell in row):
        raise EmptyWorkbook(name=name)
    width = max(map(len, rows))
    if width * len(rows) > MAX_CELLS:
        raise _too_large(name, len(rows), width)
    return Sheet(Path(name).stem, [row + [""] * (width - len(row)) for row in rows])


def _decoded(content: bytes, name: str) -> str:
    """By its mark, else as UTF-8 if it is, else as Windows for western Europe."""
    marked = next((code for mark, code in BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    try:
        text = content.decode(marked or "utf-8")
    except UnicodeDecodeError as refusal:
        if marked:
            raise NotAWorkbook(name=name) from refusal
        text = content.decode("cp1252", errors="replace")
    if "\0" in text or max(map(len, text.splitlines())) > LONGEST_LINE:
        raise NotAWorkbook(name=name)
    return text


def _delimiter(text: str) -> str:
    """The sign that cuts most of the first lines into the same number of columns, and into most of them."""
    lines = list(islice((line for line in text.splitlines() if line.strip()), SAMPLE_LINES))

    def evenness(sign: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign))
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]))
        return (count if width > 1 else 0, width)

    return max(DELIMITERS, key=evenness)
