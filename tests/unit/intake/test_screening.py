"""What is taken at a glance, the checks would have taken too: the glance only errs on the side of doubt."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.readings import AcceptedReading, Proposed, check_reading
from caudal.metering.operations.screening import plainly_fine
from caudal.metering.stays import Stay

START, ON = date(2024, 1, 1), date(2030, 1, 1)
Read = tuple[date, Decimal]


def stay(*known: Read, **changes: object) -> Stay:
    made = Stay(7, 8, START, None, 5, None)
    made.own = [AcceptedReading(n, 7, *each) for n, each in enumerate(known, 1)]
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def readings(*steps: tuple[int, Decimal], before: Read = (START, Decimal(100))) -> list[Read]:
    """Days and uses after a reading, as registers."""
    found = []
    day, register = before
    for days, used in steps:
        day, register = day + timedelta(days), register + used
        found.append((day, register))
    return found


def doubted(of: Stay, new: list[Read]) -> bool:
    """Whether the checks, asked one reading after the other, find anything."""
    for n, (day, register) in enumerate(new, 100):
        if check_reading(Proposed(day, register, ON), of.history()):
            return True
        of.own.append(AcceptedReading(n, 7, day, register))
    return False


uses = st.lists(st.tuples(st.integers(0, 90), st.decimals(-5, 200, places=1)), min_size=1, max_size=18)


@given(uses, uses)
def test_what_is_plainly_fine_has_no_finding(
    old: list[tuple[int, Decimal]], new: list[tuple[int, Decimal]]
) -> None:
    rising = [(max(days, 1), abs(used)) for days, used in old]
    known = [(START, Decimal(100)), *readings(*rising)]
    fresh = readings(*new, before=known[-1])
    if plainly_fine(stay(*known), fresh, on=ON):
        assert not doubted(stay(*known), fresh)


def test_a_year_of_ordinary_use_is_plainly_fine() -> None:
    months = readings(*[(30, Decimal(20 + n % 3)) for n in range(12)])
    assert plainly_fine(stay((START, Decimal(100))), months, on=ON)
    assert plainly_fine(stay(), months, on=ON)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([(30, Decimal(200))], id="far above"),
        pytest.param([(30, Decimal(1))], id="far below"),
        pytest.param([(30, Decimal(0))], id="no use"),
        pytest.param([(30, Decimal(-5))], id="falls"),
        pytest.param([(0, Decimal(5))], id="same day"),
        pytest.param([(30, Decimal(99_900))], id="too many digits"),
        pytest.param([(4000, Decimal(2600))], id="to come"),
    ],
)
def test_what_a_check_might_doubt_gets_a_closer_look(steps: list[tuple[int, Decimal]]) -> None:
    known = [(START, Decimal(100)), *readings(*[(30, Decimal(20))] * 6)]
    assert not plainly_fine(stay(*known), readings(*steps, before=known[-1]), on=ON)


def test_limits_changes_of_meter_and_estimates_get_a_closer_look() -> None:
    known, new = (START, Decimal(100)), readings((30, Decimal(20)))
    estimate = AcceptedReading(1, 7, *known, estimated=True)
    for odd in (
        stay(known, limit_m3=Decimal(30)),
        stay(known, before=[estimate]),
        stay(own=[estimate]),
        stay(known, installed_on=ON),
    ):
        assert not plainly_fine(odd, new, on=ON)
