"""A workbook of readings as a town brings it: opened, checked, and brought in, with the memory that takes.

Each row has eight columns, two of which say nothing to Caudal, as files of offices do. The meters are known by their
opening reading; all readings are new and right, so that each check looks at each row and all are written.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from django.conf import settings
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from benchmarks.load import UNTIL, load_town
from benchmarks.memory import forget_peak, peak_mb
from benchmarks.scratch import scratch_database
from caudal.common.actor import SYSTEM
from caudal.intake.operations.imports import Moment, Upload, bring
from caudal.intake.queries.analysis import analyse
from caudal.intake.queries.records import Records
from caudal.intake.queries.towns import intake_town
from caudal.intake.sheets.workbook import Workbook, open_workbook
from caudal.metering.models import Reading

MONTHS: Final = 12
CHUNK: Final = 1 << 20
NAME: Final = "lecturas.xlsx"
HEADINGS: Final = (
    *("Medidor", "Fecha lectura", "Lectura anterior", "Lectura actual", "Consumo (m3)", "Observación"),
    *("Ruta", "Lector"),
)
Say = Callable[[str], None]


def run(*, rows: int, say: Say) -> dict[str, Any]:
    """Measure the import of `rows` readings: seconds of each part, peak memory, and openpyxl opening the same file."""
    meters = -(-rows // MONTHS)
    with scratch_database(), tempfile.TemporaryDirectory() as folder, _uploads_in(folder):
        say(f"loading {meters:,} meters and writing a workbook of {rows:,} readings")
        load_town(meters)
        path = _write_workbook(Path(folder, NAME), rows)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM metering_reading WHERE role <> 'first'")
        forget_peak()
        before = peak_mb()
        parse_s, check_s = _look(path, rows)
        say("bringing it in")
        whole_s = _seconds(lambda: _bring(path))
        peak = peak_mb()
        assert Reading.objects.exclude(role="first").count() == rows
        say("opening it by openpyxl")
        beside_s = _seconds(lambda: _read_by_openpyxl(path))
    return {
        "rows": rows,
        "parse_s": round(parse_s, 2),
        "check_s": round(check_s, 2),
        "apply_s": round(whole_s - parse_s - check_s, 2),
        "whole_s": round(whole_s, 2),
        "rows_per_s": round(rows / whole_s),
        "peak_mb": round(peak),
        "peak_mb_before": round(before),
        "openpyxl_parse_s": round(beside_s, 2),
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _look(path: Path, rows: int) -> tuple[float, float]:
    """Seconds to open the file and to check it."""
    books: list[Workbook] = []
    parse_s = _seconds(lambda: books.append(open_workbook(path, name=NAME)))
    start = time.perf_counter()
    found = analyse(books[0], town=intake_town(), today=_today(), existing=Records())
    check_s = time.perf_counter() - start
    (sheet,) = found.sheets.values()
    assert sheet["new"] == rows, found.sheets
    return parse_s, check_s


def _bring(path: Path) -> None:
    """All of it, from the upload to the commit."""
    with path.open("rb") as file:
        upload = Upload(iter(lambda: file.read(CHUNK), b""), NAME)
        bring(upload=upload, given={}, partial=False, moment=Moment(_today(), timezone.now()), by=SYSTEM)


def _read_by_openpyxl(path: Path) -> None:
    sheet = load_workbook(path, read_only=True, data_only=True).active
    for _row in sheet.iter_rows(values_only=True):
        pass


def _today() -> date:
    return date(UNTIL.year, UNTIL.month + 1, 1)


@contextmanager
def _uploads_in(folder: str) -> Iterator[None]:
    own, settings.MEDIA_ROOT = settings.MEDIA_ROOT, Path(folder, "media")
    try:
        yield
    finally:
        settings.MEDIA_ROOT = own


def _write_workbook(path: Path, rows: int) -> Path:
    """The readings that the town's meters have, month by month in the order of the route."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as file:
        days = file.add_format({"num_format": "dd/mm/yyyy"})
        sheet = file.add_worksheet("Lecturas")
        sheet.write_row(0, 0, HEADINGS)
        for place, cells in enumerate(_readings(rows), start=1):
            serial, day, before, register, volume, note, route, reader = cells
            sheet.write_string(place, 0, serial)
            sheet.write_datetime(place, 1, day, days)
            for column, number in enumerate((before, register, volume), start=2):
                sheet.write_number(place, column, number)
            for column, text in enumerate((note, route, reader), start=5):
                sheet.write_string(place, column, text)
    return path


def _readings(rows: int) -> Iterator[tuple[str, date, float, float, float, str, str, str]]:
    known = Reading.objects.exclude(role="first").order_by("read_on", "installation_id")
    facts = known.values_list(
        "installation__meter__serial", "read_on", "previous__register", "register", "volume"
    )
    for n, (serial, day, before, register, volume) in enumerate(facts[:rows].iterator()):
        note = "medidor empañado" if n % 50 == 0 else ""
        yield serial, day, float(before), float(register), float(volume), note, f"R{n % 40:02d}", "Luis Gil"
