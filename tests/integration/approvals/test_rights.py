"""Nobody gives rights away alone: what a user may do, and what a role may do."""

import pytest

from caudal.access.models import Role, User
from caudal.access.operations import deactivate_user, set_roles
from caudal.access.roles import create_role, set_role_retired, update_role
from caudal.approvals.kinds import ChangedSinceAsked, OwnRights
from caudal.approvals.operations import ShownOtherwise, approve
from caudal.common.actor import SYSTEM
from tests import factories
from tests.integration.approvals.asking import LATER, TODAY, approved, ask, propose, seen

pytestmark = pytest.mark.django_db


def test_giving_a_role_waits_and_taking_one_away_does_not(ana: User, beto: User) -> None:
    eva = factories.user("eva", "cashier")
    request = ask("grant", eva.pk, ana, roles=["cashier", "billing"], sectors=[])
    assert "tariffs.publish" in request.effect["gains"]
    assert [role.code for role in eva.roles.all()] == ["cashier"]
    approved(request, beto)
    assert {role.code for role in eva.roles.all()} == {"billing", "cashier"}
    assert propose("grant", eva.pk, ana, roles=["cashier"], sectors=[]) is None
    assert [role.code for role in eva.roles.all()] == ["cashier"]


def test_leaving_the_sectors_for_the_whole_town_waits(ana: User, beto: User) -> None:
    eva = factories.user("eva", "billing", sector_ids=[1])
    request = ask("grant", eva.pk, ana, roles=["billing"], sectors=[])
    approved(request, beto)
    eva.refresh_from_db()
    assert eva.sector_ids == []
    assert propose("grant", eva.pk, ana, roles=["billing"], sectors=[1]) is None


def test_nobody_approves_his_own_rights(ana: User, beto: User) -> None:
    carla = factories.user("carla", "administrator", sector_ids=[])
    request = ask("grant", carla.pk, ana, roles=["administrator", "cashier"], sectors=[])
    with pytest.raises(OwnRights):
        approved(request, carla)


def test_rights_taken_away_meanwhile_are_not_given_back_by_an_old_request(ana: User, beto: User) -> None:
    eva = factories.user("eva", "cashier")
    request = ask("grant", eva.pk, ana, roles=["cashier", "billing"], sectors=[])
    assert propose("grant", eva.pk, beto, roles=[], sectors=[]) is None
    request.refresh_from_db()
    assert request.state == "lapsed"
    assert not eva.roles.exists()


def test_saving_the_same_rights_leaves_what_waits(ana: User) -> None:
    eva = factories.user("eva", "cashier")
    request = ask("grant", eva.pk, ana, roles=["cashier", "billing"], sectors=[])
    assert propose("grant", eva.pk, ana, roles=["cashier"], sectors=[]) is None
    request.refresh_from_db()
    assert request.state == "waiting"


def test_letting_a_role_do_more_waits_and_less_does_not(ana: User, beto: User) -> None:
    role = Role.objects.get(code="cashier")
    held = set(role.permissions.values_list("permission", flat=True))
    more = sorted({*held, "payments.reverse"})
    request = ask("role", role.pk, ana, version=role.version, name=role.name, permissions=more)
    assert request.effect["gains"] == ["payments.reverse"]
    approved(request, beto)
    assert role.permissions.filter(permission="payments.reverse").exists()
    role.refresh_from_db()
    less = sorted(held)
    assert propose("role", role.pk, ana, version=role.version, name=role.name, permissions=less) is None
    assert not role.permissions.filter(permission="payments.reverse").exists()


def test_bringing_a_role_back_waits_for_those_who_have_it_still(ana: User, beto: User) -> None:
    role, eva = Role.objects.get(code="billing"), factories.user("eva", "billing")
    set_role_retired(role_id=role.pk, retired=True, by=ana.actor)
    request = ask("restore", role.pk, ana)
    assert "invoices.void" in request.effect["gains"]
    assert not User.objects.get(pk=eva.pk).can("invoices.void")
    approved(request, beto)
    assert User.objects.get(pk=eva.pk).can("invoices.void")
    set_role_retired(role_id=role.pk, retired=True, by=ana.actor)
    set_roles(user_id=eva.pk, roles=[], by=SYSTEM)
    assert propose("restore", role.pk, ana) is None


def test_a_role_that_grew_since_it_was_looked_at_is_shown_again(ana: User, beto: User) -> None:
    bodega = create_role(name="Bodega", permissions=["meters.view"], by=ana.actor)
    eva = factories.user("eva", "cashier")
    request = ask("grant", eva.pk, ana, roles=["cashier", "bodega"], sectors=[])
    shown = seen(request, beto)
    update_role(role_id=bodega.pk, version=1, name="Bodega", permissions=["users.manage"], by=SYSTEM)
    with pytest.raises(ShownOtherwise):
        approve(request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=beto.actor)


def test_who_was_shut_out_is_let_in_again_by_two(ana: User, beto: User) -> None:
    eva = factories.user("eva", "billing")
    deactivate_user(user_id=eva.pk, by=ana.actor)
    request = ask("activate", eva.pk, ana)
    eva.refresh_from_db()
    assert not eva.is_active
    assert "invoices.void" in request.effect["gains"]
    approved(request, beto)
    eva.refresh_from_db()
    assert eva.is_active


def test_letting_somebody_in_who_may_do_nothing_waits_for_nobody(ana: User, beto: User) -> None:
    neighbour = factories.user("eva", "customer")
    deactivate_user(user_id=neighbour.pk, by=ana.actor)
    assert propose("activate", neighbour.pk, ana) is None
    neighbour.refresh_from_db()
    assert neighbour.is_active


def test_other_roles_than_those_asked_about_are_asked_for_anew(ana: User, beto: User) -> None:
    eva = factories.user("eva", "cashier")
    deactivate_user(user_id=eva.pk, by=ana.actor)
    request = ask("activate", eva.pk, ana)
    set_roles(user_id=eva.pk, roles=["administrator"], by=beto.actor)
    with pytest.raises(ChangedSinceAsked):
        approved(request, beto)
