"""What the scheduler has to do: nominal dates up to today that no run has taken, also those of days missed."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from caudal.billing.models import BillRun
from caudal.billing.queries.due import RECURRING, calendar_of
from caudal.tariffs.models import Service


@dataclass(frozen=True, slots=True)
class DueRun:
    """A run to rehearse: its date, its services (empty: all that bill then), and whether it issues by itself."""

    dated_on: date
    codes: tuple[str, ...]
    automatic: bool


def due_runs(*, today: date) -> tuple[DueRun, ...]:
    """The runs that fall due up to today and do not exist yet, oldest first.

    A service that never had a run starts today: what lies before belongs to the system before.
    """
    waiting: dict[date, list[Service]] = defaultdict(list)
    for service in Service.objects.filter(active=True, kind__in=RECURRING).order_by("position", "code"):
        taken = set(_dates_taken(service))
        after = max(taken, default=today - timedelta(days=1))
        for dated_on in calendar_of(service).nominal_dates(after=after, upto=today):
            waiting[dated_on].append(service)
    return tuple(run for dated_on in sorted(waiting) for run in _runs_of(dated_on, waiting[dated_on]))


def _dates_taken(service: Service) -> Iterator[date]:
    """The dates of live runs that this service was part of."""
    calendar = calendar_of(service)
    for dated_on, codes in BillRun.objects.exclude(state="cancelled").values_list(
        "dated_on", "service_codes"
    ):
        named = service.code in codes.split(",") if codes else calendar.bills_in(dated_on)
        if named and calendar.dated_on(dated_on) == dated_on:
            yield dated_on


def _runs_of(dated_on: date, services: list[Service]) -> Iterator[DueRun]:
    """One run for all, or one for those that issue by themselves and one for those that wait for approval."""
    for automatic in (True, False):
        codes = tuple(sorted(s.code for s in services if s.automatic_issue is automatic))
        if codes:
            alone = len(codes) == len(services) and not BillRun.objects.filter(dated_on=dated_on).exists()
            yield DueRun(dated_on, () if alone else codes, automatic)
