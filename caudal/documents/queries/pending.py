"""What an account owed besides an invoice when it was issued: the order of the ledger decides what is older."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from caudal.common import sql
from caudal.kernel.interest import Debt, InterestToDay, still_to_charge
from caudal.kernel.late_policies import LatePolicy, parse_late_policies
from caudal.kernel.money import ZERO

# How many lists of late policies are kept parsed: a town has one or two a service.
KNOWN_LISTS = 64


class Older(NamedTuple):
    """A charge of another invoice, open when this one was posted: a row of pending_before.sql.

    `days` and `amounts` are what had settled a part of it, `charged` is interest billed on it before.
    """

    invoice_id: int
    number: str
    due_date: date
    connection_id: int | None
    subscription_id: int | None
    service_code: str
    total: Decimal
    late_policies: str
    days: list[date]
    amounts: list[Decimal]
    counts_from: date | None
    charged: Decimal
    is_interest: bool

    @property
    def balance(self) -> Decimal:
        """What was left of it."""
        return self.total - sum(self.amounts, ZERO)

    def interest_on(self, day: date, minor_units: int) -> Decimal:
        """What lateness added up to and with a day, not charged yet; interest bears none."""
        if self.is_interest or self.due_date >= day:
            return ZERO
        settled = tuple(zip(self.days, self.amounts, strict=True))
        debt = Debt(self.total, self.due_date, settled, self.counts_from or date.min)
        cost = InterestToDay(policies_of(self.late_policies), day=day, minor_units=minor_units).of(debt)
        return max(still_to_charge(cost, charged=self.charged), ZERO)


def pending_before(*, invoice_ids: Collection[int]) -> dict[int, tuple[Older, ...]]:
    """Older open charges of each invoice's account, oldest first. One query."""
    found: dict[int, list[Older]] = defaultdict(list)
    for own, *columns in sql.rows("documents/pending_before", {"invoice_ids": list(invoice_ids)}):
        found[own].append(Older(*columns))
    return {own: tuple(rows) for own, rows in found.items()}


def credit_used(*, invoice_ids: Collection[int]) -> dict[int, Decimal]:
    """Money in favour that settled each invoice at its issue; those that used none are left out."""
    return dict(sql.rows("documents/credit_used", {"invoice_ids": list(invoice_ids)}))


def by_invoice(older: Iterable[Older]) -> list[tuple[str, Decimal]]:
    """(number, balance) of each older invoice, in the order given."""
    sums: dict[str, Decimal] = {}
    for row in older:
        sums[row.number] = sums.get(row.number, ZERO) + row.balance
    return list(sums.items())


@lru_cache(maxsize=KNOWN_LISTS)
def policies_of(text: str) -> tuple[LatePolicy, ...]:
    """The late policies of a service from their JSON text."""
    parsed: Sequence[dict[str, object]] = json.loads(text)
    return parse_late_policies(parsed)
