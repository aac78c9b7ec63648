"""How long the server took, told to the browser: the demo's foot shows it, and so do a browser's own tools."""

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse


class ServerTimingMiddleware:
    """Adds `Server-Timing: total;dur=<milliseconds>`; what streams counts until it begins."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self.get_response(request)
        response["Server-Timing"] = f"total;dur={(perf_counter() - began) * 1000:.1f}"
        return response
