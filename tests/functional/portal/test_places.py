"""Several properties, each with what it owes; one's own page for each; the answer first on a telephone."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.billing.models import Invoice
from caudal.common import clock
from caudal.receivables.queries import account_balance
from caudal.registry.models import Ownership, Party, Property, PropertyAccess, Representation
from tests import factories
from tests.functional.portal.conftest import Citizen, bill

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(citizen: Citizen) -> Invoice:
    """María's second house, with a bill of 12.00 that is not due yet."""
    home = Property.objects.create(cadastral_code="1-234", address="Barrio San Martín, casa 9")
    at = factories.connection(property_id=home.pk, address="Barrio San Martín, casa 9")
    water = factories.subscription(citizen.account, citizen.water.service, at)
    today = clock.today()
    return bill(citizen.account, water, today, today + timedelta(days=9), "12.00")


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def place_of(invoice: Invoice) -> str:
    assert invoice.connection is not None
    return f"/lugares/p{invoice.connection.property_id}/"


def test_home_tells_each_place_with_what_it_owes(citizen: Citizen, house: Invoice, enter: Enter) -> None:
    page = enter(citizen.user)
    rows = page.locator("section[aria-labelledby=t-prop] li")
    assert [row.locator("b").inner_text() for row in rows.all()] == ["₡12,00", "₡1.260,00"]
    expect(rows.nth(0)).to_contain_text("Barrio San Martín, casa 9")
    expect(rows.nth(1)).to_contain_text("Vencida")
    expect(page.get_by_role("link", name="Pagar ₡1.272,00")).to_be_in_viewport(ratio=1)


def test_a_place_pays_what_it_owes_and_nothing_else(citizen: Citizen, house: Invoice, enter: Enter) -> None:
    page = enter(citizen.user, java_script_enabled=False)
    page.get_by_role("link", name="Barrio San Martín, casa 9").click()
    expect(page.get_by_role("button", name="Pagar ₡12,00")).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Abonado")).to_have_count(2)
    page.get_by_role("button", name="Pagar ₡12,00").click()
    page.get_by_role("button", name="Pagar ₡12,00").click()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()
    assert account_balance(account_id=citizen.account.pk) == Decimal("1250.00")


def test_anothers_place_is_not_there(citizen: Citizen, house: Invoice) -> None:
    stranger = client_of(factories.user("pedro"))
    for path in (place_of(house), f"/lugares/c{citizen.connection.pk}/", "/lugares/otros/", "/lugares/p0/"):
        assert stranger.get(path).status_code == 404
    assert client_of(citizen.user).get(place_of(house)).status_code == 200


def test_what_hangs_on_no_place_has_a_page_too(citizen: Citizen) -> None:
    today = clock.today()
    fine = factories.Line("7.00", service=factories.service("fine", name="Multa"))
    factories.invoice(citizen.account, fine, dated_on=today, due_date=today)
    shown = client_of(citizen.user).get("/lugares/otros/")
    assert shown.status_code == 200
    assert shown.context["place"].balance == Decimal("7.00")
    assert len(shown.context["bills"]) == 1


def test_an_owner_sees_the_place_he_lets_and_a_representative_whose_it_is(
    citizen: Citizen, house: Invoice
) -> None:
    assert house.connection is not None
    today = clock.today()
    owner, guest = factories.user("pedro"), factories.user("inquilina")
    landlord = factories.party("Pedro", "Solano")
    landlord.user = owner
    landlord.save()
    home = house.connection.property_id
    Ownership.objects.create(property_id=home, party=landlord, valid_from=today - timedelta(days=9))
    PropertyAccess.objects.create(property_id=home, user=guest, valid_from=today)
    for user in (owner, guest):
        page = client_of(user).get(place_of(house))
        assert "Usted no paga nada aquí" in page.content.decode()
        assert [row["id"] for row in page.context["bills"]] == [house.pk]
    company = Party.objects.create(
        kind="juridical", legal_name="Finca El Roble S. A.", search_text="", sort_key="f"
    )
    factories.subscription(factories.account(company), citizen.water.service, factories.connection())
    Representation.objects.create(represented=company, representative=landlord, valid_from=today)
    assert "Finca El Roble S. A." in client_of(owner).get("/").content.decode()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_of_a_place_can_be_used_by_everyone(
    citizen: Citizen, house: Invoice, enter: Enter, width: int, scheme: Any
) -> None:
    page = enter(citizen.user, place_of(house), color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
