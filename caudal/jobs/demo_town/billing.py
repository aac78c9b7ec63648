"""The town's bill runs, on the days on which they fall due, as the office makes them: rehearsed, approved, issued."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.utils import timezone

from caudal.billing.models import BillRun
from caudal.billing.queries.due import RECURRING, calendar_of
from caudal.common.actor import Actor
from caudal.tariffs.models import Service
from caudal.workflows import billing_run

MORNING = time(9, 30)


def run_days(*, code: str, after: date, upto: date) -> tuple[date, ...]:
    """The nominal dates of a service in (after, upto]."""
    return calendar_of(Service.objects.get(code=code)).nominal_dates(after=after, upto=upto)


@dataclass(slots=True)
class Runs:
    """Issues every run on its day but those of today, which are only rehearsed."""

    after: date
    today: date
    staff: Mapping[str, Actor]
    _due: set[date] = field(default_factory=set)

    def __post_init__(self) -> None:
        for service in Service.objects.filter(kind__in=RECURRING):
            self._due.update(run_days(code=service.code, after=self.after, upto=self.today))

    def live(self, day: date) -> None:
        """Bill what falls due."""
        if day in self._due:
            run = billing_run.rehearse(dated_on=day, by=self.staff["billing"])
            if day < self.today:
                self.issue(run, day)

    def issue(self, run: BillRun, day: date) -> BillRun:
        """Approve a rehearsed run and issue it at once."""
        at = datetime.combine(day, MORNING, timezone.get_current_timezone())
        billing_run.approve(run_id=run.pk, issued_on=day, at=at, by=self.staff["administrator"])
        return billing_run.issue_run(run_id=run.pk, clock=lambda: at)
