"""Connections and meters as lists and pages show them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from caudal.billing.models import Subscription
from caudal.common.text import identification_key
from caudal.kernel.periods import month_span
from caudal.metering.models import Alert, Connection, Installation, Meter
from caudal.metering.queries.connections import (
    installations_of,
    standing_installations,
)
from caudal.metering.queries.readings import history, last_accepted, missing
from caudal.office.finding import find_connections, find_parties
from caudal.office.present.alerts import alert_detail
from caudal.office.present.customers import MOST_FOUND, holders_of
from caudal.office.present.readings import reading_rows, usage_bars

LONG = 36


def connections(*, text: str = "", state: str = "") -> QuerySet[Connection]:
    """Connections by number, meter, address or customer; `state`: active, inactive or without_meter."""
    found = Connection.objects.select_related("sector", "route")
    if text:
        found = found.filter(pk__in=connections_found(text))
    standing = Installation.objects.filter(connection=OuterRef("pk"), removed_on=None)
    if state == "active":
        found = found.filter(active=True)
    elif state == "inactive":
        found = found.filter(active=False)
    elif state == "without_meter":
        found = found.filter(~Exists(standing))
    return found


def connections_found(text: str) -> set[int]:
    """Ids of the connections that a number, a meter, an address or a customer leads to."""
    holders = [party.pk for party in find_parties(text, limit=MOST_FOUND)]
    theirs = Subscription.objects.filter(account__holder__in=holders).exclude(connection=None)
    by_holder = theirs.values_list("connection_id", flat=True)[:MOST_FOUND]
    return {c.pk for c in find_connections(text, limit=MOST_FOUND)} | set(by_holder)


def connection_rows(found: Iterable[Connection]) -> list[dict[str, Any]]:
    """The rows of one page."""
    listed = list(found)
    ids = [connection.pk for connection in listed]
    holders = holders_of(ids)
    serials: dict[int, list[str]] = defaultdict(list)
    for stay in standing_installations(connection_ids=ids):
        serials[stay.connection_id].append(stay.meter.serial)
    return [
        {
            "id": c.pk,
            "number": c.number,
            "customer": holders[c.pk].name if c.pk in holders else "",
            "customer_id": holders[c.pk].pk if c.pk in holders else None,
            "address": c.address,
            "sector": c.sector.name if c.sector else "",
            "route": c.route.name if c.route else "",
            "meters": ", ".join(serials[c.pk]),
            "active": c.active,
            "limit": c.limit_m3,
        }
        for c in listed
    ]


def connection_page(connection: Connection, *, on: date) -> dict[str, Any]:
    """A supply point through time."""
    readings = list(history(connection_id=connection.pk, latest=LONG))
    taken = Subscription.objects.filter(connection=connection).select_related(
        "account__holder", "service", "tariff"
    )
    holders: dict[int, dict[str, Any]] = {}
    for subscription in taken.order_by("-valid_from", "-pk"):
        party = subscription.account.holder
        holders.setdefault(
            party.pk,
            {
                "id": party.pk,
                "name": party.name,
                "valid_from": subscription.valid_from,
                "valid_to": subscription.valid_to,
            },
        )
    return {
        "connection": {
            "id": connection.pk,
            "number": connection.number,
            "address": connection.address,
            "sector": connection.sector.name if connection.sector else "",
            "route": _route(connection),
            "limit": connection.limit_m3,
            "active": connection.active,
            "attributes": list(connection.attributes.items()),
        },
        "holders": list(holders.values()),
        "installations": _stays(connection.pk),
        "standing": standing_installations(connection_ids=[connection.pk]).exists(),
        "services": [
            {
                "id": s.pk,
                "name": s.service.name,
                "tariff": s.tariff.name,
                "valid_from": s.valid_from,
                "valid_to": s.valid_to,
            }
            for s in taken.order_by("valid_to", "service__position")
        ],
        "readings": reading_rows(readings, with_customer=False),
        "bars": usage_bars(readings, on=on),
        "unit": "m³",
        "alerts": [_alert(alert) for alert in connection.alerts.order_by("-pk")[:10]],
    }


def meters(*, text: str = "", state: str = "", on: date) -> QuerySet[Meter]:
    """Meters by serial or by where they stand; `state`: installed, stored or unread this month."""
    found = Meter.objects.all()
    if text:
        standing = Installation.objects.filter(connection__in=connections_found(text))
        key = identification_key(text)
        by_serial = Meter.objects.filter(serial_key__startswith=key) if key else Meter.objects.none()
        ids = set(by_serial.values_list("pk", flat=True)[:MOST_FOUND])
        found = found.filter(pk__in=ids | set(standing.values_list("meter_id", flat=True)))
    now = Installation.objects.filter(meter=OuterRef("pk"), removed_on=None)
    if state == "installed":
        found = found.filter(Exists(now))
    elif state == "stored":
        found = found.filter(~Exists(now))
    elif state == "unread":
        found = found.filter(pk__in=missing(window=month_span(on)).order_by().values("meter_id"))
    return found


def meter_rows(found: Iterable[Meter]) -> list[dict[str, Any]]:
    """The rows of one page."""
    listed = list(found)
    stays = {
        stay.meter_id: stay
        for stay in Installation.objects.filter(meter__in=listed, removed_on=None).select_related(
            "connection__sector"
        )
    }
    last = last_accepted(installation_ids=[stay.pk for stay in stays.values()])
    holders = holders_of([stay.connection_id for stay in stays.values()])
    rows = []
    for meter in listed:
        stay = stays.get(meter.pk)
        reading = last.get(stay.pk) if stay else None
        holder = holders.get(stay.connection_id) if stay else None
        rows.append(
            {
                "id": meter.pk,
                "serial": meter.serial,
                "brand": meter.brand,
                "number": stay.connection.number if stay else "",
                "connection_id": stay.connection_id if stay else None,
                "customer": holder.name if holder else "",
                "sector": stay.connection.sector.name if stay and stay.connection.sector else "",
                "installed_on": stay.installed_on if stay else None,
                "last_on": reading.read_on if reading else None,
                "last_register": reading.register if reading else None,
                "active": stay is not None,
            }
        )
    return rows


def meter_page(meter: Meter, *, on: date) -> dict[str, Any]:
    """A device through time."""
    stays = list(
        Installation.objects.filter(meter=meter).select_related("connection").order_by("-installed_on", "-pk")
    )
    holders = holders_of([stay.connection_id for stay in stays])
    readings = [
        r
        for stay in stays
        for r in history(connection_id=stay.connection_id, latest=LONG)
        if r.installation_id == stay.pk
    ]
    return {
        "meter": {
            "id": meter.pk,
            "serial": meter.serial,
            "brand": meter.brand,
            "digits": meter.digits,
            "unit": meter.unit,
        },
        "installations": [
            {
                "number": stay.connection.number,
                "connection_id": stay.connection_id,
                "customer": holders[stay.connection_id].name if stay.connection_id in holders else "",
                "customer_id": holders[stay.connection_id].pk if stay.connection_id in holders else None,
                "installed_on": stay.installed_on,
                "removed_on": stay.removed_on,
            }
            for stay in stays
        ],
        "readings": reading_rows(readings),
        "bars": usage_bars(readings, on=on),
        "unit": meter.unit,
    }


def _stays(connection_id: int) -> list[dict[str, Any]]:
    rows = []
    for stay in installations_of(connection_id=connection_id):
        accepted = stay.readings.filter(state="accepted")
        first = accepted.order_by("read_on", "pk").first()
        last = accepted.order_by("-read_on", "-pk").first()
        rows.append(
            {
                "id": stay.pk,
                "meter": stay.meter.serial,
                "meter_id": stay.meter_id,
                "installed_on": stay.installed_on,
                "removed_on": stay.removed_on,
                "first": first.register if first else None,
                "last": last.register if last else None,
            }
        )
    return rows


def _route(connection: Connection) -> str:
    if connection.route is None:
        return ""
    order = f", orden {connection.route_order}" if connection.route_order is not None else ""
    return f"{connection.route.name}{order}"


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.pk,
        "kind": alert.get_kind_display(),
        "raised_at": alert.raised_at,
        "detail": alert_detail(alert),
        "resolved_at": alert.resolved_at,
    }
