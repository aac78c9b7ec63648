"""A number is read as the town writes it; what could mean two things means what the town means."""

from decimal import Decimal

import pytest

from caudal.common.text import safe_text
from caudal.office.forms.fields import read_number
from caudal.registry.context import Town

SAN_JOSE = Town("San José", "municipality", "₡", "CRC", 2, ",", ".", "es-CR", {})
SAN_SALVADOR = Town("San Salvador", "community_board", "$", "USD", 2, ".", ",", "es-SV", {})


@pytest.mark.parametrize(
    ("typed", "there", "here"),
    [
        ("1284", "1284", "1284"),
        ("1.284", "1284", "1.284"),
        ("1,284", "1.284", "1284"),
        ("1.284,5", "1284.5", None),
        ("1,284.5", None, "1284.5"),
        ("12,5", "12.5", "12.5"),
        ("12.5", "12.5", "12.5"),
        (" 1 284 ", "1284", "1284"),
        ("-3", "-3", "-3"),
        (",5", "0.5", "0.5"),
    ],
)
def test_a_number_is_read_by_the_town(typed: str, there: str | None, here: str | None) -> None:
    assert read_number(typed, SAN_JOSE) == (None if there is None else Decimal(there))
    assert read_number(typed, SAN_SALVADOR) == (None if here is None else Decimal(here))


@pytest.mark.parametrize("typed", ["", "doce", "1e5", "NaN", "∞", "1,2,3", "12.34.56", "9" * 30])
def test_what_is_no_number_is_not_guessed(typed: str) -> None:
    assert read_number(typed, SAN_JOSE) is None


@pytest.mark.parametrize("text", ["=1+1", "+506 2222", "-1", "@cmd", "\t=1", "\r=1"])
def test_nothing_in_a_spreadsheet_is_run(text: str) -> None:
    assert safe_text(text) == f"'{text}"


def test_harmless_text_stays_as_it_is() -> None:
    assert safe_text("María = Ana") == "María = Ana"
