"""What falls once for being late, on a day known beforehand, and is not charged yet."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from caudal.common import sql
from caudal.kernel.late_policies import ONCE
from caudal.kernel.periods import ONE_DAY
from caudal.receivables.queries.interest import (
    InterestDue,
    LateDebt,
    due_of,
    late_debts,
    minor_units_of_town,
)
from caudal.registry.models import Organisation

KINDS: Final = {kind.value for kind in ONCE}


@dataclass(frozen=True, slots=True)
class Surcharging:
    """A service as some invoices were issued under it; how many days after due the last thing falls that falls once."""

    service_id: int
    first: int
    upto: int
    last_day: int


def surcharging_services() -> tuple[Surcharging, ...]:
    """The services of which a late charge costs something that falls once, as issued bills told of it."""
    found = sql.rows("receivables/surcharging", {})
    return tuple(Surcharging(service, first, upto, _last_day(held)) for service, first, upto, held in found)


def _last_day(held: str) -> int:
    """The days after due until the last thing falls that falls once."""
    grace: list[int] = [p.get("grace_days", 0) for p in json.loads(held) if p["kind"] in KINDS]
    return max(grace) + 1


def accounts_late(*, on: date, services: Sequence[Surcharging]) -> list[int]:
    """Accounts with a charge of these services past due on which not all has been charged that fell, in order of id."""
    params = {
        "on_day": on,
        "service_ids": [each.service_id for each in services],
        "firsts": [each.first for each in services],
        "uptos": [each.upto for each in services],
        "last_days": [each.last_day for each in services],
        "paid_too": _charged_later(),
    }
    return [account_id for (account_id,) in sql.rows("receivables/accounts_late", params)]


def surcharges_due(*, on: date, account_ids: Collection[int]) -> tuple[InterestDue, ...]:
    """What fell due by a day, as of the day it fell on, whenever that is asked: a day that was missed costs the same.

    Interest of the same charge is cumulative, so what there is of it on that day comes with it.
    """
    minor_units = minor_units_of_town()
    found = []
    for late in late_debts(on=on, account_ids=account_ids, paid_too=_charged_later()):
        day = _fell_on(late, on)
        due = due_of(late, on=day, minor_units=minor_units) if day else None
        if due and due.amount > 0:
            found.append(due)
    return tuple(found)


def _fell_on(late: LateDebt, on: date) -> date | None:
    """The last day by `on` on which something fell once; not before what was charged already."""
    once = (policy.first_day(late.debt.due_date) for policy in late.policies if policy.kind in ONCE)
    fallen = [day for day in once if late.debt.counts_from <= day <= on]
    if not fallen:
        return None
    return max(*fallen, late.charged_until - ONE_DAY) if late.charged_until else max(fallen)


def _charged_later() -> bool:
    """Where payments settle principal only, what was paid late still owes its surcharge."""
    return Organisation.objects.values_list("interest_mode", flat=True).get() == "next_invoice"
