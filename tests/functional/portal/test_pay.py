"""María looks at what she owes on her phone, chooses, pays, and holds the receipt."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from caudal.common import clock
from caudal.receivables.models import Payment
from caudal.receivables.queries import account_balance, statement
from tests.functional.portal.conftest import Citizen, amount

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)


def owed(citizen: Citizen) -> Decimal:
    return statement(account_id=citizen.account.pk, on=clock.today()).total


def test_the_answer_stands_above_the_fold_and_leads_to_the_receipt(citizen: Citizen, enter: Enter) -> None:
    page = enter(citizen.user)
    button = page.get_by_role("link", name="Pagar", exact=False).first
    expect(button).to_be_in_viewport()
    assert amount(page.locator(".answer .money").first.inner_text()) == owed(citizen)
    button.click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()
    expect(page.get_by_text("Intereses Moratorios de recibo por")).to_be_visible()
    assert account_balance(account_id=citizen.account.pk) == 0
    page.goto(page.url.partition("/comprobantes")[0] + "/")
    expect(page.get_by_text("Usted no debe nada")).to_be_visible()


def test_without_javascript_a_newer_item_alone_is_refused_with_the_reason(
    citizen: Citizen, enter: Enter
) -> None:
    page = enter(citizen.user, "/estado/", java_script_enabled=False)
    oldest, _newest = page.locator("input[name=item]").all()
    oldest.uncheck()
    page.get_by_role("button", name="Pagar").click()
    expect(page.get_by_text("Así no se puede pagar.")).to_be_visible()
    expect(page.locator("input[name=item]:checked")).to_have_count(1)
    page.locator("input[name=item]").first.check()
    page.locator("input[name=item]").last.uncheck()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()
    left = statement(account_id=citizen.account.pk, on=clock.today())
    assert [item.invoice_id for item in left.items] == [citizen.current.pk]


def test_a_refused_card_charges_nothing_and_can_be_tried_again(citizen: Citizen, enter: Enter) -> None:
    page = enter(citizen.user)
    page.get_by_role("link", name="Pagar", exact=False).first.click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Rechazar la tarjeta").click()
    expect(page.get_by_text("El banco no hizo el cobro")).to_be_visible()
    assert not Payment.objects.exists()
    page.get_by_role("link", name="Intentar otra vez").click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()


def test_a_bank_that_does_not_answer_is_waited_for(citizen: Citizen, enter: Enter) -> None:
    page = enter(citizen.user)
    page.get_by_role("link", name="Pagar", exact=False).first.click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Dejar sin respuesta").click()
    expect(page.get_by_role("heading", name="Esperando al banco")).to_be_visible()
    waiting = page.url
    page.goto(waiting.replace("/pagar/", "/pasarela/"))
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()


def test_a_double_press_pays_once(citizen: Citizen, enter: Enter) -> None:
    page = enter(citizen.user)
    page.get_by_role("link", name="Pagar", exact=False).first.click()
    page.get_by_role("button", name="Pagar").dblclick()
    page.get_by_role("button", name="Aprobar").dblclick()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()
    assert Payment.objects.count() == 1
