"""How long the server took, told to the browser, whose demo shows it at its foot.

In the demo alone: a tenth of a millisecond more or less tells whether there is such an account behind a page that does
not say so.
"""

from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse


class ServerTimingMiddleware:
    """Adds `Server-Timing: total;dur=<milliseconds>` in a demo; what streams counts until it begins."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.DEMO:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self.get_response(request)
        response["Server-Timing"] = f"total;dur={(perf_counter() - began) * 1000:.1f}"
        return response
