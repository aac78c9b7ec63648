"""Months billed: made at first need, given their windows, closed and opened again."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import BillRun, Period
from caudal.common.errors import DomainError
from caudal.common.sql import rows, verdicts
from caudal.common.versions import save_version


class PeriodClosed(DomainError):
    """Nothing is dated into a closed month any more. Fact: `month`, its first day."""

    code = "period_closed"
    template = _("The month of %(month)s is closed: nothing more is billed into it. Open it again first.")


class PeriodAtWork(DomainError):
    """A run that bills the month is being issued."""

    code = "period_at_work"
    template = _("Bill run %(run)s is being issued. Close the month when it has ended.")


class PeriodKnown(DomainError):
    """The month is there already. Fact: `month`, its first day."""

    code = "period_known"
    template = _("The month of %(month)s is in the list already: change it there.")


class WrongWindow(DomainError):
    """Readings end before they begin."""

    code = "wrong_window"
    template = _("The reading window must end on or after the day it begins.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodDates:
    """When the meters of a month are read, both days included, and when a board meets."""

    reading_from: date | None = None
    reading_to: date | None = None
    assembly_on: date | None = None


def period_of(month: date) -> Period:
    """The period of the month that a day lies in, created at first need."""
    return Period.objects.get_or_create(month=month.replace(day=1))[0]


def hold_open(*, period_ids: Collection[int] = (), days: Collection[date] = ()) -> None:
    """Make sure that these periods, and those of the months that these days lie in, stay open until the transaction
    ends. Raises PeriodClosed.
    """
    months = {day.replace(day=1) for day in days}
    for month, closed_on in rows("billing/hold_periods", {"ids": list(period_ids), "months": list(months)}):
        if closed_on is not None:
            raise PeriodClosed(month=month)


def new_period(*, month: date, dates: PeriodDates) -> Period:
    """A month that was not there, with its dates. Raises WrongWindow, PeriodKnown."""
    _must_be_window(dates)
    known = PeriodKnown(month=month)
    with verdicts(billing_period_month_key=known), transaction.atomic():
        return Period.objects.create(month=month, **asdict(dates))


def save_period(*, period_id: int, version: int, dates: PeriodDates) -> Period:
    """Set the dates of a month that still has the version that was shown.

    Raises WrongWindow, PeriodClosed, ChangedMeanwhile.
    """
    _must_be_window(dates)
    period = Period.objects.select_for_update().get(pk=period_id)
    if period.closed_on is not None:
        raise PeriodClosed(month=period.month)
    save_version(period, version=version, changes=asdict(dates))
    return period


def meet_on(*, month: date, on: date) -> Period:
    """Put a board's assembly of a month on a day, or on another one. Raises PeriodClosed.

    Who has the month open meanwhile is told, as of any change.
    """
    period = Period.objects.select_for_update().get(pk=period_of(month).pk)
    if period.assembly_on == on:
        return period
    if period.closed_on is not None:
        raise PeriodClosed(month=period.month)
    save_version(period, version=period.version, changes={"assembly_on": on})
    return period


def _must_be_window(dates: PeriodDates) -> None:
    start, end = dates.reading_from, dates.reading_to
    if start and end and end < start:
        raise WrongWindow()


def close_period(*, period_id: int, on: date, label: str) -> Period:
    """Close a month: from now on nothing is dated into it. Raises PeriodClosed, PeriodAtWork."""
    period = Period.objects.select_for_update().get(pk=period_id)
    if period.closed_on is not None:
        raise PeriodClosed(month=period.month)
    issuing = BillRun.objects.filter(state="issuing").values_list("pk", flat=True).first()
    if issuing is not None:
        raise PeriodAtWork(run=issuing)
    period.closed_on, period.closed_by = on, label
    period.save(update_fields=["closed_on", "closed_by"])
    return period


def open_period(*, period_id: int) -> Period:
    """Open a closed month again."""
    period = Period.objects.select_for_update().get(pk=period_id)
    period.closed_on, period.closed_by = None, ""
    period.save(update_fields=["closed_on", "closed_by"])
    return period
