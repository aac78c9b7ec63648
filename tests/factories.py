"""Small towns for tests: what a test does not say is filled in, and made by the stages' own operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any

from django.db import transaction
from PIL import Image

from caudal.access.models import Role, User
from caudal.billing import operations as billing
from caudal.billing.documents import ChargeDocument, InvoiceDocument
from caudal.billing.models import Account, Charge, Invoice, Subscription
from caudal.billing.operations.accounts import Place
from caudal.billing.queries.frozen import frozen_of
from caudal.common.actor import SYSTEM
from caudal.metering.models import Connection, Installation, Reading
from caudal.metering.operations.connections import ConnectionData, create_connection
from caudal.metering.operations.meters import MeterData, Register, install_meter
from caudal.metering.photos import Picture, picture_of
from caudal.receivables import operations as receivables
from caudal.receivables.models import Payment
from caudal.registry.models import Organisation, Party
from caudal.registry.operations import PartyData, create_party
from caudal.tariffs.models import Service, Tariff, TariffVersion
from caudal.workflows.payments import PaymentRequest, take_payment
from caudal.workflows.readings import attach_photo

Policies = list[dict[str, Any]]
_numbers = count(1)
LONG_AGO = date(2020, 1, 1)
# 0.1 % a day is 36.5 % a year.
A_TENTH_A_DAY: Policies = [
    {"kind": "daily", "code": "interest", "basis": 365, "rates": [{"percent": "36.5"}]}
]
FIVE_PERCENT_ONCE: Policies = [{"kind": "flat", "code": "surcharge", "rates": [{"percent": "5"}]}]


def organisation(**changes: Any) -> Organisation:
    """The town (one), with its number series and its service of interest."""
    columns = {
        "name": "Acueducto de San Isidro",
        "kind": "water_utility",
        "country": "CR",
        "currency": "CRC",
        "symbol": "₡",
        "timezone": "America/Costa_Rica",
    }
    town, _created = Organisation.objects.update_or_create(singleton=True, defaults=columns | changes)
    billing.ensure_series(code="invoices", kind="invoice")
    billing.ensure_series(code="receipts", kind="receipt")
    service("interest", kind="interest", name="Intereses")
    return town


def party(given_names: str = "Ana", surnames: str = "Mora Solís", **changes: Any) -> Party:
    """A person, with an identification of her own."""
    number = next(_numbers)
    data = {
        "given_names": given_names,
        "surnames": surnames,
        "identification": f"1-{number:04d}-{number:04d}",
        "email": f"vecino{number}@ejemplo.cr",
        "address": "Del parque 200 m al norte",
    }
    return create_party(data=PartyData(**(data | changes)))


def user(username: str, *roles: str, password: str = "una-clave-larga-1", **changes: Any) -> User:
    """Someone who signs in, with roles by code."""
    found = User(username=username, name=changes.pop("name", username.title()), **changes)
    found.set_password(password)
    found.save()
    found.roles.set(Role.objects.filter(code__in=roles))
    return found


def account(holder: Party | None = None, **changes: Any) -> Account:
    """The receivables of one payer."""
    holder = holder or party()
    return billing.open_account(holder_id=holder.pk, opened_on=changes.pop("opened_on", LONG_AGO), **changes)


def service(code: str = "water", **changes: Any) -> Service:
    """A service by its code; the second time the same one."""
    columns = {"name": code.replace("-", " ").title(), "kind": "fixed"} | changes
    return Service.objects.get_or_create(code=code, defaults=columns)[0]


def tariff(of: Service, components: list[dict[str, Any]] | None = None, **changes: Any) -> TariffVersion:
    """A tariff with one published version; 0.50 a unit, or an amount of 5.00 for what is not metered."""
    flat = (
        {"kind": "flat", "code": "usage", "price": "0.50"}
        if of.kind == "metered"
        else {"kind": "fixed", "code": "fee", "amount": "5.00"}
    )
    definition = {"format": 1, "name": of.name, "unit": of.unit, "components": components or [flat]}
    made = Tariff.objects.create(service=of, code=f"{of.code}-{next(_numbers)}", name=of.name)
    columns = {"valid_from": LONG_AGO, "definition": definition, "published_at": "2020-01-01T00:00:00Z"}
    return TariffVersion.objects.create(tariff=made, **(columns | changes))


def connection(**changes: Any) -> Connection:
    """A supply point."""
    return create_connection(data=ConnectionData(**({"address": "Calle 3, casa 14"} | changes)))


def installation(at: Connection | None = None, first: str = "100", on: date = LONG_AGO) -> Installation:
    """A meter at a connection with its first reading."""
    at = at or connection()
    serial = f"M-{next(_numbers):05d}"
    register = Register(on, Decimal(first))
    return install_meter(connection_id=at.pk, meter=MeterData(serial=serial), first=register, by=SYSTEM)


def subscription(
    of: Account, to: Service, at: Connection | None = None, prices: Tariff | None = None
) -> Subscription:
    """A service that an account has, at a connection or at none."""
    prices = prices or tariff(to).tariff
    place = Place(connection_id=at.pk if at else None)
    return billing.subscribe(account=of, tariff=prices, valid_from=LONG_AGO, place=place)


@dataclass(frozen=True)
class Line:
    """A charge of an invoice: an amount without tax, of a service, perhaps of a subscription."""

    amount: str
    service: Service | None = None
    subscription: Subscription | None = None
    label: str = ""

    @property
    def document(self) -> ChargeDocument:
        of = self.subscription.service if self.subscription else self.service or service()
        return ChargeDocument(
            service_id=of.pk,
            subscription_id=self.subscription.pk if self.subscription else None,
            label=self.label or of.name,
            net=Decimal(self.amount),
            tax=Decimal(0),
            total=Decimal(self.amount),
            explanation={"lines": [], "inputs": {"amount": self.amount}},
        )


@transaction.atomic
def invoice(
    of: Account, *lines: Line | ChargeDocument | str, dated_on: date, due_date: date, **changes: Any
) -> Invoice:
    """An issued invoice, posted to the ledger; a line may be just its amount."""
    given = [Line(line) if isinstance(line, str) else line for line in lines]
    receivables.lock_account(of.pk)
    at: Connection | None = changes.pop("connection", None)
    columns = {
        "account_id": of.pk,
        "connection_id": at.pk if at else None,
        "origin": "one_off",
        "dated_on": dated_on,
        "issued_on": dated_on,
        "due_date": due_date,
        "covers_from": dated_on.replace(day=1),
        "covers_to": due_date.replace(day=28) if due_date.day < 28 else due_date,
        "frozen": frozen_of(
            account=of, connection=at, period=f"{changes.get('covers_from', dated_on):%Y-%m}"
        ),
        "charges": tuple(line.document if isinstance(line, Line) else line for line in given),
    }
    issued = billing.issue_invoice(document=InvoiceDocument(**(columns | changes)))
    receivables.post_charges(invoice_ids=[issued.pk], on=issued.issued_on)
    receivables.use_credit(invoice_ids=[issued.pk], on=issued.issued_on)
    return issued


def charges(of: Invoice) -> Sequence[Charge]:
    """An invoice's charges in order."""
    return list(of.charges.order_by("position"))


def pay(of: Account, amount: str, on: date, **changes: Any) -> Payment:
    """Money that came in on a day, entered the same day, with a key of its own."""
    facts = {
        "account_id": of.pk,
        "amount": Decimal(amount),
        "method": "cash",
        "value_on": on,
        "posted_on": on,
        "idempotency_key": f"factory-{next(_numbers)}",
    }
    return take_payment(request=PaymentRequest(**(facts | changes)), by=SYSTEM)


def jpeg(colour: str = "#8a6d3b") -> bytes:
    """What a phone sends: a photo of one colour."""
    out = BytesIO()
    Image.new("RGB", (1200, 900), colour).save(out, "JPEG")
    return out.getvalue()


def photo(of: Reading, colour: str = "#8a6d3b") -> Picture:
    """A photo of a reading, as it is kept."""
    picture = picture_of(jpeg(colour))
    attach_photo(reading_id=of.pk, picture=picture, by=SYSTEM)
    return picture
