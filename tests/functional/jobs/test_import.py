"""`caudal import` as an operator runs it: dry run, answers, exit codes, and a kill half way."""

import json
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from caudal.intake.models import Import
from caudal.jobs.console import Exit
from caudal.metering.models import Reading
from caudal.registry.models import Party
from tests import factories
from tests.support.processes import Process, until
from tests.unit.intake.books import (
    READINGS,
    ana,
    dui,
    line,
    luis,
    meter,
    reading,
    sewer,
    town_book,
    write_town,
    write_xlsx,
)

Start = Callable[..., Process]
ANSWERS = {"services": ["water"], "cut_over": "2016-08-31", "interest_from": None}


@pytest.fixture
def town(same_database: dict[str, str]) -> dict[str, str]:
    """The environment of a process that shares this test's town."""
    factories.organisation(country="SV", locale="es-SV", point=".", group=",")
    factories.service("water", kind="metered", name="Agua", unit="m³")
    factories.service("sewerage", kind="fixed", name="Alcantarillado")
    return same_database


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    rows = [reading(date(2016, 7, 1), 0, 50), reading(date(2016, 9, 1), 50, 81)]
    return write_town(tmp_path / "libro.xlsx", town_book([ana(), luis()], [meter()], rows, [line(), sewer()]))


def said(start: Start, *words: object, environ: dict[str, str]) -> tuple[int, str]:
    process = start("import", *map(str, words), environ=environ)
    return process.ended(), process.said


def as_json(text: str) -> dict[str, Any]:
    (found,) = [json.loads(row) for row in text.splitlines() if row.startswith("{")]
    return dict(found)


def test_a_dry_run_says_what_would_happen_and_writes_nothing(
    start: Start, town: dict[str, str], workbook: Path
) -> None:
    code, text = said(start, workbook, "--dry-run", "--json", environ=town)
    report = as_json(text)
    assert code == Exit.OK
    assert report["sheets"]["Lecturas"] == {"new": 2, "changed": 0, "same": 0, "wrong": 0}
    assert report["errors"] == []
    assert {one["name"] for one in report["questions"]} == {
        "services",
        "concepts",
        "cut_over",
        "interest_from",
    }
    assert not Party.objects.exists()


def test_wrong_rows_end_in_one_and_what_is_no_workbook_in_two(
    start: Start, town: dict[str, str], tmp_path: Path
) -> None:
    wrong = write_town(tmp_path / "mal.xlsx", town_book([ana(DUI="04931345-9"), luis()]))
    copy = tmp_path / "copia.xlsx"
    code, text = said(start, wrong, "--dry-run", "--json", "--marked", copy, environ=town)
    error = as_json(text)["errors"][0]
    assert (code, error["sheet"], error["row"], error["column"]) == (Exit.FOUND, "Clientes", 2, "DUI")
    assert error["message"] == "No es un número de DUI válido: uno de sus dígitos está mal."
    assert copy.is_file()
    assert said(start, wrong, "--yes", environ=town)[0] == Exit.FOUND
    (tmp_path / "foto.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    for path in (tmp_path / "foto.xlsx", tmp_path / "no-existe.xlsx"):
        assert said(start, path, "--dry-run", environ=town)[0] == Exit.REFUSED
    assert not Party.objects.exists()


@pytest.mark.parametrize("how", ["--dry-run", "--yes"])
def test_a_copy_that_cannot_be_written_there_is_refused_after_the_faults_are_told(
    start: Start, town: dict[str, str], tmp_path: Path, how: str
) -> None:
    wrong = write_town(tmp_path / "mal.xlsx", town_book([ana(DUI="04931345-9"), luis()]))
    for place in (tmp_path / "no-existe" / "copia.xlsx", tmp_path):
        code, text = said(start, wrong, how, "--marked", place, environ=town)
        assert (code, "Traceback" in text) == (Exit.REFUSED, False)
        assert f"No se puede escribir en {place}" in text
        assert "Clientes 2 DUI" in text


def test_answers_come_from_a_file_or_are_taken_as_suggested(
    start: Start, town: dict[str, str], workbook: Path, tmp_path: Path
) -> None:
    code, text = said(start, workbook, environ=town)
    assert (code, '"cut_over": "2016-09-30"' in text) == (Exit.REFUSED, True)
    answers = tmp_path / "respuestas.json"
    answers.write_text(json.dumps(ANSWERS))
    code, text = said(start, workbook, "--answers", answers, "--yes", "--json", environ=town)
    assert (code, as_json(text)["made"]["readings"]) == (Exit.OK, 2)
    code, text = said(start, workbook, "--json", environ=town)
    assert (code, as_json(text)["made"]) == (Exit.OK, {})
    assert (Party.objects.count(), Reading.objects.count()) == (2, 3)


def test_killed_half_way_it_leaves_nothing_and_the_file_applies_whole_after(
    start: Start, town: dict[str, str], tmp_path: Path
) -> None:
    people = [ana(DUI=dui(f"{n:08d}"), Nombres=f"Vecino {n}") for n in range(10_000_000, 10_000_300)]
    meters = [meter(f"{n:05d}", **{"DUI cliente": person[2]}) for n, person in enumerate(people)]
    rows = [
        reading(date(2016, 1 + month, 1), 10 * month, 10 * month + 10, Medidor=one[0])
        for one in meters
        for month in range(8)
    ]
    book = write_town(tmp_path / "grande.xlsx", town_book(people, meters, rows))
    process = start("import", str(book), "--yes", environ=town)
    until("it writes", lambda: _is_writing() or not process.running())
    process.send(signal.SIGKILL)
    process.ended()
    with (
        transaction.atomic(),
        connection.cursor() as cursor,
    ):  # both at one moment: a commit may be on its way
        cursor.execute("SELECT (SELECT count(*) FROM intake_import), (SELECT count(*) FROM registry_party)")
        assert cursor.fetchone() in ((0, 0), (1, 300))
    if not Import.objects.exists():
        assert said(start, book, "--yes", environ=town)[0] == Exit.OK
    assert (Party.objects.count(), Reading.objects.filter(role="regular").count()) == (300, 2400)


def _is_writing() -> bool:
    """Whether somebody else has rows of parties that are not committed yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE relation = 'registry_party'::regclass AND mode = 'RowExclusiveLock'"
        )
        return cursor.fetchone() is not None


def test_thousands_of_rows_with_one_wrong_bring_nothing(
    start: Start, town: dict[str, str], tmp_path: Path
) -> None:
    factories.installation()
    serial = Reading.objects.select_related("installation__meter").get().installation.meter.serial
    begins = date(2021, 1, 1).toordinal()
    rows = [[serial, date.fromordinal(begins + n), "", 200 + n, "", ""] for n in range(2000)]
    rows[1_900][3] = "no se pudo leer"
    book = write_xlsx(tmp_path / "lecturas.xlsx", Lecturas=[READINGS, *rows])
    code, text = said(start, book, "--json", environ=town)
    assert (code, as_json(text)["sheets"]["Lecturas"]["wrong"]) == (Exit.FOUND, 1)
    assert Reading.objects.count() == 1
