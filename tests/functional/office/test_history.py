"""The history answers who did what, and shows before and after in words."""

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client

from caudal.access.models import User
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord, RowChange
from caudal.common.sealing import seal_history
from caudal.registry.models import Sector
from caudal.registry.operations import (
    PartyData,
    PropertyData,
    RouteData,
    add_owner,
    create_property,
    save_route,
)
from caudal.workflows.customers import ChosenTariff, add_service, update_customer
from caudal.workflows.invoices import void_invoice
from caudal.workflows.payments import reverse_payment
from tests import factories
from tests.functional.office.conftest import Town

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def supervisor(transactional_db: None) -> User:
    return factories.user("rosa", "supervisor", name="Rosa Mora")


@pytest.fixture
def client(supervisor: User) -> Client:
    return signed_in(supervisor)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def last(kind: str) -> AuditRecord:
    return AuditRecord.objects.filter(kind=kind).latest("id")


def changed_phone(town: Town, by: User, phone: str = "8888-0000") -> AuditRecord:
    party = town.holder
    party.refresh_from_db()
    known = {name: getattr(party, name) for name in PartyData.__dataclass_fields__}
    data = PartyData(**(known | {"phone": phone}))
    update_customer(party_id=party.pk, version=party.version, data=data, by=by.actor)
    return last("customers.update")


def test_a_change_shows_before_and_after_and_the_row_that_it_changed(
    town: Town, client: Client, supervisor: User
) -> None:
    before = town.holder.phone
    record = changed_phone(town, supervisor)
    listed = page(client, "/oficina/bitacora/")
    assert f"Teléfono: {before or '(nada)'} → 8888-0000" in listed
    shown = page(client, f"/oficina/bitacora/{record.pk}/")
    for words in ("Datos editados", "Rosa Mora", "Teléfono", "8888-0000", town.holder.name, "Cambio: "):
        assert words in shown
    assert f'href="/oficina/clientes/{town.holder.pk}/"' in shown


def test_nothing_is_shown_as_json(town: Town, client: Client, supervisor: User) -> None:
    changed_phone(town, supervisor)
    for record in AuditRecord.objects.all():
        shown = page(client, f"/oficina/bitacora/{record.pk}/")
        main = shown.partition("<main")[2].partition("</main>")[0]
        assert "{&quot;" not in main and "{&#x27;" not in main and "[&quot;" not in main


def test_the_history_is_searched_by_user_day_kind_and_object(
    town: Town, client: Client, supervisor: User
) -> None:
    changed_phone(town, supervisor)

    def titles(query: str) -> str:
        return page(client, f"/oficina/bitacora/?{query}")

    assert "Datos editados" in titles(f"usuario={supervisor.pk}")
    assert "Datos editados" not in titles("usuario=0").partition("<tbody>")[2]
    assert "Servicio abierto" in titles("usuario=0").partition("<tbody>")[2]
    assert "Servicio abierto" not in titles("tipo=customers.update").partition("<tbody>")[2]
    assert "Servicio abierto" in titles("tipo=customers").partition("<tbody>")[2]
    assert "Ninguna operación cumple" in titles("hasta=2001-01-01")
    assert "Datos editados" in titles("desde=2001-01-01")
    assert "Datos editados" not in titles("objeto=sector").partition("<tbody>")[2]
    assert "no es un día" not in titles("desde=ayer")


def test_an_object_shows_what_was_done_to_what_belongs_to_it(
    town: Town, client: Client, supervisor: User
) -> None:
    changed_phone(town, supervisor)
    pages = {
        f"/oficina/clientes/{town.holder.pk}/?ver=history": "Datos editados",
        f"/oficina/medidores/{town.house.meter_id}/": "Lectura",
        f"/oficina/conexiones/{town.house.connection_id}/": "Lectura",
        f"/oficina/bitacora/?objeto=meter&id={town.house.meter_id}": town.house.meter.serial,
        f"/oficina/bitacora/?objeto=account&id={town.account.pk}": "Servicio abierto",
        f"/oficina/bitacora/?objeto=party&id={town.holder.pk}": "Datos editados",
    }
    for address, words in pages.items():
        shown = page(client, address)
        assert words in shown, address
    ficha = page(client, f"/oficina/clientes/{town.holder.pk}/?ver=history")
    assert f"?objeto=account&amp;id={town.account.pk}" in ficha


def test_a_property_tells_of_its_owners(town: Town, client: Client) -> None:
    place = create_property(data=PropertyData(cadastral_code="F-1", address="Centro"), by=SYSTEM)
    add_owner(property_id=place.pk, party_id=town.holder.pk, valid_from=date(2026, 1, 1), by=SYSTEM)
    shown = page(client, f"/oficina/bitacora/?objeto=property&id={place.pk}")
    assert "Dueño anotado" in shown and town.holder.name in shown and "100\N{NO-BREAK SPACE}%" in shown
    record = last("registry.add_owner")
    assert "Creación: Propietario" in page(client, f"/oficina/bitacora/{record.pk}/")


def test_money_dates_and_names_are_written_as_people_write_them(town: Town, client: Client) -> None:
    paid = factories.pay(town.account, "1234.50", date(2026, 11, 2))
    reverse_payment(payment_id=paid.pk, on=date(2026, 11, 3), reason="Otra cuenta", by=SYSTEM)
    shown = page(client, f"/oficina/bitacora/{last('receivables.reverse').pk}/")
    assert "$1,234.50" in shown and "Otra cuenta" in shown
    sector = Sector.objects.get()
    save_route(data=RouteData(code="R1", name="Norte", sector_id=sector.pk), by=SYSTEM)
    assert f"Sector: {sector.name}" in page(client, "/oficina/bitacora/?tipo=registry.route")
    invoice = factories.invoice(
        town.account, factories.Line("80.00"), dated_on=date(2026, 11, 5), due_date=date(2026, 11, 20)
    )
    void_invoice(invoice_id=invoice.pk, on=date(2026, 11, 6), reason="Repetida", by=SYSTEM)
    shown = page(client, f"/oficina/facturas/{invoice.pk}/")
    assert "Factura anulada" in shown and "Total: $80.00" in shown


@pytest.mark.parametrize("phone", ["8888-88-88", "2026-01-01T10:00", "2026-02-03"])
def test_a_telephone_that_looks_like_a_day_is_shown_as_it_was_typed(
    town: Town, client: Client, supervisor: User, phone: str
) -> None:
    record = changed_phone(town, supervisor, phone)
    for address in (
        "/oficina/bitacora/",
        f"/oficina/bitacora/{record.pk}/",
        f"/oficina/clientes/{town.holder.pk}/?ver=history",
        "/oficina/bitacora/?formato=csv",
    ):
        answer: Any = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200 and phone in body.decode(), address


def test_a_number_of_a_property_that_looks_like_a_day_is_no_day(town: Town, client: Client) -> None:
    place = create_property(data=PropertyData(cadastral_code="0042-17-35", address="Centro"), by=SYSTEM)
    add_owner(property_id=place.pk, party_id=town.holder.pk, valid_from=date(2026, 1, 1), by=SYSTEM)
    shown = page(client, f"/oficina/bitacora/?objeto=property&id={place.pk}")
    assert "0042-17-35" in shown and "01/01/2026" in shown


def test_a_change_by_hand_is_there_with_its_row(client: Client, town: Town) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_organisation SET name = 'Otra', tax_rounding = 'charge'")
    seal_history()
    record = last("history.direct")
    assert "Cambio directo en la base de datos" in page(client, "/oficina/bitacora/")
    shown = page(client, f"/oficina/bitacora/{record.pk}/")
    assert "PostgreSQL: caudal" in shown and "Por concepto" in shown and "Otra" in shown
    assert "Sellada hasta el" in page(client, "/oficina/bitacora/")


def test_what_is_filtered_is_exported_as_excel(town: Town, client: Client, supervisor: User) -> None:
    changed_phone(town, supervisor, "=1+1")
    answer: Any = client.get(f"/oficina/bitacora/?usuario={supervisor.pk}&formato=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0] == ("Fecha", "Quién", "Qué", "Objeto", "Dato", "Antes", "Después")
    assert len(rows) == 2
    assert rows[1][1:] == (
        "Rosa Mora",
        "Datos editados",
        f"Persona {town.holder.name}",
        "Teléfono",
        town.holder.phone or "(nada)",
        "'=1+1",
    )


def test_who_may_not_see_the_history_sees_no_way_to_it(town: Town) -> None:
    cashier = signed_in(factories.user("caja", "cashier"))
    assert cashier.get("/oficina/bitacora/").status_code == 403
    shown = page(cashier, f"/oficina/clientes/{town.holder.pk}/?ver=history")
    assert "/oficina/bitacora/" not in shown


def test_an_operation_of_many_rows_says_that_there_are_more(client: Client, town: Town) -> None:
    Sector.objects.bulk_create([Sector(code=f"S{n}", name=f"Sector {n}") for n in range(120)])
    seal_history()
    shown = page(client, f"/oficina/bitacora/{last('history.direct').pk}/")
    assert "Filas</dt><dd>120" in shown.replace("\n", "") and "Cambiaron más filas" in shown
    assert RowChange.objects.filter(table_name="registry_sector").count() == 121


def test_a_second_service_is_told_by_the_names_of_service_and_tariff(town: Town, client: Client) -> None:
    refuse = factories.service("refuse", kind="fixed", name="Basura")
    add_service(
        account_id=town.account.pk,
        connection_id=town.house.connection_id,
        chosen=ChosenTariff(tariff_id=factories.tariff(refuse).tariff_id),
        starts_on=date(2026, 11, 1),
        by=SYSTEM,
    )
    shown = page(client, f"/oficina/bitacora/{last('customers.add_service').pk}/")
    assert "Basura" in shown and "01/11/2026" in shown
    assert "Creación: " in shown


def test_a_user_who_changes_his_own_password_leaves_a_record(client: Client, supervisor: User) -> None:
    new = "otra-clave-muy-larga-2"
    typed = {"oldpassword": "una-clave-larga-1", "password1": new, "password2": new}
    assert client.post("/cuenta/password/change/", typed).status_code == 302
    record = last("access.set_password")
    assert record.actor_id == supervisor.pk
    assert RowChange.objects.filter(transaction=record.transaction, verb="update").exists()
    assert "Contraseña" in page(client, f"/oficina/bitacora/{record.pk}/")
