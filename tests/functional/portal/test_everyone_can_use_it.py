"""Nothing keeps people out: axe finds nothing, nothing overflows a phone, nothing complains in the console."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.functional.portal.conftest import Citizen

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("/", "/estado/", "/facturas/", "/facturas/{bill}/", "/pagar/?todo=1", "/datos/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_of_the_portal_can_be_used_by_everyone(
    citizen: Citizen, enter: Enter, width: int, scheme: Any
) -> None:
    page = enter(citizen.user, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    home = page.url.rstrip("/")
    for path in PAGES:
        page.goto(home + path.format(bill=citizen.overdue.pk))
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert problems == []
