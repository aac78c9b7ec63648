"""A town with its services and nothing else, and a workbook of its two customers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from caudal.billing.models import Account, Charge, Invoice, Series, Subscription
from caudal.common.actor import Actor
from caudal.intake.models import Import
from caudal.intake.operations import imports
from caudal.intake.operations.imports import Moment, Upload
from caudal.intake.operations.undo import undo_import
from caudal.intake.queries.analysis import Analysis, analyse
from caudal.intake.queries.records import Records
from caudal.intake.queries.towns import intake_town
from caudal.intake.sheets.workbook import Workbook
from caudal.metering.models import Connection, Installation, Meter, Reading
from caudal.receivables.models import Allocation, LedgerEntry, OpenInvoice, Payment
from caudal.registry.models import Party, Sector
from tests import factories
from tests.unit.intake.books import ana, line, luis, meter, reading, sewer, town_book, write_town

ON = date(2016, 10, 20)
AT = datetime(2016, 10, 20, 15, tzinfo=UTC)
BEA = Actor(7_000_007, "Bea Rojas")
JUL, SEP = date(2016, 7, 1), date(2016, 9, 1)
ANSWERS = {
    "services": {"water": "", "sewerage": ""},
    "concepts": {"Consumo básico": "water", "Alcantarillado": "sewerage"},
    "cut_over": "2016-08-31",
    "interest_from": "2016-11-01",
}
MADE = (
    *(
        Party,
        Sector,
        Connection,
        Meter,
        Installation,
        Reading,
        Account,
        Subscription,
        Series,
        Invoice,
        Charge,
    ),
    *(LedgerEntry, Payment, Allocation, OpenInvoice),
)


@dataclass(frozen=True)
class Office:
    """Brings workbooks in as the office would."""

    folder: Path

    def take(self, workbook: Workbook, name: str = "libro.xlsx") -> Import:
        path = write_town(self.folder / name, workbook)
        return imports.take_in(chunks=[path.read_bytes()], file_name=name, by=BEA)

    def bring(self, workbook: Workbook, *, partial: bool = False, **answers: Any) -> Import:
        path = write_town(self.folder / "libro.xlsx", workbook)
        upload = Upload([path.read_bytes()], "libro.xlsx")
        given = ANSWERS | answers
        return imports.bring(upload=upload, given=given, partial=partial, moment=Moment(ON, AT), by=BEA)

    def undo(self, found: Import) -> Import:
        return undo_import(import_id=found.pk, at=AT, by=BEA)

    def look(self, workbook: Workbook) -> Analysis:
        return analyse(workbook, town=intake_town(), today=ON, existing=Records())


@pytest.fixture
def office(transactional_db: None, tmp_path: Path) -> Office:
    factories.user("bea", "billing", id=BEA.id, name=BEA.label)
    factories.organisation(country="SV", locale="es-SV", point=".", group=",")
    factories.service("water", kind="metered", name="Agua", unit="m³")
    factories.service("sewerage", kind="fixed", name="Alcantarillado")
    return Office(tmp_path)


@pytest.fixture
def count() -> Callable[[], dict[str, int]]:
    """How many rows there are of each kind that an import makes."""
    return lambda: {model.__name__: model.objects.count() for model in MADE}


@pytest.fixture
def workbook() -> Workbook:
    """Ana has a meter read twice and owes a bill of two lines; Luis has none."""
    readings = [reading(JUL, 109, 175), reading(SEP, 175, 201)]
    return town_book([ana(), luis()], [meter(Sector="CENTRO")], readings, [line(), sewer()])
