"""What one cell means."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.intake.sheets.values import (
    COMMA,
    DMY,
    MDY,
    POINT,
    Problem,
    date_order_shown,
    decimal_sign_shown,
    read_date,
    read_id,
    read_name,
    read_number,
)

MARCH = date(2016, 3, 1)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "01/03/2016",
            "1-3-16",
            "1.3.2016",
            "01/03/2016 00:00",
            "2016-03-01",
            "2016/3/1",
            "2016-03-01T06:30:00",
        ),
        *(
            "1 de marzo de 2016",
            "1º de marzo de 2016",
            "martes 01-mar-16",
            "mar 1, 2016",
            "20160301",
            "42430",
            42430.0,
        ),
        *(MARCH, datetime.fromisoformat("2016-03-01T08:00")),
    ],
)
def test_the_first_of_march_in_every_writing(cell: Any) -> None:
    assert read_date(cell, order=DMY) == MARCH


def test_the_order_of_a_text_date_is_that_of_the_file() -> None:
    assert read_date("03/01/2016", order=MDY) == MARCH
    assert read_date("03/01/2016", order=None) == Problem("undecided_date_order")
    assert read_date("05/05/2016", order=None) == date(2016, 5, 5)


@pytest.mark.parametrize(
    "cell", ["31/02/2012", "2012-02-30", "30 de febrero de 2012", "12/09/1810", date(2210, 1, 1)]
)
def test_a_day_that_does_not_exist_is_impossible(cell: Any) -> None:
    assert read_date(cell, order=DMY) == Problem("impossible_date")


@pytest.mark.parametrize("cell", ["pendiente", "marzo", "2016", "1/2", 3.0, True])
def test_what_is_no_date_is_told(cell: Any) -> None:
    assert read_date(cell, order=DMY) == Problem("not_a_date")


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("25/03/2016", DMY),
        ("03/25/2016", MDY),
        ("03/04/2016", None),
        ("31/02/2016", None),
        ("2016-03-25", None),
    ],
)
def test_a_number_above_twelve_shows_the_order(cell: str, order: str | None) -> None:
    assert date_order_shown(cell) == order


@given(st.dates(date(1930, 1, 1), date(2098, 12, 31)), st.sampled_from([DMY, MDY]))
def test_a_date_written_in_the_files_order_is_read_back(day: date, order: str) -> None:
    text = f"{day:%d/%m/%Y}" if order == DMY else f"{day:%m/%d/%Y}"
    assert read_date(text, order=order) == day
    assert date_order_shown(text) in (order, None)


@pytest.mark.parametrize(
    ("cell", "sign", "number"),
    [
        ("155,00", COMMA, "155.00"),
        ("1.234,5", COMMA, "1234.5"),
        ("1.234", COMMA, "1234"),
        ("1.234", POINT, "1.234"),
        ("$ 1,234.50", POINT, "1234.50"),
        ("₡12.480", COMMA, "12480"),
        ("1 234,5", COMMA, "1234.5"),
        ("1'234.5", POINT, "1234.5"),
        ("12 m3", None, "12"),
        ("-3,5", COMMA, "-3.5"),
        ("(3.50)", POINT, "-3.50"),
        (".5", POINT, "0.5"),
        (16.200000000000003, None, "16.2"),
        (109.0, None, "109"),
    ],
)
def test_a_number_by_the_files_sign(cell: str | float, sign: str | None, number: str) -> None:
    assert read_number(cell, sign=sign) == Decimal(number)


@pytest.mark.parametrize("cell", ["no se pudo leer", "12abc", "1,23,4", "O45", "12/5", MARCH])
def test_what_is_no_number_is_told(cell: Any) -> None:
    assert read_number(cell, sign=COMMA) == Problem("not_a_number")


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        *(("155,00", COMMA), ("12.5", POINT), ("1.234,50", COMMA), ("1,234.50", POINT), ("1.234.567", COMMA)),
        *(("0,450", COMMA), ("1.234", None), ("1,234", None), ("1234", None), ("no", None)),
    ],
)
def test_a_text_number_shows_its_sign_where_it_can_only_be_one(cell: str, sign: str | None) -> None:
    assert decimal_sign_shown(cell) == sign


@given(st.decimals(0, 10**9, places=2), st.sampled_from([COMMA, POINT]))
def test_a_number_written_with_the_files_sign_is_read_back(number: Decimal, sign: str) -> None:
    text = f"{number:,.2f}" if sign == POINT else f"{number:,.2f}".translate(str.maketrans(".,", ",."))
    assert read_number(text, sign=sign) == number
    assert decimal_sign_shown(text) == sign


@pytest.mark.parametrize(
    ("cell", "text"),
    [(4501.0, "4501"), ("00012", "00012"), ("  A  12 ", "A 12"), ("123–4", "123-4"), (12, "12"), ("", None)],
)
def test_an_identifier_is_text(cell: str | float, text: str | None) -> None:
    assert read_id(cell) == text


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("  MARÍA  DE LOS ÁNGELES ", "María de los Ángeles"),
        ("FERNÁNDEZ-GUARDIA ECHANDI", "Fernández-Guardia Echandi"),
        ("juan pérez", "Juan Pérez"),
        ("Juan PÉREZ", "Juan Pérez"),
        ("McDonald", "McDonald"),
        ("O'BRIEN", "O'Brien"),
        ("ACUEDUCTO RURAL S.A. DE C.V.", "Acueducto Rural S.A. de C.V."),
        ("JUAN PABLO II", "Juan Pablo II"),
    ],
)
def test_a_name_is_lowered_from_shouting(cell: str, name: str) -> None:
    assert read_name(cell) == name
