"""The invariants of the data as SQL: each statement must find nothing. `caudal check` runs them all.

12 (cash sessions) has no tables yet. For 13 the statement gives the candidates, and the kernel's formula judges them.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caudal.common.sql import load
from caudal.kernel.interest import Debt, interest_to
from caudal.kernel.late_policies import parse_late_policies
from caudal.kernel.periods import ONE_DAY

WORST: Final = 100


Judge = Callable[[tuple[Any, ...]], tuple[str, str] | None]


def wrong_interest(row: tuple[Any, ...]) -> tuple[str, str] | None:
    """Whether a charge's interest differs from the cumulative formula at the last day that was charged, for good.

    A void charge bears none. What the next invoice charges or gives back is no breach.
    """
    (
        charge_id,
        total,
        due_date,
        counts_from,
        policies,
        days,
        amounts,
        charged,
        until,
        minor_units,
        live,
        mended,
    ) = row
    debt = Debt(total, due_date, tuple(zip(days, amounts, strict=True)), counts_from or date.min)
    upto = until - ONE_DAY
    owed = interest_to(debt, parse_late_policies(json.loads(policies)), day=upto, minor_units=minor_units)
    owed = owed if live else Decimal(0)
    if owed == charged or (live and mended):
        return None
    return f"charge {charge_id}", f"interest to {upto} is {owed}, charged {charged}"


@dataclass(frozen=True, slots=True)
class Invariant:
    """A number of the list in docs/operations.md, what must hold, and the file of the statement that finds breaches.

    With a `judge`, the statement finds candidates, and the judge answers subject and detail of those that are breaches.
    """

    number: int
    says: str | Promise
    file: str
    judge: Judge | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: which invariant, of what, and the figures that disagree."""

    invariant: int
    says: str
    subject: str
    detail: str


INVARIANTS: Final = (
    Invariant(1, _("Numbers of a series have no gap and no double."), "series_contiguous"),
    Invariant(2, _("Numbers are in the order of issue."), "number_order"),
    Invariant(3, _("Nothing is billed twice."), "charge_once"),
    Invariant(3, _("Shares of co-owners never overlap."), "shares"),
    Invariant(4, _("Due dates and periods are in order."), "dates"),
    Invariant(5, _("Charges add up to their invoice."), "amounts"),
    Invariant(6, _("Each charge has its debit."), "charge_debits"),
    Invariant(7, _("Each payment has its credit."), "payment_credits"),
    Invariant(8, _("Each ledger entry has one source."), "entry_sources"),
    Invariant(9, _("Nothing is settled beyond its amount."), "allocations"),
    Invariant(10, _("The ledger agrees with what is unpaid."), "balances"),
    Invariant(10, _("The lists of what is open agree with the sums."), "open_items"),
    Invariant(11, _("No payment is taken twice."), "payments_once"),
    Invariant(13, _("Interest follows the formula."), "interest", wrong_interest),
    Invariant(14, _("All that a run expected has one outcome."), "run_outcomes"),
    Invariant(15, _("Each invoice is delivered once."), "deliveries"),
    Invariant(16, _("Registers rise with time."), "registers_rise"),
    Invariant(17, _("An import is all or nothing."), "imports"),
    Invariant(18, _("Key operations left a record."), "audited"),
    Invariant(18, _("The history is sealed, and nobody changed it."), "seals"),
    Invariant(19, _("Amounts are exact."), "exact"),
    Invariant(20, _("Closed periods stay closed."), "closed_periods"),
    Invariant(21, _("No property is owned beyond the whole, no company represented twice."), "owners"),
    Invariant(22, _("A debt that passed nets to zero over its two accounts."), "assumed"),
    Invariant(23, _("Photos are what they were when they were taken."), "evidence"),
    Invariant(24, _("What a second person approved was done by that person."), "approvals"),
    Invariant(25, _("What documents say of the town and its services is kept as it changes."), "conditions"),
    Invariant(26, _("What was never taken is never charged."), "cancelled"),
    Invariant(27, _("What a bill is below zero is credit."), "below_zero"),
)


def check() -> Iterator[Violation]:
    """Run every invariant on one snapshot of the data; at most `WORST` violations of each."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for invariant in INVARIANTS:
            yield from violations(invariant)


def violations(invariant: Invariant) -> Iterator[Violation]:
    """What breaks one invariant, as the current transaction sees it."""
    with connection.cursor() as cursor:
        cursor.execute(load(f"jobs/check_{invariant.file}"))
        for subject, detail in islice(_breaches(invariant, cursor), WORST):
            yield Violation(invariant.number, str(invariant.says), subject, detail)


def _breaches(invariant: Invariant, cursor: Iterable[Any]) -> Iterator[tuple[str, str]]:
    if invariant.judge is None:
        yield from cursor
        return
    for row in cursor:
        if breach := invariant.judge(row):
            yield breach
