"""Prices are changed by a new version: written, tried, understood, and only then published."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from caudal.common import clock
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
    page.get_by_label("Consumo").fill("31")
    page.get_by_role("button", name="Calcular").click()
    expect(page.get_by_text("$15.50").last).to_be_visible()


def test_a_tariff_without_an_open_last_block_is_refused_by_name(page_of_tariff: Page) -> None:
    page = page_of_tariff
    page.get_by_role("link", name="Nueva versión").click()
    page.get_by_label("Definición").fill(definition({"upto": "15", "price": "0.40"}))
    page.get_by_role("button", name="Revisar").click()
    expect(page.get_by_role("alert")).to_contain_text("El último bloque debe quedar abierto")
    page.get_by_role("button", name="Guardar borrador").click()
    expect(page.get_by_role("alert")).to_contain_text("Así no se puede publicar")
    expect(page.get_by_role("button", name="Publicar…")).to_have_count(0)


def test_a_new_version_is_published_with_its_effect_said_before(town: Town, page_of_tariff: Page) -> None:
    page, tomorrow = page_of_tariff, clock.today() + timedelta(days=1)
    page.get_by_role("link", name="Nueva versión").click()
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
