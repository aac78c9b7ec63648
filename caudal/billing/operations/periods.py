"""Months billed."""

from datetime import date

from caudal.billing.models import Period


def period_of(month: date) -> Period:
    """The period of the month that a day lies in, created at first need."""
    return Period.objects.get_or_create(month=month.replace(day=1))[0]
