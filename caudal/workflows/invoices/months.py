"""The months billed: their dates, and when nothing more is billed into them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date

from django.db import transaction

from caudal.billing.models import Period
from caudal.billing.operations import periods
from caudal.billing.operations.periods import PeriodDates
from caudal.common import audit
from caudal.common.actor import Actor


@transaction.atomic
def new_month(*, month: date, dates: PeriodDates, by: Actor) -> Period:
    """A month that is prepared before anything is billed into it. Raises WrongWindow, PeriodKnown."""
    period = periods.new_period(month=month, dates=dates)
    _record(period, "billing.month_dates", by, None, _told(dates))
    return period


@transaction.atomic
def save_month(*, period_id: int, version: int, dates: PeriodDates, by: Actor) -> Period:
    """Set the reading window and the assembly of a month. Raises WrongWindow, PeriodClosed, ChangedMeanwhile."""
    known = Period.objects.get(pk=period_id)
    before = {name: _text(getattr(known, name)) for name in asdict(dates)}
    period = periods.save_period(period_id=period_id, version=version, dates=dates)
    if before != _told(dates):
        _record(period, "billing.month_dates", by, before, _told(dates))
    return period


@transaction.atomic
def close_month(*, period_id: int, on: date, by: Actor) -> Period:
    """Close a month: nothing is billed or dated into it any more. Raises PeriodClosed, PeriodAtWork."""
    period = periods.close_period(period_id=period_id, on=on, label=by.label)
    _record(period, "billing.close_month", by, None, {"closed_on": on.isoformat()})
    return period


@transaction.atomic
def open_month(*, period_id: int, by: Actor) -> Period:
    """Open a closed month again."""
    before = {"closed_on": _text(Period.objects.values_list("closed_on", flat=True).get(pk=period_id))}
    period = periods.open_period(period_id=period_id)
    _record(period, "billing.open_month", by, before, None)
    return period


@transaction.atomic
def close_months(*, period_ids: Iterable[int], on: date, by: Actor) -> int:
    """Close many months, all or none; how many. Raises PeriodClosed, PeriodAtWork."""
    return len([close_month(period_id=pk, on=on, by=by) for pk in sorted(period_ids)])


@transaction.atomic
def open_months(*, period_ids: Iterable[int], by: Actor) -> int:
    """Open many closed months again; how many."""
    return len([open_month(period_id=pk, by=by) for pk in sorted(period_ids)])


def _told(dates: PeriodDates) -> dict[str, str]:
    return {name: _text(value) for name, value in asdict(dates).items()}


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _record(
    period: Period, kind: str, by: Actor, before: dict[str, str] | None, after: dict[str, str] | None
) -> None:
    audit.record(by=by, kind=kind, object_type="period", object_id=period.pk, before=before, after=after)
