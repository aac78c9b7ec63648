"""A business or a place ends: what was billed for it ends on the same day, and comes back with it."""

from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet

from caudal.billing import operations as billing
from caudal.billing.models import Subscription
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.versions import save_version
from caudal.metering.models import Connection
from caudal.receivables.operations import lock_accounts_of
from caudal.registry import operations as registry
from caudal.registry.models import Licence, Property


def services_of_licence(licence_id: int) -> QuerySet[Subscription]:
    """The services that a licence has and that go on."""
    found = Subscription.objects.filter(licence=licence_id, valid_to=None)
    return found.select_related("service", "account__holder").order_by("service__position", "pk")


def services_of_property(property_id: int) -> QuerySet[Subscription]:
    """The services at a property or its connections that go on."""
    here = Q(property_id=property_id) | Q(connection__property_id=property_id)
    found = Subscription.objects.filter(here, valid_to=None).select_related("service", "account__holder")
    return found.order_by("service__position", "pk").distinct()


def services_of_connection(connection_id: int) -> QuerySet[Subscription]:
    """The services at a connection that go on."""
    found = Subscription.objects.filter(connection=connection_id, valid_to=None)
    return found.select_related("service", "account__holder").order_by("service__position", "pk")


@transaction.atomic
def close_licence(*, licence_id: int, version: int, on: date, by: Actor) -> Licence:
    """End a licence and its services on a day. Raises ChangedMeanwhile, LicenceClosesTooEarly, ServiceBeganLater."""
    licence = registry.close_licence(licence_id=licence_id, version=version, closed_on=on, by=by)
    _end(services_of_licence(licence_id), on, by)
    return licence


@transaction.atomic
def reopen_licence(*, licence: Licence, version: int, by: Actor) -> Licence:
    """Take the end of a licence back, and that of the services which ended with it. Raises ChangedMeanwhile."""
    ended = Subscription.objects.filter(licence=licence, valid_to=licence.closed_on, cancelled_on=None)
    if licence.closed_on is None:
        ended = ended.none()
    found = registry.close_licence(licence_id=licence.pk, version=version, closed_on=None, by=by)
    lock_accounts_of(set(ended.values_list("account_id", flat=True)))
    for each in list(ended.select_related("service")):
        billing.reopen_subscription(subscription=each)
        _record(each, None, by)
    return found


@transaction.atomic
def retire_property(*, place: Property, version: int, on: date, end_services: bool, by: Actor) -> bool:
    """Take a property out of use, with its services or without; whether it was deleted, because nothing hung on it.

    Raises ChangedMeanwhile, ServiceBeganLater.
    """
    registry.lock_property(place.pk)
    deleted = registry.retire(place, version=version, on=on, by=by)
    if end_services:
        _end(services_of_property(place.pk), on, by)
    return deleted


@transaction.atomic
def close_connection(*, connection: Connection, version: int, on: date, by: Actor) -> None:
    """Close a supply point: its services end on a day and its meter is not read any more; its number stays its own.

    Raises ChangedMeanwhile, ServiceBeganLater.
    """
    if connection.property_id is not None:
        registry.lock_property(connection.property_id)
    save_version(connection, version=version, changes={"active": False})
    _end(services_of_connection(connection.pk), on, by)
    _record_connection(connection, "customers.close_connection", by, on=on.isoformat())


@transaction.atomic
def reopen_connection(*, connection: Connection, version: int, by: Actor) -> None:
    """Bring a supply point back into use, with its meter and without services. Raises ChangedMeanwhile."""
    save_version(connection, version=version, changes={"active": True})
    _record_connection(connection, "customers.reopen_connection", by)


def _record_connection(connection: Connection, kind: str, by: Actor, **facts: str) -> None:
    audit.record(
        by=by,
        kind=kind,
        object_type="connection",
        object_id=connection.pk,
        before={"active": not connection.active},
        after={"active": connection.active} | facts,
    )


def _end(services: QuerySet[Subscription], on: date, by: Actor) -> None:
    """End what still goes on once the accounts are held: a service may have ended or passed until then."""
    lock_accounts_of(set(services.values_list("account_id", flat=True)))
    for each in list(services.all()):
        billing.end_subscription(subscription=each, on=on)
        _record(each, on, by)


def _record(taken: Subscription, on: date | None, by: Actor) -> None:
    audit.record(
        by=by,
        kind="customers.end_service",
        object_type="account",
        object_id=taken.account_id,
        after={"service": taken.service.code, "to": on.isoformat() if on else None},
    )
