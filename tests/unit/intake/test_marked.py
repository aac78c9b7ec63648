"""The file comes back as it was, with its faults marked; and the template is understood."""

from pathlib import Path

import openpyxl
import pytest

from caudal.intake.sheets.columns import table_of
from caudal.intake.sheets.marked import write_marked
from caudal.intake.sheets.template import SHEETS, write_template
from caudal.intake.sheets.workbook import Workbook, open_workbook
from tests.unit.intake.books import CUSTOMERS, ana, book, dry_run, luis, meter, town_book


def marked(workbook: Workbook, tmp_path: Path) -> tuple[Path, Workbook]:
    path = tmp_path / "revisado.xlsx"
    write_marked(workbook, dry_run(workbook).findings, path)
    return path, open_workbook(path, name=path.name)


def test_wrong_cells_are_coloured_and_say_why_and_all_else_is_as_it_was(tmp_path: Path) -> None:
    workbook = book(Clientes=[["PADRÓN"], [], CUSTOMERS, ana(DUI="04931345-9"), luis(Correo="no")])
    path, _again = marked(workbook, tmp_path)
    sheet = openpyxl.load_workbook(path)["Clientes"]
    assert [sheet["A1"].value, sheet["A4"].value, sheet["C4"].value] == ["PADRÓN", "Ana", "04931345-9"]
    assert sheet["C4"].comment.text == dry_run(workbook).findings[0].message
    assert sheet["C4"].fill.fgColor.rgb != sheet["D5"].fill.fgColor.rgb
    assert sheet["C5"].comment is None


def test_the_marked_file_brought_again_says_the_same(tmp_path: Path) -> None:
    workbook = town_book([ana(DUI="04931345-9"), luis()], [meter(**{"Fecha de instalación": "31/02/2012"})])
    before, after = dry_run(workbook), dry_run(marked(workbook, tmp_path)[1])
    assert after.sheets == before.sheets
    assert [one.to_json() for one in after.findings] == [one.to_json() for one in before.findings]


@pytest.mark.parametrize("text", ["=1+1", "+2", "-3", "@SUM(A1)", "\t=1"])
def test_nothing_in_it_becomes_a_formula(tmp_path: Path, text: str) -> None:
    path, _again = marked(book(Clientes=[CUSTOMERS, ana(Dirección=text)]), tmp_path)
    cell = openpyxl.load_workbook(path)["Clientes"]["E2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)


def test_titles_that_excel_refuses_are_made_acceptable(tmp_path: Path) -> None:
    long = "Clientes de [toda] la zona: norte/sur y más allá"
    workbook = book(**{long: [CUSTOMERS, ana(Correo="x")], long + "!": [["nota"]]})
    titles = openpyxl.load_workbook(marked(workbook, tmp_path)[0]).sheetnames
    assert len({title.casefold() for title in titles}) == len(titles) == 3
    assert all(len(title) <= 31 for title in titles)


@pytest.mark.parametrize("country", ["SV", "CR", "CO", "PE", "XX"])
def test_every_column_of_the_template_is_understood(tmp_path: Path, country: str) -> None:
    path = tmp_path / "plantilla.xlsx"
    write_template(path, country=country)
    sheets = {sheet.name: sheet for sheet in open_workbook(path, name=path.name).sheets}
    for title, columns in SHEETS.items():
        table = table_of(sheets[title])
        assert table is not None
        assert len(table.cells) == len(columns)
