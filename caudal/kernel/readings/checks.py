"""What may be wrong with a reading: a list of small functions of one shape, each with one code.

What no function finds anything in may be accepted; the rest waits for a person. The thresholds were set on
real quarterly and monthly registers so that a few readings in a hundred are looked at.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import takewhile
from statistics import median

from caudal.kernel.money import ZERO
from caudal.kernel.readings.chain import AcceptedReading, Interval, intervals


class Code(StrEnum):
    """What a check found, as stored and as looked up for its sentence."""

    BELOW_PREVIOUS = "below_previous"
    ROLLOVER_SUSPECTED = "rollover_suspected"
    FUTURE = "future"
    DUPLICATE = "duplicate"
    OLDER_THAN_LAST = "older_than_last"
    TOO_MANY_DIGITS = "too_many_digits"
    FAR_ABOVE = "far_above"
    FAR_BELOW = "far_below"
    ZERO_AFTER_USE = "zero_after_use"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What counts as far, steady or long; factors are of the use that a meter's history makes one expect."""

    far_above_factor: Decimal = Decimal(3)
    far_above_least_m3: Decimal = Decimal(10)
    far_below_factor: Decimal = Decimal("0.2")
    far_below_least_m3: Decimal = Decimal(10)
    history_intervals: int = 12
    least_intervals: int = 3
    zero_least_days: int = 20
    unchanged_days: int = 90
    unchanged_again_days: int = 365
    rollover_share: Decimal = Decimal("0.1")


STANDARD = Thresholds()


@dataclass(frozen=True, slots=True)
class MeterHistory:
    """What the checks need to know of one installation; `history_of` makes it from accepted readings.

    `last` and `last_real` are its latest accepted readings, `taken_on` the dates that have one.
    `typical_daily_m3` is None while there is too little history. `steady`: the latest intervals all show use.
    `unchanged_since` is the first day of the register shown last, and `unchanged_readings` how often it was
    read again.
    """

    last: AcceptedReading | None = None
    last_real: AcceptedReading | None = None
    digits: int | None = None
    taken_on: Collection[date] = frozenset()
    typical_daily_m3: Decimal | None = None
    steady: bool = False
    unchanged_since: date | None = None
    unchanged_readings: int = 0


@dataclass(frozen=True, slots=True)
class Proposed:
    """A register that somebody or something sent, and the local date it was sent on."""

    read_on: date
    register: Decimal
    today: date


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt about a reading: its code and the figures that its sentence needs."""

    code: Code
    figures: Mapping[str, Decimal | date | int]


Check = Callable[[Proposed, MeterHistory, Thresholds], Finding | None]


def history_of(
    readings: Sequence[AcceptedReading],
    *,
    digits: int | None = None,
    earlier: Sequence[Interval] = (),
    thresholds: Thresholds = STANDARD,
) -> MeterHistory:
    """The history of one installation from its accepted readings.

    `earlier` are intervals of meters that stood at the connection before: the people kept their habits.
    """
    stay = sorted(readings, key=lambda reading: reading.read_on)
    real = [reading for reading in stay if not reading.estimated]
    known = {} if digits is None else {reading.installation: digits for reading in real[:1]}
    used = [*earlier, *intervals(real, digits=known)]
    lasting = [i for i in used if i.days][-thresholds.history_intervals :]
    unchanged = list(takewhile(lambda reading: reading.register == real[-1].register, reversed(real)))
    enough = len(lasting) >= thresholds.least_intervals
    return MeterHistory(
        last=stay[-1] if stay else None,
        last_real=real[-1] if real else None,
        digits=digits,
        taken_on=frozenset(reading.read_on for reading in stay),
        typical_daily_m3=median(i.volume_m3 / i.days for i in lasting) if enough else None,
        steady=enough and all(i.volume_m3 > 0 for i in lasting[-thresholds.least_intervals :]),
        unchanged_since=unchanged[-1].read_on if unchanged else None,
        unchanged_readings=max(len(unchanged) - 1, 0),
    )


def check_reading(
    proposed: Proposed, history: MeterHistory, thresholds: Thresholds = STANDARD
) -> tuple[Finding, ...]:
    """All findings, in the order of `CHECKS`; with none the reading may be accepted without a person."""
    found = (check(proposed, history, thresholds) for check in CHECKS)
    return tuple(finding for finding in found if finding is not None)


def expected_range(
    history: MeterHistory, *, read_on: date, thresholds: Thresholds = STANDARD
) -> tuple[Decimal, Decimal] | None:
    """The registers that are neither far above nor far below; None without enough history."""
    usual = _usual(read_on, history)
    if usual is None or history.last_real is None:
        return None
    low, high = _usual_bounds(usual, thresholds)
    return history.last_real.register + low, history.last_real.register + high


def below_previous(proposed: Proposed, history: MeterHistory, thresholds: Thresholds) -> Finding | None:
    """Less than the last real register, and not near enough to the highest number to be a rollover."""
    last = history.last_real
    if last is None or not proposed.register < last.register or _rollover(proposed, history, thresholds):
        return None
    return Finding(Code.BELOW_PREVIOUS, {"previous": last.register, "previous_on": last.read_on})


def rollover_suspected(proposed: Proposed, history: MeterHistory, thresholds: Thresholds) -> Finding | None:
    """Less than the last real register, which stood near its highest number: only a person may confirm it."""
    last, volume = history.last_real, _rollover(proposed, history, thresholds)
    if last is None or volume is None:
        return None
    return Finding(Code.ROLLOVER_SUSPECTED, {"previous": last.register, "volume_m3": volume})


def future(proposed: Proposed, _history: MeterHistory, _thresholds: Thresholds) -> Finding | None:
    """Read on a day that has not come yet."""
    return Finding(Code.FUTURE, {"today": proposed.today}) if proposed.read_on > proposed.today else None


def duplicate(proposed: Proposed, history: MeterHistory, _thresholds: Thresholds) -> Finding | None:
    """A day that has an accepted reading already, whatever its register."""
    known = proposed.read_on in history.taken_on
    return Finding(Code.DUPLICATE, {"read_on": proposed.read_on}) if known else None


def older_than_last(proposed: Proposed, history: MeterHistory, _thresholds: Thresholds) -> Finding | None:
    """Before the last accepted reading: it would change a chain that may have been billed."""
    last = history.last
    if last is None or proposed.read_on >= last.read_on:
        return None
    return Finding(Code.OLDER_THAN_LAST, {"last_on": last.read_on})


def too_many_digits(proposed: Proposed, history: MeterHistory, _thresholds: Thresholds) -> Finding | None:
    """A register that the meter cannot show."""
    if history.digits is None or proposed.register < _capacity(history.digits):
        return None
    return Finding(Code.TOO_MANY_DIGITS, {"digits": history.digits})


def far_above(proposed: Proposed, history: MeterHistory, thresholds: Thresholds) -> Finding | None:
    """Several times the usual use of as many days, and by an amount that matters."""
    volume, usual = _volume(proposed, history), _usual(proposed.read_on, history)
    if volume is None or usual is None or volume <= _usual_bounds(usual, thresholds)[1]:
        return None
    return Finding(Code.FAR_ABOVE, {"volume_m3": volume, "usual_m3": usual})


def far_below(proposed: Proposed, history: MeterHistory, thresholds: Thresholds) -> Finding | None:
    """A small part of the usual use of as many days, by an amount that matters; not for no use at all."""
    volume, usual = _volume(proposed, history), _usual(proposed.read_on, history)
    if volume is None or usual is None or not ZERO < volume < _usual_bounds(usual, thresholds)[0]:
        return None
    return Finding(Code.FAR_BELOW, {"volume_m3": volume, "usual_m3": usual})


def zero_after_use(proposed: Proposed, history: MeterHistory, thresholds: Thresholds) -> Finding | None:
    """No use where there always was some: an empty house, a stopped meter, a by-pass."""
    volume, last = _volume(proposed, history), history.last_real
    if volume != 0 or last is None or not history.steady:
        return None
    days = (proposed.read_on - last.read_on).days
    return Finding(Code.ZERO_AFTER_USE, {"days": days}) if days >= thresholds.zero_least_days else None


def unchanged(proposed: Proposed, history: MeterHistory, thresholds: Thresholds) -> Finding | None:
    """The same register for months: found once and then once a year, so that an empty house is no noise."""
    if _volume(proposed, history) != 0 or history.last_real is None or history.unchanged_since is None:
        return None
    days = (proposed.read_on - history.unchanged_since).days
    days_before = (history.last_real.read_on - history.unchanged_since).days
    told_before = _times_told(days_before, thresholds) if history.unchanged_readings > 1 else 0
    if not history.unchanged_readings or _times_told(days, thresholds) <= told_before:
        return None
    return Finding(Code.UNCHANGED, {"days": days, "since": history.unchanged_since})


CHECKS: tuple[Check, ...] = (
    future,
    duplicate,
    older_than_last,
    too_many_digits,
    below_previous,
    rollover_suspected,
    far_above,
    far_below,
    zero_after_use,
    unchanged,
)


def _times_told(days: int, thresholds: Thresholds) -> int:
    beyond = days - thresholds.unchanged_days
    return 0 if beyond < 0 else 1 + beyond // thresholds.unchanged_again_days


def _capacity(digits: int) -> Decimal:
    """The first number that a register of so many whole digits cannot show."""
    return Decimal(10) ** digits


def _volume(proposed: Proposed, history: MeterHistory) -> Decimal | None:
    """Use since the last real reading; None when there is none before, or the register fell."""
    last = history.last_real
    if last is None or proposed.read_on <= last.read_on or proposed.register < last.register:
        return None
    return proposed.register - last.register


def _usual(read_on: date, history: MeterHistory) -> Decimal | None:
    """What the meter usually shows in as many days as passed since the last real reading."""
    if history.last_real is None or history.typical_daily_m3 is None or read_on <= history.last_real.read_on:
        return None
    return history.typical_daily_m3 * (read_on - history.last_real.read_on).days


def _usual_bounds(usual: Decimal, thresholds: Thresholds) -> tuple[Decimal, Decimal]:
    """The lowest and highest use that is not far from the usual one, by factor and by amount."""
    low = min(usual * thresholds.far_below_factor, usual - thresholds.far_below_least_m3)
    high = max(usual * thresholds.far_above_factor, usual + thresholds.far_above_least_m3)
    return max(low, ZERO), high


def _rollover(proposed: Proposed, history: MeterHistory, thresholds: Thresholds) -> Decimal | None:
    """The use if the register passed its highest number, when it stood near that and is near zero now."""
    last = history.last_real
    if last is None or history.digits is None or proposed.register >= last.register:
        return None
    capacity = _capacity(history.digits)
    near = capacity * thresholds.rollover_share
    if last.register < capacity - near or proposed.register > near:
        return None
    return proposed.register + capacity - last.register
