"""Consumption is a chain of intervals between the accepted readings of each installation.

Replacement is two installations, each with its own first and last reading. A confirmed rollover passes the
highest number once. An estimate is a reading like any other; the real one after it settles it, so that
interval may be negative, and only that one: since the last real reading a register never falls.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from caudal.kernel.money import ZERO
from caudal.kernel.periods import MONTHS_IN_YEAR, Span

DAYS_IN_YEAR = Decimal("365.25")
NO_DIGITS: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class AcceptedReading:
    """One accepted register in m³. `key` and `installation` are the caller's ids.

    `rolled_over`: a person confirmed that the register passed its highest number since the reading before.
    """

    key: int
    installation: int
    read_on: date
    register: Decimal
    estimated: bool = False
    rolled_over: bool = False


class BrokenChain(ValueError):
    """The register fell without a confirmed rollover, or rolled over on a meter whose digits nobody knows."""

    def __init__(self, previous: AcceptedReading, current: AcceptedReading) -> None:
        super().__init__(
            f"{current.register} on {current.read_on} after {previous.register} on {previous.read_on}"
        )
        self.previous = previous
        self.current = current


@dataclass(frozen=True, slots=True)
class Interval:
    """What went through one installation between two readings that follow each other."""

    opening: AcceptedReading
    closing: AcceptedReading
    volume_m3: Decimal

    @property
    def days(self) -> int:
        """Days between the two readings."""
        return (self.closing.read_on - self.opening.read_on).days


@dataclass(frozen=True, slots=True)
class TrueUp:
    """Estimates billed before and settled now; the volume of the chain holds only the difference.

    `estimated_m3` was billed on estimates since the last real reading, of the day `since`; `measured_m3` is
    what the meter shows from that reading to the first real one after.
    """

    since: date
    estimated_m3: Decimal
    measured_m3: Decimal


@dataclass(frozen=True, slots=True)
class Consumption:
    """A metered charge's usage: from the last billed readings to the last accepted ones in the window.

    `volume_m3` may be negative where it settles an estimate. `periods` are billing periods by the length of
    the chain; a caller that knows the period billed last counts them on its calendar instead.
    """

    intervals: tuple[Interval, ...]
    volume_m3: Decimal
    periods: int
    true_up: TrueUp | None

    @property
    def opening(self) -> AcceptedReading:
        """The earliest reading of the chain, billed before or the first of its installation."""
        return min((i.opening for i in self.intervals), key=lambda reading: reading.read_on)

    @property
    def closing(self) -> AcceptedReading:
        """The latest reading of the chain."""
        return max((i.closing for i in self.intervals), key=lambda reading: reading.read_on)

    @property
    def from_on(self) -> date:
        """The date of the earliest reading."""
        return self.opening.read_on

    @property
    def to_on(self) -> date:
        """The date of the latest reading."""
        return self.closing.read_on

    @property
    def days(self) -> int:
        """Days from the earliest reading to the latest."""
        return (self.to_on - self.from_on).days

    @property
    def provisional(self) -> bool:
        """Whether it ends in an estimate, so that the next real reading settles it."""
        return any(i.closing.estimated for i in self.intervals if i.closing.read_on == self.to_on)


def intervals(
    readings: Iterable[AcceptedReading], *, digits: Mapping[int, int] = NO_DIGITS
) -> tuple[Interval, ...]:
    """The intervals of each installation, by date; `digits` are the whole digits of its register.

    Readings of equal date keep their order. Raises BrokenChain where a register falls and nothing explains
    it.
    """
    return tuple(
        interval
        for installation, stay in _by_installation(readings).items()
        for interval in _stay_intervals(stay, digits.get(installation))
    )


def consumption(
    readings: Iterable[AcceptedReading],
    *,
    billed: Collection[int],
    window: Span,
    digits: Mapping[int, int] = NO_DIGITS,
    months_per_period: int = 1,
) -> Consumption | None:
    """What to bill: from each installation's last billed reading, or its first, to its last in the window.

    `billed` are the keys of readings that closed a live charge. Readings after the window wait for the next
    period. None when no reading falls into the window or nothing new came in: the caller estimates or holds
    the bill. Give the readings back to the last real one before the last billed, so that a true-up can say
    what it settles.
    """
    known = [reading for reading in readings if reading.read_on < window.end]
    if not any(window.contains(reading.read_on) for reading in known):
        return None
    found: list[Interval] = []
    true_ups: list[TrueUp] = []
    for installation, stay in _by_installation(known).items():
        start = max((place for place, reading in enumerate(stay) if reading.key in billed), default=0)
        anchor = max((place for place in range(start + 1) if not stay[place].estimated), default=start)
        chain = _stay_intervals(stay[anchor:], digits.get(installation))
        found.extend(chain[start - anchor :])
        true_ups.extend(_true_up(chain, start - anchor))
    if not found:
        return None
    volume = sum((interval.volume_m3 for interval in found), ZERO)
    days = (max(i.closing.read_on for i in found) - min(i.opening.read_on for i in found)).days
    periods = periods_in_days(days, months_per_period=months_per_period)
    return Consumption(tuple(found), volume, periods, _summed(true_ups))


def periods_in_days(days: int, *, months_per_period: int = 1) -> int:
    """The whole number of billing periods nearest to a number of days; at least one."""
    length = DAYS_IN_YEAR * months_per_period / MONTHS_IN_YEAR
    return max(int(days / length + Decimal("0.5")), 1)


def _by_installation(readings: Iterable[AcceptedReading]) -> dict[int, list[AcceptedReading]]:
    stays: dict[int, list[AcceptedReading]] = {}
    for reading in sorted(readings, key=lambda r: r.read_on):
        stays.setdefault(reading.installation, []).append(reading)
    return stays


def _stay_intervals(stay: Sequence[AcceptedReading], digits: int | None) -> list[Interval]:
    found = []
    since_real: Decimal | None = None
    for previous, current in pairwise(stay):
        volume = current.register - previous.register
        if current.rolled_over:
            if digits is None:
                raise BrokenChain(previous, current)
            volume += Decimal(10) ** digits
        if not previous.estimated:
            since_real = volume
        elif since_real is not None:
            since_real += volume
        settles = previous.estimated and not current.estimated and (since_real is None or since_real >= 0)
        if volume < 0 and not settles:
            raise BrokenChain(previous, current)
        found.append(Interval(previous, current, volume))
    return found


def _true_up(chain: Sequence[Interval], billed: int) -> Iterable[TrueUp]:
    """The true-up of a chain from a real reading on, its first `billed` intervals billed on estimates."""
    settling = next((n for n, i in enumerate(chain) if n >= billed and not i.closing.estimated), None)
    if billed == 0 or settling is None:
        return ()
    estimated = sum((interval.volume_m3 for interval in chain[:billed]), ZERO)
    measured = sum((interval.volume_m3 for interval in chain[: settling + 1]), ZERO)
    return (TrueUp(chain[0].opening.read_on, estimated, measured),)


def _summed(true_ups: Sequence[TrueUp]) -> TrueUp | None:
    if not true_ups:
        return None
    return TrueUp(
        since=min(true_up.since for true_up in true_ups),
        estimated_m3=sum((true_up.estimated_m3 for true_up in true_ups), ZERO),
        measured_m3=sum((true_up.measured_m3 for true_up in true_ups), ZERO),
    )
