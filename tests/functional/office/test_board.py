"""A treasurer keeps a board's assemblies, quotas and expenses, with the keyboard or a thumb."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.billing.models import Account, Period
from caudal.board.models import Attendance, Expense, Levy, Quota
from caudal.common import clock
from tests import factories as make
from tests.functional.office.conftest import BACKEND, PHONE

pytestmark = pytest.mark.django_db(transaction=True)
Enter = Callable[..., Page]
SUNDAY = date(2026, 11, 8)


@pytest.fixture(autouse=True)
def three_members() -> list[Account]:
    make.organisation(kind="community_board", symbol="$", currency="USD", point=".", group=",")
    water = make.service("agua", kind="metered", name="Agua", unit="m³")
    prices = make.tariff(water).tariff
    found = []
    for names, surnames in (("Ana", "Alas"), ("Ana", "Baires"), ("Carla", "Cruz")):
        account = make.account(make.party(names, surnames))
        make.subscription(account, water, make.connection(), prices)
        found.append(account)
    return found


@pytest.fixture
def treasurer() -> User:
    return make.user("tesorera", "billing")


@pytest.fixture
def office(treasurer: User, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Signed in, on the day of the assembly, which is a Sunday."""
    monkeypatch.setattr(clock, "today", lambda: SUNDAY)
    client = Client()
    client.force_login(treasurer, backend=BACKEND)
    return client


def post(office: Client, name: str, *args: Any, **data: Any) -> str:
    answer = office.post(reverse(f"office:{name}", args=args), data, follow=True)
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", "", answer.content.decode())).split())


def assembly(office: Client, on: date = SUNDAY) -> int:
    post(office, "board_assembly_new", on=on.isoformat())
    return Period.objects.get(assembly_on=on).pk


def test_names_are_typed_and_ticked_on_a_phone(treasurer: User, enter: Enter) -> None:
    page = enter(treasurer, "/oficina/junta/asambleas/nueva/", viewport=PHONE)
    page.get_by_label("Día de la asamblea").fill(clock.today().isoformat())
    page.get_by_role("button", name="Pasar lista").click()
    expect(page.get_by_label("Anotar a quien llega")).to_be_focused()
    page.keyboard.type("cruz")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Asistió Carla Cruz")).to_be_checked()
    expect(page.get_by_label("Anotar a quien llega")).to_be_focused()
    page.get_by_label("Con excusa Ana Baires").check()
    page.get_by_role("button", name="Guardar la lista").click()
    expect(page.get_by_role("status").first).to_contain_text("1 asistió · 1 con excusa · 1 faltó")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Multa por persona").fill("5")
    page.get_by_role("button", name="Multar a 1").click()
    expect(page.get_by_text("Por facturar")).to_be_visible()
    assert [str(levy.one_off.amount) for levy in Levy.objects.all()] == ["5.00"]


def test_a_name_of_two_is_asked_about_and_a_name_of_none_is_said(
    office: Client, three_members: list[Account]
) -> None:
    held = assembly(office)
    said = post(office, "board_assembly", held, q="ana")
    assert "¿Quién? Ana Alas" in said and "Ana Baires" in said
    assert "Ningún asociado con «zoila»" in post(office, "board_assembly", held, q="zoila")
    assert not Attendance.objects.exists()
    assert "Ana Baires: asistió." in post(office, "board_assembly", held, q=three_members[1].number)


def test_two_people_pass_the_list_at_once(office: Client, three_members: list[Account]) -> None:
    held = assembly(office)
    ana, other, carla = (account.holder_id for account in three_members)
    shown = [f"{ana}:", f"{other}:", f"{carla}:"]
    post(office, "board_assembly", held, was=shown, present=[ana])
    post(office, "board_assembly", held, was=shown, present=[carla])
    assert set(Attendance.objects.values_list("party_id", flat=True)) == {ana, carla}


def test_fines_are_asked_for_with_an_amount_on_a_day_that_has_come(office: Client) -> None:
    held = assembly(office)
    assert "Escriba de cuánto es la multa" in post(office, "board_fines", held, amount="")
    later = assembly(office, date(2026, 12, 13))
    assert "todavía no ha sido" in post(office, "board_fines", later, amount="5")
    assert not Levy.objects.exists()
    assert "Multas nuevas: 3, de $5.00" in post(office, "board_fines", held, amount="5")
    assert "Se quitaron las multas" in post(office, "board_fines", held, withdraw="1")
    assert not Levy.objects.exists()


def test_a_quota_is_charged_once_and_taken_back(office: Client) -> None:
    minutes = {"minutes_number": "14", "minutes_on": "2026-11-08", "first_month": "2026-12"}
    new = {"concept": "Bomba nueva", "amount": "10.00", "instalments": "3"}
    assert "Facturado $0.00 de $30.00" in post(office, "board_quota_new", **minutes, **new)
    assert "ya tiene una cuota" in post(office, "board_quota_new", **minutes, **new)
    said = post(office, "board_quota_withdraw", Quota.objects.get().pk)
    assert "Se quitó lo que no se había facturado" in said
    assert not Levy.objects.exists()


def test_a_social_quota_needs_an_account_that_is_there(office: Client, three_members: list[Account]) -> None:
    assert "ninguna cuenta con ese número" in post(office, "board_social", account="9", amount="3")
    number = three_members[0].number
    assert "Se guardó la cuota social de Ana Alas" in post(office, "board_social", account=number, amount="3")
    assert "Ana Alas" in post(office, "board_social", account=number, amount="3")


def test_an_expense_that_was_wrong_stays_to_be_seen(office: Client) -> None:
    said = post(office, "board_expenses", spent_on="2026-11-02", concept="Cloro", amount="3.20")
    assert "Se anotó el gasto «Cloro»" in said and "−$3.20" in said
    said = post(office, "board_expense_withdraw", Expense.objects.get().pk)
    assert "Retirado por" in said and "$0.00" in said
    assert "No hay gastos anotados" in " ".join(
        office.get(reverse("office:board_expenses") + "?mes=2026-10").content.decode().split()
    )
    assert office.get(reverse("office:board_expenses") + "?mes=octubre").status_code == 200


def test_only_a_board_has_a_board(office: Client) -> None:
    assert 'href="/oficina/junta/"' in office.get("/oficina/").content.decode()
    make.organisation(kind="municipality")
    assert 'href="/oficina/junta/"' not in office.get("/oficina/").content.decode()
