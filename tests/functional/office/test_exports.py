"""Every list goes out as Excel, CSV and PDF and says what it was filtered by; file after file has its limit."""

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from caudal.office import exports
from tests import factories
from tests.support.neighbours import house
from tests.support.pdf import text_of

pytestmark = pytest.mark.django_db

LISTS = ["clientes/", "facturas/", "cobros/", "lecturas/todas/", "conexiones/"]
BACKEND = "caudal.office.signed_in.Backend"


@pytest.fixture
def office(client: Client) -> Client:
    """Someone who may see everything, in a town of two houses."""
    factories.organisation()
    house("Norte")
    house("Sur")
    client.force_login(factories.user("ana", "administrator"), backend=BACKEND)
    return client


@pytest.mark.parametrize("path", LISTS)
def test_a_list_goes_out_in_three_formats_with_what_is_searched_for_alone(path: str, office: Client) -> None:
    asked = {"q": "Vecina Norte"}
    book = BytesIO(b"".join(office.get(f"/oficina/{path}", asked | {"formato": "xlsx"})))
    sheet = [" ".join(map(str, row)) for row in load_workbook(book).active.iter_rows(values_only=True)]
    lines = b"".join(office.get(f"/oficina/{path}", asked | {"formato": "csv"})).decode().splitlines()
    printed = text_of(office.get(f"/oficina/{path}", asked | {"formato": "pdf"}).content)
    assert len(sheet) == len(lines) > 1
    assert any("Norte" in row for row in sheet)
    assert not any("Sur" in said for said in (*sheet, *lines, printed))
    assert "«Vecina Norte»" in printed


def test_the_printed_list_says_its_filters(office: Client) -> None:
    printed = text_of(office.get("/oficina/cobros/?q=Norte&metodo=cash&formato=pdf").content)
    assert "«Norte»; efectivo" in printed
    assert "pagada" in text_of(office.get("/oficina/facturas/?estado=paid&formato=pdf").content)


def test_mails_and_history_go_out_too(office: Client) -> None:
    assert b"Canal" in b"".join(office.get("/oficina/correos/?formato=csv"))
    assert b"Antes" in b"".join(office.get("/oficina/bitacora/?formato=csv"))


def test_file_after_file_is_refused_and_leads_back_to_the_list(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "EXPORTS", exports.Limit("export", 2, exports.EXPORTS.span))
    for _ in range(2):
        assert office.get("/oficina/clientes/?q=Norte&formato=csv").status_code == 200
    answer = office.get("/oficina/clientes/?q=Norte&formato=csv", follow=True)
    assert answer.redirect_chain == [("/oficina/clientes/?q=Norte", 302)]
    assert "Espere 60 minutos." in answer.content.decode()


@pytest.mark.parametrize(("most", "said"), [(3, False), (2, True)], ids=["all fit", "one does not fit"])
def test_a_sheet_that_does_not_hold_all_rows_says_so(
    office: Client, monkeypatch: pytest.MonkeyPatch, most: int, said: bool
) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", most)
    book = BytesIO(b"".join(office.get("/oficina/clientes/?formato=xlsx")))
    _head, *rows = load_workbook(book).active.iter_rows(values_only=True)
    assert len(rows) == 2
    assert str(rows[-1][0]).startswith("Hay más filas") is said
