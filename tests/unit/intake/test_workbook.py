"""The same table comes out of every kind of file."""

from datetime import date
from pathlib import Path

import pytest

from caudal.intake.sheets.columns import tables
from caudal.intake.sheets.workbook import open_workbook
from tests.unit.intake.books import READINGS, dry_run, said, write_csv, write_ods, write_xlsx

ROWS = [
    READINGS,
    ["00012", date(2016, 3, 25), 100, 110.5, 10.5, "Ñandú, ¿averiado?"],
    ["00012", date(2016, 5, 1), 110.5, 120, 9.5, ""],
]


def test_xlsx_and_ods_keep_dates_numbers_and_leading_zeros(tmp_path: Path) -> None:
    for path in (
        write_xlsx(tmp_path / "l.xlsx", Lecturas=ROWS),
        write_ods(tmp_path / "l.ods", Lecturas=ROWS),
    ):
        book = open_workbook(path, name=path.name)
        (table,) = tables(book)
        assert book.kind == path.suffix[1:]
        assert list(table.raw("meter")) == ["00012", "00012"]
        assert list(table.raw("read_on")) == [date(2016, 3, 25), date(2016, 5, 1)]
        assert list(table.raw("current")) == [110.5, 120]
        assert table.numbers == [2, 3]


@pytest.mark.parametrize("delimiter", list(";,\t|"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_whatever_its_sign_and_its_alphabet(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    path = write_csv(tmp_path / "marzo.csv", ROWS, delimiter=delimiter, encoding=encoding)
    analysis = dry_run(open_workbook(path, name="marzo.csv"))
    assert said(analysis) == [("marzo", n, "Medidor", "unknown_meter") for n in (2, 3)]
    (table,) = tables(open_workbook(path, name="marzo.csv"))
    assert table.raw("note")[0] == "Ñandú, ¿averiado?"


def test_decimal_commas_do_not_pass_for_columns(tmp_path: Path) -> None:
    rows = [[str(cell).replace(".", ",") for cell in row] for row in ROWS]
    path = write_csv(tmp_path / "l.csv", rows, delimiter=";")
    (table,) = tables(open_workbook(path, name="l.csv"))
    assert list(table.raw("current")) == ["110,5", "120"]
