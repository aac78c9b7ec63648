"""Which debts money settles, in which order, and which selections a payer may make.

Order of settlement: due date, nominal date, number, charge; inside an item interest and penalties to date,
then principal. Interest that was posted as a charge of its own stands just before the charge it came from.
Items set aside (disputed, arranged, prescribed) neither block others nor are taken.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from caudal.kernel.money import ZERO


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An unpaid charge. `principal` is what is left of it with tax, `interest` what late policies add to date.

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
        """What makes one item older than another of its group; items of equal age do not wait for each other."""
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
    """A chosen item, why it cannot go alone, and the keys that must be chosen with it (none where it is set aside)."""

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
    bundles = _bundles(items, by_key)
    refusals: list[Refusal] = []
    for item in settlement_order(by_key[key] for key in picked):
        if item.set_aside:
            refusals.append(Refusal(item.key, Reason.SET_ASIDE))
            continue
        lead = _lead(item, by_key)
        together = [other.key for other in bundles[lead.key] if other.key not in picked]
        older = [
            other.key
            for other in settlement_order(items)
            if _blocks(other, lead, by_key) and other.key not in picked
        ]
        if together:
            refusals.append(Refusal(item.key, Reason.TOGETHER, tuple(together)))
        if older:
            refusals.append(Refusal(item.key, Reason.OLDER, tuple(older)))
    return tuple(refusals)


def complete_selection(items: Collection[OpenItem], chosen: Collection[int]) -> frozenset[int]:
    """The smallest allowed selection that holds all chosen keys that can be paid at all."""
    aside = {item.key for item in items if item.set_aside}
    found = frozenset(chosen) - aside
    while missing := {key for refusal in check_selection(items, found) for key in refusal.missing}:
        found |= missing
    return found


def allocate(amount: Decimal, items: Iterable[OpenItem]) -> tuple[tuple[Allocation, ...], Decimal]:
    """Spread money already received over the items in order of settlement: the allocations and what is left over.

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


def _bundles(items: Iterable[OpenItem], by_key: dict[int, OpenItem]) -> dict[int, list[OpenItem]]:
    bundles: dict[int, list[OpenItem]] = {}
    for item in items:
        if not item.set_aside:
            bundles.setdefault(_lead(item, by_key).key, []).append(item)
    return bundles


def _blocks(other: OpenItem, item: OpenItem, by_key: dict[int, OpenItem]) -> bool:
    """Whether an item has to be paid no later than another of its group."""
    lead = _lead(other, by_key)
    return not other.set_aside and other.group == item.group and lead.age < item.age
