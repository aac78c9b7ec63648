"""Statements as of any day: what was owed then, what had been paid, and what moved, by value dates.

The ledger is never changed, so the past can be asked. What was voided or reversed since never was, as the ledger
has it: its opposite carries the value date of what it answers. On today this says what `statement` says.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from caudal.common import sql
from caudal.kernel.allocation import settlement_order
from caudal.kernel.interest import Debt, InterestToDay, still_to_charge
from caudal.kernel.late_policies import parse_late_policies
from caudal.receivables.queries.items import DUE_DATE, PendingItem
from caudal.registry.queries import the_organisation

ZERO: Final = Decimal(0)
NONE: Final = "[]"  # no late policies
ITEM: Final = 23  # columns of receivables/items_as_of that are those of a PendingItem
ORIGIN: Final = 17  # and the place of the charge that an interest charge is on


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose statement: all of some accounts, one property or licence whoever pays for it, or what hangs on neither.

    A property or licence alone is the statement of a place. With accounts it is their part of it; `nowhere` is what
    these accounts owe for none.
    """

    account_ids: tuple[int, ...] = ()
    property_id: int | None = None
    licence_id: int | None = None
    nowhere: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is all that its accounts owe, with the money that they have in their favour."""
        return self.property_id is None and self.licence_id is None and not self.nowhere

    def holds(self, account_id: int, property_id: int | None, licence_id: int | None) -> bool:
        """Whether something charged to an account for a property, a licence or neither belongs here."""
        if self.account_ids and account_id not in self.account_ids:
            return False
        if self.nowhere:
            return property_id is None and licence_id is None
        if self.licence_id is not None:
            return licence_id == self.licence_id
        return self.property_id is None or property_id == self.property_id


@dataclass(frozen=True, slots=True)
class PaidItem:
    """A charge with nothing left on the day, and the value date of the last money on it."""

    item: PendingItem
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class Move:
    """A line of a statement by its value date, with the balance after it.

    `document` is the printed number of the invoice or receipt; `posted_on` the day of the books. On the statement
    of a place a payment shows with what it settled there.
    """

    on: date
    posted_on: date
    kind: str
    label: str
    document: str
    amount: Decimal
    balance: Decimal
    account_id: int
    invoice_id: int | None
    payment_id: int | None


@dataclass(frozen=True, slots=True)
class PastStatement:
    """What a scope owed on a day: items oldest first, what was paid (latest first), and every movement until then.

    `credit` is money not applied on the day; a place has none. `if_paid` says what would settle everything on each
    of the days that were asked about, were nothing else paid before. `licences` are those of charges, by their ids.
    """

    scope: Scope
    on: date
    pending: tuple[PendingItem, ...]
    paid: tuple[PaidItem, ...]
    moves: tuple[Move, ...]
    credit: Decimal
    if_paid: tuple[tuple[date, Decimal], ...] = ()
    licences: Mapping[int, int] = field(default_factory=dict)

    @property
    def balance(self) -> Decimal:
        """Left of the charges, without interest to date."""
        return sum((item.balance for item in self.pending), ZERO)

    @property
    def interest(self) -> Decimal:
        """To the day, whether payable with the items or put on the next invoice."""
        return sum((item.interest for item in self.pending), ZERO)

    @property
    def total(self) -> Decimal:
        """What would have settled everything on the day."""
        return sum((item.payable for item in self.pending), ZERO)

    @property
    def overdue(self) -> Decimal:
        """The part of the total that was past due."""
        return sum((item.payable for item in self.pending if item.overdue), ZERO)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A charge on the day, with the debt that its interest is computed from."""

    item: PendingItem
    settled_on: date | None
    policies_json: str
    debt: Debt
    charged: Decimal
    licence_id: int | None


class _Interest:
    """Interest to some day of many debts; policies are read once each."""

    def __init__(self, minor_units: int) -> None:
        self._minor_units = minor_units
        self._known: dict[tuple[str, date], InterestToDay] = {}

    def to(self, day: date, standing: _Standing) -> Decimal:
        """Not yet charged of one charge, up to and with a day. Interest bears none."""
        if standing.policies_json == NONE or standing.item.origin_id is not None:
            return ZERO
        key = (standing.policies_json, day)
        if key not in self._known:
            policies = parse_late_policies(json.loads(standing.policies_json))
            self._known[key] = InterestToDay(policies, day=day, minor_units=self._minor_units)
        due = still_to_charge(self._known[key].of(standing.debt), charged=standing.charged)
        return max(due, ZERO)


def statement_as_of(*, scope: Scope, on: date, pay_on: Sequence[date] = ()) -> PastStatement:
    """The statement of one scope."""
    return statements_as_of(scopes=[scope], on=on, pay_on=pay_on)[0]


def statements_as_of(
    *, scopes: Sequence[Scope], on: date, pay_on: Sequence[date] = ()
) -> tuple[PastStatement, ...]:
    """Statements in the order of their scopes: four statements to the database however many scopes there are."""
    account_ids = _accounts(scopes)
    town = the_organisation()
    interest = _Interest(town.minor_units)
    at_payment = town.interest_mode == "at_payment"
    params = {"account_ids": account_ids, "on_day": on}
    rows = sql.rows("receivables/items_as_of", params)
    standing = [_standing(row, on=on, at_payment=at_payment, interest=interest) for row in rows]
    moved = sql.rows("receivables/moves_as_of", params)
    return tuple(
        _statement(scope, on, standing, moved, [(day, interest) for day in pay_on]) for scope in scopes
    )


def accounts_of_places(*, property_ids: Collection[int] = (), licence_ids: Collection[int] = ()) -> list[int]:
    """The accounts that were ever charged for some properties and licences."""
    if not property_ids and not licence_ids:
        return []
    params = {"property_ids": [*property_ids], "licence_ids": [*licence_ids]}
    return [row[0] for row in sql.rows("receivables/accounts_of_places", params)]


def _accounts(scopes: Iterable[Scope]) -> list[int]:
    named = {pk for scope in scopes for pk in scope.account_ids}
    alone = [scope for scope in scopes if not scope.account_ids]
    places = _known({scope.property_id for scope in alone})
    licences = _known({scope.licence_id for scope in alone})
    found = accounts_of_places(property_ids=places, licence_ids=licences)
    return sorted(named | set(found))


def _known(ids: Iterable[int | None]) -> list[int]:
    return [pk for pk in ids if pk is not None]


def _standing(row: Sequence[Any], *, on: date, at_payment: bool, interest: _Interest) -> _Standing:
    settled_on, policies, days, amounts, counts_from, charged, licence_id = row[ITEM:]
    item = PendingItem(*(*row[:ITEM], ZERO, at_payment, row[DUE_DATE] < on))
    settled = tuple(zip(days, amounts, strict=True))
    debt = Debt(item.total, item.due_date, settled, counts_from or date.min)
    standing = _Standing(item, settled_on, policies, debt, charged, licence_id)
    cost = interest.to(on, standing)
    return replace(standing, item=item._replace(interest=cost)) if cost else standing


def _statement(
    scope: Scope,
    on: date,
    standing: Sequence[_Standing],
    moved: Sequence[Sequence[Any]],
    asked: Sequence[tuple[date, _Interest]],
) -> PastStatement:
    own = [s for s in standing if scope.holds(s.item.account_id, s.item.property_id, s.licence_id)]
    pending = [s for s in own if s.item.balance > 0]
    paid = sorted(
        (PaidItem(s.item, s.settled_on) for s in own if s.item.balance <= 0),
        key=lambda p: (p.settled_on or p.item.dated_on, p.item.number, p.item.charge_id),
        reverse=True,
    )
    moves = _moves(scope, moved)
    owed = sum((s.item.balance for s in pending), ZERO)
    return PastStatement(
        scope=scope,
        on=on,
        pending=_oldest_first(s.item for s in pending),
        paid=tuple(paid),
        moves=moves,
        credit=owed - moves[-1].balance if moves and scope.whole else ZERO,
        if_paid=tuple((day, _would_settle(pending, day, interest)) for day, interest in asked),
        licences={s.item.charge_id: s.licence_id for s in own if s.licence_id},
    )


def _would_settle(pending: Iterable[_Standing], day: date, interest: _Interest) -> Decimal:
    return sum(
        (s.item.balance + (interest.to(day, s) if s.item.interest_payable else ZERO) for s in pending), ZERO
    )


def _oldest_first(items: Iterable[PendingItem]) -> tuple[PendingItem, ...]:
    """In order of settlement."""
    by_id = {item.charge_id: item for item in items}
    return tuple(by_id[o.key] for o in settlement_order([item.open_item for item in by_id.values()]))


def _moves(scope: Scope, moved: Iterable[Sequence[Any]]) -> tuple[Move, ...]:
    balance, found = ZERO, []
    for applied, account_id, property_id, licence_id, on, posted_on, kind, amount, label, *others in moved:
        of_money = kind in ("payment", "reversal")
        shown = not applied if scope.whole else applied or not of_money
        if not shown or not scope.holds(account_id, property_id, licence_id):
            continue
        balance += amount
        invoice_id, payment_id, document, _entry = others
        found.append(
            Move(on, posted_on, kind, label, document, amount, balance, account_id, invoice_id, payment_id)
        )
    return tuple(found)
