"""The cashier takes money with the keyboard alone; a supervisor takes a payment back."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pypdfium2 import PdfDocument

from caudal.access.models import User
from caudal.billing.models import Account
from caudal.common import clock
from caudal.receivables.models import Payment
from caudal.receivables.queries import account_balance
from tests import factories

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enter(browser: Browser, live_server: Any) -> Iterator[Enter]:
    """Open a page of the office as a user."""
    contexts = []

    def open_as(user: User, path: str, **options: Any) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        contexts.append(context)
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.fixture
def account(transactional_db: None) -> Account:
    """Owes 10.00 since long ago and 20.00 of this month for water."""
    factories.organisation()
    found = factories.account(factories.party("María de los Ángeles", "Fernández-Guardia Echandi"))
    water = factories.subscription(found, factories.service("water", name="Agua"), factories.connection())
    today = clock.today()
    for ago, amount in ((60, "10.00"), (5, "20.00")):
        on = today - timedelta(days=ago)
        line = factories.Line(amount, subscription=water)
        factories.invoice(
            found, line, dated_on=on, due_date=on + timedelta(days=15), connection=water.connection
        )
    return found


def test_scan_pay_and_hold_the_receipt_without_a_mouse(account: Account, enter: Enter) -> None:
    page = enter(factories.user("caja", "cashier"), "/oficina/cobros/nuevo/")
    page.keyboard.type(account.number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="María de los Ángeles")).to_be_visible()
    page.wait_for_load_state()  # a scanner and a hand are slower than the page; a test is not
    page.keyboard.press("ArrowUp")
    page.keyboard.press("F7")
    page.keyboard.type("20")
    expect(page.locator("#change")).to_have_text("₡10,00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Último comprobante 1")).to_be_visible()
    expect(page.get_by_text("Vuelto ₡10,00")).to_be_visible()
    payment = Payment.objects.get()
    assert (payment.amount, payment.taken_by) == (Decimal("10.00"), "Caja")
    assert (payment.frozen["tendered"], payment.frozen["change"]) == ("20", "10.00")
    assert account_balance(account_id=account.pk) == Decimal("20.00")


def test_what_is_to_be_paid_stays_within_its_box_however_much_it_is(account: Account, enter: Enter) -> None:
    today = clock.today()
    factories.invoice(account, "12345678.90", dated_on=today, due_date=today)
    page = enter(factories.user("caja", "cashier"), f"/oficina/cobros/nuevo/?cuenta={account.pk}")
    expect(page.locator("#total")).to_have_text("₡12.345.708,90")
    assert page.locator("#total").evaluate("(e) => e.scrollWidth <= e.parentElement.clientWidth")
    ends, box = "e => e.getBoundingClientRect().right", page.locator(".till .total")
    assert page.locator("#total").evaluate(ends) <= box.evaluate(ends)


def test_without_javascript_a_newer_month_alone_is_refused_and_the_choice_kept(
    account: Account, enter: Enter
) -> None:
    path = f"/oficina/cobros/nuevo/?cuenta={account.pk}"
    page = enter(factories.user("caja", "cashier"), path, java_script_enabled=False)
    page.locator("input[name=item]").first.uncheck()
    page.get_by_role("button", name="Cobrar").click()
    expect(page.get_by_text("Así no se puede cobrar.")).to_be_visible()
    expect(page.locator("input[name=item]:checked")).to_have_count(1)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_what_was_chosen_and_typed_stays_when_the_till_refuses(
    account: Account, enter: Enter, scripts: bool
) -> None:
    """Enter once more must not make cash of a transfer, nor forget who brought it."""
    path = f"/oficina/cobros/nuevo/?cuenta={account.pk}"
    page = enter(factories.user("caja", "cashier"), path, java_script_enabled=scripts)
    page.get_by_label("Transferencia").check()
    page.get_by_label("Pagado por").fill("Su hija Sofía")
    page.get_by_label("Paga con").fill("12o")
    page.get_by_role("button", name="Cobrar").click()
    expect(page.get_by_text("Así no se puede cobrar.")).to_be_visible()
    expect(page.get_by_label("Transferencia")).to_be_checked()
    expect(page.get_by_label("Pagado por")).to_have_value("Su hija Sofía")
    expect(page.get_by_label("Paga con")).to_have_value("12o")
    page.get_by_label("Paga con").fill("12")
    page.get_by_label("Paga con").press("Enter")
    expect(page.get_by_text("Último comprobante 1")).to_be_visible()
    payment = Payment.objects.get()
    assert (payment.method, payment.amount) == ("transfer", Decimal("12.00"))
    assert payment.payer == "Su hija Sofía"


def test_a_refused_form_keeps_its_key_and_a_new_one_has_its_own(account: Account, client: Client) -> None:
    client.force_login(factories.user("caja", "cashier"))
    path = f"/oficina/cobros/nuevo/?cuenta={account.pk}"
    first, second = (str(client.get(path).context["form_key"]) for _ in range(2))
    assert first != second
    refused = client.post(path, {"customer": account.pk, "key": first, "method": "card"})
    assert (refused.status_code, refused.context["form_key"]) == (422, first)


def test_the_till_has_nobody_for_a_number_that_no_account_can_have(client: Client, account: Account) -> None:
    client.force_login(factories.user("caja", "cashier"))
    typed = {"customer": account.pk, "key": "1", "method": "cash", "item": "9" * 5000}
    assert client.post("/oficina/cobros/nuevo/", typed).status_code == 422
    assert client.post("/oficina/cobros/nuevo/", typed | {"customer": "9" * 5000}).status_code == 404


def test_a_payment_is_reversed_with_its_effect_said_before(account: Account, enter: Enter) -> None:
    payment = factories.pay(account, "30.00", clock.today())
    page = enter(factories.user("jefa", "administrator"), f"/oficina/cobros/{payment.pk}/")
    page.get_by_role("button", name="Reversar…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Se debe otra vez")).to_be_visible()
    dialog.get_by_label("Motivo").fill("Cheque sin fondos")
    dialog.get_by_role("button", name="Reversar ₡30,00").click()
    expect(page.get_by_text("Cheque sin fondos").first).to_be_visible()
    assert account_balance(account_id=account.pk) == Decimal("30.00")


def test_a_cashier_cannot_reverse(account: Account, enter: Enter) -> None:
    payment = factories.pay(account, "30.00", clock.today())
    page = enter(factories.user("caja", "cashier"), f"/oficina/cobros/{payment.pk}/")
    expect(page.get_by_role("heading", name="Comprobante 1")).to_be_visible()
    expect(page.get_by_role("button", name="Reversar")).to_have_count(0)


def test_the_list_finds_a_receipt_and_adds_up_what_it_shows(account: Account, enter: Enter) -> None:
    for amount in ("3.00", "4.50"):
        factories.pay(account, amount, clock.today())
    page = enter(factories.user("caja", "cashier"), "/oficina/cobros/?estado=today")
    expect(page.get_by_text("Suma de lo filtrado: ₡7,50")).to_be_visible()
    page.goto(page.url.partition("?")[0] + "?q=2")
    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("typed", ["the slip", "the connection", "the name"])
def test_the_till_finds_who_pays(account: Account, client: Client, typed: str) -> None:
    client.force_login(factories.user("caja", "cashier"))
    connection = account.subscriptions.get().connection
    assert connection is not None
    asked = {
        "the slip": "]C1802000000000000139020000001000\x1d9620261231",
        "the connection": connection.number,
        "the name": "guardia echandi",
    }[typed]
    shown = client.get("/oficina/cobros/nuevo/", {"q": asked})
    assert shown.context["customer"]["id"] == account.pk


def test_a_second_print_says_that_it_is_a_copy(account: Account, client: Client) -> None:
    client.force_login(factories.user("caja", "cashier"))
    payment = factories.pay(account, "30.00", clock.today())
    first, second = (client.get(f"/oficina/cobros/{payment.pk}/pdf/").content for _ in range(2))
    assert (b"%PDF" in first[:8], b"%PDF" in second[:8]) == (True, True)
    assert "REIMPRESIÓN" not in text_of(first)
    assert "REIMPRESIÓN" in text_of(second)


def text_of(pdf: bytes) -> str:
    """The words on all pages."""
    return " ".join(page.get_textpage().get_text_range() for page in PdfDocument(pdf))
