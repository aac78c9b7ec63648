"""Payment arrangements: overdue debt cut into instalments, and what comes back of it when one is broken.

The debt is worked off in the order given, which is the order of settlement: each instalment carries the
oldest amounts not carried yet, so that it can name its services and years, and a broken arrangement knows
what is left of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from caudal.kernel.money import ZERO, parts
from caudal.kernel.periods import months_later


@dataclass(frozen=True, slots=True)
class ArrangedDebt:
    """One charge that goes into an arrangement, or its interest cut off at agreement: what is owed."""

    key: int
    service: str
    year: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of one arranged debt an instalment carries."""

    key: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ServiceYear:
    """How much of one service and year is in an instalment or in the whole arrangement."""

    service: str
    year: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Instalment:
    """Part `part` of `parts`: its due date, its amount, what it carries, and what is left to pay after it."""

    part: int
    parts: int
    due_date: date
    amount: Decimal
    carries: tuple[Carried, ...]
    covers: tuple[ServiceYear, ...]
    left: Decimal


def monthly_due_dates(first: date, count: int) -> tuple[date, ...]:
    """The same day of `count` months; where a month is shorter, its last day."""
    return tuple(months_later(first, months) for months in range(count))


def plan(
    debts: Sequence[ArrangedDebt],
    *,
    due_dates: Sequence[date],
    weights: Sequence[Decimal] | None = None,
    minor_units: int = 2,
) -> tuple[Instalment, ...]:
    """One instalment per due date, equal by the parts rule, or by weights where a first payment is larger.

    Raises ValueError for a debt that is not positive, due dates that do not rise, or an instalment of
    nothing.
    """
    if not debts or min(debt.amount for debt in debts) <= 0:
        raise ValueError("only positive debt can be arranged")
    if list(due_dates) != sorted(set(due_dates)):
        raise ValueError("the due dates of an arrangement rise")
    total = sum((debt.amount for debt in debts), ZERO)
    amounts = parts(total, len(due_dates) if weights is None else weights, minor_units)
    if min(amounts) <= 0:
        raise ValueError(f"{total} is too little for {len(amounts)} instalments")
    found: list[Instalment] = []
    upto = ZERO
    for part, (due, amount) in enumerate(zip(due_dates, amounts, strict=True), start=1):
        carries = _slice(debts, upto, upto + amount)
        upto += amount
        found.append(
            Instalment(part, len(amounts), due, amount, carries, covers(debts, carries), total - upto)
        )
    return tuple(found)


def covers(debts: Sequence[ArrangedDebt], carries: Sequence[Carried]) -> tuple[ServiceYear, ...]:
    """What is carried, summed by service and year in order of first appearance."""
    by_key = {debt.key: debt for debt in debts}
    sums: dict[tuple[str, int], Decimal] = {}
    for carried in carries:
        debt = by_key[carried.key]
        place = (debt.service, debt.year)
        sums[place] = sums.get(place, ZERO) + carried.amount
    return tuple(ServiceYear(service, year, amount) for (service, year), amount in sums.items())


def left_when_broken(debts: Sequence[ArrangedDebt], *, paid: Decimal) -> tuple[Carried, ...]:
    """What comes back of each debt when the instalments brought in `paid`; settled debts do not come back.

    Raises ValueError when more was paid than arranged.
    """
    total = sum((debt.amount for debt in debts), ZERO)
    if not ZERO <= paid <= total:
        raise ValueError(f"{paid} was not paid on an arrangement of {total}")
    return _slice(debts, paid, total)


def _slice(debts: Sequence[ArrangedDebt], start: Decimal, end: Decimal) -> tuple[Carried, ...]:
    """The pieces of the debts that lie between two amounts of their running total."""
    pieces = []
    begins = ZERO
    for debt in debts:
        piece = min(end, begins + debt.amount) - max(start, begins)
        if piece > 0:
            pieces.append(Carried(debt.key, piece))
        begins += debt.amount
    return tuple(pieces)
