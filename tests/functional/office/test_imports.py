"""A file through the page: uploaded, looked at, answered, applied with progress, undone; and what comes back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.intake.models import Import
from caudal.jobs.tasks import imports as tasks
from caudal.metering.models import Reading
from caudal.registry.models import Party
from tests import factories
from tests.functional.office.conftest import BACKEND, PHONE
from tests.unit.intake.books import ana, line, luis, meter, reading, sewer, town_book, write_town

Enter = Callable[..., Page]
JUL, SEP = "2016-07-01", "2016-09-01"


@pytest.fixture
def officer(transactional_db: None) -> User:
    factories.organisation(country="SV", locale="es-SV", point=".", group=",", currency="USD", symbol="$")
    factories.tariff(factories.service("water", kind="metered", name="Agua", unit="m³"))
    factories.service("sewerage", kind="fixed", name="Alcantarillado")
    return factories.user("beto", "billing", name="Alberto Quesada")


def file_of(folder: Path, *, wrong: bool = False) -> Path:
    other = luis(DUI="04931345-9") if wrong else luis()
    book = town_book(
        [ana(), other], [meter()], [reading(JUL, 0, 50), reading(SEP, 50, 81)], [line(), sewer()]
    )
    return write_town(folder / "acueducto.xlsx", book)


def work(*, partial: bool = False) -> None:
    """What the worker does with what was ordered."""
    found = Import.objects.get()
    if found.state == "uploaded":
        tasks.analyse_import(import_id=found.pk)
    else:
        beto = User.objects.get(username="beto")
        tasks.apply_import(import_id=found.pk, partial=partial, actor_id=beto.pk, actor_label=str(beto))


def test_a_file_is_looked_at_answered_applied_and_undone(enter: Enter, officer: User, tmp_path: Path) -> None:
    page = enter(officer, "/oficina/")
    page.get_by_role("link", name="Importar").click()
    page.set_input_files("input[type=file]", file_of(tmp_path))
    page.get_by_role("button", name="Revisar sin guardar").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.get_by_text("Falta decir algo", exact=False)).to_be_visible()
    expect(page.get_by_label("Alcantarillado").first).to_be_visible()
    page.get_by_label("Último día que facturó el sistema anterior").fill("2016-08-31")
    page.get_by_role("button", name="Guardar respuestas").click()
    page.get_by_role("button", name="Aplicar todo…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Facturas")
    assert not Party.objects.exists()
    dialog.get_by_role("button", name="Aplicar todo").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.get_by_text("Se puede deshacer mientras", exact=False)).to_be_visible()
    assert (Party.objects.count(), Reading.objects.count()) == (2, 3)
    page.get_by_role("link", name="Deshacer…").click()
    page.get_by_role("button", name="Deshacer", exact=True).click()
    expect(page.get_by_text("lo que trajo este archivo ya no está", exact=False)).to_be_visible()
    assert not Party.objects.exists()


def test_wrong_rows_are_shown_and_the_rest_can_come_in_without_them(
    enter: Enter, officer: User, tmp_path: Path
) -> None:
    page = enter(officer, "/oficina/importar/")
    page.set_input_files("input[type=file]", file_of(tmp_path, wrong=True))
    page.get_by_role("button", name="Revisar sin guardar").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    wrong = page.get_by_role("row", name="Clientes, fila 3")
    expect(wrong).to_contain_text("04931345-9")
    expect(wrong).to_contain_text("DUI")
    with page.expect_download() as download:
        page.get_by_role("link", name="Archivo con errores marcados").click()
    copy = tmp_path / "copia.xlsx"
    download.value.save_as(copy)
    assert openpyxl.load_workbook(copy)["Clientes"]["C3"].comment is not None
    page.get_by_label("Último día que facturó el sistema anterior").fill("2016-08-31")
    page.get_by_role("button", name="Guardar respuestas").click()
    expect(page.get_by_role("button", name="Aplicar todo", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Aplicar solo lo que está bien…").click()
    page.get_by_role("dialog").get_by_role("button", name="Aplicar 6 filas").click()
    expect(page.locator("progress")).to_be_visible()
    work(partial=True)
    expect(page.get_by_text("Aplicado.")).to_be_visible()
    assert Party.objects.count() == 1


@pytest.mark.parametrize("look", [{}, {"viewport": PHONE, "color_scheme": "dark"}], ids=["desk", "phone"])
def test_anyone_can_use_the_page(enter: Enter, officer: User, tmp_path: Path, look: dict[str, Any]) -> None:
    page = enter(officer, "/oficina/importar/", **look)
    page.set_input_files("input[type=file]", file_of(tmp_path, wrong=True))
    page.get_by_role("button", name="Revisar sin guardar").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.get_by_text("Falta decir algo", exact=False)).to_be_visible()
    for path in (page.url, page.url.rsplit("/", 2)[0] + "/"):
        page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0


def test_what_is_no_workbook_is_refused_in_words(enter: Enter, officer: User, tmp_path: Path) -> None:
    picture = tmp_path / "foto.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    page = enter(officer, "/oficina/importar/")
    page.set_input_files("input[type=file]", picture)
    page.get_by_role("button", name="Revisar sin guardar").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.get_by_text("El archivo no se puede leer.")).to_be_visible()
    expect(page.get_by_text("foto.xlsx").first).to_be_visible()


def test_the_template_can_be_downloaded_and_only_who_may_import_sees_the_page(officer: User) -> None:
    client = Client()
    client.force_login(officer, backend=BACKEND)
    response = client.get("/oficina/importar/plantilla/")
    assert (response.status_code, response["Content-Disposition"]) == (
        200,
        'attachment; filename="plantilla-caudal.xlsx"',
    )
    client.force_login(factories.user("leo", "reader"), backend=BACKEND)
    assert client.get("/oficina/importar/").status_code == 403
