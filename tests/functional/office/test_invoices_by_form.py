"""Invoices by form and concepts charged once: what is issued is what was shown, and what is refused leaves nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.billing.models import Charge, Invoice, InvoiceDraft, OneOff, Period
from caudal.common import clock
from caudal.kernel.periods import month_of
from caudal.tariffs.models import Service
from tests import factories as make
from tests.functional.office.conftest import BACKEND, Town

Enter = Callable[..., Page]


@pytest.fixture
def officer(town: Town) -> User:
    return make.user("rosa", "billing", name="Rosa Vega")


@pytest.fixture
def reconnection(town: Town) -> Service:
    return make.service("reconnection", kind="one_off", name="Reconexión", tax_name="IVA", tax_percent=10)


@pytest.fixture
def office(town: Town, officer: User, client: Client) -> Client:
    client.force_login(officer, backend=BACKEND)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def drafted(town: Town, service: Service, amount: str) -> tuple[str, dict[str, Any]]:
    """The address of a new invoice by form, and what is typed into it."""
    today = clock.today()
    return (
        f"/oficina/borradores/nuevo/?cuenta={town.account.pk}",
        {"month": f"{today:%Y-%m}", "service_1": service.pk, "amount_1": amount},
    )


def test_an_amount_changed_after_it_was_calculated_is_not_issued_under_the_old_total(
    town: Town, reconnection: Service, enter: Enter, officer: User
) -> None:
    """The dialog says $11.00, the form meanwhile 40.00: it comes back with $44.00 to be looked at."""
    page = enter(officer, f"/oficina/borradores/nuevo/?cuenta={town.account.pk}")
    page.get_by_label("Concepto 1").select_option(label="Reconexión")
    page.get_by_label("Monto sin impuesto").first.fill("10")
    page.get_by_role("button", name="Calcular").click()
    expect(page.get_by_role("button", name="Emitir por $11.00…")).to_be_visible()
    page.get_by_label("Monto sin impuesto").first.fill("40")
    page.get_by_role("button", name="Emitir por $11.00…").click()
    page.get_by_role("dialog").get_by_role("button", name="Emitir por $11.00").click()
    expect(page.get_by_text("Ahora son 44, no 11").first).to_be_visible()
    assert not Invoice.objects.exists() and not InvoiceDraft.objects.exists()
    page.get_by_role("button", name="Emitir por $44.00…").click()
    page.get_by_role("dialog").get_by_role("button", name="Emitir por $44.00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Factura 1")
    assert Invoice.objects.get().total == Decimal("44.00")


def test_an_invoice_whose_total_nobody_saw_is_shown_and_not_issued(
    town: Town, reconnection: Service, office: Client
) -> None:
    address, typed = drafted(town, reconnection, "10.00")
    shown = text(office.post(address, typed | {"do": "issue"}))
    assert "Emitir por $11.00" in shown and not Invoice.objects.exists()
    office.post(address, typed | {"do": "issue", "expected": "11.00"})
    assert Invoice.objects.get().total == Decimal("11.00")


@pytest.mark.parametrize("when", ["now", "next"])
def test_a_concept_changed_after_it_was_calculated_is_not_charged_under_the_old_total(
    town: Town, reconnection: Service, office: Client, when: str
) -> None:
    address = f"/oficina/por-una-vez/nuevo/?cuenta={town.account.pk}"
    typed = {"service": reconnection.pk, "dated_on": clock.today().isoformat(), "when": when}
    asked = text(office.post(address, typed | {"amount": "10.00", "do": "charge"}))
    assert "Cobrar $11.00" in asked and not OneOff.objects.exists(), "it is shown before it is charged"
    told = text(office.post(address, typed | {"amount": "40.00", "do": "charge", "expected": "11.00"}))
    assert "Ahora son 44, no 11" in told and "Cobrar $44.00" in told
    assert not OneOff.objects.exists()
    office.post(address, typed | {"amount": "40.00", "do": "charge", "expected": "44.00"})
    assert OneOff.objects.get().amount == Decimal("40.00")
    assert Invoice.objects.count() == (when == "now")


def refusable(town: Town, service: Service) -> tuple[str, dict[str, Any]]:
    """An invoice of $11.00 whose button is pressed."""
    address, typed = drafted(town, service, "10.00")
    return address, typed | {"do": "issue", "expected": "11.00"}


def test_a_last_day_to_pay_that_is_past_is_said_at_its_field(
    town: Town, reconnection: Service, office: Client
) -> None:
    address, sent = refusable(town, reconnection)
    yesterday = clock.today() - timedelta(days=1)
    told = office.post(address, sent | {"due_on": yesterday.isoformat()})
    assert "due_on" in told.context["form"].errors
    assert not Invoice.objects.exists() and not InvoiceDraft.objects.exists()
    office.post(address, sent | {"due_on": clock.today().isoformat()})
    assert Invoice.objects.get().due_date == clock.today()


def test_a_refused_issue_leaves_no_draft_and_one_that_there_was_as_it_was(
    town: Town, reconnection: Service, office: Client
) -> None:
    """The month is closed: two tries, then somebody opens it, and the page that is still there issues it."""
    address, sent = refusable(town, reconnection)
    month = Period.objects.create(month=month_of(clock.today()), closed_on=clock.today(), closed_by="Ana")
    told = text(office.post(address, sent))
    assert "está cerrado" in told and not InvoiceDraft.objects.exists()
    office.post(address, sent | {"do": "save"})
    draft = InvoiceDraft.objects.get()
    of_draft = f"/oficina/borradores/{draft.pk}/"
    for _press in range(2):
        assert "está cerrado" in text(office.post(of_draft, sent | {"version": draft.version}))
    Period.objects.filter(pk=month.pk).update(closed_on=None, closed_by="")
    office.post(of_draft, sent | {"version": draft.version})
    assert Invoice.objects.get().total == Decimal("11.00") and not InvoiceDraft.objects.exists()


def test_a_look_at_a_draft_makes_no_month(town: Town, office: Client) -> None:
    """2062 is a mistyped 2026; a period of it would be in the list of months for ever."""
    address = f"/oficina/borradores/nuevo/?cuenta={town.account.pk}&conexion={town.house.connection_id}"
    typed = {"unit_price": "0.50", "to_reading": "", "do": "preview"}
    assert "Emitir por $165.00" in text(office.post(address, typed | {"month": "2062-10"}))
    assert not Period.objects.exists()
    month = f"{clock.today():%Y-%m}"
    office.post(address, typed | {"month": month, "do": "issue", "expected": "165.00"})
    assert f"{Charge.objects.get().period.month:%Y-%m}" == month


def key_of(page: str) -> str:
    """The key that the page gave to what its button sends."""
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_invoice_that_is_sent_twice_is_issued_once(
    town: Town, reconnection: Service, office: Client
) -> None:
    """A nervous finger, or a page that was sent again; as a new invoice, and out of a draft."""
    address, sent = refusable(town, reconnection)
    sent |= {"key": key_of(text(office.post(address, sent | {"do": "preview"})))}
    first, again = office.post(address, sent), office.post(address, sent)
    assert first["Location"] == again["Location"]
    office.post(address, sent | {"do": "save"})
    draft = InvoiceDraft.objects.get()
    of_draft = f"/oficina/borradores/{draft.pk}/"
    sent |= {"version": draft.version, "key": key_of(text(office.get(of_draft)))}
    assert office.post(of_draft, sent)["Location"] == office.post(of_draft, sent)["Location"]
    assert Invoice.objects.count() == 2


def test_a_page_that_comes_back_with_something_else_typed_issues_nothing_under_its_old_key(
    town: Town, reconnection: Service, office: Client
) -> None:
    address, sent = refusable(town, reconnection)
    office.post(address, sent | {"key": "k-1"})
    changed = sent | {"amount_1": "40.00", "expected": "44.00", "key": "k-1"}
    told = text(office.post(address, changed))
    assert "Ya se envió" in told and Invoice.objects.count() == 1
    office.post(address, changed | {"key": key_of(told)})
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize("when", ["now", "next"])
def test_a_concept_that_is_sent_twice_is_charged_once(
    town: Town, reconnection: Service, office: Client, when: str
) -> None:
    address = f"/oficina/por-una-vez/nuevo/?cuenta={town.account.pk}"
    typed = {"service": reconnection.pk, "dated_on": clock.today().isoformat(), "when": when}
    typed |= {"amount": "10.00", "expected": "11.00", "do": "charge"}
    sent = typed | {"key": key_of(text(office.post(address, typed | {"do": "look"})))}
    assert office.post(address, sent)["Location"] == office.post(address, sent)["Location"]
    assert OneOff.objects.count() == 1 and Invoice.objects.count() == (when == "now")
    told = text(office.post(address, sent | {"text": "Otra cosa"}))
    assert "Ya se envió" in told and OneOff.objects.count() == 1
