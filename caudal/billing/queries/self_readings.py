"""When customers may send the reading of a meter, and what became of what they sent.

The days follow from those of the bills: a cycle's, or the months' reading windows, or the services' own days.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from caudal.billing.models import CycleDay, CycleRoute, Period, Subscription
from caudal.billing.queries.due import calendar_of
from caudal.billing.queries.readings import billed_through
from caudal.kernel.periods import ONE_DAY, month_of
from caudal.metering.models import Connection, Installation, Reading
from caudal.registry.models import Organisation
from caudal.registry.queries import the_organisation
from caudal.tariffs.models import Service

# A bill's own date lies at most so far before the end of its reading window, and so far ahead is looked for it.
BEHIND: Final = timedelta(days=62)
AHEAD: Final = timedelta(days=400)
UNOFFICIAL: Final = ("customer", "estimated")


class Standing(StrEnum):
    """Whether a reading may be sent, and what came of the one that was."""

    CLOSED = "closed"
    OPEN = "open"
    READ = "read"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class SendingWindow:
    """The days on which a reading may be sent, both included. `read_from`: what our people read from then on is the
    reading of this window.
    """

    opens_on: date
    closes_on: date
    read_from: date


class Read(NamedTuple):
    """The days on which our people read, both included; where nothing says when they begin, None."""

    since: date | None
    upto: date


@dataclass(frozen=True, slots=True)
class SelfReading:
    """A meter as whoever may send its reading stands to it on a day.

    `window` is the present or the next one, None where no dates are known; `sent` the latest reading that a customer
    sent, of whatever window; `official` what our people read in this window.
    """

    installation: Installation
    window: SendingWindow | None
    standing: Standing
    sent: Reading | None = None
    official: Reading | None = None

    @property
    def wanted(self) -> bool:
        """Whether there is none yet of this window, nor one that waits."""
        return self.standing in (Standing.OPEN, Standing.REJECTED)

    @property
    def may_send(self) -> bool:
        """One that waits may be sent anew."""
        return self.wanted or self.standing is Standing.WAITING


def self_readings_of(installations: Sequence[Installation], *, on: date) -> list[SelfReading]:
    """How these meters stand on a day, in the same order; each with its `connection` at hand."""
    ids = [stay.pk for stay in installations]
    sent = _latest(Reading.objects.filter(installation__in=ids, source="customer"))
    taken = Reading.objects.filter(installation__in=ids, state="accepted", role="regular")
    official = _latest(taken.exclude(source__in=UNOFFICIAL), "-read_on")
    windows = sending_windows([stay.connection for stay in installations], on=on)
    return [
        _standing(
            SelfReading(stay, windows.get(stay.connection_id), Standing.CLOSED, sent.get(stay.pk)),
            official.get(stay.pk),
            on,
        )
        for stay in installations
    ]


def _latest(readings: QuerySet[Reading], *order: str) -> dict[int, Reading]:
    """The last one of each installation."""
    found = readings.order_by("installation_id", *order, "-pk").distinct("installation_id")
    return {reading.installation_id: reading for reading in found}


def _standing(of: SelfReading, official: Reading | None, on: date) -> SelfReading:
    if of.window is None or on < of.window.opens_on:
        return of
    if official is not None and official.read_on >= of.window.read_from:
        return replace(of, standing=Standing.READ, official=official)
    if of.sent is None or of.sent.read_on < of.window.opens_on:
        return replace(of, standing=Standing.OPEN)
    states = {"pending": Standing.WAITING, "accepted": Standing.ACCEPTED, "rejected": Standing.REJECTED}
    return replace(of, standing=states[of.sent.state])


def sending_windows(connections: Sequence[Connection], *, on: date) -> dict[int, SendingWindow]:
    """The present or next window of each connection, by its id; what was billed up to this day or later is past.

    Connections that no calendar says anything of are left out.
    """
    found = _windows(connections, on)
    for connection in connections:
        window = found.get(connection.pk)
        billed = billed_through(connection_id=connection.pk) if window and window.opens_on <= on else None
        if billed is not None and billed >= on:
            later = _windows([connection], billed + ONE_DAY).get(connection.pk)
            found.pop(connection.pk)
            if later is not None:
                found[connection.pk] = replace(later, opens_on=max(later.opens_on, billed + ONE_DAY))
    return found


def _windows(connections: Sequence[Connection], on: date) -> dict[int, SendingWindow]:
    town = the_organisation()
    by_route = _of_cycles({c.route_id for c in connections if c.route_id}, town, on)
    others = [c.pk for c in connections if c.route_id not in by_route]
    by_connection = _of_services(others, town, on)
    found = {c.pk: by_route.get(c.route_id or 0) or by_connection.get(c.pk) for c in connections}
    return {pk: window for pk, window in found.items() if window is not None}


def _of_cycles(route_ids: Collection[int], town: Organisation, on: date) -> dict[int, SendingWindow | None]:
    """By route in a cycle: its window, None where the calendar has no more days."""
    cycles = dict(CycleRoute.objects.filter(route__in=route_ids).values_list("route_id", "cycle_id"))
    days = CycleDay.objects.filter(cycle__in=cycles.values(), reading_to__gte=on)
    first = {d.cycle_id: d for d in days.order_by("cycle_id", "-reading_to")}
    past = CycleDay.objects.filter(cycle__in=cycles.values(), reading_to__lt=on).order_by("reading_to")
    ended = dict(past.values_list("cycle_id", "reading_to"))
    return {
        route: _window(town, Read(first[cycle].reading_from, first[cycle].reading_to), after=ended.get(cycle))
        if cycle in first
        else None
        for route, cycle in cycles.items()
    }


def _of_services(connection_ids: Collection[int], town: Organisation, on: date) -> dict[int, SendingWindow]:
    """By connection: of the metered services that it has, the window that ends first."""
    if not connection_ids:
        return {}
    taken = Subscription.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), connection__in=connection_ids, service__kind="metered"
    )
    periods = {p.month: p for p in Period.objects.filter(month__gte=month_of(on - BEHIND - BEHIND))}
    windows: dict[int, SendingWindow | None] = {}
    found: dict[int, SendingWindow] = {}
    for subscription in taken.select_related("service"):
        service, at = subscription.service, subscription.connection_id or 0
        if service.pk not in windows:
            windows[service.pk] = _of_service(service, periods, town, on)
        window = windows[service.pk]
        if window is not None and (at not in found or window.closes_on < found[at].closes_on):
            found[at] = window
    return found


def _of_service(
    service: Service, periods: Mapping[date, Period], town: Organisation, on: date
) -> SendingWindow | None:
    calendar, ended = calendar_of(service), None
    for dated_on in calendar.nominal_dates(after=on - BEHIND, upto=on + AHEAD):
        period = periods.get(calendar.month_billed(dated_on))
        read = Read(period.reading_from if period else None, (period and period.reading_to) or dated_on)
        if read.upto >= on:
            return _window(town, read, after=ended)
        ended = read.upto
    return None


def _window(town: Organisation, read: Read, *, after: date | None) -> SendingWindow:
    """The last days of those in which a meter is read, and none of the window that ended before."""
    begins = date.min if after is None else after + ONE_DAY
    opens = max(read.upto - timedelta(days=town.self_reading_days), begins)
    return SendingWindow(opens, read.upto, max(min(opens, read.since or opens), begins))
