"""A citizen with two years of bills, a phone, and a bank that is none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page

from caudal.access.models import User
from caudal.billing.models import Account, Invoice, Subscription
from caudal.common import clock
from caudal.kernel.periods import add_months, month_of
from caudal.metering.models import Connection
from tests import factories

PHONE: Any = {"width": 360, "height": 640}


@dataclass(frozen=True)
class Citizen:
    """María owes the last bill, and the one before it, which is overdue."""

    user: User
    account: Account
    water: Subscription
    connection: Connection
    overdue: Invoice
    current: Invoice


@pytest.fixture
def citizen(transactional_db: None, settings: Any) -> Citizen:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    settings.ALLOWED_HOSTS = ["*"]
    factories.organisation(minor_units=2, phone="2222-1010")
    user = factories.user("maria", email="maria@ejemplo.cr", name="María Fernández")
    holder = factories.party("María de los Ángeles", "Fernández-Guardia Echandi")
    holder.user = user
    holder.save()
    account = factories.account(holder)
    place = factories.connection()
    service = factories.service(
        "water", name="Agua", kind="metered", unit="m³", late_policies=factories.A_TENTH_A_DAY
    )
    water = factories.subscription(account, service, place)
    today = clock.today()
    late, now = today - timedelta(days=40), today - timedelta(days=5)
    overdue = bill(account, water, late, late + timedelta(days=30), "1000.00")
    current = bill(account, water, now, now + timedelta(days=15), "250.00")
    return Citizen(user, account, water, place, overdue, current)


def bill(account: Account, water: Subscription, on: date, due: date, amount: str) -> Invoice:
    return factories.invoice(
        account,
        factories.Line(amount, subscription=water),
        dated_on=on,
        due_date=due,
        connection=water.connection,
        origin="run",
        covers_from=add_months(month_of(on), -1),
        covers_to=month_of(on),
    )


@pytest.fixture
def enter(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open the portal on a phone as a user; as a guest without one. Options go to the browser's context."""
    contexts = []

    def open_as(user: User | None = None, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(viewport=PHONE, **options)
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    yield open_as
    for context in contexts:
        context.close()


def amount(text: str) -> Decimal:
    """A printed amount («₡1 250,00») as a number."""
    return Decimal("".join(c for c in text if c.isdigit() or c == ",").replace(",", "."))
