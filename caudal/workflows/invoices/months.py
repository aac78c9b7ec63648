"""The months billed: their dates, and when nothing more is billed into them."""

from dataclasses import asdict
from datetime import date

from django.db import transaction

from caudal.billing.models import Period
from caudal.billing.operations import periods
from caudal.billing.operations.periods import PeriodDates
from caudal.common import audit
from caudal.common.actor import Actor


@transaction.atomic
def save_month(*, month: date, dates: PeriodDates, by: Actor) -> Period:
    """Set the reading window and the assembly of a month. Raises WrongWindow."""
    known = Period.objects.filter(month=month).first()
    before = {name: _text(getattr(known, name)) for name in asdict(dates)} if known else None
    period = periods.save_period(month=month, dates=dates)
    after = {name: _text(value) for name, value in asdict(dates).items()}
    if before != after:
        _record(period, "billing.month_dates", by, before, after)
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


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _record(
    period: Period, kind: str, by: Actor, before: dict[str, str] | None, after: dict[str, str] | None
) -> None:
    audit.record(by=by, kind=kind, object_type="period", object_id=period.pk, before=before, after=after)
