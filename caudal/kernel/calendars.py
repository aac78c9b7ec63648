"""Billing calendars: when a service bills, which months a bill is for, and until when it can be paid.

A bill has a nominal date (`dated_on`), the calendar's day in a month that it bills in, whatever day it is
really issued on. The nominal date decides the months billed, the tariff version and the least time to pay.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from caudal.kernel.periods import (
    MONTHS_IN_YEAR,
    ONE_DAY,
    Span,
    add_months,
    day_in_month,
    month_of,
    quarter_span,
)

EVERY_MONTH = frozenset(range(1, MONTHS_IN_YEAR + 1))
EACH_QUARTER = frozenset({3, 6, 9, 12})
NEVER: frozenset[int] = frozenset()
WEEKDAYS = frozenset(range(7))
WEEKEND = frozenset({5, 6})
LAST_POSSIBLE_DAY = 31


class DueKind(StrEnum):
    """How the last day to pay follows from the nominal date."""

    DAYS = "days"
    FIXED_DAY = "fixed_day"
    QUARTER_END = "quarter_end"


@dataclass(frozen=True, slots=True)
class DueRule:
    """Days to pay, the next time a day of the month comes, or the last day of the quarter."""

    kind: DueKind = DueKind.DAYS
    days_to_pay: int = 0
    day: int = LAST_POSSIBLE_DAY
    next_working_day: bool = False

    def __post_init__(self) -> None:
        if self.days_to_pay < 0 or not 1 <= self.day <= LAST_POSSIBLE_DAY:
            raise ValueError(f"no due date can follow from {self.days_to_pay} days to pay or day {self.day}")

    def nominal(self, dated_on: date) -> date:
        """The last day to pay of a bill issued on its nominal date, before rest days are looked at."""
        if self.kind is DueKind.DAYS:
            return dated_on + timedelta(days=self.days_to_pay)
        if self.kind is DueKind.QUARTER_END:
            return quarter_span(dated_on).last_day
        this_month = day_in_month(dated_on, self.day)
        return this_month if this_month > dated_on else day_in_month(add_months(dated_on, 1), self.day)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The days on which the office takes money; weekdays count from Monday, 0."""

    holidays: Collection[date] = frozenset()
    rest_weekdays: frozenset[int] = WEEKEND

    def __post_init__(self) -> None:
        if self.rest_weekdays >= WEEKDAYS:
            raise ValueError("a week without a working day has no next working day")

    def on_or_after(self, day: date) -> date:
        """The day itself when it is a working day, else the next one that is."""
        while day.weekday() in self.rest_weekdays or day in self.holidays:
            day += ONE_DAY
        return day


MONDAY_TO_FRIDAY = WorkingDays()


def due_date(
    rule: DueRule, *, dated_on: date, issued_on: date, working_days: WorkingDays = MONDAY_TO_FRIDAY
) -> date:
    """The last day to pay: the nominal time to pay counted from the later of nominal date and issue.

    So a late run never shortens the time to pay, and an early one does not move the date. For days to pay
    this is max(dated_on, issued_on) + days; a fixed day and a quarter's end move by as many days as the issue
    was late.
    """
    due = rule.nominal(dated_on) + max(issued_on - dated_on, timedelta(0))
    return working_days.on_or_after(due) if rule.next_working_day else due


@dataclass(frozen=True, slots=True)
class CycleMonth:
    """A month of a cycle: the nominal date of its bills, and the days its meters are read on, both included."""

    month: date
    dated_on: date
    reading_from: date
    reading_to: date


def cycle_year(year: int, *, day: int, reading_days: int, days_before: int) -> tuple[CycleMonth, ...]:
    """The twelve months of a cycle that bills on a day: meters are read on `reading_days` days, the last of them
    `days_before` days before the bills. ValueError for a day, or days, that there are not.
    """
    if not 1 <= day <= LAST_POSSIBLE_DAY or reading_days < 1 or days_before < 0:
        raise ValueError(f"no cycle bills on day {day} after {reading_days} days of reading")
    found = []
    for number in range(1, MONTHS_IN_YEAR + 1):
        month = date(year, number, 1)
        dated_on = day_in_month(month, day)
        reading_to = dated_on - timedelta(days=days_before)
        found.append(CycleMonth(month, dated_on, reading_to - timedelta(days=reading_days - 1), reading_to))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class BillingCalendar:
    """The months that a service bills in, its day, and whether it bills the months before or its own."""

    months: frozenset[int] = EVERY_MONTH
    day: int = 1
    in_arrears: bool = True
    due: DueRule = field(default_factory=DueRule)

    def __post_init__(self) -> None:
        if not self.months <= EVERY_MONTH or not 1 <= self.day <= LAST_POSSIBLE_DAY:
            raise ValueError(f"no calendar bills on day {self.day} of months {sorted(self.months)}")

    def bills_in(self, month: date) -> bool:
        """Whether it bills in the month that this day lies in."""
        return month.month in self.months

    def dated_on(self, month: date) -> date:
        """The nominal date in a month; ValueError for a month that it does not bill in."""
        if not self.bills_in(month):
            raise ValueError(f"nothing is billed in {month:%Y-%m}")
        return day_in_month(month, self.day)

    def nominal_dates(self, *, after: date, upto: date) -> tuple[date, ...]:
        """The nominal dates in (after, upto]: from last run to today, what a scheduler catches up with."""
        found = []
        month = month_of(after)
        while month <= upto:
            if self.bills_in(month) and after < self.dated_on(month) <= upto:
                found.append(self.dated_on(month))
            month = add_months(month, 1)
        return tuple(found)

    def next_dated_on(self, after: date) -> date:
        """The first nominal date after a day; ValueError for a calendar that never bills."""
        month = month_of(after)
        if self.bills_in(month) and self.dated_on(month) > after:
            return self.dated_on(month)
        return self.dated_on(self._neighbour(month, 1))

    def previous_dated_on(self, before: date) -> date:
        """The last nominal date before a day; ValueError for a calendar that never bills."""
        month = month_of(before)
        if self.bills_in(month) and self.dated_on(month) < before:
            return self.dated_on(month)
        return self.dated_on(self._neighbour(month, -1))

    def cycle(self, dated_on: date) -> Span:
        """The days from the nominal date before up to this one; these spans tile the calendar."""
        return Span(self.previous_dated_on(dated_on), dated_on)

    def months_billed(self, dated_on: date) -> Span:
        """The whole months that a bill of this nominal date is for; these spans tile the calendar.

        In arrears: the billing month before, up to this one (the water of 5 December is November's). In
        advance: its own month up to the next billing month; and where each equal part of the year has one
        billing month, as for quarters, that part (a tax that bills in March is for January to March).
        """
        month = month_of(self.dated_on(dated_on))
        if self.in_arrears:
            return Span(self._neighbour(month, -1), month)
        size = MONTHS_IN_YEAR // len(self.months)
        if not self._one_in_each_part(size):
            return Span(month, self._neighbour(month, 1))
        start = add_months(month, -((month.month - 1) % size))
        return Span(start, add_months(start, size))

    def month_billed(self, dated_on: date) -> date:
        """The last of the months billed, by its first day: what a bill is called after."""
        return month_of(self.months_billed(dated_on).last_day)

    def due_date(
        self, dated_on: date, *, issued_on: date, working_days: WorkingDays = MONDAY_TO_FRIDAY
    ) -> date:
        """The last day to pay under this calendar's own rule; see the function of the same name."""
        return due_date(self.due, dated_on=dated_on, issued_on=issued_on, working_days=working_days)

    def _neighbour(self, month: date, step: int) -> date:
        if not self.months:
            raise ValueError("this calendar never bills")
        month = add_months(month, step)
        while not self.bills_in(month):
            month = add_months(month, step)
        return month

    def _one_in_each_part(self, size: int) -> bool:
        parts_hit = {(month - 1) // size for month in self.months}
        return MONTHS_IN_YEAR % len(self.months) == 0 and len(parts_hit) == len(self.months)
