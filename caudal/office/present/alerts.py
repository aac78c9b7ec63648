"""Alerts in words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from caudal.metering.models import Alert
from caudal.office.present.customers import holders_of
from caudal.office.present.readings import finding_words, review_href


def alert_rows(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """The rows of one page."""
    listed = list(alerts)
    holders = holders_of([alert.connection_id for alert in listed])
    return [_row(alert, holders) for alert in listed]


def alert_detail(alert: Alert) -> str:
    """What the alert saw: «12042 m³: 6042 sobre el límite de 6000»."""
    detail = alert.detail
    if alert.kind == "excess":
        volume, excess, limit = (_m3(detail[k]) for k in ("volume_m3", "excess_m3", "limit_m3"))
        return f"{volume} m³: {excess} sobre el límite de {limit}"
    return finding_words([finding["code"] for finding in detail.get("findings", ())])


def _row(alert: Alert, holders: Any) -> dict[str, Any]:
    holder = holders.get(alert.connection_id)
    reading = alert.reading
    waits = reading is not None and reading.state == "pending"
    return {
        "id": alert.pk,
        "kind": alert.get_kind_display(),
        "detail": alert_detail(alert),
        "raised_at": alert.raised_at,
        "number": alert.connection.number,
        "connection_id": alert.connection_id,
        "customer": holder.name if holder else "",
        "meter": reading.installation.meter.serial if reading else "",
        "review_href": review_href(reading.pk) if reading is not None and waits else "",
    }


def _m3(text: str) -> str:
    return f"{Decimal(text).normalize():f}"
