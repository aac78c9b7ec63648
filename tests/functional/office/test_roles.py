"""Roles in the office: read as a table, changed on a page, and felt by whoever is signed in."""

import pytest
from django.test import Client

from caudal.access.models import Role
from caudal.office.present.roles import grouped
from tests import factories
from tests.support.neighbours import house

BACKEND = "caudal.office.signed_in.Backend"
ROLES = "/oficina/roles/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(client: Client) -> Client:
    """The browser of an administrator."""
    factories.organisation()
    client.force_login(factories.user("ana", "administrator", name="Ana Brenes"), backend=BACKEND)
    return client


def test_the_table_says_in_words_what_each_role_may_do(ana: Client) -> None:
    page = ana.get(ROLES).content.decode()
    assert "Aprobar y emitir la facturación" in page
    assert 'data-label="Caja"' in page


def test_every_permission_stands_in_a_group_with_a_name() -> None:
    assert "Otros" not in [title for title, _codes in grouped()]


def test_a_change_is_felt_by_who_is_signed_in_without_signing_in_again(ana: Client) -> None:
    hers = Client()
    hers.force_login(factories.user("eva", "cashier"), backend=BACKEND)
    assert hers.get("/oficina/cobros/nuevo/").status_code == 200
    cashier = Role.objects.get(code="cashier")
    page = f"{ROLES}{cashier.pk}/"
    assert "Eva" in ana.get(page).content.decode()
    sent = {"version": cashier.version, "name": "Caja", "group6": ["payments.view"]}
    assert ana.post(page, sent).status_code == 302
    assert hers.get("/oficina/cobros/nuevo/").status_code == 403
    assert hers.get("/oficina/cobros/").status_code == 200


def test_a_town_makes_a_role_gives_it_away_and_stops_using_it(ana: Client) -> None:
    assert ana.post(f"{ROLES}nuevo/", {"name": "Bodega", "group2": ["meters.edit"]}).status_code == 302
    made = Role.objects.get(name="Bodega")
    assert "Bodega" in ana.get("/oficina/usuarios/nuevo/").content.decode()
    ana.post(f"{ROLES}{made.pk}/uso/")
    assert "Fuera de uso" in ana.get(f"{ROLES}{made.pk}/").content.decode()
    assert "Bodega" not in ana.get("/oficina/usuarios/nuevo/").content.decode()


def test_the_administrators_role_refuses_to_lose_the_users(ana: Client) -> None:
    role = Role.objects.get(code="administrator")
    answer = ana.post(
        f"{ROLES}{role.pk}/", {"version": role.version, "name": role.name, "group0": ["office.enter"]}
    )
    assert "nadie más se lo podría devolver" in answer.content.decode()
    assert role.permissions.filter(permission="users.manage").exists()


def test_who_is_limited_to_a_sector_sees_no_other_from_his_next_page_on(ana: Client) -> None:
    north, south = house("Norte"), house("Sur")
    sofia = factories.user("sofia", "service", name="Sofía Chaves")
    hers = Client()
    hers.force_login(sofia, backend=BACKEND)
    assert hers.get(f"/oficina/clientes/{south.party.pk}/").status_code == 200
    form = {"name": "Sofía Chaves", "username": "sofia", "roles": ["service"], "sectors": [north.sector.pk]}
    assert ana.post(f"/oficina/usuarios/{sofia.pk}/", form).status_code == 302
    assert hers.get(f"/oficina/clientes/{south.party.pk}/").status_code == 404
    assert hers.get(f"/oficina/clientes/{north.party.pk}/").status_code == 200
    assert hers.get("/oficina/").status_code == 200
