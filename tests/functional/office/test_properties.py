"""Owners, values, change of owner and who sees a property, as a clerk does it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from caudal.billing.models import Invoice, Subscription
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.metering.models import Reading
from caudal.receivables.models import Payment
from caudal.registry.models import Ownership, Party, Property, PropertyAccess
from caudal.registry.operations import (
    PropertyData,
    add_owner,
    add_representative,
    create_property,
    grant_access,
    link_user,
)
from caudal.workflows.invoices.one_offs import NewOneOff, charge_once
from tests import factories
from tests.functional.office.conftest import Town

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db
BEGIN = date(2026, 1, 1)


@pytest.fixture
def office(client: Client) -> Client:
    """Customer service has signed in."""
    factories.organisation()
    client.force_login(factories.user("sofia", "service", name="Sofía Chaves"), backend=BACKEND)
    return client


@pytest.fixture
def house() -> Property:
    return create_property(data=PropertyData(cadastral_code="6-1"))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def own(house: Property, who: Party, share: str = "1", since: date = BEGIN) -> Ownership:
    return add_owner(property_id=house.pk, party_id=who.pk, share=Decimal(share), valid_from=since, by=SYSTEM)


def test_owners_are_added_by_identification_up_to_the_whole(office: Client, house: Property) -> None:
    ana, beto = factories.party("Ana", "Mora"), factories.party("Beto", "Salas")
    address = f"/oficina/propiedades/{house.pk}/duenos/nuevo/"
    typed = {"party": ana.identification, "share": "60", "valid_from": "2026-01-01"}
    office.post(address, typed)
    refused = office.post(address, typed | {"party": beto.identification, "share": "50"})
    assert "Solo queda libre el 40 % de la propiedad desde el 01/01/2026" in text(refused)
    assert 'id="id_share_error"' in text(refused)
    assert Ownership.objects.count() == 1
    again = office.post(address, typed | {"share": "10", "valid_from": "2026-03-01"})
    assert "ya tiene una parte de esta propiedad en esas fechas" in text(again)
    office.post(address, typed | {"party": beto.identification, "share": "40"})
    page = text(office.get(f"/oficina/propiedades/{house.pk}/"))
    assert "Ana Mora" in page
    assert "Beto Salas" in page


@pytest.mark.parametrize(("share", "said"), [("0", "0,0001"), ("101", "100 o menos"), ("", "id_share_error")])
def test_a_share_that_is_no_share_is_refused_at_its_field(
    office: Client, house: Property, share: str, said: str
) -> None:
    typed = {"party": factories.party().identification, "share": share, "valid_from": "2026-01-01"}
    refused = office.post(f"/oficina/propiedades/{house.pk}/duenos/nuevo/", typed)
    assert said in text(refused).replace("0.0001", "0,0001")
    assert not Ownership.objects.exists()


def test_an_owner_ends_once_and_his_time_stays_on_the_page(office: Client, house: Property) -> None:
    owned = own(house, factories.party("Ana", "Mora"))
    address = f"/oficina/duenos/{owned.pk}/terminar/"
    assert "debe terminar" not in text(office.get(address))
    assert "deja de serlo después de ese día" in text(office.post(address, {"on": "2025-01-01"}))
    office.post(address, {"on": "2026-06-01"})
    assert "desde el 01/01/2026, hasta el 01/06/2026" in text(office.get(f"/oficina/propiedades/{house.pk}/"))


def test_a_house_is_sold_in_one_step(client: Client, town: Town) -> None:
    client.force_login(factories.user("sofia", "service"), backend=BACKEND)
    house = create_property(data=PropertyData(cadastral_code="6-1"))
    connection = town.house.connection
    connection.property = house
    connection.save()
    owned = own(house, town.holder)
    buyer = factories.party("Beto", "Salas Ureña")
    today = clock.today()
    factories.invoice(town.account, "25.00", dated_on=today, due_date=today + timedelta(days=15))
    fine = factories.service("fine", kind="one_off", name="Multa")
    charge_once(
        data=NewOneOff(
            account_id=town.account.pk,
            service_id=fine.pk,
            amount=Decimal("7.00"),
            dated_on=today,
            waits=True,
        ),
        on=today,
        by=SYSTEM,
    )
    cousin = factories.user("prima", name="Prima de Ana")
    grant_access(property_id=house.pk, user_id=cousin.pk, valid_from=today, by=SYSTEM)
    page = text(client.get(f"/oficina/propiedades/{house.pk}/cambio/"))
    assert "Desde ese día ya no la ven en el portal: Prima de Ana." in page
    assert "debe <b>" in page
    assert "$25.00" in page
    assert f"La última: {town.last_register}" in page
    typed = {
        "leaving": [owned.pk],
        "new_owner": buyer.identification,
        "on": today.isoformat(),
        "services": "new",
        "debt": "settled",
        f"register_{town.house.pk}": str(town.last_register + 12),
        "end_grants": "on",
    }
    refused = client.post(f"/oficina/propiedades/{house.pk}/cambio/", typed)
    assert "todavía debe 25" in text(refused)
    assert Ownership.objects.get() == owned
    below = typed | {"debt": "stays", f"register_{town.house.pk}": "5"}
    assert "no calza con las demás" in text(client.post(f"/oficina/propiedades/{house.pk}/cambio/", below))
    done = client.post(f"/oficina/propiedades/{house.pk}/cambio/", typed | {"debt": "stays"}, follow=True)
    assert "es de Beto Salas Ureña" in text(done)
    assert "Ya no la ven en el portal: Prima de Ana." in text(done)
    assert f"La cuenta {town.account.number} tiene cobros que esperan una factura" in text(done)
    assert Reading.objects.filter(read_on=today, register=town.last_register + 12, state="accepted").exists()
    assert Subscription.objects.get(valid_to=None).account.holder == buyer
    assert "Cambio de dueño" in text(client.get(f"/oficina/propiedades/{house.pk}/"))


def test_a_debt_passes_to_the_buyer_with_its_paper_and_is_taken_back_whole(
    client: Client, town: Town
) -> None:
    client.force_login(factories.user("sofia", "service"), backend=BACKEND)
    house = create_property(data=PropertyData(cadastral_code="6-1"))
    town.house.connection.property = house
    town.house.connection.save()
    owned = own(house, town.holder)
    buyer = factories.party("Beto", "Salas Ureña")
    today = clock.today()
    water = Subscription.objects.filter(account=town.account, service__kind="metered").get()
    bill = factories.invoice(
        town.account,
        factories.Line("25.00", subscription=water),
        dated_on=today,
        due_date=today + timedelta(days=15),
    )
    address = f"/oficina/propiedades/{house.pk}/cambio/"
    assert "eso es lo que pasaría si el dueño nuevo asume la deuda" in text(client.get(address))
    typed = {
        "leaving": [owned.pk],
        "new_owner": buyer.identification,
        "on": today.isoformat(),
        "services": "new",
        "debt": "passes",
    }
    assert "Escriba dónde consta el acuerdo" in text(client.post(address, typed))
    tenant = typed | {"services": "stay", "agreement": "Carta del 3 de mayo"}
    assert "solo puede pasar junto con los servicios" in text(client.post(address, tenant))
    done = client.post(address, typed | {"agreement": "Carta del 3 de mayo"}, follow=True)
    assert f"Asumió $25.00 que debía la cuenta {town.account.number}" in text(done)
    client.force_login(factories.user("ada", "administrator"), backend=BACKEND)
    assumed = Invoice.objects.exclude(pk=bill.pk).get(account__holder=buyer)
    page = text(client.get(f"/oficina/facturas/{assumed.pk}/"))
    assert "según Carta del 3 de mayo" in page
    assert "AD-1" in page
    credit = Payment.objects.get(method="assumed")
    assert "No entró dinero" in text(client.get(f"/oficina/cobros/{credit.pk}/"))
    passed = text(client.get(f"/oficina/facturas/{bill.pk}/"))
    assert f'primero reverse <a href="/oficina/cobros/{credit.pk}/">AD-1</a>' in passed
    assert "Anular…" not in passed
    refused = client.post(f"/oficina/facturas/{bill.pk}/anular/", {"reason": "Duplicada"}, follow=True)
    assert "La debe otra cuenta." in text(refused)
    bill.refresh_from_db()
    assert bill.voided_on is None
    client.post(f"/oficina/cobros/{credit.pk}/reversar/", {"reason": "Se deshizo la venta"})
    assumed.refresh_from_db()
    assert assumed.voided_on == today
    assert "Conserva su número" in text(client.get(f"/oficina/facturas/{assumed.pk}/"))
    assert "Anular…" in text(client.get(f"/oficina/facturas/{bill.pk}/"))


def test_the_page_says_who_sees_a_property_and_why(office: Client, house: Property) -> None:
    bazaar = factories.party(kind="juridical", legal_name="Bazar Los Ángeles S. A.", identification="")
    ana, tenant = factories.party("Ana", "Mora"), factories.user("inquilina", name="Inés Vargas")
    link_user(party_id=ana.pk, user_id=factories.user("ana", name="Ana Mora").pk, by=SYSTEM)
    own(house, bazaar)
    add_representative(represented_id=bazaar.pk, representative_id=ana.pk, valid_from=BEGIN, by=SYSTEM)
    typed = {"user": "inquilina", "valid_from": "2026-01-01"}
    office.post(f"/oficina/propiedades/{house.pk}/acceso/", typed)
    page = text(office.get(f"/oficina/propiedades/{house.pk}/"))
    assert "Apoderado de Bazar Los Ángeles S. A." in page
    assert "Inés Vargas" in page
    assert "Acceso concedido" in page
    twice = office.post(f"/oficina/propiedades/{house.pk}/acceso/", typed)
    assert "Inés Vargas ya puede ver esta propiedad" in text(twice)
    granted = PropertyAccess.objects.get(user=tenant)
    early = office.post(f"/oficina/accesos/{granted.pk}/quitar/", {"on": "2025-12-31"})
    assert "El acceso empezó el" in text(early)
    office.post(f"/oficina/accesos/{granted.pk}/quitar/", {"on": "2026-03-01"})
    page = text(office.get(f"/oficina/propiedades/{house.pk}/"))
    assert "hasta el 01/03/2026" in page
    assert "Terminado" in page


def test_a_user_is_given_a_property_and_his_page_shows_it(client: Client, house: Property) -> None:
    factories.organisation()
    client.force_login(factories.user("ana", "administrator"), backend=BACKEND)
    tenant = factories.user("inquilina", name="Inés Vargas")
    client.post(f"/oficina/usuarios/{tenant.pk}/acceso/", {"place": "6-1", "valid_from": "2026-01-01"})
    page = text(client.get(f"/oficina/usuarios/{tenant.pk}/"))
    assert f"/oficina/propiedades/{house.pk}/" in page
    granted = PropertyAccess.objects.get()
    gone = client.post(f"/oficina/accesos/{granted.pk}/quitar/?desde=usuario", {"on": "2026-03-01"})
    assert gone["Location"] == f"/oficina/usuarios/{tenant.pk}/"
    assert "Terminado" in text(client.get(gone["Location"]))


def test_who_could_once_see_a_property_stays_known_when_it_is_closed(office: Client) -> None:
    place = create_property(data=PropertyData(cadastral_code="6-9", address="Calle 9"), by=SYSTEM)
    tenant = factories.user("inquilina", name="Inés Vargas")
    grant_access(
        property_id=place.pk,
        user_id=tenant.pk,
        valid_from=date(2025, 1, 1),
        valid_to=date(2025, 6, 1),
        by=SYSTEM,
    )
    address = f"/oficina/propiedades/{place.pk}/cerrar/"
    assert "Accesos concedidos, de hoy o de antes: 1" in text(office.get(address))
    office.post(address, {"on": clock.today().isoformat(), "version": place.version})
    place.refresh_from_db()
    assert place.closed_on == clock.today()
    assert place.granted.get().user == tenant


@pytest.mark.parametrize("day", ["9999-12-31", "0206-11-03", "2200-01-01", "1899-12-31"])
def test_a_mistyped_year_is_said_at_its_field(office: Client, house: Property, day: str) -> None:
    typed = {"amount": "31500000", "received_on": day}
    answer = office.post(f"/oficina/propiedades/{house.pk}/valor/", typed)
    assert "Mire el año: va de 1900 a 2199." in text(answer)
    assert not house.declared_values.exists()


def test_a_declared_value_says_from_when_it_counts(office: Client, house: Property) -> None:
    typed = {"amount": "31500000", "received_on": "2026-11-03"}
    done = office.post(f"/oficina/propiedades/{house.pk}/valor/", typed, follow=True)
    assert "El valor cuenta desde el 01/01/2027." in text(done)
    assert house.declared_values.get().amount == Decimal(31_500_000)
