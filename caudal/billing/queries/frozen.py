"""What a single invoice freezes about people and places; the run's SQL writes the same keys for many."""

from collections.abc import Mapping, Sequence
from typing import Any

from caudal.billing.models import Account
from caudal.metering.models import Connection


def frozen_of(
    *,
    account: Account,
    connection: Connection | None = None,
    meters: Sequence[Mapping[str, Any]] = (),
    period: str = "",
    category: str = "",
    tariffs: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The `frozen` of an invoice: JSON-able, complete, independent of what changes later."""
    holder = account.holder
    return {
        "holder": {
            "name": holder.name,
            "identification_type": holder.identification_type,
            "identification": holder.identification,
            "address": holder.address,
            "email": holder.email,
        },
        "account": account.number,
        "connection": _connection(connection) if connection else None,
        "meters": list(meters),
        "category": category,
        "tariffs": dict(tariffs or {}),
        "period": period,
    }


def _connection(connection: Connection) -> dict[str, Any]:
    return {
        "number": connection.number,
        "address": connection.address,
        "sector": connection.sector.name if connection.sector else "",
        "route": connection.route.code if connection.route else "",
        "order": connection.route_order,
    }
