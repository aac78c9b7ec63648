"""A form says what to pay, never of whom nor how much: whatever else is put into it is refused, and writes nothing."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.billing.models import Invoice
from caudal.common import clock
from caudal.receivables.models import Payment, PaymentIntent
from caudal.receivables.queries import account_balance
from caudal.registry.models import Party, Property, Representation
from tests import factories
from tests.functional.portal.conftest import Citizen, amount, bill

Enter = Callable[..., Page]
ITEM = re.compile(r'name="item" value="(\d+)"')
pytestmark = pytest.mark.django_db(transaction=True)


def charge_of(invoice: Invoice) -> int:
    return int(invoice.charges.get().pk)


def client_of(citizen: Citizen) -> Client:
    client = Client()
    client.force_login(citizen.user)
    return client


def form(*charges: int, total: str, **more: Any) -> dict[str, Any]:
    return {"item": list(charges), "key": str(uuid4()), "total": total, **more}


@pytest.fixture
def anothers() -> Invoice:
    """A bill of somebody else."""
    today = clock.today()
    holder = factories.party("Pedro", "Solano")
    return factories.invoice(factories.account(holder), "33.00", dated_on=today, due_date=today)


@pytest.fixture
def company(citizen: Citizen) -> Invoice:
    """A bill of a company that María represents."""
    represented = Party.objects.create(
        kind="juridical", legal_name="Finca El Roble S. A.", search_text="", sort_key="f"
    )
    today = clock.today()
    Representation.objects.create(
        represented=represented, representative=citizen.account.holder, valid_from=today - timedelta(days=1)
    )
    due = today + timedelta(days=9)
    return factories.invoice(factories.account(represented), "77.00", dated_on=today, due_date=due)


@pytest.fixture(autouse=True)
def nothing_written(citizen: Citizen) -> Iterator[list[str]]:
    """Nothing is on its way to a bank and nothing is paid, but for what a test says it lets through."""
    let_through: list[str] = []
    yield let_through
    if not let_through:
        assert not PaymentIntent.objects.exists()
        assert not Payment.objects.exists()


def test_a_newer_item_without_the_older_one_is_refused(citizen: Citizen) -> None:
    answer = client_of(citizen).post("/pagar/", form(charge_of(citizen.current), total="250.00"))
    assert answer.status_code == 422
    assert "sin lo que es más antiguo" in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_citizens_item_beside_ones_own_is_not_there(
    citizen: Citizen, anothers: Invoice, method: str
) -> None:
    sent = form(charge_of(citizen.overdue), charge_of(anothers), total="1043.00")
    assert getattr(client_of(citizen), method)("/pagar/", sent).status_code == 404


@pytest.mark.parametrize("total", ["0.01", "-1010.00", "1010.01", "NaN", "x", ""])
def test_an_amount_that_is_not_what_is_owed_is_refused(citizen: Citizen, total: str) -> None:
    answer = client_of(citizen).post("/pagar/", form(charge_of(citizen.overdue), total=total))
    assert answer.status_code in (404, 422)


def test_an_owner_and_an_amount_put_into_the_form_are_not_read(
    citizen: Citizen, anothers: Invoice, nothing_written: list[str]
) -> None:
    nothing_written.append("an intent of one's own")
    smuggled = {"account": anothers.account_id, "account_id": anothers.account_id, "amount": "0.01"}
    answer = client_of(citizen).post("/pagar/", form(charge_of(citizen.overdue), total="1010.00", **smuggled))
    assert answer.status_code == 302
    intent = PaymentIntent.objects.get()
    part = intent.parts.get()
    assert (part.account_id, part.amount, intent.amount) == (citizen.account.pk, 1010, 1010)


def test_of_several_accounts_none_is_paid_when_one_choice_skips_an_older_item(
    citizen: Citizen, company: Invoice
) -> None:
    sent = form(charge_of(citizen.current), charge_of(company), total="327.00")
    answer = client_of(citizen).post("/pagar/", sent)
    assert answer.status_code == 422
    assert "sin lo que es más antiguo" in answer.content.decode()


@pytest.mark.parametrize("total", ["1010.00", "77.00", "1087.01"])
def test_the_total_is_that_of_all_accounts_or_nothing_starts(
    citizen: Citizen, company: Invoice, total: str
) -> None:
    sent = form(charge_of(citizen.overdue), charge_of(company), total=total)
    assert client_of(citizen).post("/pagar/", sent).status_code == 422


def test_a_company_that_is_represented_no_more_is_not_paid_with_ones_own(
    citizen: Citizen, company: Invoice
) -> None:
    Representation.objects.update(valid_to=clock.today())
    sent = form(charge_of(citizen.overdue), charge_of(company), total="1087.00")
    assert client_of(citizen).post("/pagar/", sent).status_code == 404


def test_one_who_sees_only_one_of_the_accounts_does_not_follow_the_payment_of_both(
    citizen: Citizen, company: Invoice, nothing_written: list[str]
) -> None:
    nothing_written.append("María's intent")
    client_of(citizen).post("/pagar/", form(charge_of(citizen.overdue), charge_of(company), total="1087.00"))
    holder = Party.objects.get(legal_name="Finca El Roble S. A.")
    holder.user = factories.user("finca")
    holder.save()
    other = Client()
    other.force_login(holder.user)
    assert other.get(f"/pagar/{PaymentIntent.objects.get().pk}/").status_code == 404


def test_the_key_of_another_payment_opens_nothing(
    citizen: Citizen, anothers: Invoice, nothing_written: list[str]
) -> None:
    nothing_written.append("the other's intent")
    other = PaymentIntent.objects.create(
        id=UUID(int=7),
        provider="sandbox",
        amount=33,
        value_on=clock.today(),
    )
    other.parts.create(account=anothers.account, charge_ids=[charge_of(anothers)], amount=33)
    sent = form(charge_of(citizen.overdue), total="1010.00") | {"key": str(other.pk)}
    client = client_of(citizen)
    assert client.post("/pagar/", sent).status_code == 422
    assert client.get(f"/pagar/{other.pk}/").status_code == 404


def test_all_accounts_stand_in_one_list_by_account_and_place(
    citizen: Citizen, company: Invoice, enter: Enter
) -> None:
    house = Property.objects.create(cadastral_code="1-234", address="La casa de la esquina")
    at = factories.connection(property_id=house.pk)
    second = factories.subscription(citizen.account, citizen.water.service, at)
    today = clock.today()
    bill(citizen.account, second, today, today + timedelta(days=9), "12.00")
    page = enter(citizen.user, "/estado/")
    expect(page.get_by_role("heading", name="A su nombre")).to_be_visible()
    expect(page.get_by_role("heading", name="En nombre de Finca El Roble S. A.")).to_be_visible()
    expect(page.get_by_role("heading", name="La casa de la esquina")).to_be_visible()
    expect(page.locator("fieldset.items")).to_have_count(3)
    expect(page.locator("#sum")).to_contain_text("1.349,00")


def test_several_accounts_are_paid_at_once_and_each_has_its_own_receipt(
    citizen: Citizen, company: Invoice, enter: Enter, nothing_written: list[str]
) -> None:
    nothing_written.append("both are paid")
    page = enter(citizen.user, java_script_enabled=False)
    page.get_by_role("link", name="Pagar ₡1.337,00").click()
    expect(page.get_by_role("heading", name="2 cuentas en un solo pago")).to_be_visible()
    page.get_by_role("button", name="Pagar ₡1.337,00").click()
    page.get_by_role("button", name="Aprobar ₡1.337,00").click()
    expect(page.get_by_role("heading", name="Comprobantes de pago")).to_be_visible()
    expect(page.get_by_role("heading", name="En nombre de Finca El Roble S. A.")).to_be_visible()
    expect(page.get_by_text("Está al día.")).to_be_visible()
    amounts = [page.locator("section.card .total dd").nth(n).inner_text() for n in range(2)]
    assert sorted(amount(text) for text in amounts) == [77, 1260]
    assert [account_balance(account_id=a) for a in (citizen.account.pk, company.account_id)] == [0, 0]
    page.get_by_role("link", name=str(Payment.objects.get(account=company.account_id).number)).first.click()
    expect(page.get_by_text("Se pagó junto con otra cuenta, en un solo cobro de ₡1.337,00.")).to_be_visible()


def test_choosing_brings_the_older_ones_along_and_says_why(citizen: Citizen, enter: Enter) -> None:
    page = enter(citizen.user, "/estado/")
    oldest, newest = page.locator("input[name=item]").all()
    oldest.uncheck()
    expect(newest).not_to_be_checked()
    expect(page.get_by_text("Se quitó: primero se paga")).to_be_visible()
    expect(page.locator("#pay")).to_be_disabled()
    newest.check()
    expect(oldest).to_be_checked()
    expect(page.get_by_text("Se incluye porque es más antiguo que")).to_be_visible()
    expect(page.locator("#sum")).to_contain_text("1.260,00")


def test_another_service_is_left_alone(citizen: Citizen, enter: Enter) -> None:
    today = clock.today()
    waste = factories.subscription(
        citizen.account, factories.service("waste", name="Basura"), citizen.connection
    )
    bill(citizen.account, waste, today, today + timedelta(days=9), "8.00")
    page = enter(citizen.user, "/estado/")
    page.locator("input[name=item]").first.uncheck()
    expect(page.locator("input[name=item]:checked")).to_have_count(1)
    expect(page.locator("#sum")).to_contain_text("8,00")


def test_who_owes_for_more_than_a_thousand_things_pays_them_at_once(
    citizen: Citizen, nothing_written: list[str]
) -> None:
    """A company with many houses: each concept is a field of the form."""
    nothing_written.append("an intent")
    today = clock.today()
    lines = [factories.Line("1.00", label=f"Concepto {n}") for n in range(1200)]
    factories.invoice(citizen.account, *lines, dated_on=today, due_date=today + timedelta(days=9))
    client = client_of(citizen)
    chosen = ITEM.findall(client.get("/estado/").content.decode())
    assert len(chosen) == 1202
    confirm = client.get("/pagar/", {"item": chosen})
    page = confirm.content.decode()
    assert sorted(ITEM.findall(page)) == sorted(chosen)
    sent = {"item": chosen, "key": confirm.context["key"], "total": str(confirm.context["total"])}
    assert client.post("/pagar/", sent).status_code == 302
    assert PaymentIntent.objects.get().amount == confirm.context["total"] == 2460
