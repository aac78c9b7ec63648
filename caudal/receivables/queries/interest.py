"""What being late costs to date. SQL gathers the debts and their payments, `kernel.interest` computes."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from caudal.common import sql
from caudal.kernel.interest import Debt, InterestToDay, LateCharge, late_charges, still_to_charge
from caudal.kernel.late_policies import ONCE, LatePolicy, parse_late_policies
from caudal.kernel.periods import ONE_DAY
from caudal.registry.queries import the_organisation

ZERO = Decimal(0)
KNOWN_LISTS = 512
FEW = 16  # invoices of one payer: planning such a question costs more than answering it


@dataclass(frozen=True, slots=True)
class LateDebt:
    """A charge past its due date: the debt as the kernel sees it, and the interest charged on it so far.

    `parts` counts the live interest charges posted on it, `charged_until` is the day after their last one.
    """

    charge_id: int
    account_id: int
    policies_json: str
    debt: Debt
    charged: Decimal
    parts: int
    charged_until: date | None
    concept: str
    dated_on: date
    subscription_id: int | None
    connection_id: int | None

    @property
    def policies(self) -> tuple[LatePolicy, ...]:
        return _policies(self.policies_json)


@dataclass(frozen=True, slots=True)
class InterestDue:
    """Interest of one charge that is owed on a day and not yet charged, with the lines that explain it.

    Below zero it is what was charged too much, since money of an earlier day came in later.
    It covers `[covers_from, covers_to)`, the last day being the one it was asked for. `part` numbers the
    interest charges of the same charge. Subscription and connection are those of the charge.
    """

    charge_id: int
    account_id: int
    subscription_id: int | None
    connection_id: int | None
    label: str
    amount: Decimal
    part: int
    covers_from: date
    covers_to: date
    explanation: dict[str, Any]


def late_debts(*, on: date, account_ids: Collection[int], paid_too: bool = False) -> Iterator[LateDebt]:
    """Debts past due on a day of services with late policies, of some accounts.

    `paid_too` adds what was paid late since the account's last bills: its last interest may be uncharged.
    """
    params = {"account_ids": list(account_ids), "paid_too": paid_too}
    return _debts_of([invoice_id for (invoice_id,) in sql.rows("receivables/late_invoices", params)], on)


def _debts_of(invoice_ids: list[int], on: date) -> Iterator[LateDebt]:
    if not invoice_ids:
        return
    params = {"on_day": on, "invoice_ids": invoice_ids}
    for row in sql.rows("receivables/late_debts", params, prepared=len(invoice_ids) <= FEW):
        charge_id, account_id, total, due_date, policies, days, amounts, counts_from, *others = row
        settled = tuple(zip(days, amounts, strict=True))
        debt = Debt(total, due_date, settled, counts_from or date.min)
        yield LateDebt(charge_id, account_id, policies, debt, *others)


def interest_to_date(*, on: date, invoice_ids: Collection[int]) -> dict[int, Decimal]:
    """Interest to date, not yet charged, by charge of these invoices; what owes none is left out. One query."""
    if not invoice_ids:
        return {}
    minor_units = minor_units_of_town()
    calculators: dict[str, InterestToDay] = {}
    found = {}
    for late in _debts_of(list(invoice_ids), on):
        calculator = calculators.get(late.policies_json)
        if calculator is None:
            calculator = InterestToDay(late.policies, day=on, minor_units=minor_units)
            calculators[late.policies_json] = calculator
        due = still_to_charge(calculator.of(late.debt), charged=late.charged)
        if due > 0:
            found[late.charge_id] = due
    return found


def interest_due(
    *, on: date, account_ids: Collection[int], paid_too: bool = False
) -> tuple[InterestDue, ...]:
    """The same amounts with their days and explanations, to be charged."""
    found = _differences(on=on, account_ids=account_ids, paid_too=paid_too)
    return tuple(due for due in found if due.amount > 0)


def _differences(*, on: date, account_ids: Collection[int], paid_too: bool) -> Iterator[InterestDue]:
    """What was charged too little of each debt, and too much: more than is owed also on the last day charged."""
    minor_units = minor_units_of_town()
    for debt in late_debts(on=on, account_ids=account_ids, paid_too=paid_too):
        due = due_of(debt, on=on, minor_units=minor_units)
        charged_for = debt.charged_until - ONE_DAY if debt.charged_until else on
        if due and due.amount < 0 and charged_for > on:
            due = due_of(debt, on=charged_for, minor_units=minor_units)
            due = due if due and due.amount < 0 else None
        if due:
            yield due


def interest_proposals(*, account_ids: Collection[int], on: date) -> tuple[InterestDue, ...]:
    """What the next invoice of each account would charge for lateness, where the organisation does it so.

    What was charged too much by now comes as an amount below zero. Nothing is written. Empty where interest is
    charged at payment.
    """
    if the_organisation().interest_mode != "next_invoice":
        return ()
    return tuple(_differences(on=on, account_ids=account_ids, paid_too=True))


def interest_label(
    *, concept: str, receipt_date: date, costs: Collection[LateCharge] = (), returned: bool = False
) -> str:
    """The concept of an interest charge in the words that the town prescribes; at most 200 characters.

    What falls once, and is no interest, is called a surcharge; what is below zero says that it is given back.
    """
    once = costs and all(cost.policy.kind in ONCE for cost in costs)
    tail = f" de fecha {receipt_date:%d/%m/%Y}"
    what = "Recargo por mora" if once else "Intereses Moratorios"
    head = f"{'Devolución de ' if returned else ''}{what} de recibo por {concept}"
    return f"{head[: 200 - len(tail)]}{tail}"


def due_of(late: LateDebt, *, on: date, minor_units: int) -> InterestDue | None:
    """What one debt owes for lateness up to and with a day, less what was charged of it; None where they are equal."""
    costs = late_charges(late.debt, late.policies, day=on, minor_units=minor_units)
    cumulative = sum((cost.amount for cost in costs), ZERO)
    amount = still_to_charge(cumulative, charged=late.charged)
    if not amount:
        return None
    lines: list[dict[str, Any]] = [line for cost in costs for line in cost.lines]
    if late.charged:
        lines.append({"code": "interest_charged", "amount": str(-late.charged)})
    inputs = {
        "day": on.isoformat(),
        "principal": str(late.debt.principal),
        "due_date": late.debt.due_date.isoformat(),
        "settled": [[day.isoformat(), str(amount)] for day, amount in late.debt.settled],
        "charged": str(late.charged),
        "policies": json.loads(late.policies_json),
        "minor_units": minor_units,
    }
    if late.debt.counts_from != date.min:
        inputs["counts_from"] = late.debt.counts_from.isoformat()
    covers_to = on + ONE_DAY
    starts = late.charged_until or max(late.debt.due_date + ONE_DAY, late.debt.counts_from)
    return InterestDue(
        charge_id=late.charge_id,
        account_id=late.account_id,
        subscription_id=late.subscription_id,
        connection_id=late.connection_id,
        label=interest_label(
            concept=late.concept, receipt_date=late.dated_on, costs=costs, returned=amount < 0
        ),
        amount=amount,
        part=late.parts + 1,
        covers_from=min(starts, on),
        covers_to=covers_to,
        explanation={"lines": lines, "inputs": inputs},
    )


@lru_cache(maxsize=KNOWN_LISTS)
def _policies(policies_json: str) -> tuple[LatePolicy, ...]:
    return parse_late_policies(json.loads(policies_json))


def minor_units_of_town() -> int:
    """Decimals of the currency."""
    return the_organisation().minor_units
