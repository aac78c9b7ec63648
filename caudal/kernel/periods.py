"""Half-open spans of local dates, and the arithmetic of months on which every billing calendar stands.

A month is named by its first day. A day beyond the month's end is its last day.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

MONTHS_IN_YEAR = 12
ONE_DAY = timedelta(days=1)
OPEN_END = date.max


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days from `start` up to, and without, `end`. Never empty; an open end is `OPEN_END`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ValueError(f"empty span from {self.start} to {self.end}")

    @property
    def days(self) -> int:
        """Number of days, at least one."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day inside, the one that people read as «until»."""
        return self.end - ONE_DAY

    def contains(self, day: date) -> bool:
        """Whether the day lies inside: the start does, the end does not."""
        return self.start <= day < self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether they share at least one day; spans that touch do not."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "Span") -> "Span | None":
        """The days in both, or None when they share none."""
        if not self.overlaps(other):
            return None
        return Span(max(self.start, other.start), min(self.end, other.end))

    def split(self, cuts: Iterable[date]) -> tuple["Span", ...]:
        """The same days as consecutive spans, a new one beginning on each cut that falls inside."""
        inner = sorted({cut for cut in cuts if self.start < cut < self.end})
        return tuple(Span(start, end) for start, end in pairwise((self.start, *inner, self.end)))

    def each_day(self) -> Iterator[date]:
        """The days one by one."""
        return (self.start + timedelta(days=n) for n in range(self.days))


def month_of(day: date) -> date:
    """The month that a day lies in, named by its first day."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months after (or, negative, before) the one given."""
    year, index = divmod(month.year * MONTHS_IN_YEAR + month.month - 1 + count, MONTHS_IN_YEAR)
    return date(year, index + 1, 1)


def months_between(earlier: date, later: date) -> int:
    """How many months `later`'s month comes after `earlier`'s; negative when it comes before."""
    return (later.year - earlier.year) * MONTHS_IN_YEAR + later.month - earlier.month


def month_span(month: date) -> Span:
    """The days of a month."""
    return Span(month_of(month), add_months(month, 1))


def day_in_month(month: date, day: int) -> date:
    """The nth day of a month, or its last day where the month is shorter."""
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def months_later(day: date, count: int) -> date:
    """The same day of the month `count` months away, or that month's last day."""
    return day_in_month(add_months(day, count), day.day)


def quarter_span(day: date) -> Span:
    """The calendar quarter that a day lies in."""
    start = date(day.year, day.month - (day.month - 1) % 3, 1)
    return Span(start, add_months(start, 3))


def year_span(year: int) -> Span:
    """The days of a calendar year."""
    return Span(date(year, 1, 1), date(year + 1, 1, 1))
