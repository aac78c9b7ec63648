"""The page of an import without a browser: what is asked in rounds, what is left behind, what a page reads."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from caudal.intake.models import Import
from caudal.jobs.tasks import imports as tasks
from caudal.metering.models import Installation, Reading
from tests import factories
from tests.functional.office.conftest import BACKEND
from tests.unit.intake.books import ana, line, meter, reading, sewer, town_book, write_town

INSTALLED = "Fecha de instalación"


@pytest.fixture
def office(transactional_db: None) -> Client:
    """The page as the billing officer has it; the town has water, sewerage and no habit of writing days."""
    factories.organisation(country="SV", locale="es-SV", point=".", group=",", currency="USD", symbol="$")
    factories.tariff(factories.service("water", kind="metered", name="Agua", unit="m³"))
    factories.service("sewerage", kind="fixed", name="Alcantarillado")
    client = Client()
    client.force_login(factories.user("beto", "billing", name="Alberto Quesada"), backend=BACKEND)
    return client


def uploaded(office: Client, folder: Path, *sheets: Any, **more: Any) -> Import:
    path = write_town(folder / "libro.xlsx", town_book(*sheets, **more))
    file = SimpleUploadedFile("libro.xlsx", path.read_bytes())
    assert office.post("/oficina/importar/", {"file": file}).status_code == 302
    return Import.objects.latest("id")


def looked_at(found: Import) -> Import:
    tasks.analyse_import(import_id=found.pk)
    found.refresh_from_db()
    return found


def asked(office: Client, found: Import) -> list[str]:
    """The names of the fields that the page shows to be filled in."""
    form = office.get(f"/oficina/importar/{found.pk}/").context["questions"]
    return list(form.fields) if form else []


def answered(office: Client, found: Import, **said: str) -> None:
    """What is said, and what the form suggests for the rest."""
    form = office.get(f"/oficina/importar/{found.pk}/").context["questions"]
    suggested = {name: field.initial or "" for name, field in form.fields.items()}
    response = office.post(f"/oficina/importar/{found.pk}/respuestas/", suggested | said)
    assert response.status_code == 302, response.context["questions"].errors


def test_answers_of_one_round_hold_in_the_next(office: Client, tmp_path: Path) -> None:
    """Two columns write their days in two ways: until that is said, nothing else can be asked."""
    meters = [meter("1", **{INSTALLED: "25/12/2015"}), meter("2", **{INSTALLED: "12/25/2014"})]
    found = looked_at(uploaded(office, tmp_path, [ana()], [*meters, meter("3", **{INSTALLED: "03/04/2016"})]))
    assert asked(office, found) == ["date_order"]
    answered(office, found, date_order="dmy")
    looked_at(found)
    assert asked(office, found) == ["services:sewerage", "services:water", "cut_over"]
    answered(office, found, cut_over="2016-08-31")
    found.refresh_from_db()
    assert (found.state, found.answers["date_order"]) == ("analysed", "dmy")
    assert asked(office, found) == []
    office.post(f"/oficina/importar/{found.pk}/aplicar/", {"partial": "1"})
    beto = found.created_by_id
    tasks.apply_import(import_id=found.pk, partial=True, actor_id=beto, actor_label="Alberto Quesada")
    days = Installation.objects.order_by("meter__serial").values_list("installed_on", flat=True)
    assert list(days) == [date(2015, 12, 25), date(2016, 4, 3)]


def test_a_concept_that_shows_only_in_the_second_round_is_asked_for(office: Client, tmp_path: Path) -> None:
    rows = [line(), sewer(4502, **{"Emisión": "25/12/2015"}), sewer(4503, **{"Emisión": "12/25/2015"})]
    found = looked_at(uploaded(office, tmp_path, [ana()], [meter()], invoices=rows))
    first = asked(office, found)
    assert "concepts:0" in first
    assert "concepts:1" not in first
    answered(office, found, date_order="dmy", cut_over="2016-08-31")
    looked_at(found)
    assert "concepts:1" in asked(office, found)
    form = office.get(f"/oficina/importar/{found.pk}/").context["questions"]
    assert [form.fields[f"concepts:{n}"].initial for n in (0, 1)] == ["water", "sewerage"]


def job_ends(found: Import, status: str) -> None:
    """The queue lets go of the import's job, as it does with one that killed its workers too often."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = %s WHERE args->>'import_id' = %s", [status, str(found.pk)]
        )


def shown(office: Client, found: Import) -> str:
    return office.get(f"/oficina/importar/{found.pk}/").content.decode()


def swept(found: Import) -> str:
    tasks.give_back_imports(timestamp=0)
    found.refresh_from_db()
    return found.state


@pytest.mark.parametrize("waits", ["todo", "doing"])
def test_a_file_whose_job_waits_or_works_is_left_alone(office: Client, tmp_path: Path, waits: str) -> None:
    found = uploaded(office, tmp_path, [ana()])
    job_ends(found, waits)
    assert swept(found) == "uploaded"


def test_a_file_that_nobody_looks_at_any_more_is_refused_with_the_reason(
    office: Client, tmp_path: Path
) -> None:
    found = uploaded(office, tmp_path, [ana()])
    job_ends(found, "failed")
    assert swept(found) == "refused"
    page = shown(office, found)
    assert "La revisión se detuvo" in page
    assert "Descartar el archivo" in page


def test_an_apply_that_nobody_works_on_any_more_goes_back_and_can_be_ordered_again(
    office: Client, tmp_path: Path
) -> None:
    found = looked_at(uploaded(office, tmp_path, [ana()]))
    job_ends(found, "succeeded")
    office.post(f"/oficina/importar/{found.pk}/aplicar/")
    assert swept(found) == "applying"
    job_ends(found, "failed")
    assert swept(found) == "analysed"
    assert "Algo falló y no se guardó nada" in shown(office, found)
    office.post(f"/oficina/importar/{found.pk}/aplicar/")
    beto = found.created_by_id
    tasks.apply_import(import_id=found.pk, partial=False, actor_id=beto, actor_label="Alberto Quesada")
    assert swept(found) == "applied"


def test_an_apply_in_progress_is_not_taken_from_who_works_on_it(office: Client, tmp_path: Path) -> None:
    """The row is locked by the apply; the sweep neither waits for it nor touches it."""
    found = looked_at(uploaded(office, tmp_path, [ana()]))
    office.post(f"/oficina/importar/{found.pk}/aplicar/")
    job_ends(found, "failed")
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        Import.objects.select_for_update().get(pk=found.pk)
        other.submit(_sweep_and_leave).result(timeout=30)
    found.refresh_from_db()
    assert found.state == "applying"


def _sweep_and_leave() -> None:
    try:
        tasks.give_back_imports(timestamp=0)
    finally:
        connection.close()


def test_a_file_that_waits_to_be_looked_at_can_be_discarded_and_its_job_has_nothing_to_do(
    office: Client, tmp_path: Path
) -> None:
    found = uploaded(office, tmp_path, [ana()])
    assert "Descartar el archivo" in shown(office, found)
    office.post(f"/oficina/importar/{found.pk}/descartar/")
    assert not Import.objects.exists()
    tasks.analyse_import(import_id=found.pk)


def test_a_file_that_cannot_be_read_can_be_discarded(office: Client, tmp_path: Path) -> None:
    file = SimpleUploadedFile("foto.xlsx", b"\x89PNG\r\n\x1a\n\0")
    office.post("/oficina/importar/", {"file": file})
    found = looked_at(Import.objects.get())
    assert found.state == "refused"
    assert "Descartar el archivo" in shown(office, found)
    office.post(f"/oficina/importar/{found.pk}/descartar/")
    assert not Import.objects.exists()


def applied(office: Client, folder: Path) -> Import:
    rows = [reading("2016-07-01", 0, 50)]
    found = looked_at(uploaded(office, folder, [ana()], [meter()], rows, [line()]))
    answered(office, found, cut_over="2016-08-31")
    office.post(f"/oficina/importar/{found.pk}/aplicar/")
    beto = found.created_by_id
    tasks.apply_import(import_id=found.pk, partial=False, actor_id=beto, actor_label="Alberto Quesada")
    found.refresh_from_db()
    assert found.state == "applied", found.refusal
    return found


def asked_of_the_database(office: Client, path: str) -> str:
    with CaptureQueriesContext(connection) as asked:
        assert office.get(path).status_code == 200
    return "\n".join(one["sql"] for one in asked)


def test_whether_an_import_can_be_undone_is_looked_for_only_when_somebody_wants_to(
    office: Client, tmp_path: Path
) -> None:
    found = applied(office, tmp_path)
    own = f"/oficina/importar/{found.pk}/"
    plain = asked_of_the_database(office, own)
    assert not [
        name for name in ("metering_reading", "billing_charge", "receivables_payment") if name in plain
    ]
    assert f'href="{own}?deshacer=1"' in shown(office, found)
    wanted = office.get(own, {"deshacer": "1"}).content.decode()
    assert f'action="{own}deshacer/"' in wanted
    Reading.objects.update(reviewed_at=found.applied_at)
    refused = office.get(own, {"deshacer": "1"}).content.decode()
    assert "Ya no se puede deshacer" in refused
    assert f'action="{own}deshacer/"' not in refused
    Reading.objects.update(reviewed_at=None)
    office.post(f"{own}deshacer/")
    assert not Reading.objects.exists()


def test_the_list_and_the_progress_of_imports_leave_the_reports_where_they_are(
    office: Client, tmp_path: Path
) -> None:
    found = looked_at(uploaded(office, tmp_path, [ana()], [meter()]))
    waiting = uploaded(office, tmp_path, [ana()])
    for path in ("/oficina/importar/", f"/oficina/importar/{waiting.pk}/avance/"):
        assert '"intake_import"."report",' not in asked_of_the_database(office, path)
    (_waits, row) = office.get("/oficina/importar/").context["imports"].object_list
    assert (row["id"], row["new"], row["wrong"]) == (found.pk, 2, 0)


def test_a_row_with_two_findings_is_in_the_page_twice_and_no_address_is(
    office: Client, tmp_path: Path
) -> None:
    rows = [reading("2016-07-01", 90, 50), reading("2016-07-02", "x", "y")]
    found = looked_at(uploaded(office, tmp_path, [ana()], [meter()], rows))
    page = shown(office, found)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert page.count("Lecturas, fila 3") > 1
    assert len(ids) == len(set(ids))
    assert "?ver=" not in page
