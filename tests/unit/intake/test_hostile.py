"""Files that are no workbook, or that want to hurt: refused by name before they are parsed."""

import os
from pathlib import Path

import pytest

from caudal.common.errors import DomainError
from caudal.intake.sheets.containers import (
    DamagedWorkbook,
    EmptyWorkbook,
    EncryptedWorkbook,
    ExternalEntities,
    NotAWorkbook,
    TooLargeWorkbook,
    TooManyRows,
    ZipBomb,
)
from caudal.intake.sheets.workbook import open_workbook
from tests.unit.intake.books import READINGS, patched, write_ods_content, write_xlsx

SHEET = "xl/worksheets/sheet1.xml"
END = b"</sheetData>"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_xlsx(tmp_path / "small.xlsx", Lecturas=[READINGS, ["1", "2016-03-01", 1, 2, 1, ""]])


def refusal(path: Path) -> type[DomainError]:
    with pytest.raises(DomainError) as refused:
        open_workbook(path, name=path.name)
    assert path.name in refused.value.message
    return type(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("nada.xlsx", b"", EmptyWorkbook),
        ("blanco.csv", b"\n \n", EmptyWorkbook),
        ("foto.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, NotAWorkbook),
        ("pagina.xls", b"<html><table><tr><td>1</td></tr></table></html>", NotAWorkbook),
        ("renglon.csv", b"a," * 90_000, NotAWorkbook),
        ("basura.xls", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(range(256)) * 20, DamagedWorkbook),
        (
            "clave.xlsx",
            bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"),
            EncryptedWorkbook,
        ),
    ],
)
def test_a_file_is_known_by_what_it_holds_and_not_by_its_name(
    tmp_path: Path, name: str, content: bytes, error: type[DomainError]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path) is error


def test_a_workbook_cut_short_is_damaged(small: Path, tmp_path: Path) -> None:
    path = tmp_path / "cortado.xlsx"
    path.write_bytes(small.read_bytes()[: small.stat().st_size // 2])
    assert refusal(path) is DamagedWorkbook


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    assert refusal(write_xlsx(tmp_path / "vacio.xlsx", Hoja=[])) is EmptyWorkbook


def test_another_kind_of_zip_is_no_workbook(small: Path, tmp_path: Path) -> None:
    path = patched(small, tmp_path / "otro.zip", "xl/styles.xml", b"<", b"<")
    path.write_bytes(path.read_bytes().replace(b"xl/workbook.xml", b"xl/notebook.xml"))
    assert refusal(path) is NotAWorkbook


def test_a_million_declared_rows_are_refused_although_the_sheet_is_small(small: Path, tmp_path: Path) -> None:
    path = patched(small, tmp_path / "millon.xlsx", SHEET, b'ref="A1:F2"', b'ref="A1:F1048576"')
    assert refusal(path) is TooManyRows


@pytest.mark.parametrize(
    "cell",
    [
        b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        b"<row r='1048576'><c r='A1048576'><v>1</v></c></row>",
        b'<row r="9"><c\nr="A600000"><v>1</v></c></row>',
        b'<row r="490000"><c r="XFD490000"><v>1</v></c></row>',
    ],
)
def test_one_cell_far_away_does_not_make_the_parser_lay_out_everything_before_it(
    small: Path, tmp_path: Path, cell: bytes
) -> None:
    assert refusal(patched(small, tmp_path / "lejos.xlsx", SHEET, END, cell + END)) is TooManyRows


def test_what_unpacks_to_gigabytes_is_not_unpacked(small: Path, tmp_path: Path) -> None:
    path = patched(small, tmp_path / "bomba.xlsx", SHEET, END, b" " * 50_000_000 + END)
    assert path.stat().st_size < 100_000
    assert refusal(path) is ZipBomb


def test_a_workbook_that_defines_entities_is_not_parsed(small: Path, tmp_path: Path) -> None:
    doctype = b'?>\n<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
    path = patched(small, tmp_path / "entidad.xlsx", SHEET, b"?>\n", doctype)
    assert refusal(path) is ExternalEntities


def test_an_opendocument_row_repeated_a_million_times_is_refused_unless_it_is_empty(tmp_path: Path) -> None:
    cell = (
        '<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>'
    )
    table = '<office:spreadsheet><table:table table:name="H"><table:table-row {0}>{1}</table:table-row></table:table>'
    repeated = 'table:number-rows-repeated="1000000"'
    full = write_ods_content(tmp_path / "lleno.ods", table.format(repeated, cell))
    assert refusal(full) is TooManyRows
    wide = cell.replace("<table:table-cell ", '<table:table-cell table:number-columns-repeated="9000000" ')
    assert refusal(write_ods_content(tmp_path / "ancho.ods", table.format("", wide))) is TooManyRows


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "grande.csv"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 41_000_000)
    assert refusal(path) is TooLargeWorkbook


@pytest.mark.parametrize("place", range(0, 5000, 331))
def test_a_file_with_broken_bytes_is_read_or_refused_but_never_crashes(
    small: Path, tmp_path: Path, place: int
) -> None:
    content = bytearray(small.read_bytes())
    content[place % len(content)] ^= 0xFF
    path = tmp_path / "roto.xlsx"
    path.write_bytes(content)
    try:
        assert open_workbook(path, name="roto.xlsx").sheets
    except DomainError as refused:
        assert refused.code in ("damaged_workbook", "not_a_workbook", "encrypted_workbook", "zip_bomb")
