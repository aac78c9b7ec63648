"""Staff of one sector: what lists, files, search and the till hold for them; test_permissions asks each address."""

from dataclasses import replace

import pytest
from django.test import Client

from caudal.common.actor import SYSTEM
from caudal.registry.models import Licence, Party
from caudal.registry.operations import (
    LicenceData,
    PropertyData,
    create_licence,
    create_property,
    end_ownership,
)
from tests import factories
from tests.support.neighbours import LAST_MONTH, House, house

BACKEND = "caudal.office.signed_in.Backend"

pytestmark = pytest.mark.django_db


@pytest.fixture
def houses() -> tuple[House, House]:
    """Two houses in two sectors of one town."""
    factories.organisation()
    return house("Norte"), house("Sur")


@pytest.mark.parametrize(
    "path",
    [
        "clientes/", "conexiones/", "medidores/", "lecturas/", "lecturas/todas/", "lecturas/critica/", "alertas/",
        "facturas/", "cobros/", "propiedades/", "patentes/", "sectores/", "rutas/", "buscar/?q=Vecina",
        "cobros/nuevo/?q=Vecina", "clientes/?q=Vecina&formato=csv", "conexiones/?formato=csv",
        "facturas/?formato=csv", "cobros/?formato=csv", "lecturas/todas/?formato=csv", "propiedades/?formato=csv",
        "clientes/nuevo/", "borradores/", "por-una-vez/", "propiedades/?q=Vecina", "patentes/?q=Vecina",
        "conexiones/?q=Vecina", "medidores/?q=Vecina", "lecturas/todas/?q=Vecina", "facturas/?q=Vecina",
        "cobros/?q=Vecina",
    ],
)  # fmt: skip
def test_lists_files_and_search_hold_only_what_lies_in_ones_sectors(
    path: str, houses: tuple[House, House], client: Client
) -> None:
    own, others = houses
    limited = factories.user("ana", "administrator", sector_ids=[own.sector.pk])
    client.force_login(limited, backend=BACKEND)
    response = client.get(f"/oficina/{path}")
    body = b"".join(response) if response.streaming else response.content
    text = body.decode()
    assert others.sector.name not in text
    assert others.stay.meter.serial not in text
    whole = factories.user("eva", "administrator")
    client.force_login(whole, backend=BACKEND)
    response = client.get(f"/oficina/{path}")
    body = b"".join(response) if response.streaming else response.content
    assert others.sector.name in body.decode() or others.stay.meter.serial in body.decode(), (
        "the page tells apart"
    )


def test_the_account_that_a_neighbour_has_elsewhere_is_not_found_with_her(
    houses: tuple[House, House], client: Client
) -> None:
    own, others = houses
    elsewhere = factories.account(own.party)
    factories.subscription(elsewhere, factories.service("refuse"), others.connection)
    for sectors, found in (([own.sector.pk], False), ([], True)):
        user = factories.user(f"ana{found}", "administrator", sector_ids=sectors)
        client.force_login(user, backend=BACKEND)
        page = client.get("/oficina/buscar/", {"q": own.party.identification}).content.decode()
        assert own.account.number in page
        assert (elsewhere.number in page) is found


def test_money_is_taken_only_of_accounts_in_ones_sectors(houses: tuple[House, House], client: Client) -> None:
    own, others = houses
    client.force_login(factories.user("caja", "cashier", sector_ids=[own.sector.pk]), backend=BACKEND)
    till = "/oficina/cobros/nuevo/"
    assert client.get(till, {"cuenta": others.account.pk}).status_code == 404
    assert client.post(till, {"customer": others.account.pk}).status_code == 404
    assert client.get(till, {"cuenta": own.account.pk}).status_code == 200


def test_who_is_limited_to_a_sector_opens_no_connection_outside_it(
    houses: tuple[House, House], client: Client
) -> None:
    north, south = houses
    client.force_login(factories.user("beto", "billing", sector_ids=[north.sector.pk]), backend=BACKEND)
    page = f"/oficina/conexiones/{north.connection.pk}/editar/"
    for sector in ("", south.sector.pk):
        answer = client.post(page, {"place": "Casa", "sector": sector, "active": "on", "version": 1})
        assert answer.status_code == 200
        north.connection.refresh_from_db()
        assert north.connection.sector_id == north.sector.pk


@pytest.fixture
def crowd(houses: tuple[House, House]) -> House:
    """A house whose neighbour is outnumbered: 250 people, places, connections, licences elsewhere have his name."""
    own, others = houses
    for n in range(250):
        party = factories.party("Abel", "Vecina")
        connection = factories.connection(sector_id=others.sector.pk, address=f"Calle Vecina {n}")
        place = create_property(
            data=PropertyData(address=f"Calle Vecina {n}", sector_id=others.sector.pk), by=SYSTEM
        )
        data = LicenceData(party_id=party.pk, number=f"A-{n}", activity="Vecina", opened_on=LAST_MONTH)
        create_licence(data=replace(data, property_id=place.pk), by=SYSTEM)
        account = factories.account(party)
        factories.subscription(account, own.subscription.service, connection)
    return own


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("buscar/?q=Vecina", "Vecina de Norte"),
        ("clientes/?q=Vecina", "Vecina de Norte"),
        ("cobros/nuevo/?q=Vecina", "Cuenta"),
        ("propiedades/?q=Vecina", "P-Norte"),
        ("patentes/?q=Vecina", "L-Norte"),
        ("conexiones/?q=Vecina", "Casa de Norte"),
        ("facturas/?q=Vecina", "Vecina de Norte"),
    ],
)
def test_neighbours_of_the_same_name_elsewhere_crowd_out_nobody(
    path: str, told: str, crowd: House, client: Client
) -> None:
    """More of them than any search takes: the sector is asked before the limit."""
    client.force_login(factories.user("ana", "administrator", sector_ids=[crowd.sector.pk]), backend=BACKEND)
    page = client.get(f"/oficina/{path}").content.decode()
    assert told in page
    assert "Abel Vecina" not in page


def test_the_first_page_counts_what_waits_in_ones_sectors(
    houses: tuple[House, House], client: Client
) -> None:
    own, _others = houses
    tasks = {}
    for name, sectors in (("ana", [own.sector.pk]), ("eva", [])):
        client.force_login(factories.user(name, "administrator", sector_ids=sectors), backend=BACKEND)
        tasks[name] = {t["label"]: t["count"] for t in client.get("/oficina/").context["tasks"]}
    assert tasks["ana"] == {"Crítica de lecturas": 1, "Borradores": 1}
    assert tasks["eva"] == {"Crítica de lecturas": 2, "Borradores": 2}


def test_many_rows_are_changed_only_where_they_may_be_seen(
    houses: tuple[House, House], client: Client
) -> None:
    own, others = houses
    client.force_login(factories.user("ana", "administrator", sector_ids=[own.sector.pk]), backend=BACKEND)
    chosen = {"accion": "mover", "fila": [own.place.pk, others.place.pk], "paso": "ver"}
    away = client.post("/oficina/propiedades/varios/", chosen | {"sector": others.sector.pk})
    assert "Elija una opción válida" in away.content.decode() or away.context["form"].errors
    shown = client.post("/oficina/propiedades/varios/", chosen | {"sector": own.sector.pk})
    assert shown.context["rows"] == 1


def test_a_licence_of_no_place_would_be_lost_to_staff_of_a_sector(
    houses: tuple[House, House], client: Client
) -> None:
    own, others = houses
    client.force_login(factories.user("ana", "billing", sector_ids=[own.sector.pk]), backend=BACKEND)
    typed = {"number": "L-9", "activity": "Taller", "opened_on": "2026-06-01", "party": own.party.name}
    for place in ("", others.place.cadastral_code):
        refused = client.post("/oficina/patentes/nuevo/", typed | {"property": place})
        assert "property" in refused.context["form"].errors
    client.post("/oficina/patentes/nuevo/", typed | {"property": own.place.cadastral_code})
    assert Licence.objects.get(number="L-9").property == own.place


def test_somebody_of_another_sector_is_named_by_the_whole_identification_alone(
    houses: tuple[House, House], client: Client
) -> None:
    own, others = houses
    Party.objects.filter(pk=others.party.pk).update(identification="9-0", identification_key="90")
    client.force_login(factories.user("ana", "service", sector_ids=[own.sector.pk]), backend=BACKEND)
    end_ownership(ownership_id=own.owner.pk, valid_to=LAST_MONTH, by=SYSTEM)
    address = f"/oficina/propiedades/{own.place.pk}/duenos/nuevo/"
    typed = {"share": "100", "valid_from": "2026-07-01"}
    unknown = client.post(address, typed | {"party": others.party.name})
    assert "party" in unknown.context["form"].errors
    client.post(address, typed | {"party": "9-0"})
    assert own.place.ownerships.filter(party=others.party).exists()
