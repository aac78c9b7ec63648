"""Accounts and the services they have."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import IntegerField, Max, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Account, Charge, Subscription
from caudal.billing.queries.due import is_percentage_of_metered, period_starts
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import save_version
from caudal.kernel.periods import ONE_DAY, month_span
from caudal.tariffs.models import Service, Tariff

NUMBER_WIDTH = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service is given: a connection, a property, a licence, or none of them (a person alone)."""

    connection_id: int | None = None
    property_id: int | None = None
    licence_id: int | None = None


class AlreadySubscribed(DomainError):
    """The connection or licence has the service already, open-ended."""

    code = "already_subscribed"
    template = _("The service %(service)s is already given there.")


def open_account(*, holder_id: int, opened_on: date, number: str = "", delivery: str = "mail") -> Account:
    """A new account with the number given, or the next one (six digits, never reused)."""
    return Account.objects.create(
        number=number or next_account_number(), holder_id=holder_id, opened_on=opened_on, delivery=delivery
    )


def next_account_number() -> str:
    """One more than the highest account number made of digits."""
    highest = (
        Account.objects.filter(number__regex=r"^[0-9]{1,9}$")
        .annotate(as_number=Cast("number", IntegerField()))
        .aggregate(highest=Max("as_number"))["highest"]
    )
    return f"{(highest or 0) + 1:0{NUMBER_WIDTH}d}"


def subscribe(
    *,
    account: Account,
    tariff: Tariff,
    valid_from: date,
    place: Place,
    category: str = "",
    amount_override: Decimal | None = None,
) -> Subscription:
    """Give an account the tariff's service at a place from a day on. Raises AlreadySubscribed.

    What a meter shows from that day on is the account's, but for what somebody there was billed beyond it.
    """
    taken = AlreadySubscribed(service=tariff.service.name)
    metered = tariff.service.kind == "metered" and place.connection_id is not None
    there = Charge.objects.filter(subscription__connection=place.connection_id, service=tariff.service)
    billed = _read_until(there) if metered else None
    with verdicts(subscription_once_per_connection=taken, subscription_once_per_licence=taken):
        return Subscription.objects.create(
            account=account,
            service=tariff.service,
            tariff=tariff,
            connection_id=place.connection_id,
            property_id=place.property_id,
            licence_id=place.licence_id,
            category=category,
            amount_override=amount_override,
            valid_from=valid_from,
            billed_until=billed if billed and billed > valid_from else None,
        )


class ServiceEnded(DomainError):
    """The service ends already. Facts: `service`, `valid_to`."""

    code = "service_ended"
    template = _("%(service)s already ends on %(valid_to)s here.")


def close_subscription(*, subscription: Subscription, valid_to: date) -> None:
    """End a service: it is no longer expected for months that begin on or after this day.

    Raises ServiceEnded, where it was ended meanwhile too.
    """
    if not Subscription.objects.filter(pk=subscription.pk, valid_to=None).update(valid_to=valid_to):
        subscription.refresh_from_db(fields=["valid_to"])
        raise ServiceEnded(service=subscription.service.name, valid_to=subscription.valid_to)
    subscription.valid_to = valid_to


class ServiceBeganLater(DomainError):
    """A service cannot end before it began. Facts: `service`, `valid_from`."""

    code = "service_began_later"
    template = _("%(service)s began on %(valid_from)s there: choose a later day.")


def end_subscription(*, subscription: Subscription, on: date) -> None:
    """End a service on a day after it began. Raises ServiceBeganLater, ServiceEnded."""
    later = ServiceBeganLater(service=subscription.service.name, valid_from=subscription.valid_from)
    with verdicts(subscription_span=later), transaction.atomic():
        close_subscription(subscription=subscription, valid_to=on)


class AlreadyBilledService(DomainError):
    """Something was billed of the service: it was taken. Facts: `service`, `number` (of the invoice)."""

    code = "already_billed_service"
    template = _("%(service)s was billed by %(number)s: end it on a day, or void that invoice first.")


class AlreadyCancelled(DomainError):
    """It was cancelled before. Fact: `service`."""

    code = "already_cancelled"
    template = _("%(service)s is cancelled already.")


class ShareOfOwners(DomainError):
    """The part of a co-owner: without it the parts would not be the whole. Fact: `service`."""

    code = "share_of_owners"
    template = _("%(service)s is one owner's part: split it among the owners anew.")


def cancel_subscription(*, subscription: Subscription, on: date, reason: str) -> None:
    """Let a service that billed nothing have been taken on no day. The account is locked.

    Raises AlreadyCancelled, ShareOfOwners, AlreadyBilledService.
    """
    name = subscription.service.name
    if subscription.cancelled_on is not None:
        raise AlreadyCancelled(service=name)
    if subscription.share_upto is not None:
        raise ShareOfOwners(service=name)
    if billed := subscription.charges.filter(live=True).select_related("invoice__series").first():
        raise AlreadyBilledService(service=name, number=billed.invoice.series.printed(billed.invoice.number))
    subscription.valid_to = subscription.valid_from
    subscription.cancelled_on, subscription.cancel_reason = on, reason
    subscription.save(update_fields=["valid_to", "cancelled_on", "cancel_reason"])


def reopen_subscription(*, subscription: Subscription) -> None:
    """Take the end of a service back. Raises AlreadySubscribed where another was taken there meanwhile."""
    taken = AlreadySubscribed(service=subscription.service.name)
    with (
        verdicts(subscription_once_per_connection=taken, subscription_once_per_licence=taken),
        transaction.atomic(),
    ):
        subscription.valid_to = None
        subscription.save(update_fields=["valid_to"])


def pass_on(*, subscription: Subscription, to: Account, on: date) -> Subscription:
    """End a service with its account on a day and go on with it, at the same price, in another account.

    What was read up to that day stays with the account before, and what it was billed beyond it: a year paid ahead,
    a reading of a later day. A fixed amount is asked once a period: whoever had the service when the month, or a
    tax's quarter, began pays it, and the other account begins with the next one. What is a percentage of a metered
    service begins with it. Raises ServiceBeganLater.
    """
    metered = subscription.service.kind == "metered"
    billed = _read_until(subscription.charges.all()) if metered else _billed_until(subscription)
    since = max(on, billed or on)
    by_use = metered or is_percentage_of_metered(tariff_id=subscription.tariff_id)
    begins = on if by_use else _next_period(subscription.service, since)
    end_subscription(subscription=subscription, on=on)
    kept = ("service_id", "tariff_id", "connection_id", "property_id", "category", "amount_override")
    return Subscription.objects.create(
        account=to,
        valid_from=begins,
        billed_until=since if metered else None,
        share_from=subscription.share_from,
        share_upto=subscription.share_upto,
        **{name: getattr(subscription, name) for name in kept},
    )


def _read_until(charges: QuerySet[Charge]) -> date | None:
    """The day of the last reading with which one of these charges ends, if it lives."""
    read = charges.filter(live=True, to_reading__isnull=False)
    found: date | None = read.aggregate(upto=Max("covers_to"))["upto"]
    return found


def _billed_until(subscription: Subscription) -> date | None:
    """The first day of a service that no period billed covers."""
    periods = subscription.charges.filter(live=True, period__isnull=False)
    found: date | None = periods.aggregate(upto=Max("covers_to"))["upto"]
    return found


def _next_period(service: Service, on: date) -> date:
    """The first day on or after another on which a period of the service begins; of what has none, a month."""
    starts = period_starts(service, after=on - ONE_DAY, upto=date(on.year + 1, 12, 31))
    return starts[0] if starts else month_span(on - ONE_DAY).end


def close_account(*, account: Account, closed_on: date) -> None:
    """End an account that has no service any more: what it owes stays owed."""
    save_version(account, version=account.version, changes={"closed_on": closed_on})
