"""Nothing keeps people out of any page: axe finds nothing serious, nothing is wider than a phone, nothing complains.

The pages are those of the table of addresses: who adds one adds it here, and something for it to show.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from axe_playwright_python.base import AXE_SCRIPT
from django.test import Client
from playwright.sync_api import Browser, Page

from caudal.access.models import User
from caudal.office.present.customer_page import TABS
from tests.support.addresses import addresses
from tests.support.pages import read, spanish_words
from tests.support.whole_town import WholeTown, payments_on_their_way, whole_town

pytestmark = pytest.mark.django_db(transaction=True)
SERIOUS = ("serious", "critical")
DESK: Any = {"width": 1280, "height": 900}
PHONE: Any = {"width": 360, "height": 740}
LOOKS: Any = ((PHONE, "light"), (DESK, "dark"), (PHONE, "dark"), (DESK, "light"))
# The levels that WCAG 2.2 AA has; axe leaves the size of what is pressed out by itself.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = """async (rules) => (await axe.run({resultTypes: ['violations'], runOnly: rules}))
    .violations.map(v => [v.impact, v.id, v.nodes[0].html])"""
WIDER = "document.documentElement.scrollWidth > innerWidth"


# What answers with a file, or with part of a page; and the parts' own page, which the demonstration alone has.
NO_PAGES = {
    *("run_file", "message_html", "message_file", "history_seal", "parts"),
    "mfa_download_recovery_codes",
}
OFFICE, PORTAL, SIGNING_IN = "office", "portal", ""


@dataclass(frozen=True)
class Visitor:
    """Who walks through: signed in with these cookies, to the pages that there are for him."""

    client: Client
    paths: list[str]
    missing: list[object]


@pytest.fixture
def town(transactional_db: None, settings: Any, tmp_path: Path) -> WholeTown:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    settings.ALLOWED_HOSTS = ["*"]
    return whole_town(tmp_path)


@pytest.fixture
def staff(town: WholeTown) -> Visitor:
    """An administrator who signed in a moment ago, with her second factor."""
    client = signed_in(town.administrator)
    customer, account = f"/oficina/clientes/{town.house.party.pk}/", town.house.account.pk
    more = [
        *(f"{customer}?ver={tab}" for tab in TABS),
        f"/oficina/cobros/nuevo/?cuenta={account}",
        f"/oficina/borradores/nuevo/?cuenta={account}&conexion={town.house.connection.pk}",
        "/oficina/buscar/?q=Fern",
        "/oficina/clientes/?q=nadie-se-llama-así",
        f"/oficina/facturacion/{town.ids['run_id']}/?ver=billed",
    ]
    return visitor(town, client, (OFFICE, SIGNING_IN), more)


@pytest.fixture
def citizen(town: WholeTown) -> Visitor:
    more = ["/pagar/?todo=1", *payments_on_their_way(town.house)]
    return visitor(town, signed_in(town.house.user), (PORTAL, SIGNING_IN), more)


@pytest.fixture
def guest(town: WholeTown) -> Visitor:
    """Somebody with a bill's link, who looked an account up as well."""
    client, home = Client(), town.house
    client.get(str(town.ids["bill"]))
    client.post("/consulta/", {"number": home.account.number, "ending": home.party.identification[-4:]})
    bill = client.get(str(town.ids["bill"])).headers["Location"]
    found = visitor(town, client, (PORTAL, SIGNING_IN), [bill, "/pagar/?todo=1", "/no-existe/"])
    return replace(found, missing=[])  # what is a citizen's is not there for a guest


@pytest.fixture
def citizen_in_english(citizen: Visitor) -> Visitor:
    return in_english(citizen)


@pytest.fixture
def guest_in_english(guest: Visitor) -> Visitor:
    return in_english(guest)


def in_english(visits: Visitor) -> Visitor:
    """The same, who pressed «English»."""
    visits.client.post("/idioma/", {"language": "en"})
    return visits


def signed_in(user: User) -> Client:
    """By the door, a moment ago: then set up a second step."""
    client = Client()
    sent = {"login": user.username, "password": "una-clave-larga-1"}
    assert client.post("/cuenta/login/", sent).status_code == 302
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return client


def visitor(town: WholeTown, client: Client, spaces: tuple[str, ...], more: list[str]) -> Visitor:
    """Somebody with all that shows itself to him as a page, and what is not there at all."""
    found, missing = [], []
    for address in addresses():
        if address.space not in spaces or "?P" in address.pattern or address.name == "account_logout":
            continue
        path = town.path(address)
        answer = client.get(path)
        if answer.status_code >= 404 and answer.status_code != 405 and address.name not in NO_PAGES:
            missing.append((address.name, path, answer.status_code))
        elif answer.status_code == 200 and is_page(answer):
            found.append(path)
    return Visitor(client, found + more, missing)


def is_page(answer: Any) -> bool:
    """Whether it is shown by itself, and not within another page."""
    html = str(answer["Content-Type"]).startswith("text/html")
    return html and b"<!doctype html" in answer.content[:200].lower()


WHO = ["staff", "citizen", "guest"]
# English words are not as long as Spanish ones; that nothing breaks is looked at once more, by who sees most.
MORE = ["citizen_in_english"]
# What the town and its people are called; it stays as it was written.
DATA = (
    *("Acueducto de San Isidro", "María de los Ángeles", "Fernández-Guardia Echandi", "Vecina de Norte"),
    *("Casa de Norte", "Del parque 200 m al norte", "Agua", "Intereses", "Multa", "Soda", "Nueva Vecina"),
)


@pytest.mark.parametrize("who", WHO + MORE)
def test_every_page_can_be_used_by_everyone(
    who: str, request: pytest.FixtureRequest, browser: Browser, live_server: Any
) -> None:
    """On a phone by day or on a desk by night, page by page in turn: `make test-all` looks at each in all four."""
    assert walk(request.getfixturevalue(who), browser, live_server.url, looks_at=in_turn) == ""


@pytest.mark.parametrize("who", ["citizen_in_english", "guest_in_english"])
def test_no_page_in_english_says_anything_in_spanish(who: str, request: pytest.FixtureRequest) -> None:
    """But for what is data, and what says of itself that it is Spanish (`lang`)."""
    visits, words = request.getfixturevalue(who), spanish_words()
    said = []
    for path in visits.paths:
        answer = visits.client.get(path)
        html = answer.content.decode()
        assert '<html lang="en' in html, path
        for text in read(html):
            bare = reduce(lambda left, known: left.replace(known, " "), DATA, text)
            if found := words & set(re.findall(r"[^\W\d_]+", bare.lower())):
                said.append((path, text, sorted(found)))
    assert "\n".join(map(str, said)) == ""


@pytest.mark.long
@pytest.mark.parametrize("who", WHO + MORE)
def test_every_page_can_be_used_by_everyone_in_every_look(
    who: str, request: pytest.FixtureRequest, browser: Browser, live_server: Any
) -> None:
    assert walk(request.getfixturevalue(who), browser, live_server.url, looks_at=lambda _n: LOOKS) == ""


def in_turn(position: int) -> Any:
    """One look of two."""
    return (LOOKS[position % 2],)


def walk(visits: Visitor, browser: Browser, site: str, *, looks_at: Callable[[int], Any]) -> str:
    """What is wrong with the pages that somebody finds, a line for each."""
    assert visits.missing == []
    context = browser.new_context(viewport=DESK)
    context.add_cookies(
        [
            {"name": name, "value": cookie.value, "url": site}
            for name, cookie in visits.client.cookies.items()
            if cookie.value
        ]
    )
    page = context.new_page()
    problems: list[object] = []
    page.on("console", lambda m: problems.append((page.url, m.text)) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append((page.url, str(error))))
    for position, path in enumerate(visits.paths):
        problems += seen(page, site + path, looks_at(position))
    context.close()
    return "\n".join(str(problem) for problem in problems if "no-existe" not in str(problem))


def seen(page: Page, address: str, looks: Any) -> list[object]:
    """What axe finds in each look, and whether the page is wider than a desk or a phone."""
    problems: list[object] = []
    page.set_viewport_size(looks[0][0])
    page.emulate_media(color_scheme=looks[0][1])
    page.goto(address)
    page.evaluate(AXE_SCRIPT)
    for size, scheme in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(AXE, RULES)
        at = (address, size["width"], scheme)
        problems += [(at, rule, html) for impact, rule, html in found if impact in SERIOUS]
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        if page.evaluate(WIDER):
            problems.append((address, "wider than", size["width"]))
    return problems
