"""What organisations begin with is data, and every combination of kind and country of it is usable."""

from datetime import date

import pytest

from caudal.kernel.late_policies import parse_late_policies
from caudal.kernel.pricing import parse_tariff
from caudal.registry.identifications import types_for
from caudal.workflows.founding import TITLES, countries, preset_of
from caudal.workflows.founding.presets import holidays_of

HOME = ("CO", "CR", "MX", "PE", "SV")


def test_five_countries_have_words_of_their_own() -> None:
    assert sorted(countries()) == list(HOME)


@pytest.mark.parametrize("country", HOME)
@pytest.mark.parametrize("kind", TITLES)
def test_a_preset_can_be_read_to_the_last_price(kind: str, country: str) -> None:
    preset = preset_of(kind, country)
    assert preset.locale == f"es-{country}"
    codes = {service.code for service in preset.services}
    assert "intereses" in codes
    for service in preset.services:
        parse_late_policies(service.late_policies)
    for definition in preset.tariffs.values():
        assert definition["service"] in codes
        parse_tariff(definition)
    assert {"account", "document", "cut", "refuse", "clearance"} <= set(preset.vocabulary)


@pytest.mark.parametrize("country", HOME)
def test_a_country_knows_its_identifications_and_its_holidays(country: str) -> None:
    assert len(types_for(country)) > 2
    days = holidays_of(country, on=date(2026, 6, 1))
    assert "2026-01-01" in days and "2030-01-01" in days


def test_words_differ_by_country() -> None:
    said = {country: preset_of("water-utility", country).vocabulary["clearance"] for country in HOME}
    assert (said["CO"], said["SV"]) == ("paz y salvo", "solvencia")
    assert preset_of("community-board", "SV").vocabulary["account"] == "Asociado"


def test_taxes_and_names_are_those_of_the_country() -> None:
    water = {s.code: s for s in preset_of("water-utility", "PE").services}["agua"]
    assert (water.tax_name, str(water.tax_percent)) == ("IGV", "18")
    names = {s.code: s.name for s in preset_of("municipality", "CO").services}
    assert names["bienes-inmuebles"] == "Impuesto predial"
    assert preset_of("municipality", "CO").tariffs["bienes-inmuebles"]["name"] == "Impuesto predial"
    assert "bienes-inmuebles" not in {s.code for s in preset_of("municipality", "SV").services}


def test_a_country_without_a_file_begins_as_the_kind_does_at_home() -> None:
    assert preset_of("municipality", "BO").vocabulary == preset_of("municipality").vocabulary
    assert holidays_of("ZZ", on=date(2026, 1, 1)) == ()
