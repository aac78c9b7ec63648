"""An import is taken back whole, while nothing was built on it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Invoice, Series
from caudal.intake.operations.imports import NotWaiting
from caudal.intake.operations.undo import CannotUndo
from caudal.intake.queries.undoing import undo_refusal
from caudal.intake.sheets.workbook import Workbook
from caudal.jobs.invariants import check
from caudal.metering.models import Connection, Installation
from caudal.metering.operations.readings import Batch, NewReading
from caudal.registry.models import Party
from caudal.workflows.readings import record_readings
from tests import factories
from tests.integration.intake.conftest import BEA, JUL, ON, Office
from tests.unit.intake.books import ana, line, luis, meter, reading, sewer, town_book

Count = Callable[[], dict[str, int]]


def test_after_an_undo_everything_is_as_it_was(office: Office, workbook: Workbook, count: Count) -> None:
    before, numbers = count(), set(Series.objects.values_list("code", "first_number", "last_number"))
    undone = office.undo(office.bring(workbook))
    assert (undone.state, count()) == ("undone", before)
    assert set(Series.objects.values_list("code", "first_number", "last_number")) == numbers
    assert not list(check())


def test_paid_and_void_invoices_go_too(office: Office, count: Count) -> None:
    before = count()
    rows = [line(Estado="Pagada"), sewer(Estado="Pagada"), line(4502.0, Estado="Anulada")]
    office.undo(office.bring(town_book([ana()], [meter()], invoices=rows)))
    assert count() == before


def test_what_it_changed_is_as_it_was(office: Office, workbook: Workbook) -> None:
    office.bring(workbook)
    later = office.bring(
        town_book([ana(Dirección="Calle 9"), luis()], [meter(Estado="Retirado", Sector="Norte")])
    )
    assert not Connection.objects.get().active
    office.undo(later)
    assert Party.objects.get(given_names="Ana").address == ""
    connection = Connection.objects.select_related("sector").get()
    assert (connection.active, connection.sector and connection.sector.name) == (True, "Centro")


def test_the_file_can_be_brought_again_after_an_undo(
    office: Office, workbook: Workbook, count: Count
) -> None:
    first = office.bring(workbook)
    there = count()
    office.undo(first)
    office.bring(workbook)
    assert count() == there


def test_a_payment_stands_in_the_way(office: Office, workbook: Workbook) -> None:
    applied = office.bring(workbook)
    factories.pay(Account.objects.get(holder__given_names="Ana"), "5.00", ON)
    with pytest.raises(CannotUndo):
        office.undo(applied)
    assert undo_refusal(applied)
    assert Invoice.objects.count() == 1


def test_a_later_reading_stands_in_the_way(office: Office, workbook: Workbook) -> None:
    applied = office.bring(workbook)
    later = NewReading(Installation.objects.get().pk, date(2016, 10, 1), Decimal(220))
    record_readings(readings=[later], batch=Batch(source="manual", on=ON), by=BEA)
    with pytest.raises(CannotUndo):
        office.undo(applied)


def test_a_later_import_is_undone_first(office: Office, workbook: Workbook) -> None:
    first = office.bring(workbook)
    second = office.bring(town_book(readings=[reading(date(2016, 10, 1), 201, 220)]))
    with pytest.raises(CannotUndo):
        office.undo(first)
    office.undo(second)
    office.undo(first)
    assert Party.objects.count() == 0


def test_only_what_was_applied_can_be_undone(office: Office, workbook: Workbook) -> None:
    with pytest.raises(NotWaiting):
        office.undo(office.take(workbook))
    undone = office.undo(office.bring(town_book([ana()], [meter()], [reading(JUL, 0, 1)])))
    with pytest.raises(NotWaiting):
        office.undo(undone)


def test_hundreds_of_rows_go_as_one_does(office: Office, count: Count) -> None:
    before = count()
    days = [date.fromordinal(date(2013, 1, 1).toordinal() + n) for n in range(600)]
    rows = [reading(day, n, n + 1) for n, day in enumerate(days)]
    applied = office.bring(town_book([ana()], [meter()], rows, [line(Estado="Pagada"), sewer()]))
    assert applied.report["made"]["readings"] == 600
    office.undo(applied)
    assert count() == before
