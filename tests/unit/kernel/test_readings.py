"""Consumption chains: replacement, rollover, estimates and their settlement; and the estimates themselves."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.periods import Span
from caudal.kernel.readings import (
    AcceptedReading,
    BrokenChain,
    TrueUp,
    consumption,
    estimate,
    intervals,
    periods_in_days,
)

D = Decimal
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 28), date(2026, 10, 28), date(2026, 11, 28)
OCTOBER_WINDOW = Span(date(2026, 10, 20), date(2026, 11, 5))
NOVEMBER_WINDOW = Span(date(2026, 11, 20), date(2026, 12, 5))


def reading(
    key: int, read_on: date, register: object, installation: int = 1, **other: bool
) -> AcceptedReading:
    return AcceptedReading(key, installation, read_on, D(str(register)), **other)


def test_a_charge_covers_the_chain_from_the_last_billed_reading():
    chain = [reading(1, SEPTEMBER, 1018), reading(2, OCTOBER, 1042), reading(3, NOVEMBER, 1063)]
    october = consumption(chain, billed={1}, window=OCTOBER_WINDOW)
    assert (october.volume_m3, october.days, october.periods) == (24, 30, 1)
    assert (october.from_on, october.to_on) == (SEPTEMBER, OCTOBER)
    assert (october.opening.key, october.closing.key) == (1, 2)
    november = consumption(chain, billed={1, 2}, window=NOVEMBER_WINDOW)
    assert (november.volume_m3, november.from_on, november.provisional) == (21, OCTOBER, False)


def test_a_missed_month_is_billed_with_the_next_and_says_it_covers_two():
    chain = [reading(1, SEPTEMBER, 1018), reading(3, NOVEMBER, 1063)]
    assert consumption(chain, billed={1}, window=OCTOBER_WINDOW) is None
    both = consumption(chain, billed={1}, window=NOVEMBER_WINDOW)
    assert (both.volume_m3, both.days, both.periods) == (45, 61, 2)
    assert consumption(chain, billed={1}, window=NOVEMBER_WINDOW, months_per_period=2).periods == 1


def test_a_reading_after_the_window_waits_for_its_own_period():
    chain = [reading(1, SEPTEMBER, 1018), reading(2, OCTOBER, 1042), reading(3, date(2026, 11, 5), 1050)]
    assert consumption(chain, billed={1}, window=OCTOBER_WINDOW).volume_m3 == 24


def test_a_reading_that_closed_a_charge_is_not_billed_again():
    chain = [reading(1, SEPTEMBER, 1018), reading(2, OCTOBER, 1042)]
    assert consumption(chain, billed={1, 2}, window=OCTOBER_WINDOW) is None


def test_a_new_meter_is_billed_from_its_first_reading():
    chain = [reading(1, date(2026, 10, 3), 2), reading(2, OCTOBER, 11)]
    assert consumption(chain, billed=(), window=OCTOBER_WINDOW).volume_m3 == 9
    assert consumption(chain[:1], billed=(), window=Span(date(2026, 10, 1), date(2026, 10, 20))) is None


def test_a_replaced_meter_adds_its_final_stretch_to_the_new_one():
    swapped_on = date(2026, 10, 10)
    chain = [
        reading(1, SEPTEMBER, 663),
        reading(2, swapped_on, 671),
        reading(3, swapped_on, 0, installation=2),
        reading(4, OCTOBER, 16, installation=2),
    ]
    october = consumption(chain, billed={1}, window=OCTOBER_WINDOW)
    assert [i.volume_m3 for i in october.intervals] == [8, 16]
    assert (october.volume_m3, october.from_on, october.to_on, october.days) == (24, SEPTEMBER, OCTOBER, 30)
    assert (october.opening.register, october.closing.register) == (663, 16)


def test_a_confirmed_rollover_passes_the_highest_number_once():
    chain = [reading(1, SEPTEMBER, 99_990), reading(2, OCTOBER, 12, rolled_over=True)]
    assert consumption(chain, billed={1}, window=OCTOBER_WINDOW, digits={1: 5}).volume_m3 == 22
    with pytest.raises(BrokenChain):
        consumption(chain, billed={1}, window=OCTOBER_WINDOW)


def test_a_register_that_falls_without_reason_breaks_the_chain():
    chain = [reading(1, SEPTEMBER, 1042), reading(2, OCTOBER, 1018)]
    with pytest.raises(BrokenChain, match="1018 on 2026-10-28 after 1042 on 2026-09-28") as broken:
        consumption(chain, billed={1}, window=OCTOBER_WINDOW)
    assert (broken.value.previous.key, broken.value.current.key) == (1, 2)


def test_an_estimate_is_provisional_and_the_next_real_reading_settles_it():
    chain = [
        reading(1, SEPTEMBER, 1000),
        reading(2, OCTOBER, 1021, estimated=True),
        reading(3, NOVEMBER, 1035),
    ]
    october = consumption(chain, billed={1}, window=OCTOBER_WINDOW)
    assert (october.volume_m3, october.provisional, october.true_up) == (21, True, None)
    november = consumption(chain, billed={1, 2}, window=NOVEMBER_WINDOW)
    assert (november.volume_m3, november.provisional) == (14, False)
    assert november.true_up == TrueUp(since=SEPTEMBER, estimated_m3=D(21), measured_m3=D(35))


def test_two_estimates_that_were_too_high_are_given_back():
    december, window = date(2026, 12, 28), Span(date(2026, 12, 20), date(2027, 1, 5))
    chain = [
        reading(1, SEPTEMBER, 1000),
        reading(2, OCTOBER, 1021, estimated=True),
        reading(3, NOVEMBER, 1042, estimated=True),
        reading(4, december, 1010),
    ]
    settled = consumption(chain, billed={1, 2, 3}, window=window)
    assert settled.volume_m3 == -32
    assert settled.true_up == TrueUp(since=SEPTEMBER, estimated_m3=D(42), measured_m3=D(10))


def test_an_estimate_never_billed_settles_nothing():
    chain = [
        reading(1, SEPTEMBER, 1000),
        reading(2, OCTOBER, 1021, estimated=True),
        reading(3, NOVEMBER, 1015),
    ]
    november = consumption(chain, billed={1}, window=NOVEMBER_WINDOW)
    assert (november.volume_m3, november.periods, november.true_up) == (15, 2, None)


def test_an_estimate_past_the_highest_number_is_settled_on_either_side_of_it():
    over = [reading(1, SEPTEMBER, 99_990), reading(2, OCTOBER, 100_010, estimated=True)]
    past = reading(3, NOVEMBER, 15, rolled_over=True)
    short = reading(3, NOVEMBER, 99_998)
    for real, volume in ((past, 5), (short, -12)):
        settled = consumption([*over, real], billed={1, 2}, window=NOVEMBER_WINDOW, digits={1: 5})
        assert settled.volume_m3 == volume


def test_a_real_reading_below_the_last_real_one_is_broken_even_after_an_estimate():
    chain = [
        reading(1, SEPTEMBER, 1000),
        reading(2, OCTOBER, 1021, estimated=True),
        reading(3, NOVEMBER, 999),
    ]
    with pytest.raises(BrokenChain):
        intervals(chain)


def test_an_estimate_below_the_register_is_broken():
    chain = [reading(1, SEPTEMBER, 1000), reading(2, OCTOBER, 999, estimated=True)]
    with pytest.raises(BrokenChain):
        intervals(chain)


def test_an_estimate_below_the_estimate_before_is_broken():
    chain = [
        reading(1, SEPTEMBER, 1000),
        reading(2, OCTOBER, 1021, estimated=True),
        reading(3, NOVEMBER, 1010, estimated=True),
    ]
    with pytest.raises(BrokenChain):
        intervals(chain)


def test_where_no_real_reading_is_known_before_there_is_nothing_to_compare():
    chain = [
        reading(1, SEPTEMBER, 1000, estimated=True),
        reading(2, OCTOBER, 1021, estimated=True),
        reading(3, NOVEMBER, 1015),
    ]
    november = consumption(chain, billed={1, 2}, window=NOVEMBER_WINDOW)
    assert (november.volume_m3, november.true_up) == (-6, None)


def test_two_meters_at_one_connection_are_summed():
    chain = [
        reading(1, SEPTEMBER, 100),
        reading(2, SEPTEMBER, 500, installation=2),
        reading(3, OCTOBER, 110),
        reading(4, OCTOBER, 507, installation=2),
    ]
    assert consumption(chain, billed={1, 2}, window=OCTOBER_WINDOW).volume_m3 == 17


@pytest.mark.parametrize(
    ("days", "months", "periods"), [(1, 1, 1), (28, 1, 1), (35, 1, 1), (61, 1, 2), (97, 3, 1), (184, 2, 3)]
)
def test_days_count_as_the_nearest_number_of_periods(days, months, periods):
    assert periods_in_days(days, months_per_period=months) == periods


def a_year_of(monthly_m3: int) -> list[AcceptedReading]:
    """Readings of the first of each month from October on, after a September that was nothing like them."""
    days = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(9, 22)]
    before = reading(0, date(2025, 9, 1), 0)
    return [before, *(reading(n, day, 1000 + n * monthly_m3) for n, day in enumerate(days, start=1))]


def test_an_unread_meter_is_estimated_from_its_last_twelve_months():
    history = intervals(a_year_of(20))
    found = estimate(history, from_on=date(2026, 10, 1), to_on=date(2026, 11, 1))
    assert (found.volume_m3, found.days, found.months) == (20, 31, 12)
    assert round(found.daily_m3, 4) == round(D(240) / 365, 4)


def test_an_estimate_says_how_few_months_it_knows():
    history = intervals(a_year_of(20)[1:4])
    found = estimate(history, from_on=date(2025, 12, 1), to_on=date(2026, 1, 1), decimals=1)
    assert (found.volume_m3, found.months) == (D("20.3"), 2)


def test_old_habits_do_not_count_and_without_history_nothing_is_guessed():
    history = intervals(a_year_of(20))
    assert estimate(history, from_on=date(2027, 12, 1), to_on=date(2028, 1, 1)) is None
    assert estimate((), from_on=date(2026, 6, 1), to_on=date(2026, 7, 1)) is None


MONTHS = [date(2026, 1, 28) + timedelta(days=30 * n) for n in range(14)]
volumes = st.lists(st.integers(0, 400), min_size=1, max_size=12)


@given(volumes, st.lists(st.none() | st.integers(0, 400), min_size=12, max_size=12))
def test_bills_with_estimates_between_sum_to_what_the_meter_measured(used, guesses):
    """Each month is read, or guessed at where there is a guess; the last is read. Every month is billed."""
    true = shown = 9000
    chain = [reading(0, MONTHS[0], true)]
    for n, (volume, guess) in enumerate(zip(used, guesses[: len(used) - 1] + [None], strict=False), start=1):
        true += volume
        shown = true if guess is None else shown + guess
        chain.append(reading(n, MONTHS[n], shown, estimated=guess is not None))
    bills = [
        consumption(chain, billed=set(range(n)), window=Span(MONTHS[n], MONTHS[n] + timedelta(days=1)))
        for n in range(1, len(chain))
    ]
    assert sum(bill.volume_m3 for bill in bills) == sum(used)
    assert all((bill.volume_m3 >= 0 or bill.true_up) and bill.days == 30 for bill in bills)


@given(volumes)
def test_a_meter_of_three_digits_measures_on_through_its_rollovers(used):
    chain, true = [reading(0, MONTHS[0], 500)], 500
    for n, volume in enumerate(used, start=1):
        rolled_over = (true + volume) // 1000 > true // 1000
        true += volume
        chain.append(reading(n, MONTHS[n], true % 1000, rolled_over=rolled_over))
    assert [i.volume_m3 for i in intervals(chain, digits={1: 3})] == used
