"""In which language a page or a mail speaks (docs/decisions/0010).

The office is Spanish. Everybody else reads Spanish until he chooses: who signed in as he chose once, who did not as
this browser was told.

What is said in which language, and where its other stands: caudal/common/spoken.py.
"""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

SPANISH: Final = "es"
LANGUAGES: Final = {SPANISH: "Español", "en": "English"}
LINK: Final = "idioma"
A_YEAR: Final = 365 * 24 * 3600

P = ParamSpec("P")
R = TypeVar("R")


def in_spanish(made: Callable[P, R]) -> Callable[P, R]:
    """What is Spanish whoever asks for it: a paper."""

    @wraps(made)
    def always(*args: P.args, **kwargs: P.kwargs) -> R:
        with translation.override(SPANISH):
            return made(*args, **kwargs)

    return always


def always_spanish(request: HttpRequest) -> bool:
    """Whether a page is for those who work here, and so in Spanish."""
    return request.path_info.startswith(settings.SPANISH_PATHS)


def language_of(request: HttpRequest) -> str:
    """The language of a request's page: Spanish in the office, else as chosen.

    What a browser asks for by itself (Accept-Language) does not count: it is seldom set by who reads, and the machine
    of a library or a son would turn the town's own words into others unasked. English is offered on each page instead.
    """
    if always_spanish(request):
        return SPANISH
    chosen = getattr(request.user, "language", "") or language_of_browser(request)
    return chosen or language_of_link(request) or SPANISH


def language_of_browser(request: HttpRequest) -> str | None:
    """What was chosen in this browser, whoever sits there; None if nothing was."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return chosen if chosen in LANGUAGES else None


def language_of_link(request: HttpRequest) -> str | None:
    """What the mail spoke whose link leads here; None for other addresses."""
    said = request.GET.get(LINK)
    return said if said in LANGUAGES else None


def with_language(address: str) -> str:
    """The address of a page for a mail: read in English, it leads to English, unless its reader chose otherwise."""
    language = translation.get_language()
    return address if language == SPANISH else f"{address}?{LINK}={language}"


def keep_in_browser(response: HttpResponse, language: str) -> None:
    """Have this browser's pages in a language, also when nobody is signed in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=A_YEAR,
        secure=settings.SECURE,
        httponly=True,
        samesite="Lax",
    )


class LanguageMiddleware:
    """Speaks a request's language while it is answered, and says which it was. Stands below who signs in.

    Files (a bill, a receipt) are Spanish whatever page they are asked from.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        # Overridden and not just activated: the next request of this thread begins as a thread begins.
        with translation.override(language):
            response = self.get_response(request)
        if language_of_link(request) == language and language_of_browser(request) is None:
            keep_in_browser(response, language)
        is_page = str(response.get("Content-Type", "")).startswith("text/")
        response.headers.setdefault("Content-Language", language if is_page else SPANISH)
        if not always_spanish(request):
            patch_vary_headers(response, ["Cookie"])
        return response
