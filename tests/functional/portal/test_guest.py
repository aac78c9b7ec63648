"""Without an account: the printed number and the end of an identification show what is owed, and nobody's name."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.access.models import Attempt
from caudal.common import clock
from caudal.documents.queries import bill_url
from caudal.portal.guessing import LOOK_PER_ADDRESS, LOOK_PER_NUMBER, LOOK_PER_NUMBER_AND_DAY
from caudal.receivables.models import IntentPart, Payment, PaymentIntent
from caudal.receivables.queries import account_balance
from tests import factories
from tests.functional.portal.conftest import Citizen

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
LOOK = "/consulta/"


def ending(citizen: Citizen) -> str:
    return str(citizen.account.holder.identification_key[-4:])


def look(client: Client, number: str, end: str, **extra: Any) -> Any:
    return client.post(LOOK, {"number": number, "ending": end}, **extra)


@pytest.fixture
def guest(citizen: Citizen) -> Client:
    """Somebody who looked María's account up."""
    client = Client()
    assert look(client, citizen.connection.number, ending(citizen)).status_code == 302
    return client


def test_the_number_of_the_bill_leads_to_the_receipt(citizen: Citizen, enter: Enter) -> None:
    page = enter(None, LOOK, java_script_enabled=False)
    page.get_by_label("Número de abonado o de cuenta").fill(citizen.connection.number)
    page.get_by_label("Últimos 4").fill(ending(citizen))
    page.get_by_role("button", name="Ver lo que se debe").click()
    expect(page.get_by_text("a nombre de M. D. L. Á. F. E.")).to_be_visible()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()
    assert account_balance(account_id=citizen.account.pk) == 0


def test_the_number_of_the_account_does_as_well(citizen: Citizen) -> None:
    assert look(Client(), citizen.account.number, ending(citizen)).status_code == 302


def test_name_address_and_mail_are_not_told(citizen: Citizen, guest: Client) -> None:
    holder = citizen.account.holder
    for path in ("/consulta/saldo/", f"/pagar/?item={citizen.overdue.charges.get().pk}"):
        shown = guest.get(path).content.decode()
        for secret in (
            holder.surnames,
            "Fernández",
            holder.address,
            holder.email,
            citizen.connection.address,
        ):
            assert secret not in shown, (path, secret)


def test_a_look_opens_no_bill_no_statement_and_no_receipt_on_paper(citizen: Citizen, guest: Client) -> None:
    paid = factories.pay(citizen.account, "5.00", clock.today())
    assert guest.get(f"/facturas/{citizen.overdue.pk}/").status_code == 404
    assert guest.get(f"/facturas/{citizen.overdue.pk}/pdf/").status_code == 404
    assert guest.get(f"/comprobantes/{paid.pk}/").status_code == 404
    assert guest.get("/estado/").status_code == 302
    charge = citizen.overdue.charges.get().pk
    guest.post("/pagar/", {"item": charge, "key": "0b7a6f6e-52a5-4c53-9f68-0d7f9a9b1a11", "total": "1004.95"})
    assert PaymentIntent.objects.count() <= 1
    mine = factories.pay(citizen.account, "6.00", clock.today())
    IntentPart.objects.update(payment=mine)
    if PaymentIntent.objects.exists():
        assert guest.get(f"/comprobantes/{mine.pk}/").status_code == 200
        assert guest.get(f"/comprobantes/{mine.pk}/pdf/").status_code == 404


def test_what_is_wrong_is_not_told_apart(citizen: Citizen) -> None:
    wrong = [
        ("99999", ending(citizen)),
        (citizen.connection.number, "0000"),
        (citizen.account.number, "9999"),
    ]
    answers = [look(Client(), *each) for each in wrong]
    assert {answer.status_code for answer in answers} == {422}
    told = {answer.content.decode().partition('role="alert"')[2].partition("</ul>")[0] for answer in answers}
    assert len(told) == 1


def test_fewer_than_four_characters_are_not_looked_for(citizen: Citizen) -> None:
    assert look(Client(), citizen.connection.number, ending(citizen)[-3:]).status_code == 422
    assert not Attempt.objects.exists()


def test_an_identification_cannot_be_tried_through_from_many_addresses(citizen: Citizen) -> None:
    for n in range(LOOK_PER_NUMBER.most):
        answer = look(Client(), citizen.connection.number, f"{n:04d}x", REMOTE_ADDR=f"10.0.0.{n}")
        assert answer.status_code == 422
    refused = look(Client(), citizen.connection.number, ending(citizen), REMOTE_ADDR="10.0.1.1")
    assert refused.status_code == 429
    assert "Espere" in refused.content.decode()
    with time_machine.travel(clock.now() + LOOK_PER_NUMBER.span + timedelta(minutes=1)):
        assert look(Client(), citizen.connection.number, ending(citizen)).status_code == 302


def test_the_towns_numbers_cannot_be_tried_through_from_one_address(citizen: Citizen) -> None:
    for n in range(LOOK_PER_ADDRESS.most):
        assert look(Client(), f"no-{n}", "1234").status_code == 422
    assert look(Client(), citizen.connection.number, ending(citizen)).status_code == 429
    assert look(Client(), citizen.account.number, ending(citizen), REMOTE_ADDR="10.0.1.1").status_code == 302


def test_a_line_of_ipv6_is_one_address_however_many_it_has(citizen: Citizen) -> None:
    for n in range(LOOK_PER_ADDRESS.most):
        assert look(Client(), f"no-{n}", "1234", REMOTE_ADDR=f"2001:db8:0:7::{n + 1:x}").status_code == 422
    number, known = citizen.connection.number, ending(citizen)
    assert look(Client(), number, known, REMOTE_ADDR="2001:db8:0:7:ffff::1").status_code == 429
    assert look(Client(), number, known, REMOTE_ADDR="2001:db8:0:8::1").status_code == 302
    assert look(Client(), number, known, REMOTE_ADDR="::ffff:10.0.1.1").status_code == 302


def test_an_identification_cannot_be_tried_through_in_days(citizen: Citizen) -> None:
    """Six an hour, hour after hour, would be a hundred and forty-four a day."""
    answers, began = [], clock.now()
    for n in range(LOOK_PER_NUMBER_AND_DAY.most + 4):
        with time_machine.travel(began + n * timedelta(minutes=11)):
            tried = look(Client(), citizen.connection.number, f"{n:04d}x", REMOTE_ADDR=f"10.0.0.{n}")
            answers.append(tried.status_code)
    assert answers == [422] * LOOK_PER_NUMBER_AND_DAY.most + [429] * 4
    with time_machine.travel(began + timedelta(hours=24, minutes=1)):
        assert look(Client(), citizen.connection.number, ending(citizen)).status_code == 302


def test_many_addresses_at_the_door_do_not_make_it_forget_whom_it_counts() -> None:
    cache.set("a-line-that-tries", 5, 3_600)
    cache.set_many({f"address-{n}": 1 for n in range(400)}, 3_600)
    assert cache.get("a-line-that-tries") == 5


def refused_card(guest: Client, charge_id: int) -> str:
    """Where «Intentar otra vez» leads after the bank refused a payment of a charge."""
    shown = guest.get(f"/pagar/?item={charge_id}").context
    sent = {"item": charge_id, "key": str(shown["key"]), "total": f"{shown['total']:f}"}
    provider = guest.post("/pagar/", sent)["Location"]
    waiting = guest.post(provider, {"outcome": "failed"})["Location"]
    page = guest.get(waiting).content.decode()
    assert "El banco no hizo el cobro" in page
    return re.findall(r'href="([^"]+)">Intentar otra vez', page)[0]


def test_a_guest_whose_card_was_refused_tries_again_without_signing_in(
    citizen: Citizen, guest: Client
) -> None:
    charge = citizen.overdue.charges.get().pk
    again = refused_card(guest, charge)
    assert again == "/consulta/saldo/"
    assert guest.get(again).status_code == 200


def test_who_came_by_the_link_of_a_bill_tries_again_from_that_bill(citizen: Citizen) -> None:
    bill, client = citizen.overdue, Client()
    client.get(urlsplit(bill_url(invoice_id=bill.pk, issued_on=bill.issued_on, base_url="")).path)
    again = refused_card(client, bill.charges.get().pk)
    assert again == f"/facturas/{bill.pk}/"
    assert client.get(again).status_code == 200


def test_who_sits_down_next_finds_neither_receipt_nor_bill(citizen: Citizen, guest: Client) -> None:
    bill = citizen.current
    shown = guest.get(f"/pagar/?item={citizen.overdue.charges.get().pk}").context
    sent = {
        "item": citizen.overdue.charges.get().pk,
        "key": str(shown["key"]),
        "total": f"{shown['total']:f}",
    }
    waiting = guest.post(guest.post("/pagar/", sent)["Location"], {"outcome": "paid"})["Location"]
    receipt = guest.get(waiting)["Location"]
    guest.get(urlsplit(bill_url(invoice_id=bill.pk, issued_on=bill.issued_on, base_url="")).path)
    pages = [receipt, f"/facturas/{bill.pk}/", "/consulta/saldo/"]
    for page in pages:
        shown = guest.get(page)
        assert shown.status_code == 200
        assert 'action="/consulta/terminar/"' in shown.content.decode(), page
    assert guest.post("/consulta/terminar/").status_code == 302
    assert [guest.get(page).status_code for page in pages] == [404, 404, 302]


def test_what_a_guest_sees_ends_with_his_browser(citizen: Citizen, guest: Client) -> None:
    assert guest.cookies["sessionid"]["max-age"] == ""


def test_who_signed_in_stays_so_when_an_old_page_of_a_guest_ends(citizen: Citizen) -> None:
    client = Client()
    client.force_login(citizen.user)
    client.post("/consulta/terminar/")
    assert client.get("/").status_code == 200


def test_a_look_ends_by_itself_and_by_a_press(citizen: Citizen, guest: Client) -> None:
    assert guest.get("/consulta/saldo/").status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        assert guest.get("/consulta/saldo/").status_code == 302
        charge = citizen.overdue.charges.get().pk
        assert guest.get(f"/pagar/?item={charge}").status_code == 404
    assert guest.post("/consulta/terminar/").status_code == 302
    assert guest.get("/consulta/saldo/").status_code == 302


def test_a_guest_cannot_reach_another_account_from_the_one_looked_up(citizen: Citizen, guest: Client) -> None:
    today = clock.today()
    other = factories.invoice(factories.account(), "33.00", dated_on=today, due_date=today)
    assert guest.get(f"/pagar/?item={other.charges.get().pk}").status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everyone(citizen: Citizen, enter: Enter, scheme: Any) -> None:
    page = enter(None, LOOK, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    page.get_by_label("Número de abonado o de cuenta").fill(citizen.connection.number)
    page.get_by_label("Últimos 4").fill(ending(citizen))
    page.get_by_role("button", name="Ver lo que se debe").click()
    found += Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
