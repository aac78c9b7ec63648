"""What the scheduler has to do: nominal dates up to today that no run has taken, also those of days missed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from caudal.billing.models import BillRun, Cycle, Subscription
from caudal.billing.queries.due import RECURRING, NothingBillsThen, calendar_of, services_due
from caudal.tariffs.models import Service

TRIED: Final = ("rehearsing", "rehearsed")
IN_TIME: Final = timedelta(days=31)  # whoever rehearses within a month of the date means to bill it


@dataclass(frozen=True, slots=True)
class DueRun:
    """A run to rehearse: its date, its services (empty: all that bill then), whether it issues by itself, and its
    cycle, where the town has them.
    """

    dated_on: date
    codes: tuple[str, ...]
    automatic: bool
    cycle: Cycle | None = None


def due_runs(*, today: date) -> tuple[DueRun, ...]:
    """The runs that fall due up to today and do not exist yet, oldest first.

    A service that never had a run starts today: what lies before belongs to the system before. So does a rehearsal of a
    date long past, as one makes it of old data to compare: it is a trial, and nothing is caught up with from there.
    """
    waiting: dict[date, list[Service]] = defaultdict(list)
    for service in Service.objects.filter(active=True, kind__in=RECURRING).order_by("position", "code"):
        taken = dict(_dates_taken(service))
        after = _begun(taken, today)
        for dated_on in calendar_of(service).nominal_dates(after=after, upto=today):
            if dated_on not in taken and not _in_cycles_alone(service):
                waiting[dated_on].append(service)
    own = [run for dated_on in sorted(waiting) for run in _runs_of(dated_on, waiting[dated_on])]
    return tuple(sorted([*own, *_cycle_runs(today)], key=lambda run: run.dated_on))


def _in_cycles_alone(service: Service) -> bool:
    """Whether all who have the service are on routes of cycles, which have days of their own."""
    having = Subscription.objects.filter(service=service, valid_to=None)
    in_cycles = Q(connection__route__in_cycle__isnull=False)
    return having.filter(in_cycles).exists() and not having.exclude(in_cycles).exists()


def _cycle_runs(today: date) -> Iterator[DueRun]:
    """The days of cycles that no run has taken yet. A cycle that never had a run starts today."""
    for cycle in Cycle.objects.all():
        taken = {run.dated_on: _is_trial(run) for run in cycle.runs.exclude(state="cancelled")}
        missed = cycle.days.filter(dated_on__gt=_begun(taken, today), dated_on__lte=today)
        for day in missed.exclude(dated_on__in=taken).order_by("dated_on"):
            try:
                services = list(services_due(dated_on=day.dated_on, cycle=cycle))
            except NothingBillsThen:
                continue
            yield from _runs_of(day.dated_on, services, cycle)


def _begun(taken: Mapping[date, bool], today: date) -> date:
    """The last date that was billed or rehearsed in its time; yesterday where there is none."""
    return max((day for day, trial in taken.items() if not trial), default=today - timedelta(days=1))


def _is_trial(run: BillRun) -> bool:
    return run.state in TRIED and timezone.localdate(run.rehearsed_at) - run.dated_on > IN_TIME


def _dates_taken(service: Service) -> Iterator[tuple[date, bool]]:
    """The dates of live runs that this service was part of, and whether the run is but a trial of the past."""
    calendar = calendar_of(service)
    for run in BillRun.objects.filter(cycle=None).exclude(state="cancelled"):
        codes = run.service_codes
        named = service.code in codes.split(",") if codes else calendar.bills_in(run.dated_on)
        if named and calendar.dated_on(run.dated_on) == run.dated_on:
            yield run.dated_on, _is_trial(run)


def _runs_of(dated_on: date, services: list[Service], cycle: Cycle | None = None) -> Iterator[DueRun]:
    """One run for all, or one for those that issue by themselves and one for those that wait for approval."""
    for automatic in (True, False):
        codes = tuple(sorted(s.code for s in services if s.automatic_issue is automatic))
        if codes:
            there = BillRun.objects.filter(dated_on=dated_on, cycle=cycle).exists()
            alone = len(codes) == len(services) and not there
            yield DueRun(dated_on, () if alone else codes, automatic, cycle)
