"""Español or English: chosen at the head of every page that a citizen sees, and kept."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from caudal.access.operations import choose_language
from caudal.common.ui.languages import LANGUAGES, SPANISH, keep_in_browser
from caudal.portal import access


@access.anyone
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak a language from the next page on: in this browser, and to whoever is signed in wherever he is.

    Back to the page that was left, if it is one of ours.
    """
    given = request.POST.get("language", "")
    chosen = given if given in LANGUAGES else SPANISH
    if not access.is_guest(request):
        choose_language(user_id=access.user_id(request), language=chosen, by=access.actor_of(request))
    response = redirect(_back(request))
    keep_in_browser(response, chosen)
    return response


def _back(request: HttpRequest) -> str:
    """Where the person was; home where that is elsewhere, or this address itself."""
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    here = back.partition("?")[0] == reverse("portal:language")
    return back if ours and back.startswith("/") and not here else reverse("portal:home")
