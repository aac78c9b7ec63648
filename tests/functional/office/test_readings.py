"""A reader captures, a supervisor decides by keyboard, and the chain says so."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.metering.models import Alert, Reading
from tests import factories
from tests.functional.office.conftest import PHONE, Town

Enter = Callable[..., Page]


@pytest.fixture
def supervisor() -> User:
    return factories.user("silvia", "supervisor", name="Silvia Rojas")


def capture(page: Page, day: date, register: str) -> None:
    page.get_by_label("Fecha de la lectura").fill(day.isoformat())
    page.get_by_label("Lectura", exact=True).fill(register)
    page.get_by_role("button", name="Guardar lectura").click()
    expect(page.get_by_role("status").or_(page.get_by_role("alert")).first).to_be_visible()


def latest(town: Town) -> Reading:
    return Reading.objects.filter(installation=town.house).latest("id")


def test_a_usual_reading_is_accepted_from_the_panel(town: Town, enter: Enter) -> None:
    page = enter(factories.user("leo", "reader"), "/oficina/lecturas/", viewport=PHONE)
    expect(page.get_by_text("Sin lectura").last).to_be_visible()
    page.get_by_role("link", name="Registrar la lectura de A-0098721").click()
    expect(page.get_by_text("Se espera")).to_be_visible()
    capture(page, town.next_reading, str(town.last_register + 28))
    expect(page.get_by_role("status").filter(has_text="28 m³")).to_be_visible()
    assert (latest(town).state, latest(town).volume) == ("accepted", 28)


def test_who_reads_comes_back_to_the_page_of_the_panel_that_he_left(town: Town, enter: Enter) -> None:
    place = "?estado=missing&desde=0&despues=0"
    page = enter(factories.user("leo", "reader"), f"/oficina/lecturas/{place}")
    page.get_by_role("link", name="Registrar la lectura de A-0098721").click()
    page.get_by_role("link", name="Volver sin guardar").click()
    expect(page).to_have_url(re.compile(re.escape(f"/oficina/lecturas/{place}") + "$"))
    page.get_by_role("link", name="Registrar la lectura de A-0098721").click()
    capture(page, town.next_reading, str(town.last_register + 28))
    expect(page).to_have_url(re.compile(re.escape(f"/oficina/lecturas/{place}") + "$"))
    expect(page.get_by_text("Ningún medidor con esos filtros")).to_be_visible()


def test_a_reading_for_a_meter_that_is_not_known_by_number_is_asked_again(town: Town, enter: Enter) -> None:
    page = enter(factories.user("leo", "reader"), "/oficina/lecturas/nueva/")
    page.get_by_label("Medidor o abonado").fill("Z-1")
    capture(page, town.next_reading, "12")
    expect(page.get_by_role("alert")).to_contain_text("Medidor o abonado")


def test_a_doubtful_reading_waits_and_is_accepted_with_one_key(
    town: Town, enter: Enter, supervisor: User
) -> None:
    page = enter(supervisor, "/oficina/lecturas/nueva/")
    page.get_by_label("Medidor o abonado").fill("A-0098721")
    capture(page, town.next_reading, str(town.last_register + 400))
    assert latest(town).state == "pending"
    page.goto(page.url.replace("/lecturas/", "/lecturas/critica/"))
    expect(page.get_by_role("heading", name="A-0098721")).to_be_visible()
    expect(page.get_by_role("button", name="Aceptar").locator(".num")).to_have_text("$200.00")
    page.keyboard.press("a")
    expect(page.get_by_text("No queda nada por revisar")).to_be_visible()
    assert (latest(town).state, latest(town).volume) == ("accepted", 400)
    assert Alert.objects.get().resolution == "accepted"


def test_a_falling_register_is_corrected_with_a_reason(town: Town, enter: Enter, supervisor: User) -> None:
    page = enter(supervisor, "/oficina/lecturas/nueva/?medidor=" + str(town.house.meter_id))
    capture(page, town.next_reading, "133")
    page.goto(page.url.replace("/lecturas/", "/lecturas/critica/"))
    page.keyboard.press("c")
    page.keyboard.type(str(town.last_register + 30))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Motivo")
    page.get_by_label("Motivo").fill("Faltó un dígito")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No queda nada por revisar")).to_be_visible()
    assert (latest(town).corrected_from, latest(town).volume) == (133, 30)


def test_an_average_takes_the_place_of_what_cannot_be(town: Town, enter: Enter, supervisor: User) -> None:
    page = enter(supervisor, "/oficina/lecturas/nueva/?medidor=" + str(town.house.meter_id))
    capture(page, town.next_reading, "133")
    page.goto(page.url.replace("/lecturas/", "/lecturas/critica/"))
    page.keyboard.press("p")
    page.keyboard.type("Vidrio opaco")
    page.get_by_role("button", name="Usar promedio").click()
    expect(page.get_by_text("No queda nada por revisar")).to_be_visible()
    assert (latest(town).source, latest(town).state) == ("estimated", "accepted")
    assert latest(town).register > town.last_register


def test_the_queue_works_without_javascript(town: Town, enter: Enter, supervisor: User) -> None:
    page = enter(
        supervisor, f"/oficina/lecturas/nueva/?medidor={town.house.meter_id}", java_script_enabled=False
    )
    capture(page, town.next_reading, "133")
    page.goto(page.url.replace("/lecturas/", "/lecturas/critica/"))
    page.get_by_label("Motivo").fill("Otra casa")
    page.get_by_role("button", name="Rechazar").click()
    expect(page.get_by_text("No queda nada por revisar")).to_be_visible()
    assert latest(town).state == "rejected"
