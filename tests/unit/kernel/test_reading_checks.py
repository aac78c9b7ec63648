"""The checks before a reading is accepted: the reading that each is for, and those it leaves alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.readings import (
    CHECKS,
    AcceptedReading,
    Code,
    MeterHistory,
    Proposed,
    Thresholds,
    check_reading,
    expected_range,
    history_of,
    intervals,
)

D = Decimal
TODAY = date(2026, 11, 28)
OCTOBER = date(2026, 10, 28)


def accepted(key: int, read_on: date, register: int, *, estimated: bool = False) -> AcceptedReading:
    return AcceptedReading(key, 1, read_on, D(register), estimated=estimated)


def monthly(*registers: int, until: date = OCTOBER) -> list[AcceptedReading]:
    first = until - timedelta(days=30 * (len(registers) - 1))
    return [accepted(n, first + timedelta(days=30 * n), r) for n, r in enumerate(registers)]


STEADY = history_of(monthly(900, 920, 940, 960, 980, 1000), digits=5)


def codes(register: object, history: MeterHistory = STEADY, read_on: date = TODAY) -> list[str]:
    found = check_reading(Proposed(read_on, D(str(register)), TODAY), history)
    return [finding.code.value for finding in found]


@pytest.mark.parametrize("register", [1005, 1020, 1021, 1040, 1060])
def test_an_ordinary_month_raises_no_doubt(register):
    assert codes(register) == []


@pytest.mark.parametrize(
    ("register", "code"),
    [
        (999, "below_previous"),
        (1066, "far_above"),
        (1004, "far_below"),
        (1000, "zero_after_use"),
        (100_000, "too_many_digits"),
    ],
)
def test_each_strange_register_is_found(register, code):
    assert code in codes(register)


def test_dates_are_looked_at_too():
    assert codes(1021, read_on=TODAY + timedelta(days=1)) == ["future"]
    assert codes(1000, read_on=OCTOBER) == ["duplicate"]
    assert codes(1000, read_on=OCTOBER - timedelta(days=1)) == ["older_than_last"]
    assert codes(980, read_on=OCTOBER - timedelta(days=30)) == [
        "duplicate",
        "older_than_last",
        "below_previous",
    ]


def test_findings_carry_the_figures_that_their_sentence_needs():
    (far_above,) = check_reading(Proposed(OCTOBER + timedelta(days=30), D(1100), TODAY), STEADY)
    assert far_above.code is Code.FAR_ABOVE
    assert far_above.figures == {"volume_m3": D(100), "usual_m3": D(20)}
    (below,) = check_reading(Proposed(TODAY, D(990), TODAY), STEADY)
    assert below.figures == {"previous": D(1000), "previous_on": OCTOBER}


def test_a_register_near_its_end_that_starts_again_is_a_suspected_rollover():
    near_the_end = history_of(monthly(99_900, 99_920, 99_940, 99_960, 99_980), digits=5)
    assert codes(2, near_the_end) == ["rollover_suspected"]
    assert codes(50_000, near_the_end) == ["below_previous"]
    assert codes(2, history_of(monthly(99_940, 99_960, 99_980))) == ["below_previous"]


def test_a_small_user_may_double_and_halve_without_a_question():
    few = history_of(monthly(100, 103, 105, 108, 111))
    assert codes(120, few) == []
    assert codes(112, few) == []


def test_longer_time_between_readings_means_more_use():
    assert codes(1070, read_on=OCTOBER + timedelta(days=31)) == ["far_above"]
    older = history_of(monthly(900, 920, 940, 960, 980, 1000, until=date(2026, 8, 28)))
    assert codes(1070, older) == []


def test_too_little_history_judges_no_amount():
    new = history_of(monthly(0, 20))
    assert new.typical_daily_m3 is None
    assert codes(500, new) == []
    assert codes(500, history_of([])) == []


def test_a_replaced_meter_remembers_the_habits_of_the_house():
    before = intervals(monthly(900, 920, 940, 960, until=date(2026, 10, 8)))
    new_meter = AcceptedReading(99, 2, date(2026, 10, 8), D(0))
    assert codes(150, history_of([new_meter], earlier=before)) == ["far_above"]
    assert codes(31, history_of([new_meter], earlier=before)) == []


def test_an_estimate_may_be_undercut_but_the_last_real_register_may_not():
    chain = [*monthly(940, 960, 980, 1000), accepted(9, date(2026, 11, 10), 1021, estimated=True)]
    history = history_of(chain, digits=5)
    assert codes(1015, history) == []
    assert codes(999, history) == ["below_previous"]


def test_an_empty_house_is_told_once_as_zero_then_after_months_and_then_once_a_year():
    readings = monthly(940, 960, 980, 1000)
    told = {}
    for month in range(1, 19):
        read_on = OCTOBER + timedelta(days=30 * month)
        found = check_reading(Proposed(read_on, D(1000), read_on), history_of(readings))
        if found:
            told[month] = [finding.code.value for finding in found]
        readings.append(accepted(100 + month, read_on, 1000))
    assert told == {1: ["zero_after_use"], 3: ["unchanged"], 16: ["unchanged"]}


def test_a_quarterly_meter_is_unchanged_at_its_second_equal_reading():
    stay = [accepted(n, OCTOBER - timedelta(days=91 * (4 - n)), 900 + 20 * n) for n in range(5)]
    first, second = OCTOBER + timedelta(days=91), OCTOBER + timedelta(days=182)
    (zero,) = check_reading(Proposed(first, D(980), first), history_of(stay))
    assert (zero.code, zero.figures) == (Code.ZERO_AFTER_USE, {"days": 91})
    stay.append(accepted(9, first, 980))
    (same,) = check_reading(Proposed(second, D(980), second), history_of(stay))
    assert (same.code, same.figures) == (Code.UNCHANGED, {"days": 182, "since": OCTOBER})


def test_daily_readings_of_an_automatic_meter_may_rest_for_a_day():
    days = [accepted(n, OCTOBER - timedelta(days=9 - n), 100 + n) for n in range(10)]
    assert codes(109, history_of(days), read_on=OCTOBER + timedelta(days=1)) == []


def test_what_is_expected_while_typing_is_what_raises_no_doubt():
    low, high = expected_range(STEADY, read_on=OCTOBER + timedelta(days=30))
    assert (low, high) == (D(1004), D(1060))
    assert expected_range(history_of(monthly(0, 20)), read_on=TODAY) is None


def test_thresholds_are_the_offices_own():
    strict = Thresholds(far_above_factor=D("1.5"), far_above_least_m3=D(1))
    found = check_reading(Proposed(TODAY, D(1040), TODAY), STEADY, strict)
    assert [finding.code for finding in found] == [Code.FAR_ABOVE]


def test_every_code_has_its_check():
    assert {check.__name__ for check in CHECKS} == {code.value for code in Code}


@given(
    st.lists(st.integers(0, 60), min_size=3, max_size=14),
    st.integers(0, 99_999),
    st.integers(1, 200),
)
def test_between_the_expected_registers_no_amount_is_doubted(volumes, register, days):
    registers = [1000 + sum(volumes[:n]) for n in range(len(volumes) + 1)]
    history = history_of(monthly(*registers), digits=5)
    read_on = OCTOBER + timedelta(days=days)
    low, high = expected_range(history, read_on=read_on)
    found = {f.code for f in check_reading(Proposed(read_on, D(register), read_on), history)}
    assert (Code.FAR_ABOVE in found) == (register > high)
    assert (Code.FAR_BELOW in found) == (registers[-1] < register < low)
    assert not {Code.FUTURE, Code.DUPLICATE, Code.OLDER_THAN_LAST} & found
