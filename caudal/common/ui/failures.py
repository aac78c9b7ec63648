"""What is answered where no page can be: a request that holds what the database cannot keep, and a fault of ours."""

import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, UnreadablePostError
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string
from django.utils.log import log_response

NUL: Final = "\0"
# Read out over the telephone: nothing that looks or sounds like something else.
REFERENCE_ALPHABET: Final = "ABCDEFGHJKLMNPQRTUVWXYZ2346789"


class WithoutNulMiddleware:
    """Refuses a request with a NUL in its address, its cookies or what is typed: PostgreSQL keeps none in a text.

    Stands above the session, which is looked up by a cookie.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _refuse_nul(request.COOKIES.values())
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_given: object) -> None:
        """The rest, when it is known in which language to refuse. What a machine sends (no token) is no form."""
        _refuse_nul([request.path_info, *_texts(request.GET)])
        if getattr(view, "csrf_exempt", False):
            return
        try:
            _refuse_nul(_texts(request.POST))
        except UnreadablePostError:
            return  # who was cut off in the middle is answered where the token is asked for


def _texts(typed: Any) -> Iterable[str]:
    for name, values in typed.lists():
        yield name
        yield from values


def _refuse_nul(texts: Iterable[str]) -> None:
    if any(NUL in text for text in texts):
        raise BadRequest("a NUL")


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of a fault: a reference, under which the log has the fault with its trace.

    Asks nothing of the database or of the request's user: either may be what failed.
    """
    letters = get_random_string(8, REFERENCE_ALPHABET)
    reference = f"{letters[:4]}-{letters[4:]}"
    response = HttpResponseServerError(render_to_string("500.html", {"reference": reference}))
    fault = sys.exc_info()[1]
    # Logged here, it is not logged once more without its reference.
    log_response("Fault %s: %s", reference, request.path, response=response, request=request, exception=fault)
    return response
