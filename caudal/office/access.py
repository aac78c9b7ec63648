"""Who may open a page: every view of the office names its permission, and a test reads them all."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from caudal.access.models import User
from caudal.office.reach import asked_by, require_reach

ENTER = "office.enter"
View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request that `requires` let through: somebody is signed in. `order_used`: how its list is ordered."""

    user: User
    order_used: str


def requires(permission: str) -> Callable[[View], View]:
    """Let only users with this permission (and that of the office) in; nobody signed in is asked to.

    Who is limited to sectors finds only what lies there (`caudal.office.reach`).

    The view carries `permission`, so that every address can be listed with what it needs.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not (user.can(ENTER) and user.can(permission)):
                raise PermissionDenied
            require_reach(request, user, kwargs)
            with asked_by(user):
                return view(request, *args, **kwargs)

        # Read by the rail and by the test of every address.
        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return guard
