"""Everyone sees what is theirs and nothing else; another's bill is simply not there."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils.html import strip_tags
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.billing.models import Account, Subscription
from caudal.billing.operations import subscribe
from caudal.billing.operations.accounts import Place
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.documents.queries import bill_token
from caudal.documents.queries.links import LASTS
from caudal.metering.operations.readings import Batch, NewReading, record_readings
from caudal.receivables.models import PaymentIntent
from caudal.receivables.queries import account_balance, pending_items
from caudal.registry.models import Ownership, Party, Property, PropertyAccess, Representation
from caudal.registry.operations import end_access, grant_access
from caudal.tariffs.models import Service
from tests import factories
from tests.functional.portal.conftest import Citizen, bill

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["/", "/estado/", "/facturas/", "/datos/"]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def neighbour() -> User:
    """Somebody else with a bill of his own."""
    user = factories.user("pedro", name="Pedro")
    holder = factories.party("Pedro", "Solano")
    holder.user = user
    holder.save()
    factories.invoice(factories.account(holder), "33.00", dated_on=clock.today(), due_date=clock.today())
    return user


@pytest.mark.parametrize("path", PAGES)
def test_a_guest_is_asked_to_sign_in(citizen: Citizen, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302
    assert "/cuenta/" in answer["Location"]


@pytest.mark.parametrize(
    "path", ["/facturas/{bill}/", "/facturas/{bill}/pdf/", "/pagar/?factura={bill}", "/pagar/?item={charge}"]
)
def test_anothers_bill_is_not_there(citizen: Citizen, path: str) -> None:
    bill = citizen.overdue
    asked = path.format(bill=bill.pk, charge=bill.charges.get().pk)
    assert signed_in(citizen.user).get(asked).status_code == 200
    for stranger in (signed_in(neighbour()), Client()):
        assert stranger.get(asked).status_code == 404


def test_anothers_payment_and_its_receipt_are_not_there(citizen: Citizen) -> None:
    payment = factories.pay(citizen.account, "5.00", clock.today())
    stranger = signed_in(neighbour())
    for path in (f"/comprobantes/{payment.pk}/", f"/comprobantes/{payment.pk}/pdf/"):
        assert signed_in(citizen.user).get(path).status_code == 200
        assert stranger.get(path).status_code == 404


def test_anothers_items_cannot_be_paid(citizen: Citizen) -> None:
    charge = citizen.overdue.charges.get()
    form = {"item": charge.pk, "key": "0b7a6f6e-52a5-4c53-9f68-0d7f9a9b1a11", "total": "1010.00"}
    assert signed_in(neighbour()).post("/pagar/", form).status_code == 404
    assert not PaymentIntent.objects.exists()


@pytest.mark.parametrize("total", ["sNaN", "NaN", "-Infinity", "1e999999", "1_010.00", ""])
def test_a_total_that_no_page_writes_is_turned_away(citizen: Citizen, total: str) -> None:
    charge = citizen.overdue.charges.get()
    form = {"item": charge.pk, "key": "0b7a6f6e-52a5-4c53-9f68-0d7f9a9b1a11", "total": total}
    assert signed_in(citizen.user).post("/pagar/", form).status_code == 404


def test_personal_pages_are_kept_by_no_cache(citizen: Citizen) -> None:
    answer = signed_in(citizen.user).get("/")
    assert "no-store" in answer["Cache-Control"]


def test_a_representative_sees_and_pays_what_the_represented_owes(citizen: Citizen) -> None:
    company = Party.objects.create(
        kind="juridical", legal_name="Finca El Roble S. A.", search_text="", sort_key="f"
    )
    owed = factories.invoice(
        factories.account(company),
        "77.00",
        dated_on=clock.today(),
        due_date=clock.today() + timedelta(days=9),
    )
    client = signed_in(citizen.user)
    assert client.get(f"/facturas/{owed.pk}/").status_code == 404
    today = clock.today()
    Representation.objects.create(
        represented=company, representative=citizen.account.holder, valid_from=today - timedelta(days=1)
    )
    assert client.get(f"/facturas/{owed.pk}/").status_code == 200
    assert client.get("/").context["balance"] == Decimal("1337.00")
    Representation.objects.update(valid_to=today)
    assert client.get(f"/facturas/{owed.pk}/").status_code == 404


def test_a_new_owner_sees_the_bills_of_his_time_and_none_before(citizen: Citizen) -> None:
    house = Property.objects.create(cadastral_code="1-234", search_text="1-234")
    citizen.connection.property = house
    citizen.connection.save()
    buyer = neighbour()
    bought = clock.today() - timedelta(days=20)
    Ownership.objects.create(property=house, party=buyer.party, valid_from=bought)
    client = signed_in(buyer)
    assert client.get(f"/facturas/{citizen.current.pk}/").status_code == 200
    assert client.get(f"/facturas/{citizen.overdue.pk}/").status_code == 404


def test_an_owner_is_not_told_what_his_tenant_owes_besides(citizen: Citizen) -> None:
    house = Property.objects.create(cadastral_code="1-236", search_text="1-236")
    citizen.connection.property = house
    citizen.connection.save()
    owner = neighbour()
    Ownership.objects.create(property=house, party=owner.party, valid_from=clock.today() - timedelta(days=20))
    address = f"/facturas/{citizen.current.pk}/"
    assert signed_in(citizen.user).get(address).context["other_debt"] > 0
    assert signed_in(owner).get(address).context["other_debt"] == 0


def test_what_a_house_used_is_told_to_who_used_it(citizen: Citizen) -> None:
    """María left 40 days ago, where she still owes; Pedro lives there since. A reading of each: 10 m³ and 20."""
    today = clock.today()
    left, came = today - timedelta(days=40), neighbour()
    stay = factories.installation(citizen.connection, on=today - timedelta(days=90))
    Subscription.objects.filter(pk=citizen.water.pk).update(valid_to=left)
    account = Account.objects.get(holder=came.party)
    place = Place(connection_id=citizen.connection.pk)
    subscribe(account=account, tariff=citizen.water.tariff, valid_from=left, place=place)
    with transaction.atomic():
        record_readings(
            readings=[NewReading(stay.pk, left, Decimal(110)), NewReading(stay.pk, today, Decimal(130))],
            batch=Batch(source="manual", on=today, accept_unusual=True),
            by=SYSTEM,
        )
    for user, used in ((citizen.user, [10]), (came, [20])):
        page = signed_in(user).get(f"/lugares/c{citizen.connection.pk}/")
        (chart,) = page.context["charts"]
        assert [bar.value for bar in chart["bars"] if bar.value] == used


def test_who_was_granted_a_place_sees_its_bills(citizen: Citizen) -> None:
    house = Property.objects.create(cadastral_code="1-235", search_text="1-235")
    citizen.connection.property = house
    citizen.connection.save()
    tenant = factories.user("inquilina")
    today = clock.today()
    address = f"/facturas/{citizen.overdue.pk}/"
    granted = grant_access(
        property_id=house.pk, user_id=tenant.pk, valid_from=today + timedelta(days=1), by=SYSTEM
    )
    assert signed_in(tenant).get(address).status_code == 404
    PropertyAccess.objects.filter(pk=granted.pk).update(valid_from=today - timedelta(days=9))
    assert signed_in(tenant).get(address).status_code == 200
    end_access(access_id=granted.pk, valid_to=today, by=SYSTEM)
    assert signed_in(tenant).get(address).status_code == 404


def test_the_link_of_the_mail_shows_that_one_bill_to_a_guest_who_pays_it(
    citizen: Citizen, enter: Enter
) -> None:
    bill = citizen.overdue
    page = enter(None, f"/f/{bill_token(invoice_id=bill.pk, issued_on=bill.issued_on)}/")
    page.get_by_role("link", name="Pagar").click()
    page.get_by_role("button", name="Pagar").click()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()
    assert account_balance(account_id=citizen.account.pk) == Decimal("250.00")
    answer = page.goto(page.url.partition("/comprobantes")[0] + f"/facturas/{citizen.current.pk}/")
    assert answer is not None
    assert answer.status == 404


def test_a_newer_bill_by_its_link_is_paid_with_what_comes_before_it(citizen: Citizen, enter: Enter) -> None:
    bill = citizen.current
    page = enter(None, f"/f/{bill_token(invoice_id=bill.pk, issued_on=bill.issued_on)}/")
    page.get_by_role("link", name="Pagar").click()
    page.get_by_role("button", name="Pagar ₡1.260,00").click()
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_role("heading", name="Comprobante de pago")).to_be_visible()
    assert account_balance(account_id=citizen.account.pk) == 0


@pytest.mark.parametrize("token", ["x", "1-20260101:abc", "999"])
def test_a_link_that_was_tampered_with_leads_nowhere(citizen: Citizen, token: str) -> None:
    refused = Client().get(f"/f/{token}/")
    assert refused.status_code == 404
    assert "Este enlace ya no sirve" in refused.content.decode()


def test_the_link_of_one_bill_changed_to_another_opens_neither(citizen: Citizen) -> None:
    bill = citizen.overdue
    token = bill_token(invoice_id=bill.pk, issued_on=bill.issued_on)
    guest = Client()
    altered = token.replace(f"{bill.pk}-", f"{citizen.current.pk}-", 1)
    assert altered != token
    assert guest.get(f"/f/{altered}/").status_code == 404
    assert guest.get(f"/facturas/{citizen.current.pk}/").status_code == 404


def test_a_link_of_long_ago_says_that_it_is_over(citizen: Citizen) -> None:
    bill = citizen.overdue
    token = bill_token(invoice_id=bill.pk, issued_on=bill.issued_on)
    with time_machine.travel(clock.now() + LASTS):
        refused = Client().get(f"/f/{token}/")
    assert refused.status_code == 404
    assert "Este enlace ya no sirve" in refused.content.decode()


def test_a_link_used_again_after_paying_shows_the_bill_as_paid(citizen: Citizen) -> None:
    bill = citizen.overdue
    token = bill_token(invoice_id=bill.pk, issued_on=bill.issued_on)
    factories.pay(citizen.account, "1010.00", clock.today())
    shown = Client().get(f"/f/{token}/", follow=True).content.decode()
    assert "Pagada" in shown
    assert "/pagar/" not in shown


def test_a_bill_explains_itself_with_a_year_of_use(citizen: Citizen, enter: Enter) -> None:
    today = clock.today()
    stay = factories.installation(citizen.connection, on=today - timedelta(days=400))
    days = [today - timedelta(days=30 * n) for n in range(12, 0, -1)]
    readings = [NewReading(stay.pk, day, Decimal(100 + 10 * n)) for n, day in enumerate(days, 1)]
    record_readings(readings=readings, batch=Batch(source="manual", on=today), by=SYSTEM)
    page = enter(citizen.user, f"/facturas/{citizen.current.pk}/")
    expect(page.get_by_role("img", name="Consumo, 13 meses")).to_be_visible()
    expect(page.get_by_text("Lo que se cobra")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_bill_and_home_tell_what_is_owed_after_the_due_date_where_a_surcharge_falls_then(
    citizen: Citizen,
) -> None:
    Service.objects.update(late_policies=factories.FIVE_PERCENT_ONCE)
    today = clock.today()
    account = factories.account(factories.party("Ana", "Solís"), number="A-2")
    Party.objects.filter(pk=account.holder_id).update(user=factories.user("ana2"))
    water = factories.subscription(account, citizen.water.service, factories.connection())
    ours = bill(account, water, today, today + timedelta(days=15), "100.00")
    client = signed_in(User.objects.get(username="ana2"))
    said = strip_tags(client.get(f"/facturas/{ours.pk}/").content.decode())
    assert "Después de ese día: ₡105,00" in said
    assert "₡105,00" in strip_tags(client.get("/").content.decode())
    hers = signed_in(citizen.user).get(f"/facturas/{citizen.current.pk}/").content.decode()
    assert "Después de ese día" not in hers, "issued before the surcharge"


def test_two_houses_on_one_bill_are_told_apart_and_belong_to_their_places(citizen: Citizen) -> None:
    elsewhere = factories.connection()
    other = factories.subscription(citizen.account, citizen.water.service, elsewhere)
    both = factories.invoice(
        citizen.account,
        factories.Line("10.00", subscription=citizen.water),
        factories.Line("12.00", subscription=other),
        dated_on=citizen.current.dated_on,
        due_date=citizen.current.due_date,
    )
    page = signed_in(citizen.user).get(f"/facturas/{both.pk}/").content.decode()
    for place in (citizen.connection, elsewhere):
        assert f"· Conexión {place.number}</dt>" in page
    items = [
        i for i in pending_items(account_id=citizen.account.pk, on=clock.today()) if i.invoice_id == both.pk
    ]
    assert {i.connection_id for i in items} == {citizen.connection.pk, elsewhere.pk}


def test_a_pdf_of_a_bill_comes_down(citizen: Citizen) -> None:
    answer = signed_in(citizen.user).get(f"/facturas/{citizen.overdue.pk}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_customer_changes_where_mails_go_but_not_over_somebody_elses_change(
    citizen: Citizen, enter: Enter
) -> None:
    page = enter(citizen.user, "/datos/")
    page.get_by_role("textbox", name="Correo").fill("nueva@ejemplo.cr")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Guardamos sus datos.")).to_be_visible()
    party = citizen.account.holder
    party.refresh_from_db()
    assert party.email == "nueva@ejemplo.cr"
    stale = {"email": "otra@ejemplo.cr", "phone": "", "delivery": "mail", "version": party.version - 1}
    assert signed_in(citizen.user).post("/datos/", stale).status_code == 422
    party.refresh_from_db()
    assert party.email == "nueva@ejemplo.cr"


def test_a_user_without_services_is_told_what_to_do(citizen: Citizen, enter: Enter) -> None:
    page = enter(factories.user("nueva"))
    expect(page.get_by_text("Todavía no hay nada a su nombre")).to_be_visible()


def test_unsigned_words_of_a_provider_are_refused(citizen: Citizen) -> None:
    answer = Client().post("/pasarela/avisos/sandbox/", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"error": "unsigned_event"})
    assert Client().post("/pasarela/avisos/otro/", b"{}", content_type="application/json").status_code == 404


def test_the_last_movements_stand_on_the_statement_and_all_of_them_a_click_away(citizen: Citizen) -> None:
    for _ in range(12):
        factories.invoice(citizen.account, "10.00", dated_on=clock.today(), due_date=clock.today())
    client = signed_in(citizen.user)
    short = client.get("/estado/").content.decode()
    assert short.count('data-label="Fecha"') == 12
    assert "Ver todos los movimientos" in short
    whole = client.get(f"/estado/?cuenta={citizen.account.number}&movimientos=todos").content.decode()
    assert whole.count('data-label="Fecha"') == 14
    assert "Ver todos los movimientos" not in whole
    assert short.count('name="item"') == whole.count('name="item"') == 14, "all that is owed is on both"
