"""What a billing officer looks at before a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from caudal.common.sql import rows
from caudal.registry.models import Organisation
from caudal.tariffs.models import Service


@dataclass(frozen=True, slots=True)
class Preflight:
    """Counts of what may hold bills back: unread meters, readings in doubt, services without prices, open alerts;
    and of holders who get their bill on paper for want of an address.
    """

    unread: int
    pending: int
    unpriced: int
    alerts: int
    without_mail: int


def preflight(*, dated_on: date, services: Sequence[Service]) -> Preflight:
    """The counts for the services that bill on a date."""
    window = Organisation.objects.values_list("reading_window_days", flat=True).get()
    (found,) = rows(
        "billing/preflight",
        {
            "services": [s.pk for s in services],
            "dated_on": dated_on,
            "from_day": dated_on - timedelta(days=window),
            "until_day": dated_on,
        },
    )
    return Preflight(*found)
