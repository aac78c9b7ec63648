"""The usage to bill when nobody could read the meter: its own daily average over the last months.

An estimate is provisional: the next real reading settles it. Without a history there is none, and the bill is
held or a person decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from caudal.kernel.money import ZERO, round_half_up
from caudal.kernel.periods import months_later
from caudal.kernel.readings.chain import Interval, periods_in_days


@dataclass(frozen=True, slots=True)
class Estimate:
    """The estimated volume of `days` days, from the average of `months` months of history."""

    volume_m3: Decimal
    days: int
    daily_m3: Decimal
    months: int


def estimate(
    history: Sequence[Interval], *, from_on: date, to_on: date, months: int = 12, decimals: int = 0
) -> Estimate | None:
    """The average daily use of the `months` months before `from_on`, over the days to estimate.

    `history` are intervals between real readings of the connection, of any installation. The volume is
    rounded half up to `decimals`, as a register would show it. `months` of the answer is what the history
    really covers, when that is less. None when the history has no such day.
    """
    since = months_later(from_on, -months)
    used = [i for i in history if since < i.closing.read_on <= from_on]
    days = sum(interval.days for interval in used)
    if not days:
        return None
    volume = sum((interval.volume_m3 for interval in used), ZERO)
    daily = volume / days
    wanted = (to_on - from_on).days
    covered = min(periods_in_days(days), months)
    return Estimate(usual_volume(volume, days=days, wanted=wanted, decimals=decimals), wanted, daily, covered)


def usual_volume(volume: Decimal, *, days: int, wanted: int, decimals: int = 0) -> Decimal:
    """The volume of `wanted` days that are like the `days` in which `volume` was measured, rounded half up."""
    return round_half_up(volume * wanted / days, decimals)
