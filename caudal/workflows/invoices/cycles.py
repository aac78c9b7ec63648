"""Cycles with their calendars: made, and changed by hand, with a record of who did."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction

from caudal.billing.models import Cycle
from caudal.billing.operations import cycles
from caudal.billing.operations.cycles import CycleData
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.kernel.calendars import CycleMonth


@transaction.atomic
def save_cycle(*, data: CycleData, cycle_id: int | None = None, version: int = 1, by: Actor) -> Cycle:
    """A cycle and its routes. Raises DuplicateCycleCode, RouteInAnotherCycle, ChangedMeanwhile."""
    cycle = cycles.save_cycle(data=data, cycle_id=cycle_id, version=version)
    after = {"code": data.code, "name": data.name, "routes": sorted(data.route_ids)}
    audit.record(by=by, kind="billing.save_cycle", object_type="cycle", object_id=cycle.pk, after=after)
    return cycle


@transaction.atomic
def retire_cycle(*, cycle_id: int, version: int, by: Actor) -> bool:
    """End a cycle; whether it is gone, for no run was made of it. Raises ChangedMeanwhile."""
    cycle = Cycle.objects.get(pk=cycle_id)
    before = {"name": cycle.name, "routes": sorted(cycle.members.values_list("route", flat=True))}
    gone = cycles.retire_cycle(cycle_id=cycle_id, version=version)
    audit.record(by=by, kind="billing.retire_cycle", object_type="cycle", object_id=cycle_id, before=before)
    return gone


@transaction.atomic
def put_routes(*, route_ids: Collection[int], cycle_id: int | None, by: Actor) -> int:
    """Put many routes into a cycle, or into none; how many were elsewhere."""
    moved = cycles.put_routes(route_ids=route_ids, cycle_id=cycle_id)
    audit.record_many(
        by=by,
        kind="billing.route_cycle",
        object_type="route",
        changes=[(route, {"cycle": was}, {"cycle": cycle_id}) for route, was in moved.items()],
    )
    return len(moved)


@transaction.atomic
def save_cycle_days(*, cycle_id: int, days: Sequence[CycleMonth], by: Actor) -> None:
    """Months of a cycle's calendar. Raises WrongCycleDay, CycleDayTaken."""
    cycles.save_cycle_days(cycle_id=cycle_id, days=days)
    after = {
        _iso(day.month): [_iso(day.dated_on), _iso(day.reading_from), _iso(day.reading_to)] for day in days
    }
    audit.record(by=by, kind="billing.cycle_days", object_type="cycle", object_id=cycle_id, after=after)


def _iso(day: date) -> str:
    return day.isoformat()
