"""What falls once for being late, on a day known beforehand, and is not charged yet."""

from collections.abc import Collection, Mapping
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
from caudal.tariffs.models import Service

KINDS: Final = {kind.value for kind in ONCE}


def surcharging_services() -> dict[int, int]:
    """The services of which a late charge costs something that falls once, and after how many days the last of it."""
    known = Service.objects.exclude(late_policies=[]).values_list("id", "late_policies")
    falls = ((pk, [p.get("grace_days", 0) + 1 for p in found if p["kind"] in KINDS]) for pk, found in known)
    return {pk: max(days) for pk, days in falls if days}


def accounts_late(*, on: date, services: Mapping[int, int]) -> list[int]:
    """Accounts with a charge of these services past due on which not all has been charged that fell, in order of id."""
    params = {
        "on_day": on,
        "service_ids": list(services),
        "last_days": list(services.values()),
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
        if (day := _fell_on(late, on)) and (due := due_of(late, on=day, minor_units=minor_units)):
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
