"""What is still billed of a service that ends on a day, and what was billed beyond it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from caudal.billing.models import Charge, Subscription
from caudal.billing.queries.due import calendar_of
from caudal.kernel.periods import Span, month_of

NEVER_BILLED: Final = date.min


@dataclass(frozen=True, slots=True)
class EndOf:
    """A service as it would end: `still` are the periods to come on a bill, `beyond` those billed from that day on.

    `final_reading`: what the meter shows until that day comes with the next bill.
    """

    subscription: Subscription
    still: tuple[Span, ...]
    beyond: tuple[Span, ...]
    final_reading: bool


def ends_of(subscriptions: Iterable[Subscription], *, on: date) -> tuple[EndOf, ...]:
    """How services would end on a day. A period that began is billed whole, whoever had the service then owes it."""
    return tuple(_end_of(each, on) for each in subscriptions)


def _end_of(taken: Subscription, on: date) -> EndOf:
    charges = Charge.objects.filter(subscription=taken, live=True, period__isnull=False)
    billed = set(charges.values_list("period__month", flat=True))
    since = taken.billed_until or taken.valid_from
    last = max(billed, default=NEVER_BILLED)
    spans = [span for span in _spans(taken, on) if span.end > since]
    return EndOf(
        subscription=taken,
        still=tuple(s for s in spans if s.start < on and month_of(s.last_day) > last),
        beyond=tuple(s for s in spans if s.start >= on and month_of(s.last_day) in billed),
        final_reading=taken.service.kind == "metered",
    )


def _spans(taken: Subscription, on: date) -> list[Span]:
    """The periods of the service around a day: from a year before to a year after."""
    calendar = calendar_of(taken.service)
    dates = calendar.nominal_dates(after=date(on.year - 2, 12, 31), upto=date(on.year + 1, 12, 31))
    return [calendar.months_billed(day) for day in dates]
