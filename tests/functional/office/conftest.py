"""A small town with one house that has a year of readings, and the office's door."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from caudal.access.models import User
from caudal.billing.models import Account
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.metering.models import Installation
from caudal.metering.operations.connections import ConnectionData
from caudal.metering.operations.meters import MeterData
from caudal.metering.operations.readings import Batch, NewReading
from caudal.registry.models import Party
from caudal.registry.operations import PartyData, save_sector
from caudal.tariffs.models import Tariff, TariffVersion
from caudal.workflows.customers import ChosenTariff, NewService, open_service
from caudal.workflows.readings import record_readings
from tests import factories

BACKEND = "caudal.office.signed_in.Backend"
PASSWORD = "una-clave-larga-1"
WIDE: Any = {"width": 1280, "height": 900}
PHONE: Any = {"width": 360, "height": 740}
FIRST_REGISTER, A_MONTH = 1000, 30
THIRTY_DAYS = timedelta(days=30)


@dataclass(frozen=True)
class Town:
    """What there is. `next_reading` is a day on which the house was not read yet."""

    water: Tariff
    prices: TariffVersion
    holder: Party
    account: Account
    house: Installation
    last_register: int
    next_reading: date


@pytest.fixture
def town(transactional_db: None) -> Town:
    """Water at 0.50 a m³; a house that uses thirty a month; a sector."""
    factories.organisation(symbol="$", currency="USD", point=".", group=",")
    save_sector(code="C", name="El Carmen", by=SYSTEM)
    water = factories.service("water", kind="metered", name="Agua", unit="m³")
    prices = factories.tariff(water)
    today = clock.today()
    begins = today - 12 * THIRTY_DAYS
    opened = open_service(
        form=NewService(
            starts_on=begins,
            connection=ConnectionData(address="75 m al sur de la escuela"),
            tariffs=(ChosenTariff(tariff_id=prices.tariff_id),),
            party=PartyData(
                given_names="María de los Ángeles",
                surnames="Fernández-Guardia Echandi",
                identification_type="cedula",
                identification="1-0843-0217",
                email="maria@ejemplo.cr",
            ),
            meter=MeterData(serial="A-0098721", digits=5),
            first_register=Decimal(FIRST_REGISTER),
        ),
        by=SYSTEM,
    )
    assert opened.installation is not None
    months = [begins + n * THIRTY_DAYS for n in range(1, 12)]
    readings = [
        NewReading(opened.installation.pk, month, Decimal(FIRST_REGISTER + A_MONTH * n))
        for n, month in enumerate(months, start=1)
    ]
    record_readings(readings=readings, batch=Batch(source="manual", on=today), by=SYSTEM)
    return Town(
        water=prices.tariff,
        prices=prices,
        holder=opened.party,
        account=opened.account,
        house=opened.installation,
        last_register=FIRST_REGISTER + A_MONTH * len(months),
        next_reading=today,
    )


@pytest.fixture
def enter(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open a page of the office as a user; options go to the browser's context."""
    contexts = []

    def open_as(user: User, path: str = "/oficina/", **options: Any) -> Page:
        context = browser.new_context(**({"viewport": WIDE} | options))
        contexts.append(context)
        client = Client()
        client.force_login(user, backend=BACKEND)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    yield open_as
    for context in contexts:
        context.close()
