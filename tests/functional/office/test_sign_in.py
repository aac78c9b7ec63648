"""Each role signs in with its password and finds its own work, and nothing else."""

from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests import factories
from tests.functional.office.conftest import BACKEND, PASSWORD, Town

RAILS = {
    "administrator": {
        "Lecturas",
        "Facturación",
        "Facturas",
        "Cobros",
        "Clientes",
        "Usuarios",
        "Configuración",
    },
    "billing": {
        "Lecturas",
        "Facturación",
        "Facturas",
        "Cobros",
        "Clientes",
        "Tarifas y servicios",
        "Correos",
    },
    "supervisor": {"Lecturas", "Facturación", "Facturas", "Cobros", "Clientes", "Tarifas y servicios"},
    "reader": {"Lecturas", "Conexiones"},
    "cashier": {"Facturas", "Cobros", "Clientes"},
    "service": {"Lecturas", "Facturas", "Cobros", "Clientes", "Conexiones", "Tarifas y servicios"},
    "crew": {"Lecturas", "Conexiones"},
}
NOT_THEIRS = {
    "billing": {"Usuarios", "Configuración"},
    "supervisor": {"Usuarios", "Correos"},
    "reader": {"Clientes", "Facturas", "Cobros"},
    "cashier": {"Lecturas", "Facturación", "Usuarios"},
    "service": {"Facturación", "Usuarios"},
    "crew": {"Clientes", "Facturas"},
    "administrator": set(),
}


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    page.goto(f"{url}/oficina/")
    page.get_by_label("Usuario").fill(username)
    page.locator("input[type=password]").fill(password)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("role", RAILS)
def test_a_role_finds_its_own_work(role: str, town: Town, page: Page, live_server: Any) -> None:
    factories.user("marcela", role, name="Marcela Solano")
    sign_in(page, live_server.url, "marcela", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marcela")
    rail = set(page.locator("#rail li a").all_inner_texts())
    found = {entry.split("\n")[0] for entry in rail}
    assert RAILS[role] <= found
    assert not NOT_THEIRS[role] & found


def test_a_wrong_password_is_told_and_the_name_kept(town: Town, page: Page, live_server: Any) -> None:
    factories.user("marcela", "billing")
    sign_in(page, live_server.url, "marcela", "otra-cosa-distinta")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Usuario")).to_have_value("marcela")


def test_who_may_not_see_a_page_is_told_so(town: Town, page: Page, live_server: Any) -> None:
    factories.user("leo", "reader")
    sign_in(page, live_server.url, "leo", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Leo")
    answer = page.goto(f"{live_server.url}/oficina/usuarios/")
    assert answer is not None
    assert answer.status == 403


@pytest.mark.parametrize(
    ("role", "duty"),
    [
        ("cashier", "Cobrar"),
        ("reader", "Tomar lecturas"),
        ("service", "Buscar clientes"),
        ("crew", "Ver conexiones"),
    ],
)
def test_where_nothing_waits_the_home_offers_what_the_role_is_there_for(
    role: str, duty: str, town: Town, client: Client
) -> None:
    client.force_login(factories.user("marcela", role), backend=BACKEND)
    page = client.get("/oficina/").content.decode()
    assert "No hay nada pendiente" in page
    assert f"{duty}</a>" in page


def test_too_many_attempts_are_refused_in_spanish(town: Town, client: Client) -> None:
    answers = [
        client.post("/cuenta/login/", {"login": "nadie", "password": "adivinar"}) for _attempt in range(40)
    ]
    assert answers[-1].status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Demasiados intentos seguidos" in answers[-1].content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/oficina/",
        "/oficina/clientes/",
        "/oficina/lecturas/nada/",
        "/cuenta/email/",
        "/cuenta/segundo-paso/totp/activate/",
    ],
)
def test_what_somebody_saw_at_a_counter_is_kept_by_no_cache(town: Town, client: Client, path: str) -> None:
    """Customers, and the secret of a second step, among what is shown."""
    client.force_login(factories.user("ada", "administrator"), backend=BACKEND)
    assert "no-store" in client.get(path)["Cache-Control"]
