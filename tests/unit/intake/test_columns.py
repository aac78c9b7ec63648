"""Sheets are known by the words of their columns, wherever these stand."""

from datetime import date
from typing import Any

import pytest

from caudal.intake.sheets.columns import NoKnownSheet, tables
from caudal.intake.sheets.tables import Table
from tests.unit.intake.books import ANA, CUSTOMERS, METERS, ana, book, dry_run, luis, meter, reading, said

DAY = date(2016, 3, 1)


def only(**sheets: Any) -> Table:
    (table,) = tables(book(**sheets))
    return table


def test_the_header_is_found_below_titles_and_blank_rows() -> None:
    titles = [["ACUEDUCTO MUNICIPAL — CLIENTES"], [], ["Generado el 01/02/2016"]]
    table = only(Hoja1=[*titles, CUSTOMERS, ana()])
    assert (table.kind, table.numbers) == ("customers", [5])


@pytest.mark.parametrize(
    "headings",
    [
        ("MEDIDOR No.", "FECHA DE LECTURA", "LECTURA ANTERIOR (M3)", "LECTURA ACTUAL (M3)"),
        ("Contador", "Fecha", "Anterior", "Actual"),
        ("Serie del medidor", "Fecha toma", "Lectura previa", "Lectura"),
        ("N° de serie", "fecha lectura del mes", "lect. anterior", "Lect. actual"),
    ],
)
def test_readings_are_known_by_synonyms(headings: tuple[str, ...]) -> None:
    table = only(Marzo=[headings, ["00012", DAY, 10, 20]])
    assert table.kind == "readings"
    cells = {name: column[0] for name, column in table.cells.items()}
    assert cells == {"meter": "00012", "read_on": DAY, "previous": 10, "current": 20}


@pytest.mark.parametrize(
    "heading",
    [
        "DUI",
        "Cédula",
        "N.º de identificación",
        "NIT / RUC",
        "Documento de identidad",
        "No. documento",
        "RUC cliente",
    ],
)
def test_an_identification_is_known_by_the_word_of_each_country(heading: str) -> None:
    table = only(Padron=[("Nombre completo", heading), ("Ana Mora", ANA)])
    assert table.cells == {"full_name": ["Ana Mora"], "identification": [ANA]}


def test_order_and_further_columns_are_free() -> None:
    headings = ("Ruta", "Teléfono", "DUI", "Código interno", "Apellidos", "Observación", "Nombres")
    table = only(X=[headings, ("R1", "2222", ANA, 7, "Mora", "", "Ana")])
    assert {name: column[0] for name, column in table.cells.items()} == {
        "given_names": "Ana",
        "surnames": "Mora",
        "identification": ANA,
        "phone": "2222",
    }


def test_a_date_of_the_reading_before_is_not_taken_for_the_register() -> None:
    headings = ("Medidor", "Fecha lectura anterior", "Fecha lectura", "Lectura anterior", "Lectura actual")
    table = only(L=[headings, ("1", date(2016, 1, 1), DAY, 10, 20)])
    assert (table.cells["read_on"], table.cells["previous"]) == ([DAY], [10])


def test_an_invoice_sheet_with_registers_is_still_one_of_invoices() -> None:
    headings = (
        *(
            "Recibo",
            "Cédula",
            "Contador",
            "Lectura anterior",
            "Lectura actual",
            "Consumo",
            "Emisión",
            "Vence",
        ),
        *("Rubro", "Total a pagar"),
    )
    cells = ("77", ANA, "1", 1, 2, 1, date(2016, 3, 5), date(2016, 3, 20), "Agua", 4.5)
    table = only(Cobros=[headings, cells])
    assert (table.kind, table.cells["total"], table.cells["quantity"]) == ("invoices", [4.5], [1])


def test_footers_captions_repeated_headers_and_blank_rows_are_no_data() -> None:
    rows = [
        METERS,
        ["SECTOR CENTRO", *[""] * 5],
        meter("00012"),
        [""] * 6,
        METERS,
        meter("00013"),
        ["TOTAL: 2", *[""] * 5],
        ["", "", "", "", "", "Elaborado por: Ana"],
        ["Suma", "", "", "", "", 2],
    ]
    assert only(Medidores=rows).numbers == [3, 6]


def test_a_note_below_the_only_required_column_is_no_person_but_who_is_called_so_is_one() -> None:
    headings = ("Nombres", "Apellidos", "Dirección", "Teléfono", "DUI")
    rows = [headings, ("Nota", "Gil", "Calle 3", "2222", ANA), ("", "", "", "", "Elaborado por: Ana")]
    assert only(Clientes=rows).numbers == [2]


def test_a_row_that_lacks_what_it_needs_is_data_and_wrong() -> None:
    analysis = dry_run(book(Clientes=[CUSTOMERS, ana(DUI=""), luis()]))
    assert said(analysis) == [("Clientes", 2, "DUI", "missing_value")]
    assert analysis.sheets["Clientes"] == {"new": 1, "changed": 0, "same": 0, "wrong": 1}


def test_several_sheets_of_one_kind_are_checked_together_and_counted_apart() -> None:
    headings = (
        "Medidor",
        "Fecha lectura",
        "Lectura anterior",
        "Lectura actual",
        "Consumo (m3)",
        "Observación",
    )
    analysis = dry_run(
        book(
            Clientes=[CUSTOMERS, ana()],
            Medidores=[METERS, meter()],
            L2015=[headings, reading(date(2015, 3, 1), 0, 50)],
            L2016=[headings, reading(date(2016, 3, 1), 50, 40), reading(date(2015, 3, 1), 0, 50)],
        )
    )
    assert analysis.sheets["L2015"] == {"new": 1, "changed": 0, "same": 0, "wrong": 0}
    assert analysis.sheets["L2016"] == {"new": 0, "changed": 0, "same": 1, "wrong": 1}
    assert ("L2016", 2, "Lectura actual", "below_previous") in said(analysis)


def test_a_workbook_of_something_else_is_refused() -> None:
    with pytest.raises(NoKnownSheet) as refused:
        tables(book(Gastos=[("Fecha", "Proveedor", "Monto"), (DAY, "Ferretería", 3)]))
    assert "Gastos" in refused.value.message


def test_a_sheet_nobody_knows_is_named_and_left_alone() -> None:
    analysis = dry_run(book(Clientes=[CUSTOMERS, ana()], Gastos=[("Fecha", "Monto"), (DAY, 3)]))
    assert analysis.unread == ("Gastos",)
    assert list(analysis.sheets) == ["Clientes"]
