"""When services bill, for which months, until when they can be paid, and what a scheduler catches up with."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.calendars import (
    EACH_QUARTER,
    EVERY_MONTH,
    NEVER,
    BillingCalendar,
    DueKind,
    DueRule,
    WorkingDays,
    cycle_year,
    due_date,
)
from caudal.kernel.periods import Span

WATER = BillingCalendar(day=5, in_arrears=True, due=DueRule(days_to_pay=15))
PROPERTY_TAX = BillingCalendar(months=EACH_QUARTER, day=1, in_arrears=False, due=DueRule(DueKind.QUARTER_END))
dates = st.dates(date(2000, 1, 1), date(2060, 1, 1))


def test_the_water_of_5_december_is_novembers_and_can_be_paid_until_the_20th():
    dated_on = date(2026, 12, 5)
    assert WATER.dated_on(date(2026, 12, 31)) == dated_on
    assert WATER.month_billed(dated_on) == date(2026, 11, 1)
    due = WATER.due_date(dated_on, issued_on=dated_on)
    assert due == date(2026, 12, 20)


def test_a_service_in_advance_bills_its_own_month():
    refuse = BillingCalendar(day=5, in_arrears=False)
    assert refuse.month_billed(date(2026, 12, 5)) == date(2026, 12, 1)


def test_a_quarterly_tax_of_march_is_for_january_to_march():
    assert PROPERTY_TAX.months_billed(date(2026, 3, 1)) == Span(date(2026, 1, 1), date(2026, 4, 1))
    assert PROPERTY_TAX.due_date(date(2026, 3, 1), issued_on=date(2026, 3, 1)) == date(2026, 3, 31)


def test_five_fees_a_year_in_advance_each_reach_to_the_next():
    school_fees = BillingCalendar(months=frozenset({2, 4, 6, 8, 10}), day=1, in_arrears=False)
    assert school_fees.months_billed(date(2026, 8, 1)) == Span(date(2026, 8, 1), date(2026, 10, 1))
    assert school_fees.months_billed(date(2026, 10, 1)) == Span(date(2026, 10, 1), date(2027, 2, 1))


def test_water_billed_every_two_months_covers_the_two_before():
    bimonthly = BillingCalendar(months=frozenset({2, 4, 6, 8, 10, 12}), day=10)
    assert bimonthly.months_billed(date(2026, 2, 10)) == Span(date(2025, 12, 1), date(2026, 2, 1))
    assert bimonthly.month_billed(date(2026, 2, 10)) == date(2026, 1, 1)


def test_a_late_run_never_shortens_the_time_to_pay():
    assert WATER.due_date(date(2026, 12, 5), issued_on=date(2026, 12, 9)) == date(2026, 12, 24)
    assert PROPERTY_TAX.due_date(date(2026, 3, 1), issued_on=date(2026, 3, 11)) == date(2026, 4, 10)


def test_an_early_run_does_not_move_the_due_date():
    assert WATER.due_date(date(2026, 12, 5), issued_on=date(2026, 12, 1)) == date(2026, 12, 20)


def test_a_fixed_day_is_the_next_time_that_day_comes():
    rule = DueRule(DueKind.FIXED_DAY, day=30)
    assert due_date(rule, dated_on=date(2027, 2, 5), issued_on=date(2027, 2, 5)) == date(2027, 2, 28)
    assert due_date(rule, dated_on=date(2027, 3, 30), issued_on=date(2027, 3, 30)) == date(2027, 4, 30)


def test_a_due_date_on_a_holiday_moves_past_the_weekend_behind_it():
    rule = DueRule(days_to_pay=15, next_working_day=True)
    friday = date(2026, 12, 25)
    closed = WorkingDays(holidays={friday})
    due = due_date(rule, dated_on=date(2026, 12, 10), issued_on=date(2026, 12, 10), working_days=closed)
    assert due == date(2026, 12, 28)


def test_an_office_that_opens_on_saturdays_does_not_wait_for_monday():
    rule = DueRule(days_to_pay=0, next_working_day=True)
    saturday = date(2026, 12, 26)
    six_days = WorkingDays(rest_weekdays=frozenset({6}))
    assert due_date(rule, dated_on=saturday, issued_on=saturday, working_days=six_days) == saturday


def test_a_scheduler_that_slept_through_two_months_catches_up_with_each():
    assert WATER.nominal_dates(after=date(2026, 10, 5), upto=date(2026, 12, 5)) == (
        date(2026, 11, 5),
        date(2026, 12, 5),
    )
    assert WATER.nominal_dates(after=date(2026, 12, 5), upto=date(2026, 12, 5)) == ()


def test_the_neighbouring_nominal_dates_of_a_day():
    assert WATER.next_dated_on(date(2026, 12, 5)) == date(2027, 1, 5)
    assert WATER.next_dated_on(date(2026, 12, 4)) == date(2026, 12, 5)
    assert WATER.previous_dated_on(date(2026, 12, 5)) == date(2026, 11, 5)
    assert PROPERTY_TAX.previous_dated_on(date(2026, 3, 2)) == date(2026, 3, 1)


def test_one_off_services_never_bill_by_themselves():
    one_off = BillingCalendar(months=NEVER)
    assert one_off.nominal_dates(after=date(2020, 1, 1), upto=date(2026, 1, 1)) == ()
    with pytest.raises(ValueError, match="never bills"):
        one_off.next_dated_on(date(2026, 1, 1))


def test_a_month_without_billing_has_no_nominal_date():
    with pytest.raises(ValueError, match="2026-02"):
        PROPERTY_TAX.dated_on(date(2026, 2, 1))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: BillingCalendar(day=0),
        lambda: BillingCalendar(day=32),
        lambda: BillingCalendar(months=frozenset({13})),
        lambda: DueRule(days_to_pay=-1),
        lambda: DueRule(DueKind.FIXED_DAY, day=0),
        lambda: WorkingDays(rest_weekdays=frozenset(range(7))),
    ],
)
def test_calendars_that_no_calendar_has_are_refused(wrong):
    with pytest.raises(ValueError):
        wrong()


@pytest.mark.parametrize("day", [28, 29, 30, 31])
@pytest.mark.parametrize("in_arrears", [True, False])
def test_billing_days_28_to_31_tile_24_months_with_a_leap_february(day, in_arrears):
    calendar = BillingCalendar(day=day, in_arrears=in_arrears)
    nominal = calendar.nominal_dates(after=date(2026, 12, 31), upto=date(2028, 12, 31))
    assert len(nominal) == 24
    assert date(2028, 2, min(day, 29)) in nominal
    assert date(2027, 2, 28) in nominal
    cycles = [calendar.cycle(dated_on) for dated_on in nominal]
    months = [calendar.months_billed(dated_on) for dated_on in nominal]
    for spans in (cycles, months):
        assert all(before.end == after.start for before, after in pairwise(spans))
    assert (
        months[-1].end.year * 12 + months[-1].end.month - months[0].start.year * 12 - months[0].start.month
        == 24
    )


@given(
    st.sets(st.sampled_from(sorted(EVERY_MONTH)), min_size=1).map(frozenset),
    st.integers(1, 31),
    st.booleans(),
)
def test_any_calendar_tiles_its_years(months, day, in_arrears):
    calendar = BillingCalendar(months=months, day=day, in_arrears=in_arrears)
    nominal = calendar.nominal_dates(after=date(2026, 12, 31), upto=date(2028, 12, 31))
    assert len(nominal) == 2 * len(months)
    for spans in (map(calendar.cycle, nominal), map(calendar.months_billed, nominal)):
        assert all(before.end == after.start for before, after in pairwise(spans))


@given(st.integers(1, 31), st.lists(dates, min_size=2, max_size=6))
def test_runs_on_any_days_find_each_nominal_date_once(day, run_days):
    calendar = BillingCalendar(day=day)
    runs = sorted(run_days)
    found = [d for last, today in pairwise(runs) for d in calendar.nominal_dates(after=last, upto=today)]
    assert found == list(calendar.nominal_dates(after=runs[0], upto=runs[-1]))


rules = st.builds(DueRule, st.sampled_from(DueKind), st.integers(0, 60), st.integers(1, 31), st.booleans())


@given(rules, dates, st.integers(-40, 400))
def test_lateness_of_issue_never_takes_a_day_from_the_payer(rule, dated_on, days_late):
    issued_on = dated_on + timedelta(days_late)
    due = due_date(rule, dated_on=dated_on, issued_on=issued_on)
    on_time = rule.nominal(dated_on)
    assert due - max(issued_on, dated_on) >= on_time - dated_on
    assert due >= on_time >= dated_on


def test_a_cycles_year_reads_before_it_bills_and_keeps_each_bill_in_its_month() -> None:
    months = cycle_year(2028, day=31, reading_days=5, days_before=3)
    assert len(months) == 12
    february = months[1]
    assert (february.reading_from, february.reading_to, february.dated_on) == (
        date(2028, 2, 22),
        date(2028, 2, 26),
        date(2028, 2, 29),
    )
    assert cycle_year(2028, day=2, reading_days=3, days_before=2)[0].reading_from == date(2027, 12, 29)
    with pytest.raises(ValueError, match="day 32"):
        cycle_year(2028, day=32, reading_days=5, days_before=3)
