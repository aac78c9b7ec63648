"""What of a connection's readings has been billed, and may therefore no longer change."""

from datetime import date

from django.db.models import Max, Q

from caudal.billing.models import Subscription


def billed_through(*, connection_id: int) -> date | None:
    """The day of the last reading of a connection that a live charge ends with, or the cut-over day.

    A reading of that day or before is the base of what somebody owes or paid.
    """
    closed = Q(charges__live=True, charges__to_reading__isnull=False)
    found = Subscription.objects.filter(connection_id=connection_id).aggregate(
        charged=Max("charges__covers_to", filter=closed), elsewhere=Max("billed_until")
    )
    return max((day for day in found.values() if day is not None), default=None)
