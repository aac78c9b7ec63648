"""Identifications are checked by the rule of their country, and printed as people write them."""

import pytest

from caudal.registry.identifications import (
    UnknownIdentificationType,
    WrongIdentification,
    check,
    recognise,
    types_for,
)


@pytest.mark.parametrize("typed", ["00016297-5", "000162975", " 00016297-5 "])
def test_a_dui_is_one_with_and_without_its_dash(typed: str) -> None:
    assert check(country="SV", type_code="dui", text=typed) == "00016297-5"


@pytest.mark.parametrize("typed", ["00016297-4", "16297-5", "0001629A-5", "0000162975"])
def test_a_dui_with_a_wrong_check_digit_or_length_is_refused(typed: str) -> None:
    with pytest.raises(WrongIdentification) as refused:
        check(country="SV", type_code="dui", text=typed)
    assert refused.value.facts["value"] == typed


@pytest.mark.parametrize(
    ("country", "type_code", "typed", "printed"),
    [
        ("CR", "cedula", "106130584", "1-0613-0584"),
        ("CR", "juridica", "3-101-999999", "3-101-999999"),
        ("CO", "nit", "213.123.432-1", "213.123.432-1"),
        ("GT", "nit", "576937-K", "576937-K"),
        ("PE", "ruc", "20512333797", "20512333797"),
        ("DO", "cedula", "00113918205", "001-1391820-5"),
    ],
)
def test_each_country_checks_its_own(country: str, type_code: str, typed: str, printed: str) -> None:
    assert check(country=country, type_code=type_code, text=typed) == printed


def test_a_passport_has_no_rule_but_must_say_something() -> None:
    assert check(country="CR", type_code="passport", text="  PA  8812 ") == "PA 8812"
    with pytest.raises(WrongIdentification):
        check(country="CR", type_code="passport", text=" - ")


def test_a_type_of_another_country_is_unknown() -> None:
    with pytest.raises(UnknownIdentificationType):
        check(country="CR", type_code="dui", text="00016297-5")


def test_the_type_of_a_number_is_recognised_by_its_own_rule() -> None:
    assert recognise(country="SV", text="000162975") == ("dui", "00016297-5")
    assert recognise(country="CR", text="3101999999") == ("juridica", "3-101-999999")
    assert recognise(country="SV", text="Juan") is None


def test_every_country_has_a_way_out_for_foreigners() -> None:
    assert [kind.code for kind in types_for("XX")] == ["passport", "other"]
