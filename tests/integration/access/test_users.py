"""Users, their roles, and the administrator who cannot be lost."""

import pytest
from django.test import Client

from caudal.access.models import User
from caudal.access.operations import (
    DuplicateUser,
    LastAdministrator,
    UnknownRole,
    activate_user,
    create_user,
    deactivate_user,
    set_roles,
    update_user,
)
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from tests import factories

pytestmark = pytest.mark.django_db


def create(username: str, *roles: str, email: str = "") -> User:
    return create_user(username=username, email=email, name=username.title(), roles=roles, by=SYSTEM)


def test_a_new_user_has_roles_and_no_password_yet() -> None:
    user = create("beto", "billing", "supervisor")
    assert user.can("runs.approve")
    assert user.can("readings.review")
    assert not user.has_usable_password()
    assert AuditRecord.objects.get(kind="access.create_user").after["roles"] == ["billing", "supervisor"]


def test_a_user_name_and_a_mail_belong_to_one_user() -> None:
    create("beto", email="beto@ejemplo.cr")
    with pytest.raises(DuplicateUser):
        create("beto")
    with pytest.raises(DuplicateUser):
        create("otro", email="BETO@ejemplo.cr")


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(UnknownRole):
        create("beto", "emperor")


def test_the_last_administrator_can_be_neither_demoted_nor_shut_out() -> None:
    ana = create("ana", "administrator")
    with pytest.raises(LastAdministrator):
        set_roles(user_id=ana.pk, roles=["billing"], by=SYSTEM)
    with pytest.raises(LastAdministrator):
        deactivate_user(user_id=ana.pk, by=SYSTEM)
    create("eva", "administrator")
    set_roles(user_id=ana.pk, roles=["billing"], by=SYSTEM)
    assert not User.objects.get(pk=ana.pk).can("users.manage")


def test_an_administrator_who_was_shut_out_does_not_count() -> None:
    ana, eva = create("ana", "administrator"), create("eva", "administrator")
    deactivate_user(user_id=eva.pk, by=SYSTEM)
    with pytest.raises(LastAdministrator):
        deactivate_user(user_id=ana.pk, by=SYSTEM)
    activate_user(user_id=eva.pk, by=SYSTEM)
    deactivate_user(user_id=ana.pk, by=SYSTEM)


@pytest.mark.parametrize("what", ["roles", "shut out"])
def test_a_session_ends_with_the_roles_it_began_with(what: str, client: Client) -> None:
    factories.organisation()
    user = factories.user("beto", "billing")
    client.force_login(user, backend="caudal.office.signed_in.Backend")
    assert client.get("/oficina/").status_code == 200
    if what == "roles":
        set_roles(user_id=user.pk, roles=["billing", "cashier"], by=SYSTEM)
    else:
        deactivate_user(user_id=user.pk, by=SYSTEM)
    assert client.get("/oficina/").status_code == 302


def test_the_same_roles_again_change_nothing() -> None:
    user = create("beto", "billing")
    stamp = user.security_stamp
    set_roles(user_id=user.pk, roles=["billing"], by=SYSTEM)
    user.refresh_from_db()
    assert user.security_stamp == stamp


def test_an_edit_leaves_before_and_after() -> None:
    user = create("beto")
    update_user(user_id=user.pk, version=1, username="beto", email="b@ejemplo.cr", name="Alberto", by=SYSTEM)
    record = AuditRecord.objects.get(kind="access.update_user")
    assert (record.before["name"], record.after["name"]) == ("Beto", "Alberto")
