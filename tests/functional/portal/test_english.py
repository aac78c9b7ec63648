"""The portal in English: whole pages in it, with what the town or a bill said itself marked as the Spanish it is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from playwright.sync_api import Page, expect

from caudal.billing.documents import ChargeDocument
from caudal.billing.models import Invoice
from caudal.common import clock
from caudal.documents.queries.links import bill_token
from caudal.receivables.models import Payment, PaymentIntent
from caudal.receivables.queries import account_balance
from caudal.registry.models import Party, Representation
from tests import factories
from tests.functional.portal.conftest import Citizen
from tests.support.pdf import text_of

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
CALCULATION = [
    {"code": "usage", "quantity": "18", "unit": "m3", "days": 30},
    {"code": "flat", "name": "Cargo fijo", "amount": "100.00"},
    {
        "code": "block",
        "from": "0",
        "to": "18",
        "quantity": "18",
        "unit": "m3",
        "unit_price": "50",
        "amount": "900.00",
    },
]
# Names are what they are in any language.
NAMES = re.compile(
    r"María de los Ángeles Fernández-Guardia Echandi|María Fernández|Finca El Roble S\. A\.|Acueducto de San Isidro"
    r"|Del parque 200 m al norte|M\. D\. L\. Á\. F\. E\."
)
SPANISH = re.compile(
    r"[áéíóúñ¿¡]|\b(el|la|los|las|de|del|que|se|su|sus|con|para|por|una?|es|está|al|a\sfavor|y|o"
    r"|pagar|pago|cuenta|factura|recibo|vence|total\sa|interés|inicio|guardar|entrar|salir|correo)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Explained(factories.Line):
    """A charge with the lines that it was worked out by."""

    @property
    def document(self) -> ChargeDocument:
        return replace(super().document, explanation={"lines": CALCULATION, "inputs": {}})


@pytest.fixture
def company(citizen: Citizen) -> Invoice:
    """A bill of a company that María represents, with its calculation."""
    represented = Party.objects.create(
        kind="juridical", legal_name="Finca El Roble S. A.", search_text="", sort_key="f"
    )
    today = clock.today()
    Representation.objects.create(
        represented=represented, representative=citizen.account.holder, valid_from=today - timedelta(days=1)
    )
    line = Explained("1000.00", label="Agua potable", service=citizen.water.service)
    account = factories.account(represented)
    return factories.invoice(account, line, dated_on=today, due_date=today + timedelta(days=9))


@pytest.fixture
def maria(citizen: Citizen, company: Invoice) -> Client:
    """María, who reads English."""
    type(citizen.user).objects.filter(pk=citizen.user.pk).update(language="en")
    citizen.user.refresh_from_db()
    client = Client()
    client.force_login(citizen.user)
    return client


@pytest.fixture
def guest(citizen: Citizen) -> Client:
    """Somebody who looked María's account up in English."""
    client = Client()
    client.cookies["language"] = "en"
    key = citizen.account.holder.identification_key
    client.post("/consulta/", {"number": citizen.connection.number, "ending": key[-4:]})
    return client


def said(answer: Any) -> str:
    """What a page says in its own language: without what it marks as Spanish, and without names."""
    page = answer.content.decode()
    assert '<html lang="en-CR"' in page
    body = re.sub(r"(?s)<head>.*?</head>|<script.*?</script>", "", page)
    titles = re.findall(r'(?:aria-label|alt|title|placeholder|data-[a-z-]+)="([^"]*)"', body)
    body = re.sub(r'(?s)<(\w+)[^>]* lang="es"[^>]*>.*?</\1>', " ", body)
    heading = re.findall(r"<title>(.*?)</title>", page)
    text = strip_tags(body.replace("<", " <"))
    return " ".join(NAMES.sub("", " ".join([*heading, text, *titles])).split())


def spanish_in(answer: Any) -> list[str]:
    text = said(answer)
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in SPANISH.finditer(text)]


def test_no_page_of_a_citizen_mixes_two_languages(citizen: Citizen, company: Invoice, maria: Client) -> None:
    pages = [
        "/",
        "/estado/",
        f"/estado/?cuenta={citizen.account.number}",
        "/facturas/",
        f"/facturas/{citizen.overdue.pk}/",
        f"/facturas/{company.pk}/",
        "/pagar/?todo=1",
        "/pagar/",
        f"/lugares/c{citizen.connection.pk}/",
        "/datos/",
        "/no-hay/",
    ]
    assert {path: found for path in pages if (found := spanish_in(maria.get(path)))} == {}


def test_no_page_of_a_guest_mixes_two_languages(citizen: Citizen, guest: Client) -> None:
    bill = citizen.current
    link = reverse("portal:signed_bill", args=[bill_token(invoice_id=bill.pk, issued_on=bill.issued_on)])
    for path in ("/consulta/saldo/", "/registro/", link, "/f/nada/", "/registro/nada/"):
        assert (path, spanish_in(guest.get(path, follow=True))) == (path, [])
    guest.post("/consulta/terminar/")
    assert spanish_in(guest.get("/consulta/")) == []


def test_home_says_how_much_is_owed_and_until_when(maria: Client) -> None:
    page = said(maria.get("/"))
    for sentence in ("You owe today", "is overdue.", "The rest is due", "Choose what to pay"):
        assert sentence in page


def test_an_older_item_cannot_be_left_out_and_the_reason_is_english(citizen: Citizen, maria: Client) -> None:
    newer = citizen.current.charges.get().pk
    answer = maria.get("/pagar/", {"item": [newer]})
    assert answer.status_code == 422
    page = said(answer)
    assert "It cannot be paid like this." in page
    assert "cannot be paid without what comes before it" in page
    assert spanish_in(answer) == []


def test_a_bill_tells_how_it_was_worked_out(company: Invoice, maria: Client) -> None:
    answer = maria.get(f"/facturas/{company.pk}/")
    page = answer.content.decode()
    assert "How was this worked out?" in page
    assert "You used 18 m³ in 30 days (0,60 m³ a day)." in page
    assert '<span lang="es">Cargo fijo</span> ₡100,00 + 18 m³ (from 0 to 18) × ₡50,00 = ₡900,00' in page
    assert "adds up to ₡1.000,00." in page
    assert '<dt><span lang="es">Agua potable</span></dt>' in page
    assert re.search(r'hreflang="es" href="/facturas/\d+/pdf/">.*PDF, in Spanish', page)


def test_the_papers_are_spanish_whatever_the_page_is_read_in(company: Invoice, maria: Client) -> None:
    answer = maria.get(f"/facturas/{company.pk}/pdf/")
    text = text_of(answer.content)
    assert "Consumió 18 m³ en 30 días" in text
    assert "You used" not in text
    assert answer["Content-Language"] == "es"


def test_what_is_issued_in_an_english_request_is_written_in_spanish(citizen: Citizen, maria: Client) -> None:
    """The interest that falls due with a payment is a document of the town's, for everybody."""
    home = maria.get("/pagar/?todo=1").content.decode()
    total = re.search(r'name="total" value="([\d.]+)"', home)
    items = re.findall(r'name="item" value="(\d+)"', home)
    assert total is not None
    maria.post("/pagar/", {"item": items, "key": str(uuid4()), "total": total[1]})
    intent = PaymentIntent.objects.get()
    waiting = maria.get(f"/pagar/{intent.pk}/")
    assert "Waiting for the bank" in said(waiting)
    assert spanish_in(waiting) == []
    assert spanish_in(maria.get(f"/pasarela/{intent.pk}/")) == []


def test_forms_are_refused_in_english(citizen: Citizen, maria: Client, guest: Client) -> None:
    guest.post("/consulta/terminar/")
    empty = guest.post("/consulta/", {"number": "", "ending": ""})
    assert "2 things need correcting." in said(empty)
    assert spanish_in(empty) == []
    unknown = guest.post("/consulta/", {"number": "1", "ending": "1"})
    assert "Type the last 4, without dashes." in said(unknown)
    nobody = guest.post("/consulta/", {"number": "1", "ending": "12345"})
    assert "We found no account with that number and that ID." in said(nobody)
    assert spanish_in(nobody) == []
    wrong = maria.post("/datos/", {"email": "x", "phone": "", "delivery": "mail", "version": "0"})
    assert "Enter a valid email address." in said(wrong)
    assert spanish_in(wrong) == []


def test_the_same_pages_are_spanish_for_who_reads_spanish(citizen: Citizen, maria: Client) -> None:
    type(citizen.user).objects.filter(pk=citizen.user.pk).update(language="")
    page = maria.get("/estado/").content.decode()
    assert '<html lang="es-CR"' in page
    assert 'lang="es"' not in page
    assert "Elija qué pagar" in page


@pytest.fixture
def english(enter: Enter) -> Iterator[Callable[..., Page]]:
    """A phone whose owner pressed «English»."""

    def opened(*args: Any, **options: Any) -> Page:
        page = enter(*args, **options)
        page.get_by_role("button", name="English").first.click()
        expect(page.locator("html")).to_have_attribute("lang", "en-CR")
        return page

    yield opened


def test_who_presses_english_chooses_pays_and_reads_the_receipt(
    citizen: Citizen, company: Invoice, english: Enter
) -> None:
    page = english(citizen.user)
    expect(page.get_by_role("heading", name="You owe today")).to_be_visible()
    page.get_by_role("link", name="Choose what to pay").click()
    late = page.locator(f"input[value='{citizen.overdue.charges.get().pk}']")
    late.uncheck()
    expect(page.get_by_text("is older and is paid first.")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("the oldest of each service is paid first.")
    late.check()
    page.locator(f"input[value='{company.charges.get().pk}']").uncheck()
    expect(page.locator("#count")).to_have_text("1 of 3 items to pay")
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("heading", name="Confirm your payment")).to_be_visible()
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Payment receipt")).to_be_visible()
    expect(page.get_by_text("Payment received, thank you")).to_be_visible()
    expect(page.get_by_text("Online", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    interest = Invoice.objects.get(origin="interest").charges.get()
    assert interest.label.startswith("Intereses Moratorios de recibo por")
    expect(page.locator("dt [lang=es]", has_text="Intereses Moratorios")).to_be_visible()
    assert account_balance(account_id=citizen.account.pk) == 250
    assert Payment.objects.get().frozen["holder"]["name"] == citizen.account.holder.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_in_english_can_be_used_by_everyone(
    citizen: Citizen, company: Invoice, english: Enter, width: int, scheme: Any
) -> None:
    page = english(citizen.user, color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    home = page.url.rstrip("/")
    for path in ("/", "/estado/", "/facturas/", f"/facturas/{company.pk}/", "/pagar/?todo=1", "/datos/"):
        page.goto(home + path)
        found = Axe().run(page).response["violations"]
        assert [(path, rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
