"""Two people: one asks where the button says so, the other looks at what would change and decides."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.access.models import Role, User
from caudal.approvals.kinds import PERMISSIONS
from caudal.approvals.models import Approval
from caudal.billing.models import BillRun, Invoice
from caudal.common.models import AuditRecord
from caudal.registry.models import Organisation, Sector
from caudal.tariffs.models import TariffVersion
from caudal.tariffs.operations import save_draft
from tests import factories
from tests.functional.office.conftest import PHONE, Town

BACKEND = "caudal.office.signed_in.Backend"
QUEUE = "/oficina/por-aprobar/"
Enter = Callable[..., Page]


@pytest.fixture
def ana() -> User:
    factories.organisation(second_person=list(PERMISSIONS))
    return factories.user("ana", "administrator", name="Ana Brenes")


@pytest.fixture
def beto(ana: User) -> User:
    return factories.user("beto", "administrator", name="Beto Quesada")


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def text_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def bill(**changes: Any) -> Invoice:
    days = {"dated_on": date(2026, 11, 1), "due_date": date(2026, 11, 30)}
    return factories.invoice(factories.account(), "25.00", **(days | changes))


def approve(client: Client, request: Approval) -> Any:
    page = text_of(client, f"{QUEUE}{request.pk}/")
    found = re.search(r'name="seen" value="([0-9a-f]+)"', page)
    assert found is not None
    return client.post(f"{QUEUE}{request.pk}/aprobar/", {"seen": found[1]}, follow=True)


@pytest.mark.django_db
def test_the_form_of_a_void_asks_and_the_page_says_that_it_waits(ana: User, beto: User) -> None:
    invoice, hers = bill(), browser_of(ana)
    page = f"/oficina/facturas/{invoice.pk}/"
    before = text_of(hers, page)
    assert "Pedir aprobación" in before
    assert "Beto Quesada" in before
    answer = hers.post(f"{page}anular/", {"reason": "Dirección equivocada"}, follow=True).content.decode()
    assert "Quedó pedido" in answer
    assert "Espera otra aprobación" in answer
    assert "Pedir aprobación" not in answer
    invoice.refresh_from_db()
    assert invoice.voided_on is None
    request = Approval.objects.get()
    own = text_of(hers, f"{QUEUE}{request.pk}/")
    assert "Retirar el pedido" in own
    assert "Aprobar y anular" not in own
    his = browser_of(beto)
    assert "Por aprobar" in text_of(his, "/oficina/")
    assert "Anular la factura" in text_of(his, QUEUE)
    shown = text_of(his, f"{QUEUE}{request.pk}/")
    assert "Dirección equivocada" in shown
    assert "₡25,00" in shown
    assert "anulada" in approve(his, request).content.decode()
    invoice.refresh_from_db()
    assert invoice.voided_by == "Beto Quesada"
    assert "Segunda aprobación dada" in text_of(his, page)


@pytest.mark.django_db
def test_a_look_changes_nothing(ana: User, beto: User) -> None:
    invoice = bill()
    browser_of(ana).post(f"/oficina/facturas/{invoice.pk}/anular/", {"reason": "Repetida"})
    count = AuditRecord.objects.count()
    text_of(browser_of(beto), f"{QUEUE}{Approval.objects.get().pk}/")
    assert AuditRecord.objects.count() == count
    assert Invoice.objects.get().voided_on is None


@pytest.mark.django_db
def test_with_the_switch_off_everything_is_as_before(ana: User) -> None:
    Organisation.objects.update(second_person=[])
    invoice, hers = bill(), browser_of(ana)
    assert "Por aprobar" not in text_of(hers, "/oficina/")
    assert "Pedir aprobación" not in text_of(hers, f"/oficina/facturas/{invoice.pk}/")
    hers.post(f"/oficina/facturas/{invoice.pk}/anular/", {"reason": "Repetida"})
    assert Invoice.objects.get().voided_by == "Ana Brenes"


@pytest.mark.django_db
def test_a_reversal_is_declined_with_a_reason_that_its_asker_reads(ana: User, beto: User) -> None:
    invoice = bill()
    payment = factories.pay(invoice.account, "25.00", date(2026, 11, 10))
    hers, his = browser_of(ana), browser_of(beto)
    hers.post(f"/oficina/cobros/{payment.pk}/reversar/", {"reason": "Cheque sin fondos"})
    request = Approval.objects.get()
    path = f"{QUEUE}{request.pk}/"
    assert his.post(f"{path}rechazar/", {"reason": ""}).status_code == 422
    his.post(f"{path}rechazar/", {"reason": "El cheque sí se pagó"})
    assert "El cheque sí se pagó" in text_of(hers, path)
    assert "Rechazado" in text_of(hers, f"{QUEUE}?ver=decididas")
    payment.refresh_from_db()
    assert payment.reversed_on is None


@pytest.mark.django_db
def test_the_asker_takes_it_back_and_who_comes_too_late_is_told(ana: User, beto: User) -> None:
    invoice, hers, his = bill(), browser_of(ana), browser_of(beto)
    hers.post(f"/oficina/facturas/{invoice.pk}/anular/", {"reason": "Repetida"})
    request = Approval.objects.get()
    path = f"{QUEUE}{request.pk}/"
    assert "Repetida" in text_of(hers, f"{QUEUE}{request.pk}/")
    hers.post(f"{path}retirar/")
    late = his.post(f"{path}aprobar/", {"seen": ""}, follow=True).content.decode()
    assert "Ana Brenes lo cerró antes" in late
    assert Invoice.objects.get().voided_on is None


@pytest.mark.django_db
def test_who_may_not_do_it_himself_does_not_see_it(ana: User) -> None:
    hers = browser_of(ana)
    hers.post(f"/oficina/facturas/{bill().pk}/anular/", {"reason": "Repetida"})
    cashier = browser_of(factories.user("caja", "cashier"))
    assert cashier.get(f"{QUEUE}{Approval.objects.get().pk}/").status_code == 404
    assert "Anular la factura" not in text_of(cashier, QUEUE)


@pytest.mark.django_db
def test_prices_are_published_by_two(ana: User, beto: User) -> None:
    now = factories.tariff(factories.service("water", kind="metered", name="Agua", unit="m³"))
    flat = {"kind": "flat", "code": "usage", "price": "0.60"}
    definition = now.definition | {"minor_units": 2, "components": [flat]}
    version = save_draft(
        tariff_id=now.tariff_id, valid_from=date(2027, 1, 1), definition=definition, by=ana.actor
    )
    hers, his = browser_of(ana), browser_of(beto)
    page = f"/oficina/tarifas/{now.tariff_id}/?version={version.pk}"
    assert "Pedir aprobación" in text_of(hers, page)
    hers.post(f"/oficina/tarifas/versiones/{version.pk}/publicar/")
    assert "Espera otra aprobación" in text_of(hers, page)
    request = Approval.objects.get()
    shown = text_of(his, f"{QUEUE}{request.pk}/")
    assert "Rige desde" in shown
    assert "0,60" in shown
    approve(his, request)
    assert TariffVersion.objects.get(pk=version.pk).published_by_id == beto.pk


@pytest.mark.django_db
def test_the_first_prices_of_a_town_wait_too(ana: User) -> None:
    fee = factories.service("fee", name="Aseo")
    tariff = factories.tariff(fee).tariff
    components = [{"kind": "fixed", "code": "fee", "amount": "0"}]
    definition = {"format": 1, "name": "Aseo", "minor_units": 2, "unit": "", "components": components}
    version = save_draft(
        tariff_id=tariff.pk, valid_from=date(2027, 1, 1), definition=definition, by=ana.actor
    )
    hers = browser_of(ana)
    hers.post("/oficina/tarifas/precios/", {f"v{version.pk}-0": "3"})
    version.refresh_from_db()
    assert version.published_at is None
    assert Approval.objects.get().object_id == version.pk


@pytest.mark.django_db
def test_a_new_user_gets_his_roles_from_two(ana: User, beto: User) -> None:
    hers, his = browser_of(ana), browser_of(beto)
    sent = {"name": "Eva Mora", "username": "eva", "email": "", "roles": ["billing"]}
    hers.post("/oficina/usuarios/nuevo/", sent)
    eva = User.objects.get(username="eva")
    assert not eva.roles.exists()
    page = f"/oficina/usuarios/{eva.pk}/"
    assert "Espera otra aprobación" in text_of(hers, page)
    request = Approval.objects.get()
    shown = text_of(his, f"{QUEUE}{request.pk}/")
    assert "Podrá además" in shown
    assert "Publicar tarifas" in shown
    approve(his, request)
    assert [role.code for role in eva.roles.all()] == ["billing"]
    eva.refresh_from_db()
    hers.post(page, sent | {"version": eva.version, "roles": []})
    assert not eva.roles.exists()


@pytest.mark.django_db
def test_a_role_is_widened_by_two(ana: User, beto: User) -> None:
    hers, his = browser_of(ana), browser_of(beto)
    cashier = Role.objects.get(code="cashier")
    sent = {"version": cashier.version, "name": "Caja", "group6": ["payments.view", "payments.reverse"]}
    answer = hers.post(f"/oficina/roles/{cashier.pk}/", sent, follow=True).content.decode()
    assert "Espera otra aprobación" in answer
    assert not cashier.permissions.filter(permission="payments.reverse").exists()
    request = Approval.objects.get()
    assert "Ya no podrá" in text_of(his, f"{QUEUE}{request.pk}/")
    approve(his, request)
    assert cashier.permissions.filter(permission="payments.reverse").exists()


@pytest.mark.django_db
def test_a_town_with_one_administrator_is_warned(ana: User) -> None:
    Organisation.objects.update(second_person=[])
    hers, page = browser_of(ana), "/oficina/configuracion/"
    assert "Nadie podría aprobarlo" not in text_of(hers, page)
    town = Organisation.objects.get()
    sent = {
        "version": town.version, "name": town.name,
        "interest_mode": "at_payment", "tax_rounding": "document", "reading_window_days": "45",
        "reminders": "on" if town.reminders else "", "reminder_days_before": town.reminder_days_before,
        "reminder_days_after": town.reminder_days_after,
        "self_reading_days": town.self_reading_days, "self_reading_photo": "on" if town.self_reading_photo else "",
        "second_person": ["invoices.void", "users.manage"],
    }  # fmt: skip
    answer = hers.post(page, sent, follow=True).content.decode()
    assert "Nadie podría aprobarlo" in answer
    assert Organisation.objects.get().second_person == ["invoices.void", "users.manage"]
    told = AuditRecord.objects.get(kind="registry.organisation")
    assert told.after == {"second_person": ["invoices.void", "users.manage"]}
    assert "Anular facturas" in text_of(hers, f"/oficina/bitacora/{told.pk}/")
    assert "Hoy nadie más puede aprobarlo" in text_of(hers, f"/oficina/facturas/{bill().pk}/")
    factories.user("beto", "administrator")
    assert "Nadie podría aprobarlo" not in text_of(hers, page)


@pytest.mark.django_db
def test_settings_left_open_do_not_switch_off_what_another_switched_on(ana: User, beto: User) -> None:
    Organisation.objects.update(second_person=[], second_approval=False)
    hers, his, page = browser_of(ana), browser_of(beto), "/oficina/configuracion/"

    def said(**changes: Any) -> dict[str, Any]:
        shown = hers.get(page).context["form"].initial
        return {name: value for name, value in {**shown, **changes}.items() if value is not False}

    old = said(phone="2222-0000")
    his.post(page, said(second_approval="on", second_person=["invoices.void"]))
    assert "Otra persona cambió estos datos" in hers.post(page, old).content.decode()
    town = Organisation.objects.get()
    assert (town.second_approval, town.second_person, town.phone) == (True, ["invoices.void"], "")
    assert hers.post(page, said(phone="2222-0000")).status_code == 302
    town.refresh_from_db()
    assert (town.second_approval, town.second_person, town.phone) == (True, ["invoices.void"], "2222-0000")


@pytest.mark.django_db
def test_rehearsed_runs_wait_in_the_same_place(ana: User, beto: User) -> None:
    Organisation.objects.update(second_approval=True)
    BillRun.objects.create(
        dated_on=date(2026, 11, 15), state="rehearsed", rehearsed_by="Ana Brenes", rehearsed_by_id=ana.pk,
        totals={"invoices": 3},
    )  # fmt: skip
    assert "Emitir la facturación" in text_of(browser_of(beto), QUEUE)
    hers = browser_of(ana)
    assert "Emitir la facturación" not in text_of(hers, QUEUE)
    assert "Emitir la facturación" in text_of(hers, f"{QUEUE}?ver=pedidas")


def test_a_phone_shows_what_would_change_and_approves_it(town: Town, enter: Enter) -> None:
    Organisation.objects.update(second_person=["invoices.void"])
    ana = factories.user("ana", "billing", name="Ana Brenes")
    beto = factories.user("beto", "billing", name="Beto Quesada")
    invoice = factories.invoice(
        town.account, "25.00", dated_on=date(2026, 11, 1), due_date=date(2026, 11, 30)
    )
    page = enter(ana, f"/oficina/facturas/{invoice.pk}/")
    page.get_by_role("button", name="Anular…").click()
    page.get_by_label("Motivo").fill("Dirección equivocada")
    page.get_by_role("button", name="Pedir aprobación").click()
    expect(page.get_by_text("Espera otra aprobación.")).to_be_visible()
    phone = enter(beto, "/oficina/", viewport=PHONE)
    phone.get_by_role("link", name="Por aprobar").last.click()
    phone.get_by_role("link", name="Anular la factura").click()
    expect(phone.get_by_text("Debe después")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.get_by_role("button", name="Aprobar y anular").click()
    expect(phone.get_by_text("La factura quedó anulada")).to_be_visible()
    invoice.refresh_from_db()
    assert invoice.voided_by == "Beto Quesada"


@pytest.mark.django_db
def test_staff_of_a_sector_see_and_decide_what_stays_there(ana: User) -> None:
    north = Sector.objects.create(code="n", name="Norte")
    nora = factories.user("nora", "billing", name="Nora Solís", sector_ids=[north.pk])
    account = factories.account()
    factories.subscription(account, factories.service(), factories.connection(sector_id=north.pk))
    days = {"dated_on": date(2026, 11, 1), "due_date": date(2026, 11, 30)}
    here, elsewhere = factories.invoice(account, "25.00", **days), bill()
    for invoice in (here, elsewhere):
        browser_of(ana).post(f"/oficina/facturas/{invoice.pk}/anular/", {"reason": "Otra casa"})
    mine, other = Approval.objects.get(object_id=here.pk), Approval.objects.get(object_id=elsewhere.pk)
    client = browser_of(nora)
    queue = text_of(client, QUEUE)
    assert f"{QUEUE}{mine.pk}/" in queue and f"{QUEUE}{other.pk}/" not in queue
    assert QUEUE in text_of(client, "/oficina/")
    assert client.get(f"{QUEUE}{other.pk}/").status_code == 404
    assert client.post(f"{QUEUE}{other.pk}/aprobar/", {"seen": "0"}).status_code == 404
    approve(client, mine)
    here.refresh_from_db()
    assert here.voided_by == "Nora Solís"
