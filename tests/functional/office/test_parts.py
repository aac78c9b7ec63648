"""The parts page in a real browser: nothing that keeps people out, in light and in dark, wide and narrow."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests import factories

PARTS = "/oficina/componentes/"
WIDE, NARROW = (1280, 800), (360, 640)


@pytest.fixture
def open_parts(
    browser: Browser, live_server: Any, transactional_db: None, client: Client, settings: Any
) -> Any:
    """Opens the page as an administrator in a window of a size and a colour scheme."""
    settings.DEMO = True
    factories.organisation()
    client.force_login(factories.user("marcela", "administrator"))
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    contexts = []

    def at(size: tuple[int, int], scheme: Any = "light") -> tuple[Page, list[str]]:
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        context.add_cookies([session])
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        response = page.goto(live_server.url + PARTS)
        assert response is not None
        assert response.status == 200
        return page, problems

    yield at
    for context in contexts:
        context.close()


Open = Callable[..., tuple[Page, list[str]]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_part_can_be_used_by_everyone(open_parts: Open, size: tuple[int, int], scheme: str) -> None:
    page, problems = open_parts(size, scheme)
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert problems == []


def test_the_palette_opens_by_keyboard_and_closes_with_escape(open_parts: Open) -> None:
    page, _ = open_parts(WIDE)
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.closest('dialog')?.id") == "palette"
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_a_dialog_that_voids_opens_from_its_button(open_parts: Open) -> None:
    page, _ = open_parts(WIDE)
    page.get_by_role("button", name="Anular factura…").first.click()
    expect(page.get_by_role("dialog", name="Anular la factura 118 204")).to_be_visible()


def test_what_is_ticked_is_counted_and_summed(open_parts: Open) -> None:
    page, _ = open_parts(WIDE)
    page.get_by_label("Elegir Sucesión de Evangelista Monge Sibaja").check()
    assert page.locator(".picked output").text_content() == "2 elegidas · ₡49.785,00"


def test_the_keypad_types_into_its_field(open_parts: Open) -> None:
    page, _ = open_parts(NARROW)
    page.get_by_role("button", name="Borrar una cifra").click()
    page.get_by_role("button", name="7", exact=True).click()
    assert page.get_by_label("Lectura", exact=True).input_value() == "127"


def test_a_chosen_appearance_is_kept_from_the_first_moment_of_the_next_page(open_parts: Open) -> None:
    page, _ = open_parts(WIDE, "light")
    page.get_by_role("button", name="Su cuenta: Marcela").click()
    page.get_by_text("Oscura").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert 'data-theme="dark"' in page.content()


def test_the_page_and_its_files_stay_below_a_hundred_kilobytes(open_parts: Open) -> None:
    page, _ = open_parts(WIDE)
    sizes = "performance.getEntries().filter(e => e.decodedBodySize && !/[.]svg/.test(e.name))"
    weight = page.evaluate(f"{sizes}.reduce((sum, e) => sum + e.decodedBodySize, 0)")
    assert weight < 100_000
