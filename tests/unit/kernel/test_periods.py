"""Half-open spans and the arithmetic of months."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.periods import (
    OPEN_END,
    Span,
    add_months,
    day_in_month,
    month_span,
    months_between,
    months_later,
    quarter_span,
    year_span,
)

dates = st.dates(date(1990, 1, 1), date(2090, 1, 1))
spans = st.builds(lambda start, days: Span(start, start + timedelta(days)), dates, st.integers(1, 900))
OCTOBER = Span(date(2026, 10, 1), date(2026, 11, 1))


def test_a_span_holds_its_first_day_and_not_its_end():
    assert OCTOBER.days == 31
    assert OCTOBER.contains(date(2026, 10, 1))
    assert OCTOBER.contains(OCTOBER.last_day)
    assert not OCTOBER.contains(date(2026, 11, 1))
    assert len(list(OCTOBER.each_day())) == 31


def test_spans_that_touch_share_no_day():
    november = month_span(date(2026, 11, 15))
    assert not OCTOBER.overlaps(november)
    assert OCTOBER.intersection(november) is None


def test_an_empty_or_turned_span_is_refused():
    with pytest.raises(ValueError, match="empty span"):
        Span(date(2026, 10, 5), date(2026, 10, 5))
    with pytest.raises(ValueError, match="empty span"):
        Span(date(2026, 10, 5), date(2026, 10, 4))


def test_a_tariff_change_splits_a_span_and_cuts_outside_it_do_not():
    cuts = [date(2026, 10, 16), date(2026, 10, 1), date(2026, 11, 1), date(2026, 10, 16)]
    assert OCTOBER.split(cuts) == (
        Span(date(2026, 10, 1), date(2026, 10, 16)),
        Span(date(2026, 10, 16), date(2026, 11, 1)),
    )


def test_a_stay_without_end_contains_every_later_day():
    assert Span(date(2026, 10, 1), OPEN_END).contains(date(2999, 12, 31))


@pytest.mark.parametrize(("day", "in_february"), [(28, 28), (29, 29), (30, 29), (31, 29)])
def test_a_day_beyond_the_end_of_a_leap_february_is_its_last(day, in_february):
    assert day_in_month(date(2028, 2, 1), day) == date(2028, 2, in_february)
    assert day_in_month(date(2027, 2, 1), day) == date(2027, 2, 28)


def test_months_cross_the_year_both_ways():
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 1)
    assert add_months(date(2026, 1, 31), -1) == date(2025, 12, 1)
    assert months_later(date(2027, 12, 31), 2) == date(2028, 2, 29)
    assert months_between(date(2025, 11, 30), date(2026, 2, 1)) == 3


def test_the_quarter_and_the_year_of_a_day():
    assert quarter_span(date(2026, 5, 31)) == Span(date(2026, 4, 1), date(2026, 7, 1))
    assert quarter_span(date(2026, 12, 31)).last_day == date(2026, 12, 31)
    assert year_span(2028).days == 366


@given(spans, st.lists(dates, max_size=6))
def test_pieces_of_a_span_tile_it(span, cuts):
    pieces = span.split(cuts)
    assert pieces[0].start == span.start
    assert pieces[-1].end == span.end
    assert sum(piece.days for piece in pieces) == span.days
    assert all(before.end == after.start for before, after in pairwise(pieces))


@given(spans, spans, dates)
def test_a_day_is_in_the_intersection_when_it_is_in_both(one, other, day):
    shared = one.intersection(other)
    assert (shared is not None) == one.overlaps(other) == other.overlaps(one)
    assert (shared is not None and shared.contains(day)) == (one.contains(day) and other.contains(day))


@given(dates, st.integers(-400, 400))
def test_months_later_and_back_are_the_same_month(day, count):
    later = months_later(day, count)
    assert months_between(day, later) == count
    assert later.day == min(day.day, month_span(later).days)
