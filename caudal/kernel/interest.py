"""What being late costs, to date: cumulative, so that neither order nor number of spans changes a cent.

Up to day D a policy costs round(Σ over the days after due of what was outstanding × the rate of that day ÷
basis), and what is still to charge is that less what was charged already. A payment of day d lowers the base
from d + 1. The base is the charge with its tax; interest bears no interest. Each policy is rounded once, at
its end.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from caudal.kernel.late_policies import LateKind, LatePolicy
from caudal.kernel.money import ZERO, round_half_up
from caudal.kernel.periods import ONE_DAY, months_between, months_later

PERCENT = Decimal(100)

Line = dict[str, str | int]
UptoDay = Callable[[date], Decimal]


@dataclass(frozen=True, slots=True)
class Debt:
    """One charge as late policies see it: its total with tax, its due date, what settled it and when.

    `settled` holds (value date, amount) in any order. `counts_from` is the first day that may cost anything,
    for debts that were imported with their past interest already settled elsewhere.
    """

    principal: Decimal
    due_date: date
    settled: tuple[tuple[date, Decimal], ...] = ()
    counts_from: date = date.min

    def outstanding_on(self, day: date) -> Decimal:
        """The base of a day: payments count from the day after their value date; never below zero."""
        paid = sum((amount for on, amount in self.settled if on < day), ZERO)
        return max(self.principal - paid, ZERO)


@dataclass(frozen=True, slots=True)
class LateCharge:
    """What one policy costs on one debt up to a day: exactly, rounded, and the lines that explain it."""

    policy: LatePolicy
    exact: Decimal
    amount: Decimal
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days (after, upto] with one base and one rate."""

    after: date
    upto: date
    base: Decimal
    rate: Decimal

    @property
    def days(self) -> int:
        """Days of the stretch."""
        return (self.upto - self.after).days


def late_charges(
    debt: Debt, policies: Sequence[LatePolicy], *, day: date, minor_units: int = 2
) -> tuple[LateCharge, ...]:
    """What each policy costs up to and with `day`, explained; policies that cost nothing are left out."""
    charges = (_late_charge(debt, policy, day, minor_units) for policy in policies)
    return tuple(charge for charge in charges if charge.amount)


def interest_to(debt: Debt, policies: Sequence[LatePolicy], *, day: date, minor_units: int = 2) -> Decimal:
    """All that being late costs up to and with `day`: the sum of the policies' rounded amounts."""
    return InterestToDay(policies, day=day, minor_units=minor_units).of(debt)


def still_to_charge(cumulative: Decimal, *, charged: Decimal) -> Decimal:
    """The cumulative figure less what was charged; negative when a payment of an earlier day came in late."""
    return cumulative - charged


class InterestToDay:
    """The same sum for many debts: one multiplication per debt for daily interest, whatever lies between.

    The weight of the days up to a due date is worked out once per due date and kept.
    """

    def __init__(self, policies: Sequence[LatePolicy], *, day: date, minor_units: int = 2) -> None:
        self._day = day
        self._minor_units = minor_units
        self._policies = tuple((policy, RateDays(policy)) for policy in policies)

    def of(self, debt: Debt) -> Decimal:
        """Interest, penalties and surcharges of one debt up to the day."""
        if debt.due_date >= self._day:
            return ZERO
        total = ZERO
        for policy, rate_days in self._policies:
            exact = _EXACT[policy.kind](debt, policy, self._day, rate_days)
            total += round_half_up(_capped(exact, debt, policy), self._minor_units)
        return total


class RateDays:
    """`LatePolicy.rate_days` with its answers kept: a town has few due dates."""

    def __init__(self, policy: LatePolicy) -> None:
        self._ask = policy.rate_days
        self._known: dict[date, Decimal] = {}

    def __call__(self, upto: date) -> Decimal:
        if upto not in self._known:
            self._known[upto] = self._ask(upto)
        return self._known[upto]


def stretches(debt: Debt, policy: LatePolicy, *, day: date) -> tuple[Stretch, ...]:
    """The days that may cost up to `day`, cut where base or rate changes, less those without base or rate."""
    found = []
    for start, end, base in _constant_bases(debt, _last_free_day(debt, policy), day):
        starts = (rate.starts_on for rate in policy.rates)
        changes = (day - ONE_DAY for day in starts if start + ONE_DAY < day <= end)
        for first, last in pairwise((start, *changes, end)):
            found.append(Stretch(first, last, base, policy.rate_on(last)))
    return tuple(stretch for stretch in found if stretch.base and stretch.rate)


def begun_months(debt: Debt, policy: LatePolicy, *, day: date) -> tuple[tuple[Decimal, Decimal, int], ...]:
    """(base, rate, months) of the months begun up to `day`; a base is what was outstanding on the first day.

    Months are counted from the last free day itself, so that those of a 31st do not slide to the 28th.
    """
    last_free = policy.first_day(debt.due_date) - ONE_DAY

    def begun(upto: date) -> int:
        months = months_between(last_free, upto)
        return months + (months_later(last_free, months) < upto)

    runs = ((s.base, s.rate, begun(s.upto) - begun(s.after)) for s in stretches(debt, policy, day=day))
    return tuple(run for run in runs if run[2])


def _late_charge(debt: Debt, policy: LatePolicy, day: date, minor_units: int) -> LateCharge:
    exact = _EXACT[policy.kind](debt, policy, day, policy.rate_days)
    capped = _capped(exact, debt, policy)
    lines = tuple(_LINES[policy.kind](debt, policy, day))
    if capped < exact:
        cap: Line = {"percent": str(policy.cap_percent), "base": str(debt.principal), "amount": str(capped)}
        lines = (*lines, {"code": "cap", **cap})
    return LateCharge(policy, capped, round_half_up(capped, minor_units), lines)


def _capped(exact: Decimal, debt: Debt, policy: LatePolicy) -> Decimal:
    if policy.cap_percent is None:
        return exact
    return min(exact, debt.principal * policy.cap_percent / PERCENT)


def _last_free_day(debt: Debt, policy: LatePolicy) -> date:
    """The day before the first one that may cost."""
    return max(policy.first_day(debt.due_date), debt.counts_from) - ONE_DAY


def _constant_bases(debt: Debt, after: date, upto: date) -> Iterator[tuple[date, date, Decimal]]:
    """(after, upto] cut at the value dates: the base of the day of a payment is still the one before it."""
    if after < upto:
        cuts = sorted({on for on, _ in debt.settled if after < on < upto})
        for start, end in pairwise((after, *cuts, upto)):
            yield start, end, debt.outstanding_on(start + ONE_DAY)


def _once(debt: Debt, policy: LatePolicy, day: date) -> tuple[Decimal, Decimal]:
    """(base, rate) of a cost that falls once: on the first day that costs, on what is outstanding then."""
    first = policy.first_day(debt.due_date)
    if first > day or first < debt.counts_from:
        return ZERO, ZERO
    return debt.outstanding_on(first), policy.rate_on(first)


def _daily_exact(debt: Debt, policy: LatePolicy, day: date, rate_days: UptoDay) -> Decimal:
    """Σ base × rate × days over the stretches between payments, divided once at the end."""
    after = _last_free_day(debt, policy)
    if not debt.settled and after < day:
        return debt.principal * (rate_days(day) - rate_days(after)) / (PERCENT * policy.basis)
    weighted = ZERO
    for start, end, base in _constant_bases(debt, after, day):
        weighted += base * (rate_days(end) - rate_days(start))
    return weighted / (PERCENT * policy.basis)


def _monthly_exact(debt: Debt, policy: LatePolicy, day: date, _rate_days: UptoDay) -> Decimal:
    runs = begun_months(debt, policy, day=day)
    return sum((base * rate * months for base, rate, months in runs), ZERO) / PERCENT


def _flat_exact(debt: Debt, policy: LatePolicy, day: date, _rate_days: UptoDay) -> Decimal:
    base, rate = _once(debt, policy, day)
    return base * rate / PERCENT


def _fixed_exact(debt: Debt, policy: LatePolicy, day: date, _rate_days: UptoDay) -> Decimal:
    base, amount = _once(debt, policy, day)
    return amount if base else ZERO


def _daily_lines(debt: Debt, policy: LatePolicy, day: date) -> Iterator[Line]:
    for stretch in stretches(debt, policy, day=day):
        yield {
            "code": "interest",
            "base": str(stretch.base),
            "rate": str(stretch.rate),
            "days": stretch.days,
            "basis": policy.basis,
            "from": (stretch.after + ONE_DAY).isoformat(),
            "until": stretch.upto.isoformat(),
            "amount": str(stretch.base * stretch.rate * stretch.days / (PERCENT * policy.basis)),
        }


def _monthly_lines(debt: Debt, policy: LatePolicy, day: date) -> Iterator[Line]:
    for base, rate, months in begun_months(debt, policy, day=day):
        amount = str(base * rate * months / PERCENT)
        yield {"code": "penalty", "base": str(base), "rate": str(rate), "months": months, "amount": amount}


def _flat_lines(debt: Debt, policy: LatePolicy, day: date) -> Iterator[Line]:
    base, rate = _once(debt, policy, day)
    yield {"code": "surcharge", "base": str(base), "rate": str(rate), "amount": str(base * rate / PERCENT)}


def _fixed_lines(debt: Debt, policy: LatePolicy, day: date) -> Iterator[Line]:
    yield {"code": "late_fee", "amount": str(_fixed_exact(debt, policy, day, policy.rate_days))}


_EXACT: dict[LateKind, Callable[[Debt, LatePolicy, date, UptoDay], Decimal]] = {
    LateKind.DAILY: _daily_exact,
    LateKind.MONTHLY: _monthly_exact,
    LateKind.FLAT: _flat_exact,
    LateKind.FIXED: _fixed_exact,
}
_LINES: dict[LateKind, Callable[[Debt, LatePolicy, date], Iterator[Line]]] = {
    LateKind.DAILY: _daily_lines,
    LateKind.MONTHLY: _monthly_lines,
    LateKind.FLAT: _flat_lines,
    LateKind.FIXED: _fixed_lines,
}
