"""Money that is settled again, once what came before it is gone: as of the day it came.

Debts that passed to another account were settled by agreement, at the sum that it owes now: what comes to light later
settles nothing before that day.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter

from django.db.models import Max, Sum

from caudal.receivables.models import Allocation, Payment
from caudal.receivables.operations.settlement import Unwound

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Freed:
    """How much of a payment voids have freed, and the day of the last."""

    amount: Decimal = ZERO
    on: date = date.min


def unused(*, account_id: int) -> list[Unwound]:
    """The credit of an account, payment by payment."""
    payments = Payment.objects.filter(credit__account_id=account_id).annotate(used=Sum("allocations__amount"))
    return [Unwound(p.value_on, p.pk, p.amount - (p.used or ZERO)) for p in payments]


def passed_until(*, account_id: int) -> date:
    """The last day on which a debt of an account passed to another where it is still; the first of all days if none."""
    return max((on for _pk, on in _passed(account_id)), default=date.min)


def as_it_came(
    *, account_id: int, credit: Sequence[Unwound], unwound: Sequence[Unwound], since: date
) -> list[Unwound]:
    """Credit, and money that was taken back, with the days as of which to settle it again; in their order.

    Money counts from its value date, what a void freed from the day of the void: not before `since`, nor later than
    it had been used.
    """
    pieces: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for money in credit:
        pieces[money.payment_id].append((date.max, money.amount))
    for money in unwound:
        pieces[money.payment_id].append((money.value_on, money.amount))
    if not pieces:
        return []
    passed, freed = _passed(account_id), _freed(pieces)
    again = []
    for pk, value_on in Payment.objects.filter(id__in=pieces).values_list("id", "value_on"):
        floor = max([since, *(on for before, on in passed if before < pk)])
        dated = _dated(pieces[pk], max(value_on, floor), freed.get(pk, _Freed()), floor)
        again += [Unwound(on, pk, amount) for on, amount in dated if amount]
    return sorted(again, key=attrgetter("value_on", "payment_id"))


def _dated(
    pieces: Iterable[tuple[date, Decimal]], came_on: date, freed: _Freed, floor: date
) -> Iterator[tuple[date, Decimal]]:
    """What was used last, or not at all, is what voids had freed."""
    left = freed.amount
    for used_on, amount in sorted(pieces, reverse=True):
        late = min(left, amount)
        left -= late
        yield min(used_on, max(freed.on, floor)), late
        yield min(used_on, came_on), amount - late


def _passed(account_id: int) -> list[tuple[int, date]]:
    """The payments by which debts of an account passed to another, and when."""
    found = Payment.objects.filter(account_id=account_id, method="assumed", reversed_on=None)
    return list(found.values_list("id", "value_on"))


def _freed(payment_ids: Iterable[int]) -> dict[int, _Freed]:
    taken_back = Allocation.objects.filter(payment__in=list(payment_ids), amount__lt=0)
    by_void = taken_back.exclude(charge__invoice__voided_on=None).exclude(charge__invoice__origin="interest")
    sums = by_void.values("payment").annotate(freed=-Sum("amount"), last=Max("charge__invoice__voided_on"))
    return {row["payment"]: _Freed(row["freed"], row["last"]) for row in sums}
