"""Questions about users and roles."""

from django.db.models import Q, QuerySet

from caudal.access.models import Role, User


def active_administrators() -> QuerySet[User]:
    """Who may sign in and do everything."""
    return User.objects.filter(is_active=True, roles__code="administrator")


def users(*, text: str = "", role: str = "", active: bool | None = None) -> QuerySet[User]:
    """Users with their roles, by name; `text` is part of the name, user name or mail."""
    found = User.objects.prefetch_related("roles").order_by("name", "username")
    if text:
        found = found.filter(Q(name__icontains=text) | Q(username__icontains=text) | Q(email__icontains=text))
    if role:
        found = found.filter(roles__code=role)
    if active is not None:
        found = found.filter(is_active=active)
    return found


def roles() -> QuerySet[Role]:
    """Every role there is, with what it may do."""
    return Role.objects.prefetch_related("permissions").order_by("pk")
