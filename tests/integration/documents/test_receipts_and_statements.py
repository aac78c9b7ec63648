"""Receipts and statements as PDF, and the file of a run made by a worker, on a real database."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from caudal.common.actor import SYSTEM
from caudal.documents.operations import make_run_file, order_run_file
from caudal.documents.printing import receipt_pdf, statement_pdf
from caudal.documents.printing.prints import Copy
from caudal.documents.queries import receipt_data, statement_data
from caudal.receivables.queries import Scope
from caudal.workflows.invoices import void_invoice
from tests import factories as make
from tests.integration.documents.test_bills import DUE, NOVEMBER, OCTOBER, issue, street
from tests.support.pdf import page_count, text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town() -> None:
    make.organisation(symbol="$", currency="USD", point=".", group=",", country="SV", locale="es-SV")


def debtor() -> Any:
    """Two bills of an account, the older one overdue at a tenth of a percent a day."""
    account = make.account()
    water = make.service("agua", late_policies=make.A_TENTH_A_DAY)
    for dated_on, due in ((OCTOBER, date(2026, 10, 22)), (NOVEMBER, DUE)):
        make.invoice(account, make.Line("100.00", water, label="Agua"), dated_on=dated_on, due_date=due)
    return account


def test_a_receipt_lists_what_was_settled_and_what_is_left() -> None:
    account = debtor()
    data = receipt_data(make.pay(account, "101.00", NOVEMBER).pk)
    # Ten days late on 100.00 is 1.00 of interest; the second bill stays.
    assert sorted(line["amount"] for line in data["lines"]) == ["1.00", "100.00"]
    assert data["left"] == {"label": "Saldo después del pago", "amount": "100.00", "note": ""}


def test_money_beyond_the_debt_is_said_to_stay_in_favour() -> None:
    account = make.account()
    make.invoice(account, "10.00", dated_on=NOVEMBER, due_date=DUE)
    data = receipt_data(make.pay(account, "25.00", NOVEMBER).pk)
    assert data["lines"][-1] == {
        "name": "Saldo a favor",
        "note": "Se usa en la próxima factura",
        "amount": "15.00",
    }
    assert data["left"]["note"] == "No debe nada al 1 nov 2026. Tiene $15.00 a favor."


def test_a_receipt_is_printed_on_a_sheet_for_two_and_on_a_roll() -> None:
    paid = make.pay(debtor(), "101.00", NOVEMBER)
    sheet = text_of(receipt_pdf(paid.pk, copies=2, copy=Copy(NOVEMBER, "10:42", "M. Rojas")))
    assert ("Original: cliente" in sheet, "Copia: archivo" in sheet) == (True, True)
    assert "REIMPRESIÓN · 01/11/2026 10:42 · M. Rojas" in sheet
    assert "Total pagado" in text_of(receipt_pdf(paid.pk, paper="80mm"))


def test_a_statement_has_items_oldest_first_and_movements_with_their_balance() -> None:
    account = debtor()
    make.pay(account, "40.00", date(2026, 10, 10))
    data = statement_data(Scope((account.pk,)), date(2026, 11, 11))
    (group,) = data["pending"]
    assert group["name"] == "Sin propiedad"
    # 60.00 for the twenty days after 22 October: 1.20.
    assert [(row["amount"], row["interest"], row["days"]) for row in group["rows"]] == [
        ("60.00", "1.20", 20),
        ("100.00", "0", 0),
    ]
    assert [move.get("debit") or move.get("credit") for move in data["movements"]] == [
        "100.00",
        "40.00",
        "100.00",
    ]
    said = text_of(statement_pdf(Scope((account.pk,)), date(2026, 11, 11)))
    assert "$161.20" in said
    assert "Página 1 de 1" in said


def test_a_void_bill_leaves_two_movements_and_nothing_pending() -> None:
    account = make.account()
    invoice = make.invoice(account, make.Line("10.00", label="Agua"), dated_on=NOVEMBER, due_date=DUE)
    void_invoice(invoice_id=invoice.pk, on=NOVEMBER, reason="Repetida", by=SYSTEM)
    data = statement_data(Scope((account.pk,)), DUE)
    assert [move["name"] for move in data["movements"]] == ["Agua", "Anulación de Agua, hecha el 01/11/2026"]
    assert "No hay nada pendiente" in text_of(statement_pdf(Scope((account.pk,)), DUE))


def test_a_worker_writes_the_file_of_a_run_once(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    street(3)
    run_id = issue(date(2026, 11, 15))
    ordered = order_run_file(run_id=run_id)
    assert order_run_file(run_id=run_id).pk == ordered.pk
    made = make_run_file(file_id=ordered.pk)
    assert (made.state, made.pages, made.done) == ("ready", 3, 3)
    written = tmp_path / made.path
    assert page_count(written.read_bytes()) == 3
    before = written.stat().st_mtime_ns
    make_run_file(file_id=ordered.pk)
    assert written.stat().st_mtime_ns == before


def test_a_run_without_bills_says_that_its_file_failed(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    street(1)
    ordered = order_run_file(run_id=issue(date(2026, 11, 15)))
    for invoice in ordered.run.batches.get().invoice_rows.all():
        void_invoice(invoice_id=invoice.pk, on=NOVEMBER, reason="Prueba", by=SYSTEM)
    with pytest.raises(ValueError, match="no documents"):
        make_run_file(file_id=ordered.pk)
    ordered.refresh_from_db()
    assert ordered.state == "failed"
