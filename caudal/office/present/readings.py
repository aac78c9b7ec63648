"""Readings as lists, charts and the review queue show them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Subscription
from caudal.common.ui.charts import Bar
from caudal.kernel.periods import add_months, month_of
from caudal.metering.models import Reading
from caudal.metering.queries.evidence import evidence_of
from caudal.office.finding import find_connections, find_parties
from caudal.office.present.customers import MOST_FOUND, holders_of
from caudal.registry.context import Town, current_town

MONTHS: Final = 13
STATES: Final = ("pending", "accepted", "rejected")
# What a check found, in words for whoever decides.
FINDINGS: Final = {
    "below_previous": _("Below the previous one"),
    "rollover_suspected": _("It may have rolled over"),
    "future": _("In the future"),
    "duplicate": _("Second one that day"),
    "older_than_last": _("Older than the last"),
    "too_many_digits": _("More digits than the meter"),
    "far_above": _("Far above the usual"),
    "far_below": _("Far below the usual"),
    "zero_after_use": _("Zero after steady use"),
    "unchanged": _("Unchanged for months"),
}


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading in a list. `previous` is the register before it in the chain."""

    id: int
    on: date
    meter: str
    meter_id: int
    number: str
    connection_id: int
    customer: str
    customer_id: int | None
    previous: Decimal | None
    register: Decimal
    volume: Decimal | None
    unit: str
    state: str
    source: str
    reader: str
    note: str
    findings: str
    review_href: str
    photo_alt: str = ""


def connections_read(text: str) -> set[int]:
    """Ids of the connections that a meter, a connection or a customer leads to."""
    connections = {c.pk for c in find_connections(text, limit=MOST_FOUND)}
    holders = [party.pk for party in find_parties(text, limit=MOST_FOUND)]
    theirs = Subscription.objects.filter(account__holder__in=holders).exclude(connection=None)
    return connections | set(theirs.values_list("connection_id", flat=True)[:MOST_FOUND])


def readings(*, at: Collection[int] | None = None, state: str = "") -> QuerySet[Reading]:
    """Readings in a state; those of some connections (`connections_read`) where they are given."""
    found = Reading.objects.all()
    if state in STATES:
        found = found.filter(state=state)
    if at is not None:
        found = found.filter(installation__connection__in=at)
    return found.select_related("installation__meter", "installation__connection", "previous")


def reading_rows(found: Iterable[Reading], *, with_customer: bool = True) -> list[ReadingRow]:
    """The rows of one page."""
    listed = list(found)
    connections = [r.installation.connection_id for r in listed]
    holders = holders_of(connections) if with_customer else {}
    pictured, town = evidence_of([r.pk for r in listed]), current_town()
    rows = []
    for reading in listed:
        stay = reading.installation
        holder = holders.get(stay.connection_id)
        rows.append(
            ReadingRow(
                id=reading.pk,
                on=reading.read_on,
                meter=stay.meter.serial,
                meter_id=stay.meter_id,
                number=stay.connection.number,
                connection_id=stay.connection_id,
                customer=holder.name if holder else "",
                customer_id=holder.pk if holder else None,
                previous=reading.previous.register if reading.previous else None,
                register=reading.register,
                volume=reading.volume,
                unit=stay.meter.unit,
                state=reading.state,
                source=source_word(reading, town),
                reader=reading.reader_label,
                note=reading.review_note or reading.note,
                findings=finding_words(reading.findings),
                review_href=review_href(reading.pk) if reading.state == "pending" else "",
                photo_alt=photo_alt(reading) if reading.pk in pictured else "",
            )
        )
    return rows


def source_word(reading: Reading, town: Town) -> str:
    """Where a reading comes from; who lives there is called as the town calls him."""
    if reading.source == "customer":
        return f"Enviada por el {town.account_word.lower()}"
    return reading.get_source_display()


def photo_alt(reading: Reading) -> str:
    """What the photo of a reading shows, in words."""
    return f"Foto del medidor {reading.installation.meter.serial}: marca {reading.register.normalize():f}"


def review_href(reading_id: int) -> str:
    """The review queue with a reading chosen."""
    return f"{reverse('office:review')}?lectura={reading_id}"


def finding_words(codes: Sequence[str]) -> str:
    """What the checks found, in words."""
    return ", ".join(str(FINDINGS.get(code, code)) for code in codes)


def usage_bars(found: Iterable[Reading], *, on: date, months: int = MONTHS) -> list[Bar]:
    """The volumes of the last months by the month they were read in, beside those of the year before.

    A month in which nothing was read has no figure; an estimate is marked. Empty when nothing was ever read.
    """
    volumes: dict[date, Decimal] = {}
    guessed: set[date] = set()
    for reading in found:
        if reading.state != "accepted" or reading.volume is None:
            continue
        month = month_of(reading.read_on)
        volumes[month] = volumes.get(month, Decimal(0)) + reading.volume
        if reading.source == "estimated":
            guessed.add(month)
    if not volumes:
        return []
    last = max(month_of(on), *volumes)
    shown = [add_months(last, -back) for back in range(months - 1, -1, -1)]
    return [Bar(m, volumes.get(m), volumes.get(add_months(m, -12)), estimated=m in guessed) for m in shown]
