"""Questions about users and roles."""

from typing import Any, Final

from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from caudal.access.models import ALLOWED, Role, User
from caudal.common import sql
from caudal.common.actor import Actor
from caudal.common.text import search_text

MOST_FOUND: Final = 1_000
CALLED: Final = "access_user_words(name, username, email) @@ to_tsquery('simple', %s)"


def active_administrators() -> QuerySet[User]:
    """Who may sign in and do everything, everywhere."""
    return User.objects.filter(is_active=True, roles__code="administrator", sector_ids=[])


def signed_in(user_id: int) -> User | None:
    """A user with what his roles allow, as every page that somebody signed in for asks first."""
    found = sql.tuples((User, ALLOWED), "access_user WHERE id = %(user_id)s::bigint", {"user_id": user_id})
    for user, codes in found:
        user.permission_codes = frozenset(codes)
    return found[0][0] if found else None


def users(*, text: str = "", role: str = "", active: bool | None = None) -> QuerySet[User]:
    """Users with their roles, by name; each word of `text` begins one of the name, the user name or the mail.

    At most MOST_FOUND are found: bounded work however many match.
    """
    found = User.objects.prefetch_related("roles").order_by("name", "username")
    if text:
        found = found.filter(pk__in=_called(text))
    if role:
        found = found.filter(roles__code=role)
    if active is not None:
        found = found.filter(is_active=active)
    return found


def _called(text: str) -> QuerySet[Any]:
    words = " & ".join(f"{word}:*" for word in search_text(text).split())
    if not words:
        return User.objects.none()
    called: Any = RawSQL(CALLED, [words], output_field=BooleanField())
    return User.objects.filter(called).order_by().values("pk")[:MOST_FOUND]


def roles(*, retired: bool | None = False) -> QuerySet[Role]:
    """The roles in use (or those out of use, or both), with what each may do."""
    found = Role.objects.prefetch_related("permissions").order_by("pk")
    return found if retired is None else found.filter(retired=retired)


def holders(role_id: int) -> QuerySet[User]:
    """Who has a role and may sign in, by name."""
    return User.objects.filter(roles=role_id, is_active=True).order_by("name", "username")


def may(*, actor: Actor, permission: str) -> bool:
    """Whether who asked for something may still do it; what the system or a command does itself, always."""
    if actor.id is None:
        return True
    user = User.objects.filter(pk=actor.id).first()
    return user is not None and user.can(permission)
