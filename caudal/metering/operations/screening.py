"""Tells readings that no check would doubt, at a glance: most of a hundred thousand need no closer look.

What is said here is only «plainly fine»: with floats and a margin, by the same thresholds as the checks of the kernel,
and never where something out of the ordinary (an estimate, a change of meter, no use, a limit) has a say. All else
goes to the checks themselves.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from caudal.kernel.readings.checks import STANDARD
from caudal.metering.stays import Stay

# Room for the error of floats, relative to the bounds.
MARGIN: Final = 1e-6
FAR_ABOVE: Final = float(STANDARD.far_above_factor)
ABOVE_BY: Final = float(STANDARD.far_above_least_m3)
FAR_BELOW: Final = float(STANDARD.far_below_factor)
BELOW_BY: Final = float(STANDARD.far_below_least_m3)


def plainly_fine(stay: Stay, readings: Sequence[tuple[date, Decimal]], *, on: date) -> bool:
    """Whether the checks would find nothing in any of these readings of a stay, given in order of date."""
    if stay.limit_m3 is not None or stay.before or any(r.estimated or r.rolled_over for r in stay.own):
        return False
    if readings[0][0] < stay.installed_on or (
        stay.removed_on is not None and readings[-1][0] > stay.removed_on
    ):
        return False
    known = [(reading.read_on, reading.register) for reading in stay.own]
    daily = deque(_daily(known), maxlen=STANDARD.history_intervals)
    capacity = 10**stay.digits
    last_on, last = known[-1] if known else (None, Decimal(0))
    for read_on, register in readings:
        if read_on > on or register >= capacity:
            return False
        if last_on is not None:
            days, volume = (read_on - last_on).days, float(register - last)
            if days <= 0 or volume <= 0 or not _usual(volume, days, daily):
                return False
            daily.append(volume / days)
        last_on, last = read_on, register
    return True


def _daily(known: Sequence[tuple[date, Decimal]]) -> Iterable[float]:
    """Use a day of each interval that lasted."""
    for (before_on, before), (read_on, register) in zip(known, known[1:], strict=False):
        days = (read_on - before_on).days
        if days:
            yield float(register - before) / days


def _usual(volume: float, days: int, daily: Sequence[float]) -> bool:
    """Neither far above nor far below what the latest intervals make one expect."""
    count = len(daily)
    if count < STANDARD.least_intervals:
        return True
    ordered = sorted(daily)
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    usual = middle * days
    low = max(min(usual * FAR_BELOW, usual - BELOW_BY), 0.0)
    high = max(usual * FAR_ABOVE, usual + ABOVE_BY)
    return low * (1 + MARGIN) <= volume <= high * (1 - MARGIN)
