"""Prices are changed by a new version: written, tried, understood, and only then published."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from caudal.common import clock
from caudal.office.forms.plain_tariff import PlainVersionForm, plain_values
from caudal.tariffs.models import TariffVersion
from tests import factories
from tests.functional.office.conftest import Town

Enter = Callable[..., Page]


@pytest.fixture
def page_of_tariff(town: Town, enter: Enter) -> Page:
    return enter(factories.user("beto", "billing"), f"/oficina/tarifas/{town.water.pk}/")


def definition(*blocks: dict[str, Any]) -> str:
    component = {"kind": "blocks", "code": "consumo", "name": "Consumo", "blocks": list(blocks)}
    return json.dumps({"format": 1, "name": "Agua 2027", "unit": "m³", "components": [component]})


def test_a_case_is_tried_before_anything_is_published(page_of_tariff: Page) -> None:
    page = page_of_tariff
    page.get_by_role("textbox", name="Consumo").fill("31")
    page.get_by_role("button", name="Calcular").click()
    expect(page.get_by_text("$15.50").last).to_be_visible()


def test_a_tariff_without_an_open_last_block_is_refused_by_name(page_of_tariff: Page) -> None:
    page = page_of_tariff
    page.get_by_role("link", name="Nueva versión").click()
    page.get_by_role("link", name="Escribirla como archivo").click()
    page.get_by_label("Definición").fill(definition({"upto": "15", "price": "0.40"}))
    page.get_by_role("button", name="Revisar").click()
    expect(page.get_by_role("alert")).to_contain_text("El último bloque debe quedar abierto")
    page.get_by_role("button", name="Guardar borrador").click()
    expect(page.get_by_role("alert")).to_contain_text("Así no se puede publicar")
    expect(page.get_by_role("button", name="Publicar…")).to_have_count(0)


def test_a_new_version_is_published_with_its_effect_said_before(town: Town, page_of_tariff: Page) -> None:
    page, tomorrow = page_of_tariff, clock.today() + timedelta(days=1)
    page.get_by_role("link", name="Nueva versión").click()
    page.get_by_role("link", name="Escribirla como archivo").click()
    page.get_by_label("Rige desde").fill(tomorrow.isoformat())
    page.get_by_label("Definición").fill(definition({"upto": "10", "price": "0.40"}, {"price": 0.8}))
    page.get_by_role("button", name="Guardar borrador").click()
    expect(page.get_by_role("row", name="Hasta 10 m³")).to_contain_text("$0.40")
    page.get_by_role("button", name="Publicar…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("$10.00")
    expect(dialog).to_contain_text("$12.00")
    dialog.get_by_role("button", name="Publicar desde").click()
    expect(page.get_by_text("Programada").first).to_be_visible()
    new = TariffVersion.objects.get(valid_from=tomorrow)
    assert new.published_at is not None
    town.prices.refresh_from_db()
    assert town.prices.valid_to == tomorrow


def test_a_tariff_is_written_by_fields_and_says_what_it_means(town: Town, enter: Enter) -> None:
    page = enter(factories.user("beto", "billing"), "/oficina/tarifas/nueva/")
    page.get_by_label("Servicio", exact=True).select_option("Agua")
    page.get_by_label("Nombre").fill("Agua comercial")
    page.get_by_label("Código").fill("agua-comercial")
    page.get_by_label("Cargo fijo por mes").fill("2.50")
    for name, value in (("upto_1", "15"), ("price_1", "0.40"), ("price_2", "0.655")):
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Guardar borrador").click()
    expect(page.get_by_role("row", name="Hasta 15 m³")).to_contain_text("$0.40")
    made = TariffVersion.objects.get(tariff__code="agua-comercial").definition
    assert made == {
        "format": 1,
        "name": "Agua comercial",
        "unit": "m³",
        "components": [
            {"code": "cargo-fijo", "name": "Cargo fijo", "kind": "fixed", "amount": "2.50"},
            {
                "code": "consumo",
                "name": "Consumo",
                "kind": "blocks",
                "blocks": [{"upto": "15", "price": "0.40"}, {"price": "0.655"}],
            },
        ],
    }


def test_a_last_block_left_with_a_limit_is_refused_beside_the_fields(page_of_tariff: Page) -> None:
    page = page_of_tariff
    page.get_by_role("link", name="Nueva versión").click()
    page.locator("[name=upto_1]").fill("15")
    page.get_by_role("button", name="Revisar").click()
    expect(page.get_by_role("alert")).to_contain_text("El último bloque debe quedar abierto")


def test_fields_leave_what_they_do_not_ask_as_it_was(town: Town) -> None:
    base = town.prices.definition | {"rounding": "line"}
    values = plain_values(base)
    assert values is not None
    form = PlainVersionForm({**values, "price_1": "0.75", "valid_from": "2027-01-01"}, base=base, initial={})
    assert form.is_valid(), form.errors
    before = base["components"][0]
    assert form.content() == base | {"components": [before | {"price": "0.75"}]}


@pytest.mark.parametrize(
    "component",
    [
        {"kind": "fixed", "code": "f", "amount": {"by": ["size"], "values": [[["15"], "1"]]}},
        {"kind": "fixed", "code": "f", "amount": "1", "per": "day"},
        {"kind": "blocks", "code": "b", "method": "whole", "blocks": [{"price": "1"}]},
        {"kind": "ad_valorem", "code": "a", "rate": "0.5", "parts": 4},
    ],
    ids=["by attribute", "per day", "whole quantity", "ad valorem"],
)
def test_what_fields_cannot_say_stays_a_file(component: dict[str, Any]) -> None:
    assert plain_values({"format": 1, "components": [component]}) is None
