"""Nothing keeps people out: axe finds nothing serious on the office's pages, wide and narrow, light and dark."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from caudal.common import clock
from caudal.metering.models import Reading
from caudal.metering.operations.readings import NewReading
from caudal.registry.operations import PropertyData, add_owner, create_property
from caudal.workflows.readings import record_reading
from tests import factories
from tests.functional.office.conftest import PHONE, WIDE, Town

SERIOUS = ("serious", "critical")


def pages(town: Town) -> list[str]:
    """One of each kind, with rows in it."""
    waiting = NewReading(town.house.pk, town.next_reading, Reading.objects.latest("id").register + 500)
    user = factories.user("ana", "administrator", name="Ana Brenes")
    record_reading(reading=waiting, on=clock.today(), by=user.actor)
    invoice = factories.invoice(
        town.account, "25.00", dated_on=clock.today(), due_date=clock.today() + timedelta(days=900)
    )
    house = create_property(
        data=PropertyData(cadastral_code="6-118204-000", address="Del parque 75 m al sur")
    )
    add_owner(property_id=house.pk, party_id=town.holder.pk, valid_from=date(2020, 1, 1), by=user.actor)
    return [
        "",
        "propiedades/",
        f"propiedades/{house.pk}/",
        f"propiedades/{house.pk}/cambio/",
        f"propiedades/{house.pk}/editar/",
        f"propiedades/{house.pk}/cerrar/",
        "sectores/",
        "patentes/nuevo/",
        f"clientes/{town.holder.pk}/?ver=places",
        "clientes/",
        "clientes/nuevo/",
        f"clientes/{town.holder.pk}/",
        "conexiones/",
        f"conexiones/{town.house.connection_id}/",
        "medidores/",
        "lecturas/",
        "lecturas/todas/",
        "lecturas/critica/",
        "alertas/",
        "facturacion/",
        "facturas/",
        f"facturas/{invoice.pk}/",
        f"borradores/nuevo/?cuenta={town.account.pk}&conexion={town.house.connection_id}",
        "tarifas/",
        f"tarifas/{town.water.pk}/",
        "servicios/",
        f"servicios/{town.water.service_id}/",
        f"servicios/{town.water.service_id}/editar/",
        f"conexiones/{town.house.connection_id}/editar/",
        f"conexiones/{town.house.connection_id}/cerrar/",
        f"medidores/{town.house.meter_id}/",
        "facturacion/meses/",
        "facturacion/meses/nuevo/",
        "facturacion/ciclos/nuevo/",
        "usuarios/",
        "configuracion/",
    ]


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_window(
    size: dict[str, int], scheme: str, town: Town, enter: Callable[..., Page]
) -> None:
    addresses = pages(town)
    page = enter(factories.user("eva", "administrator", name="Eva Mora"), viewport=size, color_scheme=scheme)
    problems: list[object] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    base = page.url
    for address in addresses:
        page.goto(base + address)
        found = Axe().run(page).response["violations"]
        problems += [(address, v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append((address, "wider than the window"))
    assert problems == []
