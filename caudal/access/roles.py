"""Writes of roles: what each may do, and the roles that a town makes for itself."""

from collections.abc import Collection
from typing import Final

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from caudal.access.models import Role, RolePermission
from caudal.access.permissions import PERMISSIONS
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import save_version

ADMINISTRATOR: Final = "administrator"
# Every citizen who asks for a user has it: one permission more, and the whole town would be in the office.
CUSTOMER: Final = "customer"
# Without these nobody could give anything back.
KEPT_BY_ADMINISTRATOR: Final = frozenset({"office.enter", "users.manage"})
ENTER: Final = "office.enter"


class DuplicateRole(DomainError):
    """Another role has this name. Fact: `name`."""

    code = "duplicate_role"
    template = _("There is already a role “%(name)s”.")


class RoleIsFixed(DomainError):
    """What this role may do is not for a town to change, and it stays. Fact: `name`."""

    code = "role_is_fixed"
    template = _("The role “%(name)s” stays as it is.")


class AdministratorNeeds(DomainError):
    """The administrators would lose what only they can give back. Fact: `name`."""

    code = "administrator_needs"
    template = _("“%(name)s” always enters the office and manages users: nobody else could give it back.")


@transaction.atomic
def create_role(*, name: str, permissions: Collection[str], by: Actor) -> Role:
    """A role of the town's own. Raises DuplicateRole."""
    name = name.strip()
    role = Role(code=slugify(name)[:30], name=name)
    with (
        verdicts(access_role_code_key=DuplicateRole(name=name), role_name_once=DuplicateRole(name=name)),
        transaction.atomic(),
    ):
        role.save()
    given = _write(role, permissions)
    after = {"name": name, "permissions": given}
    audit.record(by=by, kind="access.create_role", object_type="role", object_id=role.pk, after=after)
    return role


@transaction.atomic
def update_role(*, role_id: int, version: int, name: str, permissions: Collection[str], by: Actor) -> Role:
    """Call a role so, and let it do exactly this. It holds from the next request of whoever has it.

    Raises RoleIsFixed, AdministratorNeeds, DuplicateRole, ChangedMeanwhile.
    """
    role = Role.objects.select_for_update().get(pk=role_id)
    before = {"name": role.name, "permissions": _held(role)}
    if role.code == CUSTOMER and permissions:
        raise RoleIsFixed(name=role.name)
    if role.code == ADMINISTRATOR and not set(permissions) >= KEPT_BY_ADMINISTRATOR:
        raise AdministratorNeeds(name=role.name)
    name = name.strip()
    with verdicts(role_name_once=DuplicateRole(name=name)), transaction.atomic():
        save_version(role, version=version, changes={"name": name})
    after = {"name": name, "permissions": _write(role, permissions)}
    if after != before:
        audit.record(
            by=by,
            kind="access.update_role",
            object_type="role",
            object_id=role_id,
            before=before,
            after=after,
        )
    return role


@transaction.atomic
def set_role_retired(*, role_id: int, retired: bool, by: Actor) -> Role:
    """Take a role out of use, or bring it back: retired it gives nobody anything, and nobody is given it.

    Raises RoleIsFixed for the administrators' and the citizens'.
    """
    role = Role.objects.select_for_update().get(pk=role_id)
    if role.code in (ADMINISTRATOR, CUSTOMER):
        raise RoleIsFixed(name=role.name)
    if role.retired != retired:
        before = {"retired": role.retired}
        save_version(role, version=role.version, changes={"retired": retired})
        audit.record(
            by=by,
            kind="access.retire_role" if retired else "access.restore_role",
            object_type="role",
            object_id=role_id,
            before=before,
            after={"retired": retired},
        )
    return role


def _held(role: Role) -> list[str]:
    return sorted(role.permissions.values_list("permission", flat=True))


def _write(role: Role, permissions: Collection[str]) -> list[str]:
    """Make the rows say exactly this; whoever may do anything in the office may enter it."""
    unknown = set(permissions) - set(PERMISSIONS)
    assert not unknown, f"no permissions: {unknown}"
    wanted = set(permissions) | ({ENTER} if permissions else set())
    held = set(_held(role))
    role.permissions.filter(permission__in=held - wanted).delete()
    RolePermission.objects.bulk_create(
        RolePermission(role=role, permission=permission) for permission in sorted(wanted - held)
    )
    return sorted(wanted)
