"""What waits for this person today, and the search over everything."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from caudal.common import clock
from caudal.office.access import StaffRequest, requires
from caudal.office.present.home import home_page
from caudal.office.present.search import found

PALETTE_HITS = 8
PAGE_HITS = 40


@requires("office.enter")
def home(request: StaffRequest) -> HttpResponse:
    return render(request, "office/home.html", home_page(request.user, now=clock.now(), today=clock.today()))


@requires("office.enter")
def search(request: StaffRequest) -> HttpResponse:
    """The palette asks with the header X-Palette and gets the hits alone."""
    text = request.GET.get("q", "").strip()[:100]
    palette = "X-Palette" in request.headers
    hits = found(text, user=request.user, limit=PALETTE_HITS if palette else PAGE_HITS)
    template = "caudal/parts/palette_results.html" if palette else "office/search.html"
    context: dict[str, Any] = {"q": text, "hits": hits}
    return render(request, template, context)
