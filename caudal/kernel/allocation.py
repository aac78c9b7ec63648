"""Which debts money settles, in which order, and which selections a payer may make.

Order of settlement: due date, nominal date, number, charge; inside an item interest and penalties to date,
then principal. Interest that was posted as a charge of its own stands just before the charge it came from.
Items set aside (disputed, arranged, prescribed) neither block others nor are taken.
"""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from caudal.kernel.money import ZERO


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An unpaid charge: `principal` is what is left of it with tax, `interest` what lateness adds to date.

    `group` is within what oldest goes first: the subscription, or for one-offs account, property and service.
    `origin` is the key of the charge that this one is the posted interest or surcharge of.
    """

    key: int
    group: Hashable
    due_date: date
    dated_on: date
    number: int
    principal: Decimal
    interest: Decimal = ZERO
    origin: int | None = None
    set_aside: bool = False

    @property
    def total(self) -> Decimal:
        """Principal and interest to date."""
        return self.principal + self.interest

    @property
    def age(self) -> tuple[date, date]:
        """What makes an item older than another of its group; equal ones do not wait for each other."""
        return self.due_date, self.dated_on


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one item gets of a payment: interest to date first, then principal. Never zero in all."""

    key: int
    interest: Decimal
    principal: Decimal

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.interest + self.principal


class Reason(StrEnum):
    """Why a chosen item cannot be paid as chosen."""

    OLDER = "older"
    TOGETHER = "together"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A chosen item, why it cannot go alone, and the keys that must go with it (none if it is set aside)."""

    key: int
    reason: Reason
    missing: tuple[int, ...] = ()


def settlement_order(items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
    """All items, oldest first; posted interest just before its open origin."""
    known = list(items)
    by_key = {item.key: item for item in known}

    def position(item: OpenItem) -> tuple[date, date, int, int, bool, int]:
        lead = _lead(item, by_key)
        return lead.due_date, lead.dated_on, lead.number, lead.key, item is lead, item.key

    return tuple(sorted(known, key=position))


def check_selection(items: Collection[OpenItem], chosen: Collection[int]) -> tuple[Refusal, ...]:
    """What is wrong with choosing these keys, in order of settlement; empty when the selection may be paid.

    Within a group an item goes only with all older ones; a charge and its posted interest go together. Raises
    KeyError for a chosen key that is not among the items.
    """
    by_key = {item.key: item for item in items}
    picked = frozenset(by_key[key].key for key in chosen)
    in_order = settlement_order(items)
    not_picked = [item for item in in_order if item.key not in picked and not item.set_aside]
    refusals: list[Refusal] = []
    for item in in_order:
        if item.key not in picked:
            continue
        if item.set_aside:
            refusals.append(Refusal(item.key, Reason.SET_ASIDE))
            continue
        lead = _lead(item, by_key)
        together = tuple(other.key for other in not_picked if _lead(other, by_key) is lead)
        older = tuple(other.key for other in not_picked if _is_older(other, lead, by_key))
        if together:
            refusals.append(Refusal(item.key, Reason.TOGETHER, together))
        if older:
            refusals.append(Refusal(item.key, Reason.OLDER, older))
    return tuple(refusals)


def needed_with(items: Collection[OpenItem]) -> dict[int, tuple[int, ...]]:
    """For each key, in order of settlement, the keys that must be chosen with it if it is chosen alone."""
    by_key = {item.key: item for item in items}
    in_order = settlement_order(items)
    others = [(item, _lead(item, by_key)) for item in in_order if not item.set_aside]
    found: dict[int, tuple[int, ...]] = {}
    for item in in_order:
        lead = _lead(item, by_key)
        rest = () if item.set_aside else [(other, with_) for other, with_ in others if other is not item]
        together = [other.key for other, with_ in rest if with_ is lead]
        older = [other.key for other, with_ in rest if other.group == lead.group and with_.age < lead.age]
        found[item.key] = (*together, *older)
    return found


def complete_selection(items: Collection[OpenItem], chosen: Collection[int]) -> frozenset[int]:
    """The smallest allowed selection that holds all chosen keys that can be paid at all."""
    aside = {item.key for item in items if item.set_aside}
    found = frozenset(chosen) - aside
    while missing := {key for refusal in check_selection(items, found) for key in refusal.missing}:
        found |= missing
    return found


def allocate(amount: Decimal, items: Iterable[OpenItem]) -> tuple[tuple[Allocation, ...], Decimal]:
    """Spread money received over the items in order of settlement: the allocations and what is left over.

    Raises ValueError unless the amount is positive. Allocations and remainder sum to the amount.
    """
    if not amount > 0:
        raise ValueError(f"nothing to allocate: {amount}")
    left = amount
    found = []
    for item in settlement_order(items):
        interest = min(left, item.interest)
        principal = min(left - interest, item.principal)
        if item.set_aside or not interest + principal > 0:
            continue
        found.append(Allocation(item.key, interest, principal))
        left -= interest + principal
    return tuple(found), left


def _lead(item: OpenItem, by_key: dict[int, OpenItem]) -> OpenItem:
    """The charge that an item stands with: its origin while that is open and not set aside, else itself."""
    origin = by_key.get(item.origin) if item.origin is not None else None
    return item if origin is None or origin.set_aside else origin


def _is_older(other: OpenItem, item: OpenItem, by_key: dict[int, OpenItem]) -> bool:
    """Whether an item of the same group has to be paid before another."""
    return other.group == item.group and _lead(other, by_key).age < item.age
