"""An empty workbook with the headings that are understood, and how to fill it in."""

from pathlib import Path
from typing import Final

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from caudal.registry.identifications import types_for

# What people see: Spanish, like every sheet that comes back. {id} is the country's own identification.
SHEETS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "Clientes": (
        ("Nombres", "text"),
        ("Apellidos", "text"),
        ("{id}", "text"),
        ("Correo", "text"),
        ("Dirección", "text"),
        ("Teléfono", "text"),
    ),
    "Medidores": (
        ("Serial", "text"),
        ("{id} cliente", "text"),
        ("Fecha de instalación", "date"),
        ("Estado", "text"),
        ("Sector", "text"),
        ("Dirección", "text"),
    ),
    "Lecturas": (
        ("Medidor", "text"),
        ("Fecha lectura", "date"),
        ("Lectura anterior", "number"),
        ("Lectura actual", "number"),
        ("Consumo (m3)", "number"),
        ("Observación", "text"),
    ),
    "Facturas": (
        ("Factura No.", "text"),
        ("{id}", "text"),
        ("Medidor", "text"),
        ("Desde", "date"),
        ("Hasta", "date"),
        ("Emisión", "date"),
        ("Vencimiento", "date"),
        ("Estado", "text"),
        ("Concepto", "text"),
        ("Precio unitario", "number"),
        ("Cantidad", "number"),
        ("Subtotal", "number"),
        ("Impuesto", "number"),
        ("Total", "number"),
    ),
}
INSTRUCTIONS: Final = (
    "Cómo llenar este libro",
    "",
    "Una hoja para cada cosa: Clientes, Medidores, Lecturas y Facturas. Deje vacías las que no necesite.",
    "Clientes: una fila por persona o empresa. Sin correo, la factura se imprime.",
    "Medidores: una fila por medidor, con la identificación de su cliente.",
    "Lecturas: una fila por medidor y fecha. El consumo puede faltar: se calcula de las dos lecturas.",
    "Facturas: una fila por concepto; las filas de una misma factura repiten su número, cliente y fechas.",
    "Escriba las facturas que todavía se deben y las de los últimos meses. «Pagada» o una fecha de pago las salda.",
    "",
    "Las identificaciones y los seriales son texto: así conservan sus ceros a la izquierda.",
    "Escriba las fechas como fechas (dd/mm/aaaa) y los números como números, todos de la misma manera.",
    "Puede agregar columnas, cambiar su orden y escribir títulos encima: se reconocen por sus palabras.",
    "",
    "Antes de guardar nada se revisa todo, y usted ve fila por fila lo que entraría y lo que hay que corregir.",
)
# Documents that a country without rules of its own falls back to.
UNRULED: Final = frozenset({"passport", "other"})
WIDTHS: Final = {"text": 22, "date": 18, "number": 16}


def write_template(target: Path, *, country: str) -> None:
    """Write the template as xlsx to `target`, with the identification of a country (ISO code)."""
    own = types_for(country)[0]
    name = "Identificación" if own.code in UNRULED else str(own.name)
    name = name[:1].upper() + name[1:]
    with xlsxwriter.Workbook(str(target)) as book:
        bold = book.add_format({"bold": True, "bg_color": "#DCE9F5", "bottom": 1})
        forms = {
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
            "number": book.add_format({"num_format": "0.###"}),
        }
        help_sheet = book.add_worksheet("Instrucciones")
        help_sheet.set_column(0, 0, 110)
        for row, line in enumerate(INSTRUCTIONS):
            help_sheet.write_string(row, 0, line, bold if row == 0 else None)
        for title, columns in SHEETS.items():
            sheet: Worksheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            for place, (heading, form) in enumerate(columns):
                sheet.set_column(place, place, WIDTHS[form], forms[form])
                sheet.write_string(0, place, heading.format(id=name), bold)
