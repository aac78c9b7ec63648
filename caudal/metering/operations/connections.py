"""Supply points: created once, numbered for ever, changed with care for who else is editing."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import sql
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.text import search_text
from caudal.common.versions import save_version
from caudal.metering.models import Connection

NUMBER_WIDTH = 6


class DuplicateConnection(DomainError):
    """The number belongs to another connection. Fact: `number`."""

    code = "duplicate_connection"
    template = _("There is already a connection with the number %(number)s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionData:
    """A supply point as typed. `limit_m3` is the usage of a period above which there is excess; `self_reading`: who
    lives there may send the reading himself.
    """

    address: str = ""
    kind: str = "water"
    property_id: int | None = None
    sector_id: int | None = None
    route_id: int | None = None
    route_order: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    limit_m3: Decimal | None = None
    self_reading: bool = True
    active: bool = True


def connection_columns(data: ConnectionData, *, number: str) -> dict[str, Any]:
    """The columns of a connection row but for its number; pure, for rows made one by one or by COPY."""
    return {
        "address": data.address.strip(),
        "kind": data.kind,
        "property_id": data.property_id,
        "sector_id": data.sector_id,
        "route_id": data.route_id,
        "route_order": data.route_order,
        "attributes": data.attributes,
        "limit_m3": data.limit_m3,
        "self_reading": data.self_reading,
        "active": data.active,
        "search_text": search_text(number, data.address),
    }


def create_connection(*, data: ConnectionData, number: str = "") -> Connection:
    """A new supply point with the number given, or the next one. Raises DuplicateConnection."""
    printed = number.strip() or next_connection_number()
    taken = DuplicateConnection(number=printed)
    with verdicts(metering_connection_number_key=taken), transaction.atomic():
        return Connection.objects.create(number=printed, **connection_columns(data, number=printed))


def update_connection(*, connection_id: int, version: int, data: ConnectionData) -> Connection:
    """Change a supply point that still has the version that was shown. Raises ChangedMeanwhile."""
    connection = Connection.objects.get(pk=connection_id)
    save_version(connection, version=version, changes=connection_columns(data, number=connection.number))
    return connection


def next_connection_number() -> str:
    """One more than the highest number made of digits, six wide. Others wait until this transaction ends."""
    sql.execute("metering/lock_connection_numbers", {})
    ((highest,),) = sql.rows("metering/next_connection_number", {})
    return f"{highest + 1:0{NUMBER_WIDTH}d}"
