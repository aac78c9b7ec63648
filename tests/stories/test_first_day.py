"""From an empty database to the first receipt, on the web alone: nobody opens a shell."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from caudal.billing.models import BillRun, Invoice
from caudal.common import clock
from caudal.jobs.tasks.billing import rehearse_run
from caudal.metering.models import Connection
from caudal.receivables.models import Payment
from caudal.registry.models import Organisation
from caudal.tariffs.models import TariffVersion
from caudal.workflows import billing_run

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "la-clave-de-este-arranque"
ANSWERS = {
    "clave": KEY,
    "kind": "community-board",
    "country": "SV",
    "name": "Junta de Agua El Zapote",
    "person": "Rosa Menjívar",
    "username": "rosa",
    "password": "agua-para-todas-las-casas",
    "again": "agua-para-todas-las-casas",
}
Today = Callable[[int, int], None]


@pytest.fixture(autouse=True)
def key(settings: Any) -> None:
    settings.FIRST_RUN_KEY = KEY


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Today:
    """The day of 2026 on which the story goes on."""

    def on(month: int, day: int) -> None:
        monkeypatch.setattr(clock, "today", lambda: date(2026, month, day))

    return on


def words(answer: Any) -> str:
    """What a page says, without its marks."""
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def page(name: str, *args: Any) -> str:
    return reverse(f"office:{name}", args=args)


def set_up(client: Client, **changes: str) -> Any:
    return client.post("/instalacion/", ANSWERS | changes, follow=True)


def test_nobody_takes_an_installation_without_the_key_of_its_server(client: Client) -> None:
    first = words(client.get("/instalacion/"))
    assert "Esta instalación está vacía" in first
    assert "English" not in first
    for wrong in ("otra", ""):
        assert set_up(client, clave=wrong).status_code in (200, 403)
    assert client.get("/instalacion/?clave=otra").status_code == 403
    assert not Organisation.objects.exists()
    assert "Instalar" in words(client.get("/cuenta/login/"))


def test_without_a_key_of_the_server_none_is_right(client: Client, settings: Any) -> None:
    settings.FIRST_RUN_KEY = ""
    set_up(client, clave="")
    assert not Organisation.objects.exists()


def test_what_is_wrong_is_said_and_nothing_is_made(client: Client) -> None:
    said = words(set_up(client, password="corta", again="corta"))
    assert "contraseña" in said.lower()
    assert "no son iguales" in words(set_up(client, again="otra-cosa-muy-distinta"))
    assert not Organisation.objects.exists()


def test_once_there_is_an_organisation_the_page_is_gone(client: Client) -> None:
    set_up(client)
    assert client.get(f"/instalacion/?clave={KEY}").status_code == 404
    assert set_up(client, name="Otra junta").status_code == 404
    assert Organisation.objects.get().name == "Junta de Agua El Zapote"


def test_from_nothing_to_the_first_receipt(client: Client, today: Today) -> None:
    today(10, 1)
    home = words(set_up(client))
    assert "Para empezar" in home and "Poner los precios Las tarifas" in home

    # What the preset sketched gets its price: water at 0.45; the flat quota stays a draft.
    draft = TariffVersion.objects.get(tariff__code="agua-general")
    boxes = {f"v{version.pk}-0": "0" for version in TariffVersion.objects.all()}
    assert "Escriba al menos un precio" in words(client.post(page("tariff_prices"), boxes))
    client.post(page("tariff_prices"), boxes | {f"v{draft.pk}-0": "0.45"})
    assert TariffVersion.objects.exclude(published_at=None).get() == draft

    form = {
        "kind": "natural",
        "digits": "5",
        "given_names": "Ana",
        "surnames": "Alas",
        "identification_type": "dui",
        "identification": "00016297-5",
        "place": "Frente a la plaza",
        "starts_on": "2026-10-01",
        f"tariff_{draft.tariff.service_id}": draft.tariff_id,
        "serial": "A-1",
        "first_register": "100",
        "first_on": "2026-10-01",
        "delivery": "print",
    }
    client.post(page("customer_new"), form)
    connection = Connection.objects.get()

    today(11, 1)
    client.post(page("reading_new"), {"meter": connection.number, "read_on": "2026-11-01", "register": "120"})
    assert "La primera facturación Se prefactura" in words(client.get("/oficina/"))

    today(11, 15)
    client.post(page("run_rehearse"), {"dated_on": "2026-11-15", "services": "agua"})
    run = BillRun.objects.get()
    rehearse_run(run_id=run.pk)
    client.post(page("run_approve", run.pk))
    billing_run.issue_run(run_id=run.pk, clock=clock.now)
    invoice = Invoice.objects.get()
    assert (invoice.number, str(invoice.total)) == (1, "9.00")

    charge = invoice.charges.get()
    paid = {"customer": invoice.account_id, "key": "uno", "item": [charge.pk], "method": "cash"}
    client.post(page("payment_new"), paid)
    payment = Payment.objects.get()
    assert (payment.number, str(payment.amount)) == (1, "9.00")
    assert client.get(page("payment_pdf", payment.pk)).content.startswith(b"%PDF")
    assert "Para empezar" not in words(client.get("/oficina/"))
