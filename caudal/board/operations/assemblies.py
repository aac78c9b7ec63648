"""Assemblies and their attendance list."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from caudal.billing.models import Period
from caudal.billing.operations.periods import meet_on
from caudal.board.models import Assembly, Attendance
from caudal.board.operations.levies import withdraw
from caudal.board.queries import members
from caudal.common import audit
from caudal.common.actor import Actor


@transaction.atomic
def hold_assembly(*, month: date, on: date, by: Actor) -> Assembly:
    """Say on which day the assembly of a month is, or that it is on another. Raises PeriodClosed."""
    there = Period.objects.select_for_update().filter(month=month.replace(day=1))
    known = there.values_list("assembly_on", flat=True).first()
    period = meet_on(month=month, on=on)
    if known == on:
        return assembly_of(period_id=period.pk)
    before = {"assembly_on": known.isoformat() if known else None}
    facts = {"assembly_on": on.isoformat()}
    audit.record(
        by=by, kind="board.assembly", object_type="period", object_id=period.pk, before=before, after=facts
    )
    return assembly_of(period_id=period.pk)


@transaction.atomic
def assembly_of(*, period_id: int) -> Assembly:
    """The assembly of a period, with its list still empty at first need."""
    return Assembly.objects.get_or_create(period_id=period_id)[0]


@transaction.atomic
def save_attendance(*, assembly_id: int, states: Mapping[int, str], on: date, by: Actor) -> int:
    """Set the state of members by party id: "present", "excused", or "" for absent; how many changed.

    Members that are not named keep theirs. Whoever is found to have come, or is excused, is rid of his fine. Raises
    NoLongerWaiting where that fine is billed, BeingBilled.
    """
    assembly = Assembly.objects.select_for_update(of=("self",)).select_related("period").get(pk=assembly_id)
    known = dict(assembly.attendances.values_list("party_id", "state"))
    changed = {party: state for party, state in states.items() if known.get(party, "") != state}
    if not changed:
        return 0
    held_on = assembly.period.assembly_on or assembly.period.month
    accounts = {
        m.account_id for m in members(on=held_on, party_ids=[p for p, state in changed.items() if state])
    }
    fines = assembly.fines.filter(account__in=accounts, one_off__withdrawn_on=None)
    withdraw(list(fines.select_related("one_off")), on=on)
    assembly.attendances.filter(party__in=changed).delete()
    Attendance.objects.bulk_create(
        Attendance(assembly=assembly, party_id=party, state=state, noted_by=by.label)
        for party, state in changed.items()
        if state
    )
    audit.record(
        by=by,
        kind="board.attendance",
        object_type="assembly",
        object_id=assembly_id,
        before={str(party): known.get(party, "") for party in changed},
        after={str(party): state for party, state in changed.items()},
    )
    return len(changed)
