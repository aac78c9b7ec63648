"""Cycles: which routes they bill, and the days of each year."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import BillRun, Cycle, CycleDay, CycleRoute
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import save_version
from caudal.kernel.calendars import CycleMonth


class DuplicateCycleCode(DomainError):
    """The code is taken. Fact: `code`."""

    code = "duplicate_cycle_code"
    template = _("There is already a cycle with the code %(code)s.")

    def __init__(self, *, taken: str) -> None:
        super().__init__(code=taken)


class RouteInAnotherCycle(DomainError):
    """A route is billed by one cycle."""

    code = "route_in_another_cycle"
    template = _("One of these routes is in another cycle already. Take it out there first.")


class CycleDayTaken(DomainError):
    """A run was made of the day. Fact: `dated_on`."""

    code = "cycle_day_taken"
    template = _("The cycle was billed on %(dated_on)s already: that day stays.")


class WrongCycleDay(DomainError):
    """Bills outside their month, or readings that end before they begin or after the bills. Fact: `month`."""

    code = "wrong_cycle_day"
    template = _(
        "In the month of %(month)s: first the meters are read, then the bills are dated, within the month."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleData:
    """A cycle as typed, with the ids of its routes."""

    code: str
    name: str
    route_ids: Collection[int]


@transaction.atomic
def save_cycle(*, data: CycleData, cycle_id: int | None = None, version: int = 1) -> Cycle:
    """A new cycle, or one changed. Raises DuplicateCycleCode, RouteInAnotherCycle, ChangedMeanwhile."""
    with verdicts(billing_cycle_code_key=DuplicateCycleCode(taken=data.code)), transaction.atomic():
        if cycle_id is None:
            cycle = Cycle.objects.create(code=data.code, name=data.name)
        else:
            cycle = Cycle.objects.get(pk=cycle_id)
            save_version(cycle, version=version, changes={"code": data.code, "name": data.name})
    cycle.members.exclude(route_id__in=data.route_ids).delete()
    known = set(cycle.members.values_list("route_id", flat=True))
    with verdicts(billing_cycleroute_route_id_key=RouteInAnotherCycle()), transaction.atomic():
        CycleRoute.objects.bulk_create(
            CycleRoute(cycle=cycle, route_id=route) for route in sorted(set(data.route_ids) - known)
        )
    return cycle


@transaction.atomic
def retire_cycle(*, cycle_id: int, version: int) -> bool:
    """End a cycle: gone when no run was made of it, else left without routes. Answers whether it is gone.

    Raises ChangedMeanwhile.
    """
    cycle = Cycle.objects.get(pk=cycle_id)
    save_version(cycle, version=version, changes={})
    cycle.members.all().delete()
    if cycle.runs.exists():
        return False
    cycle.delete()
    return True


@transaction.atomic
def put_routes(*, route_ids: Collection[int], cycle_id: int | None) -> dict[int, int | None]:
    """Put routes into a cycle, or into none; those that were elsewhere, with the cycle that they were in.

    Raises RouteInAnotherCycle when somebody else moved one meanwhile.
    """
    members = CycleRoute.objects.select_for_update().filter(route__in=route_ids)
    was = dict(members.values_list("route_id", "cycle_id"))
    moved = {route: was.get(route) for route in sorted(route_ids) if was.get(route) != cycle_id}
    CycleRoute.objects.filter(route__in=moved).delete()
    if cycle_id is not None:
        with verdicts(billing_cycleroute_route_id_key=RouteInAnotherCycle()), transaction.atomic():
            CycleRoute.objects.bulk_create(CycleRoute(cycle_id=cycle_id, route_id=route) for route in moved)
    return moved


@transaction.atomic
def save_cycle_days(*, cycle_id: int, days: Iterable[CycleMonth]) -> None:
    """Set months of a cycle's calendar. Raises WrongCycleDay, CycleDayTaken for a day that a run was made of."""
    cycle = Cycle.objects.select_for_update().get(pk=cycle_id)
    known = {day.month: day for day in cycle.days.all()}
    for day in days:
        _must_be_in_order(day)
        before = known.get(day.month)
        if before is not None and before.dated_on != day.dated_on:
            _must_be_free(cycle, before.dated_on)
        CycleDay.objects.update_or_create(
            cycle=cycle,
            month=day.month,
            defaults={
                "dated_on": day.dated_on,
                "reading_from": day.reading_from,
                "reading_to": day.reading_to,
            },
        )


def _must_be_in_order(day: CycleMonth) -> None:
    in_month = day.dated_on.replace(day=1) == day.month
    if not in_month or not day.reading_from <= day.reading_to <= day.dated_on:
        raise WrongCycleDay(month=day.month)


def _must_be_free(cycle: Cycle, dated_on: date) -> None:
    if BillRun.objects.filter(cycle=cycle, dated_on=dated_on).exclude(state="cancelled").exists():
        raise CycleDayTaken(dated_on=dated_on)
