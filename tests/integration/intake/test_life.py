"""The life of an import on its page: taken in, looked at, answered, ordered, applied in the background."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from caudal.access.models import Role
from caudal.access.roles import update_role
from caudal.common.actor import SYSTEM
from caudal.intake.models import Import, ImportProgress
from caudal.intake.operations import imports, registers
from caudal.intake.operations.imports import NoLongerAllowed, NotWaiting, WrongRows
from caudal.intake.queries.answers import MissingAnswers
from caudal.intake.sheets.containers import TooLargeWorkbook
from caudal.intake.sheets.workbook import Workbook
from caudal.metering.models import Reading
from caudal.registry.models import Party
from tests.integration.intake.conftest import ANSWERS, AT, BEA, JUL, ON, Office
from tests.unit.intake.books import ana, luis, meter, reading, town_book


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return list(ProcrastinateJob.objects.order_by("id").values_list("task_name", "args"))


def apply(found: Import, *, partial: bool = False) -> Import:
    return imports.apply_import(import_id=found.pk, partial=partial, on=ON, at=AT, by=BEA)


@pytest.fixture
def looked_at(office: Office, workbook: Workbook) -> Import:
    return imports.analyse_import(import_id=office.take(workbook).pk, today=ON)


def test_a_file_is_kept_once_under_its_digest_however_often_it_is_brought(
    office: Office, workbook: Workbook
) -> None:
    one, two = office.take(workbook), office.take(workbook)
    assert one.path == two.path == f"imports/{one.sha256}"
    assert imports.file_of(one).is_file()
    imports.discard(import_id=one.pk, by=BEA)
    assert imports.file_of(two).is_file()
    imports.discard(import_id=two.pk, by=BEA)
    assert not imports.file_of(two).exists()


def test_a_file_that_is_too_large_leaves_nothing_behind(office: Office) -> None:
    with pytest.raises(TooLargeWorkbook):
        imports.take_in(chunks=[b"x" * 1_000_000] * 41, file_name="grande.csv", by=BEA)
    assert not Import.objects.exists()
    assert not [p for p in Path(settings.MEDIA_ROOT, "imports").iterdir() if p.is_dir()]


def test_the_report_says_all_that_the_page_shows(looked_at: Import) -> None:
    report = looked_at.report
    assert looked_at.state == "analysed"
    assert report["totals"] == {"new": 7, "changed": 0, "same": 0, "wrong": 0, "warnings": 0}
    assert report["read"][0]["columns"][2] == {
        "header": "DUI",
        "field": "identification",
        "sample": "04931345-8",
    }
    assert [one["name"] for one in report["questions"]] == [
        "services",
        "concepts",
        "cut_over",
        "interest_from",
    ]
    assert report["brings"] == {"customers": 2, "meters": 1, "readings": 2, "invoices": 1}


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(office: Office) -> None:
    found = imports.take_in(chunks=[b"\x89PNG\r\n\x1a\n\0"], file_name="foto.xlsx", by=BEA)
    refused = imports.analyse_import(import_id=found.pk, today=ON)
    assert refused.state == "refused"
    assert "foto.xlsx" in refused.refusal


def test_nothing_is_ordered_before_everything_is_said(looked_at: Import) -> None:
    with pytest.raises(MissingAnswers):
        imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)
    imports.answer(import_id=looked_at.pk, given=ANSWERS, by=BEA)
    ordered = imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)
    assert ordered.state == "applying"
    args = {"import_id": looked_at.pk, "partial": False, "actor_id": BEA.id, "actor_label": "Bea Rojas"}
    assert jobs() == [("apply_import", args)]
    with pytest.raises(NotWaiting):
        imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)


def test_a_file_with_wrong_rows_is_not_ordered_whole(office: Office) -> None:
    book = town_book([ana(), luis(DUI="04931345-9")])
    found = imports.analyse_import(import_id=office.take(book).pk, today=ON)
    with pytest.raises(WrongRows):
        imports.order_apply(import_id=found.pk, partial=False, by=BEA)
    imports.order_apply(import_id=found.pk, partial=True, by=BEA)
    assert apply(found, partial=True).report["made"] == {"people": 1, "accounts": 1}


def test_an_answer_that_changes_how_the_file_is_read_has_it_looked_at_again(
    office: Office, looked_at: Import
) -> None:
    given = ANSWERS | {"date_order": "dmy"}
    assert imports.answer(import_id=looked_at.pk, given=given, by=BEA).state == "uploaded"
    assert jobs() == [("analyse_import", {"import_id": looked_at.pk})]


def test_a_file_that_went_wrong_meanwhile_goes_back_with_the_reason(
    office: Office, looked_at: Import
) -> None:
    imports.answer(import_id=looked_at.pk, given=ANSWERS, by=BEA)
    imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)
    office.bring(town_book([ana(), luis()], [meter(**{"DUI cliente": luis()[2]})]))
    before = Party.objects.count()
    with pytest.raises(WrongRows):
        apply(looked_at)
    looked_at.refresh_from_db()
    assert (looked_at.state, bool(looked_at.refusal), Party.objects.count()) == ("analysed", True, before)


def test_a_fault_half_way_leaves_nothing_and_the_file_applies_whole_after(
    office: Office, looked_at: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports.answer(import_id=looked_at.pk, given=ANSWERS, by=BEA)
    imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)

    def fail(**_all: object) -> int:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(registers, "copy_history", fail)
        with pytest.raises(MemoryError):
            apply(looked_at)
    looked_at.refresh_from_db()
    assert (looked_at.state, Party.objects.count()) == ("analysed", 0)
    imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)
    assert apply(looked_at).state == "applied"
    assert Reading.objects.count() == 3


def test_who_lost_the_role_while_his_file_waited_brings_nothing_in(looked_at: Import) -> None:
    imports.answer(import_id=looked_at.pk, given=ANSWERS, by=BEA)
    imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)
    billing = Role.objects.get(code="billing")
    held = [p.permission for p in billing.permissions.all() if p.permission != "imports.run"]
    update_role(role_id=billing.pk, version=billing.version, name=billing.name, permissions=held, by=SYSTEM)
    with pytest.raises(NoLongerAllowed):
        apply(looked_at)
    looked_at.refresh_from_db()
    assert (looked_at.state, Party.objects.count()) == ("analysed", 0)
    assert "Bea Rojas" in looked_at.refusal
    imports.order_apply(import_id=looked_at.pk, partial=False, by=SYSTEM)
    applied = imports.apply_import(import_id=looked_at.pk, partial=False, on=ON, at=AT, by=SYSTEM)
    assert applied.state == "applied"


def test_an_apply_that_runs_twice_applies_once(looked_at: Import) -> None:
    imports.answer(import_id=looked_at.pk, given=ANSWERS, by=BEA)
    imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)
    workers = [threading.Thread(target=_apply_and_leave, args=(looked_at,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    looked_at.refresh_from_db()
    assert (looked_at.state, Party.objects.count(), Reading.objects.count()) == ("applied", 2, 3)


def _apply_and_leave(found: Import) -> None:
    try:
        apply(found)
    finally:
        connection.close()


def test_progress_shows_to_others_while_the_transaction_is_open(
    looked_at: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports.answer(import_id=looked_at.pk, given=ANSWERS, by=BEA)
    imports.order_apply(import_id=looked_at.pk, partial=False, by=BEA)
    seen: list[tuple[str, int, int]] = []

    def look(_applying: object) -> None:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT step, done, total FROM intake_importprogress")
            seen.append(cursor.fetchone())
            cursor.execute("SELECT count(*) FROM registry_party")
            assert cursor.fetchone() == (0,)
        other.close()

    monkeypatch.setattr(imports, "STEPS", (*imports.STEPS, look))
    apply(looked_at)
    assert seen == [("invoices", 1, 1)]
    assert ImportProgress.objects.get().updated_at - looked_at.created_at < timedelta(minutes=5)


def test_readings_of_a_day_to_come_are_wrong_by_the_towns_calendar(office: Office) -> None:
    book = town_book([ana()], [meter()], [reading(JUL, 0, 1), reading(ON + timedelta(days=1), 1, 2)])
    assert [one.code for one in office.look(book).findings] == ["date_in_future"]
