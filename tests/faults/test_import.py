"""A file comes in whole or not at all, whatever its worker dies of, and once, however often it is brought."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from caudal.billing.models import Account, Invoice
from caudal.common.actor import SYSTEM
from caudal.intake.models import Import
from caudal.intake.operations import imports
from caudal.jobs.console import Exit
from caudal.metering.models import Meter, Reading
from caudal.receivables.models import LedgerEntry
from caudal.registry.models import Party
from tests import factories as make
from tests.faults.scene import (
    a_minute_passes_for_dead_workers,
    held,
    nobody_else_is_connected,
    violations,
)
from tests.integration.intake.conftest import ANSWERS
from tests.support.processes import Process, until
from tests.unit.intake.books import ana, dui, line, meter, reading, sewer, town_book, write_town

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Start = Callable[..., Process]
PEOPLE = 40
MADE = (Party, Account, Meter, Reading, Invoice, LedgerEntry)
# In the order in which an apply comes to them.
WRITTEN = (
    "registry_party",
    "billing_account",
    "metering_reading",
    "billing_charge",
    "receivables_ledgerentry",
    "common_auditrecord",
)


@pytest.fixture
def workbook(same_database: dict[str, str], settings: Any, tmp_path: Path) -> Path:
    """Forty customers with a meter, two readings and an old bill each. Uploads lie where the worker finds them."""
    settings.MEDIA_ROOT = Path(same_database["CAUDAL_HOME"], "media")
    make.organisation(country="SV", locale="es-SV", point=".", group=",")
    make.service("water", kind="metered", name="Agua", unit="m³")
    make.service("sewerage", kind="fixed", name="Alcantarillado")
    people = [ana(DUI=dui(f"{n:08d}"), Nombres=f"Vecino {n}") for n in range(10_000_000, 10_000_000 + PEOPLE)]
    meters, readings, invoices = [], [], []
    for n, person in enumerate(people):
        theirs = {"Medidor": f"{n:05d}", "DUI": person[2]}
        meters.append(meter(theirs["Medidor"], **{"DUI cliente": person[2]}))
        readings += [
            reading(date(2016, month, 1), before, before + 20, Medidor=theirs["Medidor"])
            for month, before in ((8, 100), (9, 120))
        ]
        invoices += [line(4501 + n, 20, **theirs), sewer(4501 + n, **theirs)]
    return write_town(tmp_path / "libro.xlsx", town_book(people, meters, readings, invoices))


def ordered(workbook: Path) -> Import:
    """The file uploaded, looked at, answered, and ordered to be applied by a worker."""
    found = imports.take_in(chunks=[workbook.read_bytes()], file_name=workbook.name, by=SYSTEM)
    imports.analyse_import(import_id=found.pk, today=date(2016, 10, 20))
    imports.answer(import_id=found.pk, given=ANSWERS, by=SYSTEM)
    return imports.order_apply(import_id=found.pk, partial=False, by=SYSTEM)


def work_off(start: Start, environ: dict[str, str]) -> None:
    worker = start("work", "--until-empty", environ=environ)
    assert worker.ended() == Exit.OK, worker.said


def assert_whole(found: Import) -> None:
    found.refresh_from_db()
    assert found.state == "applied"
    assert [model.objects.count() for model in MADE] == [
        PEOPLE,
        PEOPLE,
        PEOPLE,
        3 * PEOPLE,
        PEOPLE,
        2 * PEOPLE,
    ]
    assert violations() == []


@pytest.mark.parametrize("table", WRITTEN)
def test_a_worker_killed_while_it_applies_leaves_nothing_and_the_next_applies_all(
    table: str, workbook: Path, start: Start, same_database: dict[str, str]
) -> None:
    found = ordered(workbook)
    with ExitStack() as stack:
        stopped = stack.enter_context(held(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
        worker = start("work", environ=same_database)
        until(f"the worker comes to {table}", stopped)
        worker.end()
    until("the database has noticed", nobody_else_is_connected)
    assert [model.objects.count() for model in MADE] == [0] * len(MADE)
    assert violations() == []
    a_minute_passes_for_dead_workers()
    work_off(start, same_database)
    assert_whole(found)


def test_a_file_that_two_bring_at_once_comes_in_once(
    workbook: Path, start: Start, same_database: dict[str, str]
) -> None:
    first, second = ordered(workbook), ordered(workbook)
    with ExitStack() as stack:
        stopped = stack.enter_context(held("LOCK TABLE registry_party IN SHARE ROW EXCLUSIVE MODE"))
        workers = [start("work", environ=same_database) for _ in range(2)]
        until("one of them writes", stopped)
    until("both are done", lambda: not Import.objects.filter(state="applying").exists())
    for worker in workers:
        worker.end()
    second.refresh_from_db()
    assert (second.state, second.refusal) == ("applied", "")
    assert_whole(first)
