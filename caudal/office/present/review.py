"""The review queue: what each doubtful reading says, what is usual, and what each decision would charge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse

from caudal.billing.models import Subscription
from caudal.common.ui.charts import Bar
from caudal.kernel.periods import month_of
from caudal.kernel.readings import MeterHistory, expected_range
from caudal.metering.models import Reading
from caudal.metering.queries.evidence import evidence_of
from caudal.metering.queries.readings import history, pending
from caudal.metering.stays import load_stays
from caudal.office.present.customers import holders_of
from caudal.office.present.readings import finding_words, photo_alt, source_word, usage_bars
from caudal.registry.context import current_town
from caudal.registry.models import Party
from caudal.tariffs.models import TariffVersion
from caudal.tariffs.queries import simulate, versions_on

MOST_QUEUED: Final = 300
CAUSES: Final = {
    "high": ("far_above",),
    "zero": ("zero_after_use", "unchanged", "far_below"),
    "below": ("below_previous", "rollover_suspected"),
    "other": ("future", "duplicate", "older_than_last", "too_many_digits"),
}
# What customers sent, whatever the checks say of it.
SENT: Final = "customer"
GROUPS: Final = (*CAUSES, SENT)
TONES: Final = {"far_above": "pending", "zero_after_use": "info", "unchanged": "info", "far_below": "info"}
ROLLOVER: Final = "rollover_suspected"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading that waits, with what its meter's history says of it. Volumes in the meter's unit."""

    reading: Reading
    history: MeterHistory
    holder: Party | None
    volume: Decimal | None
    average: Decimal | None
    at_stake: Decimal | None

    @property
    def deviation(self) -> Decimal | None:
        """How far the volume is from the usual, as a rate."""
        if self.volume is None or not self.average:
            return None
        return self.volume / self.average - 1


def of_cause(cause: str) -> QuerySet[Reading]:
    """The readings that wait for one of the reasons of a group, or were sent by customers; all without one."""
    if cause == SENT:
        return pending().filter(source="customer")
    return pending().filter(findings__overlap=list(CAUSES[cause])) if cause in CAUSES else pending()


def doubts_of(readings: Sequence[Reading], *, on: date) -> list[Doubt]:
    """Readings with what their meters' histories say, by the money at stake."""
    stays = load_stays([reading.installation_id for reading in readings])
    connections = [reading.installation.connection_id for reading in readings]
    holders = holders_of(connections)
    tariffs = _tariffs(connections)
    versions = _versions(tariffs, on)
    found = []
    for reading in readings:
        seen = stays[reading.installation_id].history()
        volume = _volume(reading, seen)
        tariff = tariffs.get(reading.installation.connection_id)
        found.append(
            Doubt(
                reading=reading,
                history=seen,
                holder=holders.get(reading.installation.connection_id),
                volume=volume,
                average=_average(reading, seen),
                at_stake=priced(tariff, volume, versions, on=on),
            )
        )
    return sorted(found, key=lambda d: (-(d.at_stake or Decimal(0)), d.reading.read_on, d.reading.pk))


def queue_rows(doubts: Sequence[Doubt], chosen_id: int | None, *, query: str) -> list[dict[str, Any]]:
    """The rows of the queue."""
    town = current_town()
    return [
        {
            "id": d.reading.pk,
            "meter": d.reading.installation.meter.serial,
            "number": d.reading.installation.connection.number,
            "customer": d.holder.name if d.holder else "",
            "previous": d.history.last.register if d.history.last else None,
            "register": d.reading.register,
            "volume": d.volume,
            "average": d.average,
            "deviation": d.deviation,
            "sent": source_word(d.reading, town) if d.reading.source == "customer" else "",
            "cause": finding_words(d.reading.findings[:1]) or "Sin dudas",
            "tone": TONES.get(d.reading.findings[0], "overdue") if d.reading.findings else "pending",
            "at_stake": d.at_stake,
            "href": f"{reverse('office:review')}?{query}lectura={d.reading.pk}#elegida",
            "chosen": d.reading.pk == chosen_id,
        }
        for d in doubts
    ]


def chosen_page(doubt: Doubt, *, on: date) -> dict[str, Any]:
    """The chosen reading, its chart, and what each decision would charge."""
    reading, last = doubt.reading, doubt.history.last
    low, high = expected_range(doubt.history, read_on=reading.read_on) or (None, None)
    stay = reading.installation
    chosen = {
        "id": reading.pk,
        "meter": stay.meter.serial,
        "customer": doubt.holder.name if doubt.holder else "(sin cliente)",
        "customer_id": doubt.holder.pk if doubt.holder else None,
        "connection_id": stay.connection_id,
        "number": stay.connection.number,
        "on": reading.read_on,
        "register": reading.register,
        "previous": last.register if last else None,
        "previous_on": last.read_on if last else None,
        "days": (reading.read_on - last.read_on).days if last else None,
        "volume": doubt.volume,
        "unit": stay.meter.unit,
        "average": doubt.average,
        "reader": reading.reader_label,
        "note": reading.note,
        "findings": [finding_words([code]) for code in reading.findings],
        "source": source_word(reading, current_town()),
        "sent_at": reading.captured_at if reading.source == "customer" else None,
        "photo": _photo(reading),
        "expected_from": dial(low),
        "expected_to": dial(high),
        "digits": stay.meter.digits,
    }
    return {
        "chosen": chosen,
        "bars": _bars(doubt, on),
        "choices": _choices(doubt, on),
        "confirm_rollover": ROLLOVER in reading.findings,
    }


def _photo(reading: Reading) -> dict[str, str] | None:
    if reading.pk not in evidence_of([reading.pk]):
        return None
    return {"href": reverse("office:reading_photo", args=[reading.pk]), "alt": photo_alt(reading)}


def dial(register: Decimal | None) -> Decimal | None:
    """A register as a dial shows it."""
    return None if register is None else register.quantize(Decimal(1))


def priced(
    subscription: Subscription | None,
    volume: Decimal | None,
    versions: Mapping[int, TariffVersion],
    *,
    on: date,
) -> Decimal | None:
    """What a volume would charge before tax by the tariff of today; None where that cannot be said.

    `versions`: those in force, by tariff.
    """
    if subscription is None or volume is None or volume < 0:
        return None
    version = versions.get(subscription.tariff_id)
    if version is None:
        return None
    attributes = {**(subscription.connection.attributes if subscription.connection else {})}
    if subscription.category:
        attributes["category"] = subscription.category
    case = {"attributes": attributes, "days": 30, "last_day": on.isoformat(), "period_days": 30}
    found = simulate(definition=version.definition, usage=volume, case=case).priced
    return found.net if found else None


def _tariffs(connection_ids: Sequence[int]) -> dict[int, Subscription]:
    metered = Subscription.objects.filter(
        connection__in=connection_ids, service__kind="metered", valid_to=None
    )
    return {s.connection_id or 0: s for s in metered.select_related("connection", "tariff")}


def _versions(taken: Mapping[int, Subscription], on: date) -> dict[int, TariffVersion]:
    """The prices of a day: many connections have one tariff, which is read once."""
    return versions_on(tariff_ids={one.tariff_id for one in taken.values()}, day=on)


def _volume(reading: Reading, seen: MeterHistory) -> Decimal | None:
    last = seen.last_real or seen.last
    if last is None:
        return None
    volume = reading.register - last.register
    if volume < 0 and ROLLOVER in reading.findings and seen.digits is not None:
        return volume + Decimal(10) ** seen.digits
    return volume


def _average(reading: Reading, seen: MeterHistory) -> Decimal | None:
    if seen.typical_daily_m3 is None or seen.last is None:
        return None
    days = (reading.read_on - seen.last.read_on).days
    return (seen.typical_daily_m3 * days).quantize(Decimal(1)) if days > 0 else None


def _bars(doubt: Doubt, on: date) -> list[Bar]:
    """The year's use with the volume that waits as its last bar, marked where a check doubts it."""
    reading = doubt.reading
    found = list(history(connection_id=reading.installation.connection_id, latest=36))
    bars = usage_bars(found, on=max(on, reading.read_on))
    month = month_of(reading.read_on)
    return [
        Bar(b.month, doubt.volume, b.past, unusual=bool(reading.findings))
        if b.month == month and doubt.volume
        else b
        for b in bars
    ]


def _choices(doubt: Doubt, on: date) -> list[dict[str, Any]]:
    reading = doubt.reading
    unit = reading.installation.meter.unit
    tariffs = _tariffs([reading.installation.connection_id])
    tariff, versions = tariffs.get(reading.installation.connection_id), _versions(tariffs, on)
    offered = []
    if doubt.volume is None or doubt.volume >= 0:
        note = "" if doubt.volume is None else f"{doubt.volume.normalize():f} {unit}"
        offered.append(
            {
                "do": "accept",
                "label": f"Aceptar {reading.register.normalize():f}",
                "note": note,
                "amount": doubt.at_stake,
            }
        )
    offered.append(
        {
            "do": "correct",
            "label": "Corregir",
            "note": "Se escribe otra vez; la original se conserva",
            "amount": None,
        }
    )
    if doubt.average is not None:
        offered.append(
            {
                "do": "average",
                "label": "Usar promedio",
                "note": f"{doubt.average:f} {unit}, se ajusta después",
                "amount": priced(tariff, doubt.average, versions, on=on),
            }
        )
    offered.append(
        {"do": "reject", "label": "Rechazar", "note": "No se factura hasta leer otra vez", "amount": None}
    )
    return offered
