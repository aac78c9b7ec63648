"""What the scheduler has to do: nominal dates up to today that no run has taken, also those of days missed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from caudal.billing.models import BillRun, Cycle, Subscription
from caudal.billing.queries.due import RECURRING, NothingBillsThen, calendar_of, services_due
from caudal.tariffs.models import Service


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

    A service that never had a run starts today: what lies before belongs to the system before.
    """
    waiting: dict[date, list[Service]] = defaultdict(list)
    for service in Service.objects.filter(active=True, kind__in=RECURRING).order_by("position", "code"):
        taken = set(_dates_taken(service))
        after = max(taken, default=today - timedelta(days=1))
        for dated_on in calendar_of(service).nominal_dates(after=after, upto=today):
            if not _in_cycles_alone(service):
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
        taken = set(cycle.runs.exclude(state="cancelled").values_list("dated_on", flat=True))
        after = max(taken, default=today - timedelta(days=1))
        for day in cycle.days.filter(dated_on__gt=after, dated_on__lte=today).order_by("dated_on"):
            try:
                services = list(services_due(dated_on=day.dated_on, cycle=cycle))
            except NothingBillsThen:
                continue
            yield from _runs_of(day.dated_on, services, cycle)


def _dates_taken(service: Service) -> Iterator[date]:
    """The dates of live runs that this service was part of."""
    calendar = calendar_of(service)
    runs = BillRun.objects.filter(cycle=None).exclude(state="cancelled")
    for dated_on, codes in runs.values_list("dated_on", "service_codes"):
        named = service.code in codes.split(",") if codes else calendar.bills_in(dated_on)
        if named and calendar.dated_on(dated_on) == dated_on:
            yield dated_on


def _runs_of(dated_on: date, services: list[Service], cycle: Cycle | None = None) -> Iterator[DueRun]:
    """One run for all, or one for those that issue by themselves and one for those that wait for approval."""
    for automatic in (True, False):
        codes = tuple(sorted(s.code for s in services if s.automatic_issue is automatic))
        if codes:
            there = BillRun.objects.filter(dated_on=dated_on, cycle=cycle).exists()
            alone = len(codes) == len(services) and not there
            yield DueRun(dated_on, () if alone else codes, automatic, cycle)
