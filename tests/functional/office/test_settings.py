"""Who runs the place: users by link, the organisation's data, and what was sent."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core import mail
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.common import clock
from caudal.notices.models import Message
from caudal.notices.operations import enqueue_invoice_messages, send_due
from caudal.registry.models import Organisation, Route
from tests import factories
from tests.functional.office.conftest import Town

Enter = Callable[..., Page]


def administrator() -> User:
    return factories.user("ana", "administrator", name="Ana Brenes", email="ana@ejemplo.cr")


def test_an_invited_user_sets_his_own_password_and_enters(town: Town, enter: Enter, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    page = enter(administrator(), "/oficina/usuarios/nuevo/")
    page.get_by_label("Nombre").fill("Luis Diego Arce")
    page.get_by_label("Usuario").fill("luis")
    page.get_by_label("Correo").fill("luis@ejemplo.cr")
    page.get_by_label("Supervisión").check()
    page.get_by_role("button", name="Crear e invitar por correo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Luis Diego Arce")
    link = re.search(r"https?://\S+/cuenta/password/reset/key/\S+", mail.outbox[0].body)
    assert link is not None
    other = page.context.browser.new_context().new_page()
    other.goto(link[0])
    for field in other.locator("input[type=password]").all():
        field.fill("tres-tazas-de-cafe-9")
    other.keyboard.press("Enter")
    expect(other.locator("body")).not_to_contain_text("Cambiar")
    luis = User.objects.get(username="luis")
    assert luis.check_password("tres-tazas-de-cafe-9")
    other.context.close()


def test_the_last_administrator_stays_and_a_user_can_be_shut_out(town: Town, enter: Enter) -> None:
    other = factories.user("beto", "billing", name="Alberto Quesada")
    page = enter(administrator(), "/oficina/usuarios/")
    page.get_by_role("link", name="Alberto Quesada").click()
    page.get_by_role("button", name="Desactivar").click()
    expect(page.get_by_role("button", name="Reactivar")).to_be_visible()
    other.refresh_from_db()
    assert not other.is_active
    page.get_by_role("link", name="Usuarios").first.click()
    page.get_by_role("link", name="Ana Brenes").click()
    expect(page.get_by_text("Es su propia cuenta")).to_be_visible()
    expect(page.get_by_label("Administración")).to_have_count(0)


def test_the_organisation_says_where_to_complain_and_has_its_routes(town: Town, enter: Enter) -> None:
    page = enter(administrator(), "/oficina/configuracion/")
    page.get_by_label("Dónde reclamar").fill("En la oficina, de 8 a 4")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_label("Dónde reclamar")).to_have_value("En la oficina, de 8 a 4")
    assert Organisation.objects.get().claims_text == "En la oficina, de 8 a 4"
    page.get_by_role("link", name="rutas", exact=True).click()
    page.get_by_role("link", name="Nueva ruta").first.click()
    page.get_by_label("Código").fill("R1")
    page.get_by_label("Nombre").fill("Ruta del río")
    page.get_by_label("Sector").select_option(label="El Carmen")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ruta del río")
    assert Route.objects.get().sector.name == "El Carmen"


def test_the_outbox_shows_a_mail_as_its_reader_sees_it(town: Town, enter: Enter, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    today = clock.today()
    invoice = factories.invoice(town.account, "25.00", dated_on=today, due_date=today + timedelta(days=15))
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    send_due(clock=clock.now, pdf_of=lambda _message: b"%PDF-1.7 una factura")
    page = enter(factories.user("beto", "billing"), "/oficina/correos/")
    expect(page.get_by_text("Enviado").last).to_be_visible()
    page.get_by_role("link", name="Factura 1").click()
    expect(page.get_by_text("maria@ejemplo.cr").first).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("link", name=".pdf").click()
    assert saved.value.path().read_bytes() == b"%PDF-1.7 una factura"
    page.get_by_role("link", name="Ver como lo recibe").click()
    answer = page.request.get(page.url)
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script" not in answer.text()
    assert Message.objects.get().state == "sent"
