"""What the form of a one-off invoice is prefilled with, and what its consumption comes to."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from caudal.billing.assembly.one_off import ONE_OFF, Concept, Waiting
from caudal.billing.models import Charge, OneOff, Subscription
from caudal.common.errors import DomainError
from caudal.common.sql import rows
from caudal.kernel.pricing import CannotPrice, Context, InvalidTariff, parse_tariff, price
from caudal.tariffs.models import TariffVersion


class NothingToBill(DomainError):
    """The connection has no accepted reading that is not billed yet."""

    code = "nothing_to_bill"
    template = _("There is no accepted reading after %(last)s to bill. Enter the reading first.")


@dataclass(frozen=True, slots=True)
class Span:
    """The readings that the next invoice of a metered subscription spans; volume in the meter's unit."""

    from_reading_id: int
    from_on: date
    from_register: Decimal
    to_reading_id: int
    to_on: date
    to_register: Decimal
    source: str
    serial: str
    unit: str
    volume: Decimal


def waiting_one_offs(*, first: int, last: int, on: date) -> tuple[Waiting, ...]:
    """What waits for the next invoice of the accounts between two ids, and is dated on or before a day."""
    billed = Charge.objects.filter(origin_kind=ONE_OFF, origin_id=OuterRef("pk"), live=True)
    found = (
        OneOff.objects.filter(account_id__gte=first, account_id__lte=last, waits=True, withdrawn_on=None)
        .filter(~Exists(billed), dated_on__lte=on)
        .select_related("service")
        .order_by("dated_on", "pk")
    )
    return tuple(waiting_of(one_off) for one_off in found)


def waiting_of(one_off: OneOff) -> Waiting:
    """A one-off as an invoice takes it up."""
    service = one_off.service
    concept = Concept(service.pk, one_off.text, one_off.amount, service.tax_name, service.tax_percent)
    return Waiting(one_off.pk, one_off.account_id, one_off.connection_id, one_off.dated_on, concept)


def metered_subscription(*, connection_id: int, account_id: int) -> Subscription | None:
    """The metered subscription of an account at a connection, the open or latest one, with its service and tariff."""
    return (
        Subscription.objects.filter(
            connection_id=connection_id, account_id=account_id, service__kind="metered", cancelled_on=None
        )
        .select_related("service", "tariff", "account__holder", "connection__sector", "connection__route")
        .order_by(F("valid_to").desc(nulls_first=True), "-pk")
        .first()
    )


def unbilled_span(*, subscription: Subscription, until: date) -> Span | None:
    """From the last billed reading to the last accepted one up to a day; None before the first reading.

    What is read after the service ended with its account is the next account's.
    """
    last = min(until, subscription.valid_to or until)
    found = rows("billing/last_billed", {"subscription": subscription.pk, "until": last})
    return Span(*found[0]) if found else None


def unit_price_on(*, subscription: Subscription, on: date) -> Decimal | None:
    """The price of one unit by the tariff in force, or None where it is not one price: the form then asks.

    A unit of a tariff by account has no price of its own: it depends on what the other connections use.
    """
    version = (
        TariffVersion.objects.filter(tariff_id=subscription.tariff_id, valid_from__lte=on)
        .exclude(published_at=None)
        .order_by("-valid_from")
        .first()
    )
    if version is None:
        return None
    try:
        tariff = parse_tariff(version.definition)
        priced = price(tariff, Decimal(1), Context())
    except (CannotPrice, InvalidTariff):
        return None
    return None if tariff.aggregate == "account" else priced.unit_price
