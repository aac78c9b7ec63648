"""Workbooks as offices keep them, made for a test: as sheets in memory, or as files of every kind."""

import csv
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from caudal.intake.queries.analysis import Analysis, Town, Writing, analyse
from caudal.intake.sheets.workbook import Sheet, Workbook

Rows = Sequence[Sequence[Any]]
TODAY = date(2026, 11, 21)
SALVADOR = Town("SV", "dmy", ".")

CUSTOMERS = ("Nombres", "Apellidos", "DUI", "Correo", "Dirección", "Teléfono")
METERS = ("Serial", "DUI cliente", "Fecha de instalación", "Estado", "Sector", "Dirección")
READINGS = ("Medidor", "Fecha lectura", "Lectura anterior", "Lectura actual", "Consumo (m3)", "Observación")
INVOICES = (
    *("Factura No.", "DUI", "Medidor", "Desde", "Hasta", "Emisión", "Vencimiento", "Estado", "Concepto"),
    *("Precio unitario", "Cantidad", "Subtotal", "Impuesto", "Total"),
)


def dui(digits: str) -> str:
    """A right DUI that begins with these eight digits."""
    check = -sum(weight * int(d) for weight, d in zip(range(9, 1, -1), digits, strict=False)) % 10
    return f"{digits}-{check}"


ANA, LUIS = dui("04931345"), dui("31706690")


def ana(**changes: Any) -> list[Any]:
    return row(
        CUSTOMERS, {"Nombres": "Ana", "Apellidos": "Mora", "DUI": ANA, "Correo": "ana@ejemplo.sv"}, changes
    )


def luis(**changes: Any) -> list[Any]:
    return row(CUSTOMERS, {"Nombres": "Luis", "Apellidos": "Gil", "DUI": LUIS}, changes)


def meter(serial: str = "00012", **changes: Any) -> list[Any]:
    said = {
        "Serial": serial,
        "DUI cliente": ANA,
        "Fecha de instalación": date(2012, 1, 9),
        "Estado": "Activo",
    }
    return row(METERS, said, changes)


def reading(day: Any, previous: Any, current: Any, **changes: Any) -> list[Any]:
    said = {"Medidor": "00012", "Fecha lectura": day, "Lectura anterior": previous, "Lectura actual": current}
    if isinstance(current, (int, float)) and isinstance(previous, (int, float)):
        said["Consumo (m3)"] = current - previous
    return row(READINGS, said, changes)


def line(number: Any = 4501.0, quantity: float = 36, **changes: Any) -> list[Any]:
    said = {
        "Factura No.": number,
        "DUI": ANA,
        "Medidor": "00012",
        "Desde": date(2016, 9, 1),
        "Hasta": date(2016, 9, 30),
        "Emisión": date(2016, 10, 15),
        "Vencimiento": date(2016, 10, 30),
        "Estado": "Pendiente",
        "Concepto": "Consumo básico",
        "Precio unitario": 0.45,
        "Cantidad": quantity,
        "Subtotal": round(0.45 * quantity, 2),
        "Impuesto": 0.0,
        "Total": round(0.45 * quantity, 2),
    }
    return row(INVOICES, said, changes)


def sewer(number: Any = 4501.0, **changes: Any) -> list[Any]:
    said = {
        "Concepto": "Alcantarillado",
        "Precio unitario": 2.1,
        "Cantidad": 1,
        "Subtotal": 2.1,
        "Total": 2.1,
    }
    return line(number, **(said | changes))


def row(headings: Sequence[str], said: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Any]:
    """Cells in the order of the headings; what nobody says is empty."""
    cells = {**said, **changes}
    assert set(cells) <= set(headings), set(cells) - set(headings)
    return [cells.get(heading, "") for heading in headings]


def book(**sheets: Rows) -> Workbook:
    """An opened workbook; the sheets' cells as a file would give them."""
    name = "libro.xlsx"
    return Workbook(
        name, "xlsx", tuple(Sheet(title, [list(r) for r in rows]) for title, rows in sheets.items())
    )


def town_book(customers: Rows = (), meters: Rows = (), readings: Rows = (), invoices: Rows = ()) -> Workbook:
    """Sheets of every kind that has rows, with their headings on row 1: the first data row is row 2."""
    given = {"Clientes": customers, "Medidores": meters, "Lecturas": readings, "Facturas": invoices}
    headings = dict(zip(given, (CUSTOMERS, METERS, READINGS, INVOICES), strict=True))
    return book(**{name: [headings[name], *rows] for name, rows in given.items() if rows})


def dry_run(workbook: Workbook, *, town: Town = SALVADOR, **changes: str) -> Analysis:
    """What a workbook would do."""
    return analyse(workbook, town=town, today=TODAY, writing=Writing(**changes))


def said(analysis: Analysis) -> list[tuple[str, int, str, str]]:
    """The findings as (sheet, row, column, code)."""
    return [(one.sheet, one.row, one.column, one.code) for one in analysis.findings]


def write_xlsx(path: Path, **sheets: Rows) -> Path:
    """An xlsx file."""
    with xlsxwriter.Workbook(str(path)) as file:
        days = file.add_format({"num_format": "dd/mm/yyyy"})
        for title, rows in sheets.items():
            worksheet = file.add_worksheet(title)
            for i, cells in enumerate(rows):
                for j, cell in enumerate(cells):
                    if isinstance(cell, date):
                        worksheet.write_datetime(i, j, cell, days)
                    elif cell != "":
                        worksheet.write(i, j, cell)
    return path


def write_town(path: Path, workbook: Workbook) -> Path:
    """An opened workbook back into a file."""
    return write_xlsx(path, **{sheet.name: sheet.rows for sheet in workbook.sheets})


def write_csv(path: Path, rows: Rows, *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """A text file, dates as dd/mm/yyyy."""
    with path.open("w", newline="", encoding=encoding) as file:
        texts = [[f"{c:%d/%m/%Y}" if isinstance(c, date) else c for c in cells] for cells in rows]
        csv.writer(file, delimiter=delimiter).writerows(texts)
    return path


_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>{tables}
</office:spreadsheet></office:body></office:document-content>"""


def write_ods(path: Path, **sheets: Rows) -> Path:
    """An OpenDocument file, with the empty million rows that programs end a sheet with."""
    tail = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    tables = "".join(
        f'<table:table table:name="{title}">'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, r))}</table:table-row>" for r in rows)
        + f"{tail}</table:table>"
        for title, rows in sheets.items()
    )
    return write_ods_content(path, _ODS.format(tables=tables))


def write_ods_content(path: Path, content: str) -> Path:
    """An OpenDocument file with this content.xml."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def _ods_cell(cell: Any) -> str:
    if cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    if isinstance(cell, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def patched(source: Path, target: Path, part: str, old: bytes, new: bytes) -> Path:
    """A copy of a zip in which something in one of its parts reads otherwise."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new)
            after.writestr(name, content)
    return target
