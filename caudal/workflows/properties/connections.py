"""Supply points, many at once, and meters that leave them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.metering.models import Connection, Installation
from caudal.metering.operations import meters
from caudal.metering.operations.meters import Register


@transaction.atomic
def change_connections(*, connection_ids: Iterable[int], changes: Mapping[str, Any], by: Actor) -> int:
    """Write the same columns (`sector_id`, `route_id`, `route_order`, `limit_m3`) on many supply points.

    Each has its own record. Answers how many said something else before.
    """
    rows = (
        Connection.objects.select_for_update(no_key=True).filter(pk__in=list(connection_ids)).order_by("pk")
    )
    before = {row.pk: {name: getattr(row, name) for name in changes} for row in rows}
    changed = [pk for pk, said in before.items() if said != changes]
    Connection.objects.filter(pk__in=changed).update(**changes, version=F("version") + 1)
    audit.record_many(
        by=by,
        kind="customers.update_connection",
        object_type="connection",
        changes=[(pk, *_told(before[pk], changes)) for pk in changed],
    )
    return len(changed)


@transaction.atomic
def take_meter(*, installation_id: int, final: Register, by: Actor) -> Installation:
    """Take a meter away to the store, and put none in its place.

    Raises MeterRemoved, RemovedTooEarly, BrokenRegisters.
    """
    stay = meters.remove_meter(installation_id=installation_id, final=final, by=by)
    after = {"serial": stay.meter.serial, "on": final.read_on.isoformat(), "register": str(final.value)}
    audit.record(
        by=by,
        kind="customers.take_meter",
        object_type="connection",
        object_id=stay.connection_id,
        after=after,
    )
    return stay


def _told(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, before and after, as JSON holds it."""
    differing = [name for name in after if before[name] != after[name]]
    was, becomes = (
        {name.removesuffix("_id"): _plain(values[name]) for name in differing} for values in (before, after)
    )
    return was, becomes


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value
