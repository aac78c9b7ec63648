"""Staff of one sector: what lists, files, search and the till hold for them; test_permissions asks each address."""

import pytest
from django.test import Client

from tests import factories
from tests.support.neighbours import House, house

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

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
        "facturas/?formato=csv", "lecturas/todas/?formato=csv", "propiedades/?formato=csv", "clientes/nuevo/",
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
