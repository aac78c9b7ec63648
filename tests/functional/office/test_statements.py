"""The statement of any day in the office: on the screen, on paper, as a workbook, per property and per account."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook

from caudal.billing import operations as billing
from caudal.billing.models import Account
from caudal.billing.operations.accounts import Place
from caudal.office.present.statements import payday
from caudal.registry.models import Property
from tests import factories
from tests.functional.office.conftest import BACKEND
from tests.support.pdf import text_of

pytestmark = pytest.mark.django_db
NOW = "2026-11-25 18:00:00+00:00"
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 5), date(2026, 10, 5), date(2026, 11, 5)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house() -> Property:
    factories.organisation(symbol="$", currency="USD", point=".", group=",")
    return Property.objects.create(cadastral_code="1-204-88", address="Calle 3")


@pytest.fixture
def debtor(house: Property) -> Account:
    """Water for no property: 100.00, half of it paid on 30 October, and 80.50; refuse for a house, 12.25, paid."""
    account = factories.account()
    water = factories.service("water", name="Agua", late_policies=factories.A_TENTH_A_DAY)
    refuse = factories.service("refuse", name="Basura")
    taken = billing.subscribe(
        account=account,
        tariff=factories.tariff(refuse).tariff,
        valid_from=factories.LONG_AGO,
        place=Place(property_id=house.pk),
    )
    first = factories.Line("12.25", subscription=taken)
    factories.invoice(account, first, dated_on=SEPTEMBER, due_date=date(2026, 9, 20))
    factories.pay(account, "12.25", date(2026, 9, 18))
    factories.invoice(account, factories.Line("100.00", water), dated_on=OCTOBER, due_date=date(2026, 10, 20))
    factories.pay(account, "51.00", date(2026, 10, 30))
    factories.invoice(account, factories.Line("80.50", water), dated_on=NOVEMBER, due_date=date(2026, 11, 20))
    return account


@pytest.fixture
def clerk(client: Client, house: Property) -> Client:
    client.force_login(factories.user("sofia", "service"), backend=BACKEND)
    return client


def page(clerk: Client, account: Account, **asked: str) -> Any:
    return clerk.get(f"/oficina/clientes/{account.holder_id}/estado/", asked)


def test_today_it_says_what_is_owed_and_what_it_would_be_on_the_thirtieth(
    clerk: Client, debtor: Account
) -> None:
    # 50.00 since 30 October, 26 days: 1.30. 80.50 since 20 November, 5 days: 0.40. Five days later 0.25 and 0.41 more.
    context = page(clerk, debtor).context
    assert context["owed"].total == Decimal("132.20")
    assert context["owed"].if_paid == (
        (date(2026, 11, 25), Decimal("132.20")),
        (date(2026, 11, 30), Decimal("132.86")),
    )
    assert [row["label"] for row in context["pending"]] == ["Agua", "Agua"]
    assert [row["total"] for row in context["paid"]] == [Decimal("1.00"), Decimal("12.25")]


def test_a_day_of_the_past_is_as_it_was(clerk: Client, debtor: Account) -> None:
    answer = page(clerk, debtor, al="2026-10-29")
    assert answer.context["owed"].total == Decimal("100.90")
    assert "Como estaba ese día" in answer.content.decode()
    assert "Si paga" not in answer.content.decode()


def test_each_property_and_what_has_none_are_statements_of_their_own(
    clerk: Client, debtor: Account, house: Property
) -> None:
    assert [chip["label"] for chip in page(clerk, debtor).context["chips"]] == [
        "Todo",
        "Propiedad 1-204-88",
        "Sin propiedad",
    ]
    place = page(clerk, debtor, propiedad=str(house.pk)).context
    assert (place["pending"], [row["total"] for row in place["paid"]]) == ([], [Decimal("12.25")])
    assert page(clerk, debtor, propiedad="ninguna").context["owed"].balance == Decimal("130.50")
    whole = clerk.get(f"/oficina/propiedades/{house.pk}/estado/")
    assert "Propiedad 1-204-88" in whole.content.decode()
    assert page(clerk, debtor, propiedad="987654").status_code == 404
    assert page(clerk, debtor, cuenta=str(debtor.pk + 1)).status_code == 404


def test_it_is_printed_and_taken_to_a_spreadsheet(clerk: Client, debtor: Account) -> None:
    said = text_of(page(clerk, debtor, formato="pdf").content)
    assert "Si paga el 30/11/2026: $132.86" in said
    assert "Lo pagado, lo último primero" in said
    book = load_workbook(BytesIO(page(clerk, debtor, formato="xlsx").content))
    assert book.sheetnames == ["Pendiente", "Pagado", "Movimientos"]
    rows = list(book["Pendiente"].values)
    assert rows[-1][:1] + rows[-1][5:8] == ("Total", 130.5, 1.7, 132.2)
    assert [row[5] for row in list(book["Movimientos"].values)[1:]] == [12.25, 0, 100, 101, 50, 130.5]


def test_a_day_that_is_none_is_said_to_be(clerk: Client, debtor: Account) -> None:
    answer = page(clerk, debtor, al="ayer")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 21), date(2026, 11, 30)),
        (date(2026, 11, 30), date(2026, 12, 30)),
        (date(2027, 1, 30), date(2027, 2, 28)),
        (date(2027, 2, 10), date(2027, 2, 28)),
    ],
)
def test_the_next_thirtieth_is_the_last_of_a_short_month(today: date, expected: date) -> None:
    assert payday(today) == expected


def test_the_page_of_a_property_leads_to_its_statement(clerk: Client, house: Property) -> None:
    page = clerk.get(f"/oficina/propiedades/{house.pk}/").content.decode()
    assert f"/oficina/propiedades/{house.pk}/estado/" in page
