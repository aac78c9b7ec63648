"""What paying late costs, as data: a service carries a list of policies, each with rates that change by date.

In JSON, amounts and percentages are text or whole numbers, never floats:

    [{"kind": "daily", "code": "interest", "basis": 365, "grace_days": 0,
      "rates": [{"from": "2024-01-01", "percent": "8.24"}]},
     {"kind": "monthly", "code": "penalty", "cap_percent": "20", "rates": [{"percent": "1"}]},
     {"kind": "flat", "code": "surcharge", "rates": [{"percent": "5"}]},
     {"kind": "fixed", "code": "late_fee", "rates": [{"amount": "2.00"}]}]

A rate without `from` has always been in force; before the first one nothing is charged. `code` names the
concept and must differ within a list. docs/rounding.md has worked figures of each kind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from caudal.kernel.money import ZERO
from caudal.kernel.periods import ONE_DAY

YEAR_BASES = (365, 360)
ALWAYS = date.min


class LateKind(StrEnum):
    """Daily simple interest; percent per month or fraction; percent once; amount once."""

    DAILY = "daily"
    MONTHLY = "monthly"
    FLAT = "flat"
    FIXED = "fixed"


# These fall once, on a day that is known beforehand; the others grow from day to day.
ONCE = (LateKind.FLAT, LateKind.FIXED)


class LatePolicyError(ValueError):
    """A list of late policies that cannot be read: `place` says where in the list, `problem` a code."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"late policy {place}: {problem}")
        self.place = place
        self.problem = problem


@dataclass(frozen=True, slots=True)
class DatedRate:
    """A value in force from a day on: percent a year (daily), a month or once (flat); an amount (fixed)."""

    starts_on: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """One cost of paying late. `basis`: days of a year (daily); `cap_percent`: of the original amount."""

    kind: LateKind
    code: str
    rates: tuple[DatedRate, ...]
    basis: int = YEAR_BASES[0]
    grace_days: int = 0
    cap_percent: Decimal | None = None

    def __post_init__(self) -> None:
        starts = [rate.starts_on for rate in self.rates]
        if not starts or starts != sorted(set(starts)):
            raise LatePolicyError(self.code, "rates_not_in_order")
        if min(rate.value for rate in self.rates) < 0 or (self.cap_percent or ZERO) < 0:
            raise LatePolicyError(self.code, "negative")
        if self.basis not in YEAR_BASES or self.grace_days < 0:
            raise LatePolicyError(self.code, "basis_or_grace")

    def first_day(self, due_date: date) -> date:
        """The first day that costs, after the due date and the grace days; a surcharge is posted on it."""
        return due_date + timedelta(days=self.grace_days) + ONE_DAY

    def rate_on(self, day: date) -> Decimal:
        """The value in force on a day; zero before the first one."""
        return next((rate.value for rate in reversed(self.rates) if rate.starts_on <= day), ZERO)

    def rate_days(self, upto: date) -> Decimal:
        """Σ rate × days in force up to and with a day: the difference of two weighs any stretch of days.

        Interest on a constant base over (a, b] is base × (rate_days(b) − rate_days(a)) ÷ (100 × basis), so
        that a whole town is charged by one multiplication per debt.
        """
        total = ZERO
        end = upto + ONE_DAY
        for rate in reversed(self.rates):
            if rate.starts_on < end:
                total += rate.value * (end - rate.starts_on).days
                end = rate.starts_on
        return total


def parse_late_policies(data: Sequence[Mapping[str, object]]) -> tuple[LatePolicy, ...]:
    """Policies from their JSON form (see the module). Raises LatePolicyError: the place and what is wrong."""
    policies = tuple(_policy(f"[{place}]", item) for place, item in enumerate(data))
    if len({policy.code for policy in policies}) < len(policies):
        raise LatePolicyError("", "code_twice")
    return policies


_KEYS = frozenset({"kind", "code", "basis", "grace_days", "cap_percent", "rates"})


def _policy(place: str, item: Mapping[str, object]) -> LatePolicy:
    _only(place, item, _KEYS)
    try:
        kind = LateKind(str(item.get("kind")))
    except ValueError:
        raise LatePolicyError(place, "kind") from None
    rates = item.get("rates")
    if not isinstance(rates, list):
        raise LatePolicyError(place, "rates")
    cap = item.get("cap_percent")
    return LatePolicy(
        kind=kind,
        code=str(item.get("code") or kind.value),
        rates=tuple(_rate(f"{place}.rates[{n}]", rate, kind) for n, rate in enumerate(rates)),
        basis=_whole(f"{place}.basis", item.get("basis", YEAR_BASES[0])),
        grace_days=_whole(f"{place}.grace_days", item.get("grace_days", 0)),
        cap_percent=None if cap is None else _decimal(f"{place}.cap_percent", cap),
    )


def _rate(place: str, item: object, kind: LateKind) -> DatedRate:
    if not isinstance(item, Mapping):
        raise LatePolicyError(place, "rates")
    _only(place, item, frozenset({"from", _value_key(kind)}))
    start = item.get("from")
    try:
        starts_on = ALWAYS if start is None else date.fromisoformat(str(start))
    except ValueError:
        raise LatePolicyError(place, "from") from None
    return DatedRate(starts_on, _decimal(place, item.get(_value_key(kind))))


def _value_key(kind: LateKind) -> str:
    return "amount" if kind is LateKind.FIXED else "percent"


def _only(place: str, item: Mapping[str, object], known: frozenset[str]) -> None:
    """A misspelt key would silently charge something else, so it is refused."""
    if unknown := sorted(set(item) - known):
        raise LatePolicyError(place, f"unknown_key {unknown[0]}")


def _decimal(place: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise LatePolicyError(place, "not_a_number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise LatePolicyError(place, "not_a_number") from None
    if not number.is_finite():
        raise LatePolicyError(place, "not_a_number")
    return number


def _whole(place: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise LatePolicyError(place, "not_a_whole_number")
    return value
