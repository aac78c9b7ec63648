"""What of a connection's readings has been billed, and may therefore no longer change."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Max, Q

from caudal.billing.models import RunBatch, Subscription


def billed_through(*, connection_id: int) -> date | None:
    """The day of the last reading of a connection that a live charge ends with, or the cut-over day.

    A reading of that day or before is the base of what somebody owes or paid.
    """
    closed = Q(charges__live=True, charges__to_reading__isnull=False)
    found = Subscription.objects.filter(connection_id=connection_id).aggregate(
        charged=Max("charges__covers_to", filter=closed), elsewhere=Max("billed_until")
    )
    return max((day for day in found.values() if day is not None), default=None)


def is_being_billed(*, connection_id: int) -> bool:
    """Whether an approved run may have priced the connection's readings already, and has not issued them yet."""
    accounts = Subscription.objects.filter(connection_id=connection_id).values_list("account_id", flat=True)
    return are_being_billed(account_ids=accounts)


def are_being_billed(*, account_ids: Iterable[int]) -> bool:
    """Whether an approved run may have priced what some of these accounts take, and has not issued it yet."""
    return bool(being_billed(account_ids=account_ids))


def being_billed(*, account_ids: Iterable[int]) -> frozenset[int]:
    """Those of some accounts of which that is so."""
    waiting = RunBatch.objects.filter(run__state="issuing", issued_at=None)
    spans = list(waiting.values_list("first_account_id", "last_account_id"))
    return frozenset(pk for pk in account_ids if any(first <= pk <= last for first, last in spans))
