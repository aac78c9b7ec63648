"""From what falls due to an issued invoice, and back: rehearse, approve, issue, void, and one by hand."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.billing.models import BillRun, Invoice, InvoiceDraft
from caudal.common import clock
from caudal.documents.models import RunFile
from caudal.documents.operations import make_run_file
from caudal.jobs.tasks.billing import rehearse_run
from caudal.receivables.queries import account_balance
from caudal.tariffs.models import Service
from caudal.workflows import billing_run
from tests import factories
from tests.functional.office.conftest import Town

Enter = Callable[..., Page]


@pytest.fixture
def officer(town: Town) -> User:
    """Water bills today, for the month that has the last readings."""
    water = Service.objects.get(code="water")
    water.billing_day, water.in_arrears = clock.today().day, False
    water.save()
    return factories.user("beto", "billing", name="Alberto Quesada")


def rehearse(page: Page) -> None:
    """What the worker does once a rehearsal is asked for; the page shows it by itself."""
    expect(page.locator("progress")).to_be_visible()
    rehearse_run(run_id=BillRun.objects.get().pk)
    expect(page.get_by_text("Cuadra")).to_be_visible()


def issue(town: Town) -> Invoice:
    """What the worker does once a run is approved."""
    billing_run.issue_run(run_id=BillRun.objects.get().pk, clock=clock.now)
    return Invoice.objects.get(account=town.account)


def test_a_run_is_rehearsed_approved_with_its_numbers_and_issued(
    town: Town, enter: Enter, officer: User
) -> None:
    page = enter(officer, "/oficina/facturacion/")
    page.get_by_role("button", name="Prefacturar").click()
    rehearse(page)
    expect(page.get_by_text("Cuadra")).to_be_visible()
    expect(
        page.get_by_role("row", name="Total").or_(page.get_by_role("row", name="Agua")).first
    ).to_contain_text("$165.00")
    assert not Invoice.objects.exists()
    page.get_by_role("button", name="Aprobar 1 facturas…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 a 1")
    dialog.get_by_role("button", name="Aprobar 1 por $165.00").click()
    expect(page.locator("progress")).to_be_visible()
    invoice = issue(town)
    expect(page.get_by_text("Emitida").first).to_be_visible()
    assert (invoice.number, invoice.total) == (1, Decimal("165.00"))
    page.goto(page.url.replace("facturacion/", "facturas/").rsplit("/", 2)[0] + f"/{invoice.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Factura 1")
    expect(page.get_by_text("330 m³", exact=False).first).to_be_visible()


def test_the_bills_of_a_run_are_made_ready_to_print_and_fetched(
    town: Town, client: Client, officer: User, settings: Any, tmp_path: Path
) -> None:
    """The worker makes the file; who has no mail address gets his bill on paper."""
    settings.MEDIA_ROOT = tmp_path
    run = billing_run.rehearse(dated_on=clock.today(), by=officer.actor)
    billing_run.approve(run_id=run.pk, issued_on=clock.today(), at=clock.now(), by=officer.actor)
    issue(town)
    client.force_login(officer, backend="caudal.office.signed_in.Backend")
    address = f"/oficina/facturacion/{run.pk}/"
    assert "Preparar para imprimir" in client.get(address).content.decode()
    client.post(reverse("office:run_file_order", args=[run.pk]))
    making = client.get(address).content.decode()
    assert "Preparando el PDF de todas" in making
    assert "Preparar para imprimir" not in making
    make_run_file(file_id=RunFile.objects.get().pk)
    ready = client.get(address)
    assert "Imprimir 1 página<" in ready.content.decode()
    sent: Any = client.get(ready.context["file"]["href"])
    assert b"".join(sent.streaming_content).startswith(b"%PDF")


def test_a_held_bill_says_why_and_is_billed_once_it_is_mended(
    town: Town, enter: Enter, officer: User
) -> None:
    town.house.readings.exclude(role="first").update(state="pending", previous=None, volume=None)
    page = enter(officer, "/oficina/facturacion/")
    page.get_by_role("button", name="Prefacturar").click()
    rehearse(page)
    expect(page.get_by_role("row", name="Fernández")).to_contain_text("Sin lectura")
    expect(page.get_by_role("button", name="Aprobar")).to_have_count(0)


def test_a_void_says_its_effect_before_and_frees_what_was_owed(
    town: Town, enter: Enter, officer: User
) -> None:
    invoice = factories.invoice(
        town.account, "25.00", dated_on=clock.today(), due_date=clock.today() + timedelta(days=900)
    )
    page = enter(officer, f"/oficina/facturas/{invoice.pk}/")
    page.get_by_role("button", name="Anular…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Deberá después")
    dialog.get_by_role("button", name="Anular $25.00").click()
    expect(page.get_by_role("dialog")).to_contain_text("Motivo")
    page.get_by_label("Motivo").fill("Cobrada dos veces")
    page.get_by_role("dialog").get_by_role("button", name="Anular $25.00").click()
    expect(page.get_by_text("Anulada").first).to_be_visible()
    assert account_balance(account_id=town.account.pk) == 0


def test_an_invoice_by_hand_is_saved_edited_and_issued(town: Town, enter: Enter, officer: User) -> None:
    factories.service("reconnection", kind="one_off", name="Reconexión")
    page = enter(officer, "/oficina/borradores/nuevo/")
    page.get_by_label("Medidor, abonado o cuenta").fill("A-0098721")
    page.get_by_role("button", name="Traer sus datos").click()
    expect(page.get_by_label("Lectura anterior")).to_have_value(f"1000 ({town.house.installed_on:%d/%m/%Y})")
    expect(page.get_by_label("Valor por m³")).to_have_value("0.5")
    page.get_by_label("Concepto 1").select_option(label="Reconexión")
    page.get_by_label("Monto sin impuesto").first.fill("12.50")
    page.get_by_label("Observaciones").fill("Pedida por teléfono")
    page.get_by_role("button", name="Guardar borrador").click()
    expect(page.get_by_text("Emitir por $177.50…")).to_be_visible()
    page.get_by_label("Monto sin impuesto").first.fill("10")
    page.get_by_role("button", name="Calcular").click()
    page.get_by_role("button", name="Emitir por $175.00…").click()
    page.get_by_role("dialog").get_by_role("button", name="Emitir por $175.00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Factura 1")
    expect(page.get_by_text("Pedida por teléfono")).to_be_visible()
    assert account_balance(account_id=town.account.pk) == Decimal("175.00")
    assert not InvoiceDraft.objects.exists()


def test_a_draft_thrown_away_leaves_no_hole(town: Town, enter: Enter, officer: User) -> None:
    factories.service("reconnection", kind="one_off", name="Reconexión")
    page = enter(officer, f"/oficina/borradores/nuevo/?cuenta={town.account.pk}")
    page.get_by_label("Concepto 1").select_option(label="Reconexión")
    page.get_by_label("Monto sin impuesto").first.fill("5")
    page.get_by_role("button", name="Guardar borrador").click()
    page.get_by_role("button", name="Descartar…").click()
    page.get_by_role("dialog").get_by_role("button", name="Descartar").click()
    expect(page.get_by_text("No hay borradores")).to_be_visible()
    assert not InvoiceDraft.objects.exists()
