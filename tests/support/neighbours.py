"""Two houses in two sectors, each with everything that an address can name: one's own is another's to the other."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

from caudal.access.models import User
from caudal.billing.models import Account, Invoice, InvoiceDraft, OneOff, Subscription
from caudal.billing.queries.frozen import frozen_of
from caudal.common.actor import SYSTEM
from caudal.metering.models import Alert, Connection, Installation, Reading
from caudal.receivables.models import Payment, PaymentIntent
from caudal.registry.models import (
    Licence,
    Ownership,
    Party,
    Property,
    PropertyAccess,
    Representation,
    Route,
    Sector,
)
from caudal.registry.operations import (
    LicenceData,
    PropertyData,
    RouteData,
    add_owner,
    create_licence,
    create_property,
    grant_access,
    save_route,
    save_sector,
)
from caudal.workflows.invoices import OneOffForm, save_draft
from tests import factories

LAST_MONTH = date(2026, 6, 15)


@dataclass(frozen=True)
class House:
    """A sector with one house, its people, and all that was written about it."""

    sector: Sector
    route: Route
    party: Party
    user: User
    place: Property
    owner: Ownership
    granted: PropertyAccess
    licence: Licence
    account: Account
    connection: Connection
    subscription: Subscription
    stay: Installation
    reading: Reading
    alert: Alert
    invoice: Invoice
    payment: Payment
    intent: PaymentIntent
    one_off: OneOff
    draft: InvoiceDraft
    representation: Representation

    def ids(self) -> dict[str, object]:
        """By the part of an address that names it; `pk` of a declared entity by the name of its address."""
        return {
            "access": self.granted.pk,
            "access_id": self.granted.pk,
            "account_id": self.account.pk,
            "alert_id": self.alert.pk,
            "connection": self.connection.pk,
            "connection_id": self.connection.pk,
            "draft_id": self.draft.pk,
            "installation_id": self.stay.pk,
            "intent_id": self.intent.pk,
            "invoice_id": self.invoice.pk,
            "key": f"p{self.place.pk}",
            "licence": self.licence.pk,
            "licence_id": self.licence.pk,
            "meter": self.stay.meter_id,
            "meter_id": self.stay.meter_id,
            "number": self.connection.number,
            "one_off_id": self.one_off.pk,
            "ownership": self.owner.pk,
            "ownership_id": self.owner.pk,
            "party_id": self.party.pk,
            "payment_id": self.payment.pk,
            "property": self.place.pk,
            "property_id": self.place.pk,
            "reading_id": self.reading.pk,
            "representation_id": self.representation.pk,
            "route": self.route.pk,
            "sector": self.sector.pk,
            "subscription_id": self.subscription.pk,
        }


def house(name: str) -> House:
    """A house in a sector of its own, lived in by somebody who signs in."""
    sector = save_sector(code=name[:3].upper(), name=name, by=SYSTEM)
    route = save_route(
        data=RouteData(code=f"R-{name[:3]}", name=f"Ruta {name}", sector_id=sector.pk), by=SYSTEM
    )
    user = factories.user(f"vecina-{name.lower()}", "customer")
    party = factories.party(f"Vecina de {name}")
    Party.objects.filter(pk=party.pk).update(user=user)
    place = create_property(data=PropertyData(cadastral_code=f"P-{name}", sector_id=sector.pk), by=SYSTEM)
    owner = add_owner(property_id=place.pk, party_id=party.pk, valid_from=factories.LONG_AGO, by=SYSTEM)
    granted = grant_access(property_id=place.pk, user_id=user.pk, valid_from=factories.LONG_AGO, by=SYSTEM)
    licence = create_licence(
        data=LicenceData(
            party_id=party.pk, number=f"L-{name}", activity="Soda", opened_on=LAST_MONTH, property_id=place.pk
        ),
        by=SYSTEM,
    )
    account = factories.account(party)
    connection = factories.connection(
        sector_id=sector.pk, route_id=route.pk, property_id=place.pk, address=f"Casa de {name}"
    )
    water = factories.service("water", kind="metered", name="Agua", unit="m³")
    subscription = factories.subscription(account, water, connection)
    stay = factories.installation(connection)
    reading = Reading.objects.create(
        installation=stay,
        read_on=LAST_MONTH,
        register=Decimal(50),
        state="pending",
        findings=["below_previous"],
        source="customer",
        reader_id=user.pk,
    )
    factories.photo(reading)
    alert = Alert.objects.create(connection=connection, reading=reading, kind="inconsistent")
    invoice = _invoice_on(reading, subscription)
    payment = factories.pay(account, "5.00", date(2026, 6, 20))
    intent = PaymentIntent.objects.create(
        id=uuid4(),
        provider="sandbox",
        amount=Decimal("1.00"),
        value_on=LAST_MONTH,
        started_by=str(user),
    )
    intent.parts.create(account=account, charge_ids=[], amount=intent.amount)
    one_off = OneOff.objects.create(
        account=account,
        service=factories.service("fee"),
        text="Multa",
        amount=Decimal("3.00"),
        dated_on=LAST_MONTH,
        waits=True,
        created_by="caudal",
    )
    return House(
        sector, route, party, user, place, owner, granted, licence, account, connection, subscription, stay,
        reading, alert, invoice, payment, intent, one_off, _draft_for(account, connection), _company_of(party, place),
    )  # fmt: skip


def _draft_for(account: Account, connection: Connection) -> InvoiceDraft:
    """An invoice in preparation, of nothing but the meter."""
    form = OneOffForm(account_id=account.pk, connection_id=connection.pk, month=LAST_MONTH)
    return save_draft(form=form, by=SYSTEM)


def _company_of(party: Party, place: Property) -> Representation:
    """A company with a licence, for which somebody acts."""
    company = factories.party("", "", kind="juridical", legal_name=f"Soda {place} S. A.")
    data = LicenceData(party_id=company.pk, number=f"S-{place}", activity="Soda", opened_on=LAST_MONTH)
    create_licence(data=replace(data, property_id=place.pk), by=SYSTEM)
    return Representation.objects.create(represented=company, representative=party, valid_from=LAST_MONTH)


def _invoice_on(reading: Reading, subscription: Subscription) -> Invoice:
    """A bill of 20.00 made of a reading."""
    account, connection = subscription.account, reading.installation.connection
    meter = {
        "serial": reading.installation.meter.serial,
        "unit": "m³",
        "previous": "10",
        "previous_on": "2026-05-15",
        "current": "50",
        "current_on": LAST_MONTH.isoformat(),
        "days": 31,
        "usage": "40",
        "kind": "manual",
        "to_reading": reading.pk,
    }
    frozen = frozen_of(account=account, connection=connection, period="2026-06")
    return factories.invoice(
        account,
        factories.Line("20.00", subscription=subscription),
        dated_on=LAST_MONTH,
        due_date=date(2026, 6, 30),
        connection=connection,
        frozen={**frozen, "meters": [meter]},
    )
