"""Gapless numbers: a series' counter row is raised last, in the transaction that uses the numbers."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Series
from caudal.common.errors import DomainError

INVOICES, RECEIPTS = "invoices", "receipts"

_TAKE = """
    UPDATE billing_series SET last_number = last_number + %(count)s WHERE code = %(code)s
    RETURNING id, last_number, clock_timestamp(), billing_conditions_now()
"""


class NumbersExhausted(DomainError):
    """The range that the tax office authorised has ended, or its last day has passed."""

    code = "numbers_exhausted"
    template = _("The authorised numbers of series %(series)s have ended or expired. Ask for a new range.")


@dataclass(frozen=True, slots=True)
class Numbers:
    """A block of consecutive numbers and the instant at which they were taken, which orders as they do.

    `conditions` are those that hold at that instant, for all that is issued with these numbers.
    """

    series_id: int
    first: int
    taken_at: datetime
    conditions: int


def take_numbers(*, series_code: str, count: int, on: date) -> Numbers:
    """The next `count` numbers of a series. Its row stays locked until the transaction ends.

    Raises NumbersExhausted when the authorised range does not hold them.
    """
    with connection.cursor() as cursor:
        # The check constraint would refuse too; asking first gives the reason without breaking the transaction.
        series = Series.objects.select_for_update().get(code=series_code)
        beyond = series.authorised_to is not None and series.last_number + count > series.authorised_to
        if beyond or (series.expires_on is not None and on > series.expires_on):
            raise NumbersExhausted(series=series_code)
        cursor.execute(_TAKE, {"count": count, "code": series_code})
        series_id, last, taken_at, conditions = cursor.fetchone()
    return Numbers(series_id, last - count + 1, taken_at, conditions)


def hold_numbers(*, series_code: str) -> None:
    """Let nobody else take numbers of a series until the transaction ends, where they may yet be needed.

    Whoever needs two series holds invoices before receipts, so that no two wait for each other.
    """
    Series.objects.select_for_update().get(code=series_code)


def ensure_series(*, code: str, kind: str, first_number: int = 1, prefix: str = "", width: int = 1) -> Series:
    """The series of this code, created so that its first number is `first_number` when it is new."""
    series, _created = Series.objects.get_or_create(
        code=code,
        defaults={
            "kind": kind,
            "prefix": prefix,
            "width": width,
            "first_number": first_number,
            "last_number": first_number - 1,
        },
    )
    return series
