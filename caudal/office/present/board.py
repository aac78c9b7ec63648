"""What the pages of a board show."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from caudal.billing.models import Period
from caudal.board.models import Assembly, Expense, Levy, Quota
from caudal.board.queries import BoardMonth, Member, billed_ids, board_month, members, waiting
from caudal.common.text import search_text

STATES: Final = ("present", "excused")


def assemblies() -> list[dict[str, Any]]:
    """Assemblies, the latest first, with how many came."""
    found = Period.objects.exclude(assembly_on=None).select_related("assembly").order_by("-assembly_on")[:24]
    return [_assembly_row(period) for period in found]


def _assembly_row(period: Period) -> dict[str, Any]:
    assembly: Assembly | None = getattr(period, "assembly", None)
    return {
        "period_id": period.pk,
        "on": period.assembly_on,
        "present": assembly.attendances.filter(state="present").count() if assembly else 0,
        "fined": assembly.fines.count() if assembly else 0,
    }


def attendance(assembly: Assembly, on: date) -> dict[str, Any]:
    """The list of members with their state, and the counts."""
    states = dict(assembly.attendances.values_list("party_id", "state"))
    fines = {levy.account_id: levy for levy in assembly.fines.filter(one_off__withdrawn_on=None)}
    billed = billed_ids(list(fines.values()))
    rows = [_member(member, states, fines, billed) for member in members(on=on)]
    count = {state: sum(row["state"] == state for row in rows) for state in ("present", "excused", "")}
    return {
        "rows": rows,
        "present": count["present"],
        "excused": count["excused"],
        "absent": count[""],
        "to_fine": sum(row["state"] == "" and not row["fined"] for row in rows),
        "fined": len(fines),
        "billed": len(billed),
        "waiting": len(fines) - len(billed),
    }


def _member(
    member: Member, states: Mapping[int, str], fines: Mapping[int, Levy], billed: frozenset[int]
) -> dict[str, Any]:
    levy = fines.get(member.account_id)
    return {
        "party_id": member.party_id,
        "name": member.name,
        "number": member.number,
        "state": states.get(member.party_id, ""),
        "fined": levy is not None,
        "billed": levy is not None and levy.pk in billed,
    }


def matching(text: str, on: date) -> list[Member]:
    """The members whom a few letters or an account number mean: one when it is clear."""
    everybody = members(on=on)
    exact = [member for member in everybody if member.number == text]
    words = search_text(text).split()
    return exact or [m for m in everybody if all(word in search_text(m.name) for word in words)]


def quotas() -> list[dict[str, Any]]:
    """Special quotas, the latest first."""
    return [
        {"quota": quota, **_standing(quota)}
        for quota in Quota.objects.prefetch_related("levies__one_off")[:24]
    ]


def _standing(quota: Quota) -> dict[str, Any]:
    levies = [levy for levy in quota.levies.all() if levy.one_off.withdrawn_on is None]
    billed = billed_ids(levies)
    return {
        "members": len({levy.account_id for levy in levies}),
        "total": sum(levy.one_off.amount for levy in levies),
        "billed": sum(levy.one_off.amount for levy in levies if levy.pk in billed),
        "waiting": len(levies) - len(billed),
    }


def quota_page(quota: Quota) -> dict[str, Any]:
    """A quota with its parts, month by month."""
    levies = list(quota.levies.filter(one_off__withdrawn_on=None).select_related("one_off"))
    billed = billed_ids(levies)
    parts: dict[int, dict[str, Any]] = {}
    for levy in sorted(levies, key=lambda levy: levy.part):
        row = parts.setdefault(
            levy.part,
            {
                "part": levy.part,
                "from": levy.one_off.dated_on,
                "amount": levy.one_off.amount,
                "members": 0,
                "billed": 0,
            },
        )
        row["members"] += 1
        row["billed"] += levy.pk in billed
    return {"quota": quota, "parts": list(parts.values()), **_standing(quota)}


def social_quotas() -> list[dict[str, Any]]:
    """Social quotas that wait for the next bill."""
    found = Levy.objects.filter(kind="social").select_related("account__holder", "one_off")
    return [
        {"account": levy.account, "customer": levy.account.holder.name, "amount": levy.one_off.amount}
        for levy in waiting(list(found.order_by("account_id")))
    ]


def expenses(month: date) -> Iterable[Expense]:
    """What was spent in a month, withdrawn ones included, the latest first."""
    return Expense.objects.filter(spent_on__year=month.year, spent_on__month=month.month)


def month_stats(month: date, now: datetime) -> BoardMonth:
    """How the month goes by now."""
    return board_month(month=month, as_of=now)
