"""Santa Rosa: the preset of a municipality with prices, and one household that has all of it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from caudal.billing import operations as billing
from caudal.billing.models import Account, BillRun, Invoice, Subscription
from caudal.billing.operations.accounts import Place
from caudal.common.actor import SYSTEM, Actor
from caudal.jobs.invariants import check
from caudal.metering.models import Connection
from caudal.metering.operations.readings import Batch, NewReading, record_readings
from caudal.registry.models import Property
from caudal.registry.operations import OrganisationData, PropertyData, create_property, declare_value
from caudal.tariffs import operations as tariffs
from caudal.tariffs.models import Service, Tariff
from caudal.workflows import billing_run
from caudal.workflows.founding import PRESETS, AdministratorData, found
from tests import factories as make

CLERK = Actor(id=None, label="Rosa Vega")
PRICES: dict[str, dict[str, Any]] = {
    "agua": {"kind": "flat", "code": "consumo", "name": "Consumo", "price": "412.50"},
    "basura": {"kind": "fixed", "code": "recoleccion", "name": "Recolección", "amount": "4850"},
    "bienes-inmuebles": {"kind": "ad_valorem", "code": "ibi", "rate": "0.5", "parts": 4},
    "patentes": {"kind": "fixed", "code": "patente", "name": "Patente", "amount": "100000", "parts": 4},
}


class Municipality:
    """Founded by its preset. Water by meter, refuse with 13 % of tax, the property tax, licences: side by side."""

    def __init__(self) -> None:
        preset = PRESETS["municipality"]
        found(
            services=preset.services,
            organisation=OrganisationData(
                name="Municipalidad de Santa Rosa",
                kind="municipality",
                country="CR",
                currency="CRC",
                symbol="₡",
                minor_units=2,
                point=",",
                group=".",
                locale="es-CR",
                timezone="America/Costa_Rica",
            ),  # fmt: skip
            administrator=AdministratorData(
                username="ana", name="Ana Mora", email="ana@ejemplo.cr", password="una-clave-larga-1"
            ),
            by=SYSTEM,
        )
        Service.objects.filter(code="basura").update(tax_name="IVA", tax_percent=13)
        self.tariffs = {code: self._publish(code) for code in PRICES}

    @staticmethod
    def _publish(code: str) -> Tariff:
        service = Service.objects.get(code=code)
        tariff = tariffs.create_tariff(service_id=service.pk, code=f"t-{code}", name=service.name, by=SYSTEM)
        unit = {"unit": service.unit} if service.unit else {}
        definition = {
            "format": 1,
            "name": service.name,
            "service": code,
            "components": [PRICES[code]],
            **unit,
        }
        draft = tariffs.save_draft(
            tariff_id=tariff.pk, valid_from=make.LONG_AGO, definition=definition, by=SYSTEM
        )
        tariffs.publish_version(version_id=draft.pk, by=SYSTEM)
        return tariff

    def take(self, account: Account, code: str, since: date, amount: str = "", **place: int) -> Subscription:
        """A service that the account takes at a place."""
        return billing.subscribe(
            account=account,
            tariff=self.tariffs[code],
            valid_from=since,
            place=Place(**place),
            amount_override=Decimal(amount) if amount else None,
        )

    def land(self, worth: str, received_on: date) -> Property:
        """A property whose owner declared what it is worth."""
        land = create_property(data=PropertyData(address="Del parque 50 m al norte"))
        declare_value(property_id=land.pk, amount=Decimal(worth), received_on=received_on, by=CLERK)
        return land

    def house(
        self, account: Account, since: date, land: Property, *registers: tuple[date, str]
    ) -> Connection:
        """A connection on a property with water and refuse, its meter read on days."""
        at = make.connection(property_id=land.pk)
        stay = make.installation(at, first="100", on=since)
        self.take(account, "agua", since, connection_id=at.pk)
        self.take(account, "basura", since, connection_id=at.pk)
        readings = [NewReading(stay.pk, day, Decimal(register)) for day, register in registers]
        with transaction.atomic():
            batch = Batch(source="manual", on=date(2027, 12, 31), accept_unusual=True)
            record_readings(readings=readings, batch=batch, by=CLERK)
        return at


def bill(day: date, *services: str, by: Actor = CLERK, **more: Any) -> BillRun:
    """Rehearse, approve and issue the run of a day."""
    run = billing_run.rehearse(dated_on=day, services=services, by=by, **more)
    billing_run.approve(run_id=run.pk, issued_on=day, at=at(day), by=by)
    return billing_run.issue_run(run_id=run.pk, clock=lambda: at(day))


def at(day: date) -> datetime:
    """Noon of a day."""
    return datetime(day.year, day.month, day.day, 18, tzinfo=UTC)


def receipts(account: Account, day: date) -> list[tuple[str, Decimal, date]]:
    """(what for, total, due) of each invoice that the account got on a day."""
    found = Invoice.objects.filter(account=account, dated_on=day).order_by("number")
    return [(", ".join(c.label for c in make.charges(i)), i.total, i.due_date) for i in found]


def broken() -> list[str]:
    """What `caudal check` finds."""
    return [f"{v.invariant} {v.subject}: {v.detail}" for v in check()]
