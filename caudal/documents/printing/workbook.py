"""The statement as a workbook: what is pending, what was paid and what moved, each on a sheet."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import xlsxwriter

from caudal.common.text import safe_text
from caudal.documents.queries import headed_statement, move_words
from caudal.documents.queries.statements import Headed
from caudal.documents.queries.town import issuer
from caudal.receivables.queries import Scope

WIDTHS: Final = {"Concepto": 44, "Detalle": 44, "Lugar": 34, "Factura": 18, "Documento": 24}
USUAL_WIDTH: Final = 13
PENDING: Final = ("Lugar", "Fecha", "Concepto", "Factura", "Vence", "Monto", "Intereses", "Total")
PAID: Final = ("Lugar", "Fecha", "Concepto", "Factura", "Monto", "Pagado el")
MOVES: Final = ("Fecha", "Documento", "Detalle", "Cargo", "Abono", "Saldo", "Anotado el")
OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "dd/mm/yyyy",
}


def statement_xlsx(scope: Scope, on: date, *, pay_on: Sequence[date] = ()) -> bytes:
    """The statement of accounts or of a place on a day, with every movement. Raises Account.DoesNotExist."""
    headed = headed_statement(scope=scope, on=on, pay_on=pay_on)
    word = issuer().document.capitalize()
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as book:
        _sheet(book, "Pendiente", PENDING, _pending(headed), above=_head(headed), sums=(5, 6, 7))
        _sheet(book, "Pagado", PAID, _paid(headed))
        _sheet(book, "Movimientos", MOVES, _moves(headed, word))
    return file.getvalue()


def _head(headed: Headed) -> list[tuple[str, Any]]:
    owed = headed.owed
    rows: list[tuple[str, Any]] = [
        (headed.title, headed.name),
        ("", headed.who),
        ("Al", owed.on),
        ("Conceptos pendientes", len(owed.pending)),
        ("Total pendiente", owed.total),
        ("Intereses a ese día", owed.interest),
        ("A favor", owed.credit),
    ]
    return rows + [(f"Si paga el {day:%d/%m/%Y}", amount) for day, amount in owed.if_paid]


def _pending(headed: Headed) -> Iterable[Sequence[Any]]:
    for item in headed.owed.pending:
        interest = item.payable - item.balance
        yield (
            headed.place(item),
            item.dated_on,
            item.label,
            item.invoice_number,
            item.due_date,
            item.balance,
            interest,
            item.payable,
        )


def _paid(headed: Headed) -> Iterable[Sequence[Any]]:
    for paid in headed.owed.paid:
        item = paid.item
        yield headed.place(item), item.dated_on, item.label, item.invoice_number, item.total, paid.settled_on


def _moves(headed: Headed, word: str) -> Iterable[Sequence[Any]]:
    for move in headed.owed.moves:
        document, name = move_words(move, word)
        debit = move.amount if move.amount > 0 else None
        credit = -move.amount if move.amount < 0 else None
        yield move.on, document, name, debit, credit, move.balance, move.posted_on


def _sheet(
    book: Any,
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    above: Sequence[tuple[str, Any]] = (),
    sums: Sequence[int] = (),
) -> None:
    sheet = book.add_worksheet(title)
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
    for number, (label, value) in enumerate(above):
        sheet.write_string(number, 0, safe_text(label), bold)
        _write(sheet, (number, 1), value, money)
    top = len(above) + 1 if above else 0
    for column, name in enumerate(columns):
        sheet.set_column(column, column, WIDTHS.get(name, USUAL_WIDTH))
        sheet.write_string(top, column, name, bold)
    listed = list(rows)
    for number, row in enumerate(listed, start=top + 1):
        for column, value in enumerate(row):
            _write(sheet, (number, column), value, money)
    if listed and sums:
        last = top + 1 + len(listed)
        sheet.write_string(last, 0, "Total", bold)
        for column in sums:
            _write(sheet, (last, column), sum((row[column] for row in listed), Decimal(0)), money)


def _write(sheet: Any, cell: tuple[int, int], value: Any, money: Any) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(*cell, value)
    elif isinstance(value, Decimal):
        sheet.write_number(*cell, float(value), money)
    elif isinstance(value, int):
        sheet.write_number(*cell, value)
    else:
        sheet.write_string(*cell, safe_text(value))
