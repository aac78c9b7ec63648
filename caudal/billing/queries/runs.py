"""What became of a run: its exceptions by reason, and its totals beside the period before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from caudal.billing.models import BillRun, Charge, Period, RunException
from caudal.billing.queries.due import month_billed, services_of
from caudal.kernel.periods import add_months
from caudal.tariffs.models import Service


@dataclass(frozen=True, slots=True)
class RunExceptionRow:
    """One expected subscription that was not billed, with what leads to its cause."""

    subscription: int
    account: str
    holder: str
    connection: str
    service: str
    outcome: str
    code: str
    detail: dict[str, Any]


def exceptions_of(run: BillRun, *, outcome: str = "") -> QuerySet[RunException]:
    """The run's exceptions in account order, retained or excused ones only where asked."""
    found = run.exceptions.select_related(
        "subscription__account__holder", "subscription__service", "subscription__connection"
    ).order_by("subscription__account__number", "id")
    return found.filter(outcome=outcome) if outcome else found


def exception_rows(exceptions: Iterable[RunException]) -> tuple[RunExceptionRow, ...]:
    """Exceptions as values for commands and pages."""
    return tuple(
        RunExceptionRow(
            subscription=e.subscription_id,
            account=e.subscription.account.number,
            holder=e.subscription.account.holder.name,
            connection=e.subscription.connection.number if e.subscription.connection else "",
            service=e.subscription.service.code,
            outcome=e.outcome,
            code=e.code,
            detail=e.detail,
        )
        for e in exceptions
    )


def reasons_of(run: BillRun) -> tuple[tuple[str, str, int], ...]:
    """(outcome, code, count), most frequent first."""
    found = run.exceptions.values_list("outcome", "code").annotate(n=Count("id")).order_by("-n", "code")
    return tuple((outcome, code, n) for outcome, code, n in found)


@dataclass(frozen=True, slots=True)
class Compared:
    """A service's sums in this run, and what was issued for the month before and a year before."""

    service: Service
    charges: int
    volume: Decimal
    total: Decimal
    month_before: Decimal | None
    year_before: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """Change against the month before, in percent; None without one."""
        if not self.month_before:
            return None
        return (self.total - self.month_before) * 100 / self.month_before


def compared(run: BillRun) -> tuple[Compared, ...]:
    """The run's totals by service beside the issued ones of the period before and of the same month a year ago."""
    rows = []
    for service in services_of(run):
        sums = run.totals.get("services", {}).get(service.code)
        if sums is None:
            continue
        month = month_billed(service, run.dated_on)
        step = len(service.billing_months) and 12 // len(service.billing_months)
        rows.append(
            Compared(
                service=service,
                charges=sums["charges"],
                volume=Decimal(sums["volume"]),
                total=Decimal(sums["total"]),
                month_before=issued_total(service, add_months(month, -step)),
                year_before=issued_total(service, add_months(month, -12)),
            )
        )
    return tuple(rows)


def issued_total(service: Service, month: date) -> Decimal | None:
    """The sum of live charges of a service and month; None when nothing was issued."""
    period = Period.objects.filter(month=month.replace(day=1)).first()
    if period is None:
        return None
    total: Decimal | None = Charge.objects.filter(period=period, service=service, live=True).aggregate(
        total=Sum("total")
    )["total"]
    return total


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far the issue of a run is, in batches and invoices."""

    batches: int
    batches_done: int
    invoices: int
    total: Decimal


def progress_of(run: BillRun) -> RunProgress:
    """Read from the batches, so that it is right after any crash."""
    done = run.batches.exclude(issued_at=None)
    sums = done.aggregate(n=Count("id"), invoices=Sum("invoices"), total=Sum("total"))
    return RunProgress(run.batches.count(), sums["n"], sums["invoices"] or 0, sums["total"] or Decimal(0))
