"""What a municipality's office does beside the run: once, ahead, split, by months and by cycles."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.billing.models import BillRun, Charge, Cycle, Invoice, OneOff, Subscription
from caudal.common import clock
from caudal.jobs.tasks.billing import rehearse_run
from caudal.kernel.periods import add_months, month_of
from caudal.receivables.models import Payment
from caudal.registry.models import Organisation, Route
from caudal.registry.operations import (
    LicenceData,
    PropertyData,
    add_owner,
    create_licence,
    create_property,
    save_sector,
)
from caudal.tariffs.models import Service
from tests import factories as make
from tests.functional.office.conftest import BACKEND, PHONE
from tests.stories.municipality import CLERK, Municipality, bill

Enter = Callable[..., Page]
LONG_NAME = {"given_names": "María de los Ángeles", "surnames": "Fernández-Guardia Echandi"}


@pytest.fixture
def town(transactional_db: None) -> Municipality:
    return Municipality()


@pytest.fixture
def ana() -> User:
    return User.objects.get(username="ana") if User.objects.exists() else make.user("ana", "administrator")


@pytest.fixture
def office(town: Municipality, client: Client) -> Client:
    client.force_login(User.objects.get(username="ana"), backend=BACKEND)
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def taxed(town: Municipality) -> Subscription:
    """A property tax that bills its quarters on the last day of each, from the year before on."""
    today = clock.today()
    account = make.account(make.party(**LONG_NAME))
    land = town.land("47385617", received_on=date(today.year - 2, 8, 20))
    Service.objects.filter(code="bienes-inmuebles").update(
        billing_day=31, ahead_discounts=[{"until": "12-31", "percent": "5.5"}]
    )
    return town.take(account, "bienes-inmuebles", date(today.year - 1, 1, 1), property_id=land.pk)


def test_the_year_is_paid_ahead_after_its_effect_was_shown(town: Municipality, enter: Enter) -> None:
    tax = taxed(town)
    page = enter(User.objects.get(username="ana"), f"/oficina/contratados/{tax.pk}/", viewport=PHONE)
    page.get_by_role("link", name="Pagar el año por adelantado").click()
    expect(page.get_by_text("Descuento del 5,5 %")).to_be_visible()
    page.get_by_role("button", name="Emitir y cobrar").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1")
    payment = Payment.objects.get()
    invoice = Invoice.objects.get()
    assert payment.amount == invoice.total
    quarters = Charge.objects.filter(period__isnull=False)
    assert 1 <= quarters.count() <= 4
    off = Charge.objects.get(period=None)
    whole = sum(c.net for c in quarters)
    assert off.net == -(whole * Decimal("0.055")).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_nothing_is_issued_when_the_total_is_no_longer_what_was_shown(
    town: Municipality, office: Client
) -> None:
    tax = taxed(town)
    address = f"/oficina/contratados/{tax.pk}/adelantar/"
    year = office.get(address).context["form"].initial["year"]
    page = office.post(address, {"method": "cash", "year": year, "shown": "1.00", "key": "k-1"})
    assert "Mírelo otra vez" in text(page)
    assert not Invoice.objects.exists()


def test_a_tax_is_split_among_its_owners(town: Municipality, office: Client) -> None:
    tax = taxed(town)
    address = f"/oficina/contratados/{tax.pk}/repartir/"
    assert "Nadie está anotado como dueño" in text(office.get(address))
    since = date(clock.today().year - 1, 1, 1)
    for party, share in ((tax.account.holder, "0.5"), (make.party("Eva", "Ríos"), "0.5")):
        add_owner(
            property_id=tax.property_id, party_id=party.pk, share=Decimal(share), valid_from=since, by=CLERK
        )
    page = office.get(address)
    assert "Eva Ríos" in text(page) and "50" in text(page)
    start = page.context["form"].fields["starts_on"].choices[0][0]
    office.post(address, {"starts_on": start})
    tax.refresh_from_db()
    assert tax.valid_to == date.fromisoformat(start)
    assert Subscription.objects.filter(valid_to=None, share_upto__isnull=False).count() == 2
    assert "Su parte" in text(office.get(f"/oficina/contratados/{Subscription.objects.latest('pk').pk}/"))


def test_what_could_never_be_priced_is_refused_and_a_property_leads_to_its_tax(
    town: Municipality, office: Client
) -> None:
    land = town.land("47385617", received_on=date(2020, 8, 20))
    owner = make.party(**LONG_NAME)
    account = make.account(owner)
    add_owner(property_id=land.pk, party_id=owner.pk, valid_from=date(2020, 1, 1), by=CLERK)
    form = f"/oficina/cuentas/{account.pk}/servicio/?propiedad={land.pk}"
    assert form in text(office.get(f"/oficina/propiedades/{land.pk}/"))
    assert 'value="Del parque 50 m al norte' in text(office.get(form))
    tax = {"tariff": town.tariffs["bienes-inmuebles"].pk, "starts_on": "2026-01-01"}
    assert "sale del valor de una propiedad: diga de cuál." in text(office.post(form, tax))
    licence = tax | {"tariff": town.tariffs["patentes"].pk}
    assert "se cobra por una patente: diga cuál." in text(office.post(form, licence))
    assert not Subscription.objects.exists()
    office.post(form, tax | {"property": land.address})
    assert Subscription.objects.get().property_id == land.pk


def test_a_run_says_what_a_property_lacks_and_leads_to_it(town: Municipality, office: Client) -> None:
    assert "Lo próximo: " in text(office.get("/oficina/facturacion/"))
    bare = create_property(data=PropertyData(address="Lote baldío"))
    town.take(make.account(), "bienes-inmuebles", date(2020, 1, 1), property_id=bare.pk)
    office.post("/oficina/facturacion/calcular/", {"dated_on": "2026-12-05"})
    run = BillRun.objects.get()
    rehearse_run(run_id=run.pk)
    page = text(office.get(f"/oficina/facturacion/{run.pk}/"))
    assert "Falta un dato que pide la tarifa" in page
    assert "Falta el dato «valor declarado de la propiedad»." in page
    assert f'href="/oficina/propiedades/{bare.pk}/"' in page


def test_a_licence_gets_its_yearly_amount(town: Municipality, office: Client) -> None:
    account = make.account()
    create_licence(
        data=LicenceData(
            party_id=account.holder_id, number="P-0017", activity="Pulpería", opened_on=date(2026, 1, 1)
        ),
        by=CLERK,
    )
    sent = {
        "tariff": town.tariffs["patentes"].pk,
        "licence": "P-0017",
        "amount": "85250,30",
        "starts_on": "2026-01-01",
    }
    page = office.post(f"/oficina/cuentas/{account.pk}/servicio/", sent, follow=True)
    assert "Monto propio al año" in text(page)
    assert Subscription.objects.get().amount_override == Decimal("85250.30")
    again = office.post(f"/oficina/cuentas/{account.pk}/servicio/", sent)
    assert "ya se presta ahí" in text(again)


def test_a_year_paid_with_too_little_is_not_issued_and_says_so_beside_the_amount(
    town: Municipality, office: Client
) -> None:
    tax = taxed(town)
    address = f"/oficina/contratados/{tax.pk}/adelantar/"
    asked = office.get(address).context["form"].initial
    told = office.post(address, asked | {"method": "cash", "tendered": "10,00"})
    assert "tendered" in told.context["form"].errors and "No alcanza con 10" in text(told)
    assert not Invoice.objects.exists() and not Payment.objects.exists()


def closing(town: Municipality, office: Client) -> tuple[Subscription, str, int]:
    """A shop's licence since 2026, its first quarter billed on 31 March, and the address that closes it."""
    account = make.account()
    licence = create_licence(
        data=LicenceData(
            party_id=account.holder_id, number="P-0017", activity="Pulpería", opened_on=date(2026, 1, 1)
        ),
        by=CLERK,
    )
    fee = town.take(account, "patentes", date(2026, 1, 1), amount="85250.30", licence_id=licence.pk)
    Service.objects.filter(code="patentes").update(billing_day=31, billing_months=[3, 6, 9, 12])
    bill(date(2026, 3, 31))
    return fee, f"/oficina/patentes/{licence.pk}/cerrar/", licence.version


def test_closing_a_licence_says_what_is_still_billed_and_ends_its_fees(
    town: Municipality, office: Client
) -> None:
    """Closed on 15 May: the second quarter began, so it is still billed; nothing after it."""
    fee, address, version = closing(town, office)
    looked = text(office.post(address, {"on": "2026-05-15", "do": "look"}))
    assert "Todavía se factura del 01/04/2026 al 30/06/2026" in looked
    office.post(address, {"on": "2026-05-15", "version": version})
    fee.refresh_from_db()
    assert fee.valid_to == date(2026, 5, 15)
    for day in (date(2026, 6, 30), date(2026, 9, 30)):
        bill(day)
    quarters = Charge.objects.filter(subscription=fee).order_by("pk").values_list("period__month", flat=True)
    assert list(quarters) == [date(2026, 3, 1), date(2026, 6, 1)]
    office.post(address.replace("cerrar", "reabrir"))
    fee.refresh_from_db()
    assert fee.valid_to is None


def test_closing_a_licence_warns_of_what_was_billed_beyond_the_day(
    town: Municipality, office: Client
) -> None:
    _fee, address, _version = closing(town, office)
    bill(date(2026, 6, 30))
    looked = text(office.post(address, {"on": "2026-03-31", "do": "look"}))
    assert "Ya se facturó del 01/04/2026 al 30/06/2026" in looked


@pytest.mark.parametrize(("services", "ends"), [("end", True), ("stay", False)])
def test_closing_a_property_asks_about_its_services(
    town: Municipality, office: Client, services: str, ends: bool
) -> None:
    tax = taxed(town)
    place = tax.property
    assert place is not None
    address = f"/oficina/propiedades/{place.pk}/cerrar/"
    assert "Terminan ese mismo día" in text(office.get(address))
    today = clock.today()
    office.post(address, {"on": today.isoformat(), "version": place.version, "services": services})
    tax.refresh_from_db()
    place.refresh_from_db()
    assert place.closed_on == today
    assert (tax.valid_to == today) is ends


def test_a_concept_is_charged_at_once_or_waits_and_can_be_taken_back(
    town: Municipality, office: Client
) -> None:
    account = make.account(make.party(**LONG_NAME))
    address = f"/oficina/por-una-vez/nuevo/?cuenta={account.pk}"
    service = Service.objects.get(code="reconexion")
    Service.objects.filter(pk=service.pk).update(tax_name="IVA", tax_percent=13)
    sent = {
        "service": service.pk,
        "amount": "5000,50",
        "dated_on": clock.today().isoformat(),
        "when": "now",
        "text": "",
    }
    looked = office.post(address, sent | {"do": "look"})
    assert "5.650,57" in text(looked) and not OneOff.objects.exists()
    sent |= {"expected": "5650.57"}
    office.post(address, sent | {"do": "charge"})
    assert Invoice.objects.get().total == Decimal("5650.57")
    refused = office.post(address, sent | {"do": "charge", "amount": ""})
    assert "Escriba el monto" in text(refused)
    office.post(address, sent | {"do": "charge", "when": "next", "text": "Cambio de llave"})
    waiting = office.get("/oficina/por-una-vez/")
    assert "Cambio de llave" in text(waiting) and "Sin propiedad" in text(waiting)
    office.post(f"/oficina/por-una-vez/{OneOff.objects.latest('pk').pk}/retirar/")
    assert "Cambio de llave" in text(office.get("/oficina/por-una-vez/?estado=withdrawn"))
    assert Invoice.objects.count() == 1
    assert "Reconexión" in text(office.get("/oficina/por-una-vez/?estado=billed"))
    chosen = office.get(f"/oficina/por-una-vez/nuevo/?quien={account.number}")
    assert chosen["Location"].endswith(f"cuenta={account.pk}")


def test_a_cycle_bills_its_routes_on_its_own_day_and_the_rest_on_the_services(
    town: Municipality, office: Client
) -> None:
    today = clock.today()
    sector = save_sector(code="N", name="Norte", by=CLERK)
    route = Route.objects.create(sector=sector, code="R1", name="Ruta 1")
    inside, outside = (
        town.house(make.account(), date(2026, 1, 1), town.land("1", date(2024, 1, 1))) for _ in "ab"
    )
    inside.route = route
    inside.save()
    office.post("/oficina/facturacion/ciclos/nuevo/", {"name": "Ciclo 2", "code": "c2", "routes": [route.pk]})
    cycle = Cycle.objects.get()
    calendar = f"/oficina/facturacion/ciclos/{cycle.pk}/calendario/{today.year}/"
    filled = office.get(calendar, {"day": today.day, "reading_days": 3, "days_before": 0})
    assert "Todavía no está guardado" in text(filled)
    first = filled.context["form"].initial
    sent = {name: day.isoformat() for name, day in first.items()}
    office.post(calendar, sent)
    assert cycle.days.count() == 12
    listing = text(office.get("/oficina/facturacion/"))
    assert "Ciclo 2" in listing
    office.post("/oficina/facturacion/calcular/", {"dated_on": today.isoformat(), "cycle": cycle.pk})
    run = BillRun.objects.get()
    page = text(office.get(f"/oficina/facturacion/{run.pk}/"))
    assert "Calculando" in page and "Ciclo 2" in page and "Aprobar" not in page.replace("Aprobación", "")
    rehearse_run(run_id=run.pk)
    run.refresh_from_db()
    # The refuse of the house inside is billed; its water has no reading. The other house is not expected.
    assert (run.state, run.expected, run.totals["invoices"], run.totals["retained"]) == ("rehearsed", 2, 1, 1)
    moved = sent | {f"dated_on_{today.month}": add_months(month_of(today), 1).isoformat()}
    assert "dentro del mismo mes" in text(office.post(calendar, moved))
    assert outside.pk != inside.pk


def test_who_rehearsed_is_told_that_another_approves(town: Municipality, office: Client) -> None:
    today = clock.today()
    Organisation.objects.update(second_approval=True)
    Service.objects.filter(code="basura").update(billing_day=today.day)
    town.take(make.account(), "basura", date(2026, 1, 1))
    office.post("/oficina/facturacion/calcular/", {"dated_on": today.isoformat(), "services": ["basura"]})
    run = BillRun.objects.get()
    rehearse_run(run_id=run.pk)
    assert "La aprueba otra persona" in text(office.get(f"/oficina/facturacion/{run.pk}/"))
    assert "Aprobar la facturación" not in text(office.get("/oficina/"))
    office.post(f"/oficina/facturacion/{run.pk}/aprobar/")
    run.refresh_from_db()
    assert run.state == "rehearsed"
    office.force_login(make.user("beto", "billing"), backend=BACKEND)
    assert "Aprobar la facturación" in text(office.get("/oficina/"))
    office.post(f"/oficina/facturacion/{run.pk}/aprobar/")
    run.refresh_from_db()
    assert run.state == "issuing"


def test_a_service_says_when_it_is_due_and_what_paying_ahead_takes_off(
    town: Municipality, office: Client
) -> None:
    tax = Service.objects.get(code="bienes-inmuebles")
    page = office.get(f"/oficina/servicios/{tax.pk}/editar/")
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in sent.items() if value not in (None, False, "")}
    office.post(f"/oficina/servicios/{tax.pk}/editar/", sent | {"ahead_discounts": "31/03 5,5\n31/01 10 %"})
    tax.refresh_from_db()
    assert tax.due_rule == "quarter_end"
    assert tax.ahead_discounts == [
        {"until": "01-31", "percent": "10"},
        {"until": "03-31", "percent": "5.5"},
    ]
    wrong = office.post(f"/oficina/servicios/{tax.pk}/editar/", sent | {"ahead_discounts": "enero"})
    assert "como 31/01 10" in text(wrong)
    assert "vence al fin del trimestre" in text(office.get("/oficina/servicios/"))


def test_the_reversal_of_a_year_paid_ahead_says_that_the_discount_goes(
    town: Municipality, office: Client
) -> None:
    tax = taxed(town)
    asked = office.get(f"/oficina/contratados/{tax.pk}/adelantar/").context["form"].initial
    office.post(f"/oficina/contratados/{tax.pk}/adelantar/", asked | {"method": "cheque"})
    payment, invoice = Payment.objects.get(), Invoice.objects.get()
    by_hand = text(office.get(f"/oficina/facturas/{invoice.pk}/"))
    assert "Es un año pagado por adelantado" in by_hand and "reverse su comprobante" in by_hand
    page = text(office.get(f"/oficina/cobros/{payment.pk}/"))
    assert "Se anula el año pagado por adelantado" in page and "Se pierde el descuento" in page
    told = text(
        office.post(f"/oficina/cobros/{payment.pk}/reversar/", {"reason": "Cheque sin fondos"}, follow=True)
    )
    assert "Reversado" in told
    assert Invoice.objects.order_by("pk")[0].void_reason == "Se reversó el comprobante 1: Cheque sin fondos"
