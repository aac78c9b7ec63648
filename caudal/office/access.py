"""Who may open a page: every view of the office names its permission, and a test reads them all."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
ENTER = "office.enter"


def requires(permission: str) -> Callable[[View[P]], View[P]]:
    """Let only users with this permission (and that of the office) in; nobody signed in is asked to.

    The view carries `permission`, so that every address can be listed with what it needs.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user: Any = request.user
            if not user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not (user.can(ENTER) and user.can(permission)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        # Read by the rail and by the test of every address.
        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return guard
