"""Connections and meters as lists, pages, forms and changes of many."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from caudal.billing.models import Cycle, CycleRoute, Subscription
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.metering.models import Connection, Installation, Meter
from caudal.registry.models import Route, Sector
from caudal.registry.operations import PropertyData, RouteData, create_property, save_route, save_sector
from tests import factories
from tests.support.neighbours import house
from tests.support.pdf import text_of

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db
CLOSING = date(2026, 11, 21)


@pytest.fixture
def office(client: Client) -> Client:
    """A billing clerk has signed in."""
    factories.organisation()
    client.force_login(factories.user("beto", "billing", name="Beto Mora"), backend=BACKEND)
    return client


@pytest.fixture
def north() -> Route:
    sector = save_sector(code="N", name="Norte", by=SYSTEM)
    return save_route(data=RouteData(code="N-1", name="Ruta del norte", sector_id=sector.pk), by=SYSTEM)


@pytest.fixture
def south() -> Sector:
    return save_sector(code="S", name="Sur", by=SYSTEM)


def text(answer: Any) -> str:
    body = b"".join(answer) if answer.streaming else answer.content
    return str(body.decode())


def on_the_route(route: Route, **changes: Any) -> Connection:
    return factories.connection(sector_id=route.sector_id, route_id=route.pk, **changes)


def numbers(answer: Any) -> list[str]:
    return [str(row["title"]) for row in answer.context["table"]["rows"]]


def test_connections_are_found_by_state_place_cycle_service_and_whoever_has_them(
    office: Client, north: Route, south: Sector
) -> None:
    here, there = on_the_route(north), factories.connection(sector_id=south.pk)
    closed = factories.connection(active=False)
    CycleRoute.objects.create(cycle=Cycle.objects.create(code="c1", name="Ciclo 1"), route=north)
    water = factories.service("water", kind="metered")
    rosa = factories.account(factories.party("Rosa", "Quirós Vega"))
    factories.subscription(rosa, water, here)
    factories.installation(here)
    asked = {
        "": [here, there, closed],
        "estado=active": [here, there],
        "estado=inactive": [closed],
        "estado=without_meter": [there],
        f"sector={south.pk}": [there],
        f"ruta={north.pk}": [here],
        f"ciclo={Cycle.objects.get().pk}": [here],
        f"servicio={water.pk}": [here],
        "q=quiros": [here],
        "estado=nada&sector=todos": [here, there, closed],
        "orden=-number": [closed, there, here],
        "orden=route": [here, there, closed],
    }
    for query, found in asked.items():
        assert numbers(office.get(f"/oficina/conexiones/?{query}")) == [c.number for c in found], query


def test_what_is_filtered_goes_into_the_files_with_more_columns_than_the_screen_has(
    office: Client, north: Route
) -> None:
    here = on_the_route(north, address="=1+1", limit_m3=Decimal(30))
    factories.connection()
    asked = {"ruta": north.pk}
    book = office.get("/oficina/conexiones/", asked | {"formato": "xlsx"}).getvalue()
    rows = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["Abonado", here.number]
    told = dict(zip(rows[0], rows[1], strict=True))
    assert (told["Sector"], told["Límite"], told["Dirección"]) == ("Norte", 30, "'=1+1")
    assert here.number in text(office.get("/oficina/conexiones/", asked | {"formato": "csv"}))
    printed = text_of(office.get("/oficina/conexiones/", asked | {"formato": "pdf"}).content)
    assert "ruta: N-1 Ruta del norte" in printed
    stored = text(office.get("/oficina/medidores/", {"formato": "csv"}))
    assert stored.splitlines()[0].endswith("Estado")


def test_a_connection_moves_with_its_route_and_who_saves_second_is_told(
    office: Client, north: Route, south: Sector
) -> None:
    here = factories.connection()
    place = create_property(data=PropertyData(cadastral_code="6-118204-000"))
    address = f"/oficina/conexiones/{here.pk}/editar/"
    typed = {"address": "Casa verde", "property": "6-118204-000", "route": north.pk, "version": 1}
    wrong = office.post(address, typed | {"sector": south.pk})
    assert "Esta ruta es del sector Norte." in text(wrong)
    page = text(office.post(address, typed, follow=True))
    assert f"Se guardó la conexión {here.number}." in page
    here.refresh_from_db()
    assert (here.sector_id, here.property_id, here.version) == (north.sector_id, place.pk, 2)
    assert "6-118204-000" in page
    told = text(office.post(address, typed | {"address": "Casa azul"}))
    assert "Otra persona lo cambió mientras usted editaba" in told
    assert "Casa verde" in told
    office.post(address, typed | {"address": "Casa azul", "version": 2})
    here.refresh_from_db()
    assert here.address == "Casa azul"


def test_many_connections_move_after_they_were_looked_at(office: Client, north: Route, south: Sector) -> None:
    moving = [factories.connection(sector_id=south.pk) for _ in range(3)]
    staying = on_the_route(north)
    chosen: dict[str, Any] = {"accion": "ruta", "fila": [c.pk for c in (*moving, staying)], "route": north.pk}
    shown = office.post("/oficina/conexiones/varios/", chosen | {"paso": "ver"})
    assert "3 cambian, 1 ya está así" in text(shown)
    assert "Sur, sin ruta" in text(shown)
    done = chosen | {"paso": "hacer", "visto": shown.context["seal"]}
    assert "3 de 4 conexiones" in text(office.post("/oficina/conexiones/varios/", done, follow=True))
    assert set(Connection.objects.values_list("route", "sector", "version")) == {
        (north.pk, north.sector_id, 1),
        (north.pk, north.sector_id, 2),
    }
    records = AuditRecord.objects.filter(kind="customers.update_connection")
    assert records.count() == 3
    assert records[0].before == {"route": None, "sector": south.pk}
    assert records[0].actor_label == "Beto Mora"
    back = {"accion": "sector", "todas": "1", "filtro": f"ruta={north.pk}", "sector": south.pk, "paso": "ver"}
    seal = office.post("/oficina/conexiones/varios/", back).context["seal"]
    office.post("/oficina/conexiones/varios/", back | {"paso": "hacer", "visto": seal})
    assert Connection.objects.filter(route=None, sector=south).count() == 4
    limit = {"accion": "limite", "todas": "1", "filtro": "", "limit_m3": "30", "paso": "ver"}
    shown = office.post("/oficina/conexiones/varios/", limit)
    assert "sin límite" in text(shown) and "30 m³" in text(shown)
    office.post("/oficina/conexiones/varios/", limit | {"paso": "hacer", "visto": shown.context["seal"]})
    assert Connection.objects.filter(limit_m3=30).count() == 4


def test_a_connection_is_closed_with_its_services_and_opened_again(office: Client, north: Route) -> None:
    here = on_the_route(north)
    factories.installation(here)
    taken = factories.subscription(factories.account(), factories.service("refuse"), here)
    address = f"/oficina/conexiones/{here.pk}/cerrar/"
    before = text(office.get(address))
    assert "se cierra, no se borra" in before
    assert "Medidores instalados, que siguen ahí: 1" in before
    assert taken.account.number in before, "what its services still bill is told"
    too_early = office.post(address, {"on": "2019-01-01", "version": 1})
    assert "elija un día posterior" in text(too_early)
    assert Connection.objects.get().active
    page = text(office.post(address, {"on": CLOSING, "version": 1}, follow=True))
    assert "Volver a usar" in page and "Anotar lectura" not in page
    assert Subscription.objects.get(pk=taken.pk).valid_to == CLOSING
    assert "Conexión cerrada" in page
    office.post(f"/oficina/conexiones/{here.pk}/reabrir/")
    assert Connection.objects.get().active


def test_a_meter_is_kept_in_store_installed_taken_away_and_put_out_of_use(office: Client) -> None:
    plate = {"serial": "A-0098721", "brand": "Itron", "digits": 5, "unit": "m³"}
    office.post("/oficina/medidores/nuevo/", plate)
    meter = Meter.objects.get()
    twice = office.post("/oficina/medidores/nuevo/", plate | {"serial": "a 0098721"})
    assert "Ya hay un medidor con la serie a 0098721." in text(twice)
    here = factories.connection()
    put = {"serial": "A-0098721", "digits": 5, "on": "2026-01-10", "first_register": "12"}
    office.post(f"/oficina/conexiones/{here.pk}/medidor/", put)
    stay = Installation.objects.get(meter=meter)
    page = text(office.get(f"/oficina/medidores/{meter.pk}/"))
    assert here.number in page and "Retirarlo" in page
    close = {"on": "2026-11-21", "version": 1}
    refused = office.post(f"/oficina/medidores/{meter.pk}/cerrar/", close)
    assert f"está en la conexión {here.number}" in text(refused)
    taken = {"on": "2026-10-01", "final_register": "5"}
    assert "menos que la anterior" in text(
        office.post(f"/oficina/instalaciones/{stay.pk}/retirar/", taken)
    ) or (Installation.objects.get().removed_on is None)
    office.post(f"/oficina/instalaciones/{stay.pk}/retirar/", taken | {"final_register": "80"})
    assert Installation.objects.get().removed_on == date(2026, 10, 1)
    assert numbers(office.get("/oficina/medidores/?estado=stored")) == ["A-0098721"]
    office.post(f"/oficina/medidores/{meter.pk}/cerrar/", close)
    assert numbers(office.get("/oficina/medidores/?estado=closed")) == ["A-0098721"]
    again = office.post(f"/oficina/conexiones/{here.pk}/medidor/", put | {"on": "2026-11-01"})
    assert "está fuera de uso desde" in text(again)
    office.post(f"/oficina/medidores/{meter.pk}/reabrir/")
    office.post(f"/oficina/conexiones/{here.pk}/medidor/", put | {"on": "2026-11-01"})
    assert Installation.objects.filter(removed_on=None).count() == 1


def test_a_meter_that_never_stood_anywhere_is_deleted(office: Client) -> None:
    office.post("/oficina/medidores/nuevo/", {"serial": "X-1", "digits": 5, "unit": "m³"})
    meter = Meter.objects.get()
    assert "Nada depende de esto" in text(office.get(f"/oficina/medidores/{meter.pk}/cerrar/"))
    office.post(f"/oficina/medidores/{meter.pk}/cerrar/", {"on": "2026-11-21", "version": 1})
    assert not Meter.objects.exists()
    assert AuditRecord.objects.filter(kind="registry.retire_meter").exists()


def test_of_many_meters_only_those_in_store_go_out_of_use(office: Client, north: Route) -> None:
    standing = factories.installation(on_the_route(north)).meter
    stored = Meter.objects.create(serial="B-1", serial_key="B1")
    chosen: dict[str, Any] = {"accion": "retirar", "fila": [standing.pk, stored.pk], "on": "2026-11-21"}
    shown = office.post("/oficina/medidores/varios/", chosen | {"paso": "ver"})
    assert "1 cambia, 0 ya están así, 1 no se puede cambiar" in text(shown)
    office.post("/oficina/medidores/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]})
    assert list(Meter.objects.filter(closed_on=CLOSING)) == [stored]
    brand = {"accion": "marca", "todas": "1", "filtro": "", "brand": "Itron", "paso": "ver"}
    seal = office.post("/oficina/medidores/varios/", brand).context["seal"]
    office.post("/oficina/medidores/varios/", brand | {"paso": "hacer", "visto": seal})
    assert set(Meter.objects.values_list("brand", flat=True)) == {"Itron"}


def test_who_saves_a_meter_second_is_told(office: Client) -> None:
    meter = factories.installation().meter
    typed = {"serial": meter.serial, "brand": "Itron", "digits": 6, "unit": "m³", "version": 1}
    office.post(f"/oficina/medidores/{meter.pk}/editar/", typed)
    told = office.post(f"/oficina/medidores/{meter.pk}/editar/", typed | {"brand": "Elster"})
    assert "Otra persona lo cambió" in text(told)
    meter.refresh_from_db()
    assert meter.brand == "Itron"


def test_staff_of_one_sector_move_and_see_only_what_lies_there(client: Client) -> None:
    factories.organisation()
    own, others = house("Norte"), house("Sur")
    client.force_login(factories.user("ana", "billing", sector_ids=[own.sector.pk]), backend=BACKEND)
    listed = text(client.get("/oficina/conexiones/"))
    assert own.connection.number in listed
    assert "Sur" not in listed
    chosen = {"accion": "ruta", "fila": [own.connection.pk, others.connection.pk], "paso": "ver"}
    shown = client.post("/oficina/conexiones/varios/", chosen | {"route": own.route.pk})
    assert "1 ya está así" in text(shown)
    beyond = client.post("/oficina/conexiones/varios/", chosen | {"route": others.route.pk})
    assert "seal" not in beyond.context
    others_code = others.place.cadastral_code
    typed = {"address": "Casa", "sector": own.sector.pk, "property": others_code, "version": 1}
    refused = client.post(f"/oficina/conexiones/{own.connection.pk}/editar/", typed)
    assert "Ninguna propiedad tiene ese código ni esa dirección." in text(refused)
    Installation.objects.filter(pk=own.stay.pk).update(removed_on=date(2026, 1, 1))
    Installation.objects.create(
        meter=own.stay.meter, connection=others.connection, installed_on=date(2026, 1, 1)
    )
    assert client.get(f"/oficina/medidores/{own.stay.meter_id}/").status_code == 404
    assert own.stay.meter.serial not in text(client.get("/oficina/medidores/"))


def test_a_reader_looks_and_is_offered_nothing_to_change(client: Client, north: Route) -> None:
    factories.organisation()
    client.force_login(factories.user("lia", "reader"), backend=BACKEND)
    here = on_the_route(north)
    holder = factories.account()
    factories.subscription(holder, factories.service("refuse"), here)
    page = text(client.get(f"/oficina/conexiones/{here.pk}/"))
    assert holder.holder.name in page
    assert "/oficina/clientes/" not in page.partition("<main")[2]
    for word in ("Editar", "Cerrar", "Instalar medidor", "Terminar"):
        assert word not in page
    assert "accion" not in text(client.get("/oficina/conexiones/"))


def test_a_service_is_added_to_the_account_that_was_chosen_where_owner_and_tenant_share_a_connection(
    office: Client,
) -> None:
    shared = factories.connection()
    owner = factories.account(factories.party("Olga", "Ruiz"))
    tenant = factories.account(factories.party("Tomás", "Vega"))
    factories.subscription(owner, factories.service("refuse", name="Basura"), shared)
    factories.subscription(owner, factories.service("streets", name="Aseo de vías"), shared)
    factories.subscription(tenant, factories.service("water", kind="metered", name="Agua"), shared)
    sewerage = factories.tariff(factories.service("sewerage", name="Alcantarillado")).tariff
    address = f"/oficina/conexiones/{shared.pk}/servicio/"
    page = text(office.get(address))
    assert f"Cuenta {tenant.number} · Tomás Vega (Agua)" in page
    assert f"Cuenta {owner.number} · Olga Ruiz (Aseo de vías, Basura)" in page
    typed = {"tariff": sewerage.pk, "starts_on": "2026-11-01"}
    unsaid = office.post(address, typed)
    assert 'id="id_account_error"' in text(unsaid)
    stranger = factories.account()
    assert 'id="id_account_error"' in text(office.post(address, typed | {"account": stranger.pk}))
    assert not Subscription.objects.filter(tariff=sewerage).exists()
    office.post(address, typed | {"account": tenant.pk})
    assert Subscription.objects.get(tariff=sewerage).account == tenant


def test_a_service_added_where_one_account_has_the_connection_names_it(office: Client) -> None:
    home = factories.connection()
    account = factories.account(factories.party("Rosa", "Quirós Vega"))
    factories.subscription(account, factories.service("water", kind="metered"), home)
    page = text(office.get(f"/oficina/conexiones/{home.pk}/servicio/"))
    assert f"Cuenta {account.number} · Rosa Quirós Vega" in page
    assert 'name="account"' not in page
