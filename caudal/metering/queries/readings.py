"""Readings as people look at them: the panel, the history, the queue, what is missing."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from caudal.common import sql
from caudal.kernel.periods import Span
from caudal.kernel.readings import Finding, Proposed, check_reading, expected_range
from caudal.metering.models import Alert, Connection, Installation, Reading
from caudal.metering.stays import load_stays

HISTORY = 24
# With fewer than these a page begins, whatever there is beside them.
MOST_WAITING = 10_000
# So many connections are looked at for the next page before it is asked which ones belong to it.
ON_THE_WAY = 5_000


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A meter on the reading panel: its last accepted register, what waits, and its state in the window.

    `state` is pending (a reading waits for review), read (accepted within the window) or missing.
    """

    installation_id: int
    connection_id: int
    number: str
    address: str
    serial: str
    unit: str
    sector: str
    last_on: date | None
    last_register: Decimal | None
    last_volume: Decimal | None
    pending_id: int | None
    pending_on: date | None
    pending_register: Decimal | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelFilter:
    """Which meters: all when empty. `after` is the (number, installation) that the page before
    ended with, `state` as in PanelRow."""

    sector_id: int | None = None
    route_id: int | None = None
    state: str = ""
    connection_ids: Collection[int] | None = None
    after: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Expected:
    """What whoever reads a meter is told: its last register, and between which two the next one is usual."""

    installation_id: int
    last_on: date | None
    last_register: Decimal | None
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A register that somebody is about to send, beside the last real one: volume since then (None where there is none
    before, or it fell), in how many days, between which two volumes it is usual, and what the checks find.
    """

    last_on: date | None
    last_register: Decimal | None
    volume: Decimal | None
    days: int
    usual: tuple[Decimal, Decimal] | None
    findings: tuple[Finding, ...]


def panel(*, window: Span, wanted: PanelFilter, limit: int = 50) -> tuple[PanelRow, ...]:
    """The standing meters in order of connection number, with their state in the window."""
    begin = {"pending": _waiting, "read": _read_within, "missing": _unread_within}.get(wanted.state)
    if wanted.state == "missing" and wanted.connection_ids is None:
        # Most of the time many are missing, and a page of them is near.
        near = _panel(window, wanted, limit, upto=_some_way_on(wanted.after[0]))
        if len(near) == limit:
            return near
    few = begin(window) if begin else None
    if few is None:
        return _panel(window, wanted, limit)
    asked = wanted.connection_ids
    return _panel(window, replace(wanted, connection_ids=few if asked is None else few & set(asked)), limit)


def _panel(window: Span, wanted: PanelFilter, limit: int, *, upto: str | None = None) -> tuple[PanelRow, ...]:
    """The rows of a page, up to a connection's number: each connection on the way is looked at."""
    connections = wanted.connection_ids
    params = {
        "from": window.start,
        "to": window.end,
        "sector": wanted.sector_id,
        "route": wanted.route_id,
        "state": wanted.state,
        "all": connections is None,
        "connections": list(connections or ()),
        "after_number": wanted.after[0],
        "after_id": wanted.after[1],
        "upto": upto,
        "limit": limit,
    }
    return tuple(PanelRow(*row) for row in sql.rows("metering/panel", params))


def _some_way_on(number: str) -> str | None:
    """The number of the connection that comes `ON_THE_WAY` after this one; None beyond the last."""
    numbers = (
        Connection.objects.filter(number__gte=number).order_by("number").values_list("number", flat=True)
    )
    return next(iter(numbers[ON_THE_WAY : ON_THE_WAY + 1]), None)


def _waiting(_window: Span) -> set[int] | None:
    """The connections of the readings that wait, where they are few."""
    return _few(pending().order_by().values_list("installation__connection_id", flat=True))


def _read_within(window: Span) -> set[int] | None:
    """The connections with an accepted reading in the window, where they are few."""
    read = Reading.objects.filter(state="accepted", read_on__gte=window.start, read_on__lt=window.end)
    return _few(read.values_list("installation__connection_id", flat=True))


def _unread_within(window: Span) -> set[int] | None:
    """The connections of the standing meters that were not read in the window, or were after it too, where they are
    few."""
    accepted = Reading.objects.filter(state="accepted").order_by()
    read = accepted.filter(read_on__gte=window.start, read_on__lt=window.end).values_list("installation_id")
    standing = Installation.objects.filter(removed_on=None).order_by().values_list("pk")
    unread = _few(pk for (pk,) in standing.difference(read)[: MOST_WAITING + 1])
    later = _few(accepted.filter(read_on__gte=window.end).values_list("installation_id", flat=True))
    if unread is None or later is None:
        return None
    stays = Installation.objects.filter(pk__in=unread | later)
    return set(stays.values_list("connection_id", flat=True))


def _few(ids: QuerySet[Any, int] | Iterable[int]) -> set[int] | None:
    """These ids; None where they are more than it pays to begin with."""
    found = list(ids[: MOST_WAITING + 1] if isinstance(ids, QuerySet) else ids)
    return set(found) if len(found) <= MOST_WAITING else None


def history(*, connection_id: int, latest: int = HISTORY) -> QuerySet[Reading]:
    """The latest readings of a connection in any state, of all its meters, newest first."""
    return (
        Reading.objects.filter(installation__connection_id=connection_id)
        .select_related("installation__meter", "installation__connection", "previous")
        .order_by("-read_on", "-pk")[:latest]
    )


def pending() -> QuerySet[Reading]:
    """The readings that wait for a person, oldest first."""
    return (
        Reading.objects.filter(state="pending")
        .select_related("installation__meter", "installation__connection__sector")
        .order_by("read_on", "pk")
    )


def open_alerts() -> QuerySet[Alert]:
    """Alerts without a resolution, newest first."""
    return (
        Alert.objects.filter(resolved_at=None)
        .select_related("connection", "reading__installation__meter")
        .order_by("-pk")
    )


def expected(*, installation_id: int, read_on: date) -> Expected:
    """What to expect of a meter on a day; without enough history there is no range."""
    stay = load_stays([installation_id])[installation_id]
    seen = stay.history()
    low, high = expected_range(seen, read_on=read_on) or (None, None)
    last = seen.last
    return Expected(
        installation_id, last.read_on if last else None, last.register if last else None, low, high
    )


def preview(*, installation_id: int, reading: Proposed) -> Preview:
    """What a register would be judged to be if it came in now; nothing is stored."""
    seen = load_stays([installation_id])[installation_id].history()
    last = seen.last_real or seen.last
    usual = expected_range(seen, read_on=reading.read_on)
    return Preview(
        last_on=last.read_on if last else None,
        last_register=last.register if last else None,
        volume=None if last is None or reading.register < last.register else reading.register - last.register,
        days=(reading.read_on - last.read_on).days if last else 0,
        usual=None if last is None or usual is None else (usual[0] - last.register, usual[1] - last.register),
        findings=check_reading(reading, seen),
    )


def last_accepted(*, installation_ids: Sequence[int]) -> dict[int, Reading]:
    """The latest accepted reading of each installation that has one."""
    latest = (
        Reading.objects.filter(installation_id__in=installation_ids, state="accepted")
        .order_by("installation_id", "-read_on", "-pk")
        .distinct("installation_id")
    )
    return {reading.installation_id: reading for reading in latest}


def accepted_intervals(*, connection_ids: Sequence[int], window: Span) -> tuple[Reading, ...]:
    """The accepted readings of these connections that close an interval within the window, by meter and
    date.
    """
    found = Reading.objects.filter(
        installation__connection_id__in=connection_ids,
        state="accepted",
        previous__isnull=False,
        read_on__gte=window.start,
        read_on__lt=window.end,
    )
    return tuple(found.select_related("installation").order_by("installation_id", "read_on", "pk"))
