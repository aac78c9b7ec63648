"""Roles in the office: read as a table, changed on a page, and felt by whoever is signed in."""

import pytest
from django.test import Client

from caudal.access.models import Role
from caudal.access.operations import set_roles, set_sectors
from caudal.access.roles import set_role_retired
from caudal.common.actor import SYSTEM
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
    form = {
        "version": sofia.version,
        "name": "Sofía Chaves",
        "username": "sofia",
        "roles": ["service"],
        "sectors": [north.sector.pk],
    }
    assert ana.post(f"/oficina/usuarios/{sofia.pk}/", form).status_code == 302
    assert hers.get(f"/oficina/clientes/{south.party.pk}/").status_code == 404
    assert hers.get(f"/oficina/clientes/{north.party.pk}/").status_code == 200
    assert hers.get("/oficina/").status_code == 200


def test_a_page_left_open_gives_nobody_his_rights_back(ana: Client) -> None:
    """Ana looks at Sofía's page; meanwhile Sofía loses her roles; then Ana corrects her name on the old page."""
    sofia = factories.user("sofia", "cashier", "billing", name="Sofia")
    page = f"/oficina/usuarios/{sofia.pk}/"
    shown = {**ana.get(page).context["form"].initial, "name": "Sofía Chaves"}
    set_roles(user_id=sofia.pk, roles=[], by=SYSTEM)
    answer = ana.post(page, shown)
    assert "Otra persona cambió estos datos" in answer.content.decode()
    sofia.refresh_from_db()
    assert (sofia.name, list(sofia.roles.all())) == ("Sofia", [])
    again = {**ana.get(page).context["form"].initial, "name": "Sofía Chaves"}
    assert ana.post(page, again).status_code == 302
    assert not sofia.roles.exists()


def test_a_page_left_open_opens_no_other_sectors(ana: Client) -> None:
    north = house("Norte")
    sofia = factories.user("sofia", "service", name="Sofía Chaves")
    page = f"/oficina/usuarios/{sofia.pk}/"
    shown = ana.get(page).context["form"].initial
    set_sectors(user_id=sofia.pk, sector_ids=[north.sector.pk], by=SYSTEM)
    ana.post(page, shown)
    sofia.refresh_from_db()
    assert sofia.sector_ids == [north.sector.pk]


def test_who_is_renamed_keeps_a_role_that_is_out_of_use_for_now(ana: Client) -> None:
    sofia = factories.user("sofia", "service", "crew", name="Sofia")
    set_role_retired(role_id=Role.objects.get(code="crew").pk, retired=True, by=SYSTEM)
    page = f"/oficina/usuarios/{sofia.pk}/"
    shown = {**ana.get(page).context["form"].initial, "name": "Sofía Chaves"}
    assert ana.post(page, shown).status_code == 302
    assert sorted(sofia.roles.values_list("code", flat=True)) == ["crew", "service"]
