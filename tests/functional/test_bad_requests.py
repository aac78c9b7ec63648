"""What no honest page sends is refused with a page of ours, and a fault of ours has a reference that the log knows."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = "No se entendió el pedido"
REFERENCE = re.compile(r"[A-Z2-9]{4}-[A-Z2-9]{4}")


@pytest.fixture
def office(transactional_db: None) -> Client:
    factories.organisation()
    client = Client(raise_request_exception=False)
    client.force_login(factories.user("jefa", "administrator"))
    return client


@contextmanager
def without(table: str) -> Iterator[None]:
    """The database as it would be after somebody moved a table away."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO moved_away")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE moved_away RENAME TO {table}")


@pytest.mark.parametrize(
    "address",
    [
        "/facturas/?conexion=%00",
        "/oficina/facturas/?q=%00",
        "/oficina/buscar/?q=a%00b",
        "/oficina/conexiones/?q=1&sector=%00",
        "/oficina/clientes/?%00=1",
    ],
)
def test_a_nul_in_an_address_is_refused(office: Client, address: str) -> None:
    answer = office.get(address)
    assert (answer.status_code, REFUSED in answer.content.decode()) == (400, True)


def test_a_nul_in_a_path_or_a_form_or_a_cookie_is_refused(office: Client) -> None:
    assert office.get("/oficina/abonados/%00/").status_code == 400
    answer = office.post("/cuenta/login/", {"login": "jefa\0", "password": "x"})
    assert (answer.status_code, REFUSED in answer.content.decode()) == (400, True)
    stranger = Client(raise_request_exception=False)
    stranger.cookies["sessionid"] = "a\0b"
    assert stranger.get("/").status_code == 400


def test_a_nul_is_refused_in_english_where_english_is_read(office: Client) -> None:
    office.cookies["language"] = "en"
    answer = office.get("/facturas/?conexion=%00")
    assert (answer.status_code, answer["Content-Language"]) == (400, "en")
    assert REFUSED not in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/oficina/bitacora/?hasta=9999-12-31",
        "/oficina/bitacora/?objeto=party&id=99999999999999999999",
        "/oficina/junta/gastos/?mes=0001-01",
    ],
)
def test_what_no_calendar_has_narrows_nothing(office: Client, address: str) -> None:
    assert office.get(address).status_code in (200, 404)


@pytest.mark.parametrize(
    ("address", "language", "said"),
    [("/oficina/cobros/", "en", "dé esta referencia"), ("/datos/", "en", "give this reference")],
    ids=["office", "portal"],
)
def test_a_fault_has_a_reference_on_the_page_and_in_the_log_with_its_trace(
    office: Client, caplog: pytest.LogCaptureFixture, address: str, language: str, said: str
) -> None:
    office.cookies["language"] = language
    table = "receivables_payment" if "oficina" in address else "registry_party"
    with without(table), caplog.at_level(logging.ERROR, logger="django.request"):
        answer = office.get(address)
    page = answer.content.decode()
    assert answer.status_code == 500
    assert said in page
    shown = REFERENCE.search(page)
    assert shown
    (record,) = caplog.records
    assert shown[0] in record.getMessage()
    assert record.exc_info is not None
    assert "moved_away" not in page
    assert "does not exist" not in page


@pytest.mark.parametrize("demo", [True, False], ids=["a demo", "a town"])
def test_how_long_a_page_took_is_told_in_a_demo_alone(
    transactional_db: None, settings: Any, demo: bool
) -> None:
    settings.DEMO = demo
    answer = Client().get("/cuenta/login/")
    assert answer.status_code == 200
    told = answer.get("Server-Timing", "")
    assert bool(re.fullmatch(r"total;dur=\d+\.\d", told)) is demo
    assert demo or not told
