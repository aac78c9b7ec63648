"""Roles: what a town changes of them holds at once, and nobody locks everybody out."""

import pytest

from caudal.access.models import Role, User
from caudal.access.operations import (
    LastAdministrator,
    UnknownRole,
    create_user,
    deactivate_user,
    set_roles,
    set_sectors,
)
from caudal.access.permissions import PERMISSIONS, ROLES
from caudal.access.roles import (
    AdministratorNeeds,
    DuplicateRole,
    RoleIsFixed,
    create_role,
    set_role_retired,
    update_role,
)
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.common.versions import ChangedMeanwhile
from tests import factories

pytestmark = pytest.mark.django_db


def role(code: str) -> Role:
    return Role.objects.get(code=code)


def changed(code: str, *permissions: str, name: str = "") -> Role:
    found = role(code)
    return update_role(
        role_id=found.pk, version=found.version, name=name or found.name, permissions=permissions, by=SYSTEM
    )


def test_a_changed_role_lets_whoever_has_it_do_something_else_at_his_next_request() -> None:
    beto = factories.user("beto", "cashier")
    changed("cashier", "office.enter", "payments.view", name="Ventanilla")
    beto = User.objects.get(pk=beto.pk)
    assert not beto.can("payments.take")
    assert beto.can("payments.view")
    assert beto.role_names == "Ventanilla"
    told = AuditRecord.objects.get(kind="access.update_role")
    assert "payments.take" in told.before["permissions"]
    assert told.after == {"name": "Ventanilla", "permissions": ["office.enter", "payments.view"]}


def test_the_administrators_may_lose_anything_but_what_gives_it_back() -> None:
    assert "audit.view" in ROLES["administrator"][1]
    without = [code for code in PERMISSIONS if code != "audit.view"]
    changed("administrator", *without)
    assert not role("administrator").permissions.filter(permission="audit.view").exists()
    for needed in ("users.manage", "office.enter"):
        with pytest.raises(AdministratorNeeds):
            changed("administrator", *(code for code in PERMISSIONS if code != needed))


def test_a_role_of_the_towns_own_enters_the_office_with_what_it_was_given() -> None:
    made = create_role(name="Bodega de medidores", permissions=["meters.edit"], by=SYSTEM)
    beto = factories.user("beto", made.code)
    assert beto.permission_codes == {"office.enter", "meters.edit"}
    with pytest.raises(DuplicateRole):
        create_role(name="BODEGA de medidores", permissions=[], by=SYSTEM)
    with pytest.raises(DuplicateRole):
        changed("cashier", name="Bodega de Medidores")


def test_a_retired_role_gives_nobody_anything_until_it_is_used_again() -> None:
    beto, crew = factories.user("beto", "crew"), role("crew")
    set_role_retired(role_id=crew.pk, retired=True, by=SYSTEM)
    assert User.objects.get(pk=beto.pk).permission_codes == frozenset()
    with pytest.raises(UnknownRole):
        set_roles(user_id=factories.user("eva").pk, roles=["crew"], by=SYSTEM)
    set_role_retired(role_id=crew.pk, retired=False, by=SYSTEM)
    assert User.objects.get(pk=beto.pk).can("meters.view")


@pytest.mark.parametrize("code", ["administrator", "customer"])
def test_the_administrators_and_the_citizens_always_have_their_role(code: str) -> None:
    with pytest.raises(RoleIsFixed):
        set_role_retired(role_id=role(code).pk, retired=True, by=SYSTEM)


def test_citizens_never_enter_the_office_by_their_role() -> None:
    with pytest.raises(RoleIsFixed):
        changed("customer", "office.enter")


def test_two_who_change_one_role_do_not_undo_each_other() -> None:
    seen = role("crew")
    changed("crew", "meters.view")
    with pytest.raises(ChangedMeanwhile):
        update_role(
            role_id=seen.pk, version=seen.version, name=seen.name, permissions=["readings.view"], by=SYSTEM
        )


def test_who_is_limited_to_sectors_does_nothing_that_concerns_the_whole_town() -> None:
    ana = create_user(username="ana", email="", name="Ana", roles=["administrator"], by=SYSTEM)
    with pytest.raises(LastAdministrator):
        set_sectors(user_id=ana.pk, sector_ids=[7], by=SYSTEM)
    create_user(username="eva", email="", name="Eva", roles=["administrator"], by=SYSTEM)
    ana = set_sectors(user_id=ana.pk, sector_ids=[7, 3, 7], by=SYSTEM)
    assert ana.sector_ids == [3, 7]
    assert not ana.can("users.manage")
    assert ana.can("payments.take")
    assert AuditRecord.objects.get(kind="access.set_sectors").after == {"sectors": [3, 7]}
    with pytest.raises(LastAdministrator):
        deactivate_user(user_id=User.objects.get(username="eva").pk, by=SYSTEM)
