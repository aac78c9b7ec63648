"""The page that answers most calls: reached by the printed number, it says why, who owns, what was sent and noted."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.test import Client

from caudal.access.models import User
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.documents.queries import why_it_changed
from caudal.documents.queries.why import billed_months
from caudal.kernel.periods import add_months, day_in_month, month_of
from caudal.metering.models import Connection
from caudal.registry.models import Note, Ownership, Property
from caudal.registry.operations import LicenceData, PropertyData, create_licence, create_property
from caudal.workflows import billing_run
from tests import factories
from tests.functional.office.conftest import BACKEND, Town

CALLED = "Llamó por una fuga: se le explicó la factura."


@pytest.fixture
def service(town: Town) -> User:
    return factories.user("sofia", "service", name="Sofía Chaves")


@pytest.fixture
def clerk(service: User, client: Client) -> Client:
    client.force_login(service, backend=BACKEND)
    return client


def bill(day: date) -> None:
    run = billing_run.rehearse(dated_on=day, by=SYSTEM)
    billing_run.approve(run_id=run.pk, issued_on=day, at=clock.now(), by=SYSTEM)
    billing_run.issue_run(run_id=run.pk, clock=clock.now)


def test_the_printed_number_leads_to_whoever_has_the_connection(town: Town, clerk: Client) -> None:
    number = town.house.connection.number
    answer = clerk.get(f"/oficina/abonados/{number}/")
    assert answer["Location"] == f"/oficina/clientes/{town.holder.pk}/?conexion={town.house.connection_id}"
    assert clerk.get(answer["Location"]).context["chosen"].number == number
    assert clerk.get("/oficina/abonados/no-hay/").status_code == 404


def test_the_box_leads_there_too_but_for_those_who_may_not_see_customers(town: Town, clerk: Client) -> None:
    number = town.house.connection.number
    (hit,) = [h for h in clerk.get(f"/oficina/buscar/?q={number}").context["hits"] if h["icon"] == "meter"]
    assert hit["href"] == f"/oficina/clientes/{town.holder.pk}/?conexion={town.house.connection_id}"
    clerk.force_login(factories.user("leo", "reader"), backend=BACKEND)
    (hit,) = clerk.get(f"/oficina/buscar/?q={number}").context["hits"]
    assert hit["href"] == f"/oficina/conexiones/{town.house.connection_id}/"


def test_the_box_finds_properties_and_licences_without_accents_or_case(town: Town, clerk: Client) -> None:
    create_property(data=PropertyData(cadastral_code="7-118315", address="Río Claro, frente a la escuela"))
    licence = LicenceData(
        party_id=town.holder.pk, number="P-0042", activity="Panadería El Ángel", opened_on=factories.LONG_AGO
    )
    create_licence(data=licence, by=SYSTEM)
    for typed, icon, title in (
        ("7-1183", "land", "Propiedad 7-118315"),
        ("RIO claro", "land", "Propiedad 7-118315"),
        ("p-0042", "shop", "Patente P-0042 · Panadería El Ángel"),
        ("panaderia angel", "shop", "Patente P-0042 · Panadería El Ángel"),
    ):
        hits = clerk.get("/oficina/buscar/", {"q": typed}).context["hits"]
        (hit,) = [hit for hit in hits if hit["icon"] == icon]
        assert hit["title"] == title
        assert clerk.get(hit["href"]).status_code == 200


def test_no_kind_of_hit_crowds_the_others_out(town: Town, clerk: Client) -> None:
    for n in range(9):
        factories.account(factories.party("Escuela", f"Número {n}"))
    hits = clerk.get("/oficina/buscar/", {"q": "escuela"}, headers={"X-Palette": "1"}).context["hits"]
    assert len(hits) == 8
    assert [hit["icon"] for hit in hits] == ["user"] * 7 + ["meter"]


def test_it_says_who_owns_the_place(town: Town, clerk: Client) -> None:
    owner = factories.party("Dueña", "Distinta")
    place = Property.objects.create(cadastral_code="7-1")
    Ownership.objects.create(property=place, party=owner, valid_from=factories.LONG_AGO)
    Connection.objects.filter(pk=town.house.connection_id).update(property=place)
    page = clerk.get(f"/oficina/clientes/{town.holder.pk}/")
    assert page.context["owners"] == [{"id": owner.pk, "name": "Dueña Distinta", "same": False}]
    assert "Dueña Distinta" in page.content.decode()


@pytest.fixture
def late_in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day from which readings thirty days apart leave one for each of the last three bills."""
    monkeypatch.setattr(clock, "today", lambda: date(2026, 11, 20))


def test_why_the_last_bill_differs_is_read_from_what_was_billed(
    late_in_november: None, town: Town, clerk: Client
) -> None:
    this_month = month_of(clock.today())
    for back in (2, 1, 0):
        bill(day_in_month(add_months(this_month, -back), town.water.service.billing_day))
    last, before, *_others = billed_months(connection_id=town.house.connection_id)
    assert (last.volume, last.usage_total) == (Decimal(30), Decimal(15))
    assert before.volume is not None and not last.estimated
    said = why_it_changed(connection_id=town.house.connection_id)
    page = clerk.get(f"/oficina/clientes/{town.holder.pk}/")
    assert page.context["explained"][0]["answer"] == said[0]
    assert said[0] in page.content.decode()


def test_a_note_stays_with_its_author_and_cannot_be_changed(town: Town, clerk: Client) -> None:
    address = f"/oficina/clientes/{town.holder.pk}/"
    assert clerk.post(f"{address}nota/", {"text": "  "}).status_code == 422
    clerk.post(f"{address}nota/", {"text": CALLED})
    page = clerk.get(f"{address}?ver=notes").content.decode()
    assert CALLED in page and "Sofía Chaves" in page
    with pytest.raises(IntegrityError, match="history"):
        Note.objects.update(text="Otra cosa")


def test_a_cashier_reads_notes_and_has_no_button_to_write_one(town: Town, client: Client) -> None:
    client.force_login(factories.user("carmen", "cashier"), backend=BACKEND)
    page = client.get(f"/oficina/clientes/{town.holder.pk}/?ver=notes").content.decode()
    assert "Sin notas" in page
    assert "Anotar" not in page and "Editar" not in page
    assert client.post(f"/oficina/clientes/{town.holder.pk}/nota/", {"text": CALLED}).status_code == 403


def test_readings_say_who_took_them(town: Town, clerk: Client) -> None:
    town.house.readings.filter(role="regular").update(reader_label="Leonardo Peña")
    page = clerk.get(f"/oficina/clientes/{town.holder.pk}/?ver=readings").content.decode()
    assert "Manual, Leonardo Peña" in page


def test_a_cashier_is_led_to_no_meter_that_he_may_not_see(town: Town, clerk: Client, client: Client) -> None:
    address = f"/oficina/clientes/{town.holder.pk}/?ver=readings"
    assert "/oficina/medidores/" in clerk.get(address).content.decode()
    client.force_login(factories.user("carmen", "cashier"), backend=BACKEND)
    assert "/oficina/medidores/" not in client.get(address).content.decode()


def test_every_tab_answers(town: Town, clerk: Client) -> None:
    for tab in ("statement", "readings", "invoices", "messages", "notes", "services", "history"):
        assert clerk.get(f"/oficina/clientes/{town.holder.pk}/?ver={tab}").status_code == 200
