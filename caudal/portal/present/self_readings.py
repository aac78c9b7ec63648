"""The user's meters as he reads them himself: what they showed last, what he typed, and what became of what he sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.urls import reverse

from caudal.billing.queries.self_readings import SelfReading, Standing, self_readings_of
from caudal.common.spoken import as_written, spanish, spanish_lazy
from caudal.common.ui.formats import day_month, number
from caudal.kernel.readings import Code, Finding, Proposed
from caudal.metering.models import Installation, Reading
from caudal.metering.queries.evidence import evidence_of
from caudal.metering.queries.readings import Preview, last_accepted, preview
from caudal.registry.context import Town

MOST_TOLD: Final = 3
# What the checks find, as who stands before the meter can look again. `%(volume)s`, `%(days)s`, `%(last)s` fill them.
DOUBTS: Final = {
    Code.BELOW_PREVIOUS: spanish_lazy(
        "Es menos de lo que marcaba la última vez (%(last)s). Mire los números otra vez."
    ),
    Code.ROLLOVER_SUSPECTED: spanish_lazy(
        "Es menos que la última vez (%(last)s): quizá el medidor dio la vuelta y empezó de cero."
    ),
    Code.DUPLICATE: spanish_lazy("Ya hay una lectura de hoy."),
    Code.TOO_MANY_DIGITS: spanish_lazy(
        "Son más números de los que tiene su medidor. Escriba solo los negros."
    ),
    Code.FAR_ABOVE: spanish_lazy("Es mucho más de lo usual. Puede sobrar un número, o haber una fuga."),
    Code.FAR_BELOW: spanish_lazy("Es mucho menos de lo usual. Puede faltar un número o estar cambiado."),
    Code.ZERO_AFTER_USE: spanish_lazy("Marca lo mismo que la última vez: sería no haber gastado nada."),
    Code.UNCHANGED: spanish_lazy(
        "Marca lo mismo desde hace meses. Mire si el medidor se mueve al abrir una llave."
    ),
}


@dataclass(frozen=True, slots=True)
class OwnMeter:
    """A meter, what it showed last, and how sending its reading stands. `title` is the place, as neighbours say it."""

    now: SelfReading
    last: Reading | None

    @property
    def stay(self) -> Installation:
        return self.now.installation

    @property
    def serial(self) -> str:
        return self.stay.meter.serial

    @property
    def unit(self) -> str:
        return self.stay.meter.unit

    @property
    def title(self) -> str:
        return self.stay.connection.address or self.stay.connection.number

    @property
    def href(self) -> str:
        return reverse("portal:self_reading", args=[self.stay.pk])

    @property
    def figures(self) -> list[str]:
        """What the black wheels showed last, one by one; noughts before there was any reading."""
        return list(f"{int(self.last.register) if self.last else 0:0{self.stay.meter.digits}d}")


def own_meters(stays: Sequence[Installation], *, on: date) -> list[OwnMeter]:
    """The meters of the user with how they stand on a day."""
    last = last_accepted(installation_ids=[stay.pk for stay in stays])
    return [OwnMeter(now, last.get(now.installation.pk)) for now in self_readings_of(stays, on=on)]


def notices_of(meters: Sequence[OwnMeter], town: Town) -> list[dict[str, Any]]:
    """What home says of readings that were not accepted, and of the meters whose reading may be sent: one notice for
    all of these, so that what is owed stays first.
    """
    wanted = [meter for meter in meters if meter.now.wanted and meter.now.window]
    rejected = [meter for meter in wanted if meter.now.standing is Standing.REJECTED][:MOST_TOLD]
    opened = [meter for meter in wanted if meter.now.standing is Standing.OPEN]
    return [_not_accepted(meter) for meter in rejected] + ([_wanted(opened, town)] if opened else [])


def _not_accepted(meter: OwnMeter) -> dict[str, Any]:
    title = spanish("No se aceptó la lectura que envió del medidor %(serial)s.") % {"serial": meter.serial}
    text = spanish("Ver por qué y enviarla otra vez")
    return {"kind": "pending", "title": title, "text": text, "href": meter.href}


def _wanted(meters: Sequence[OwnMeter], town: Town) -> dict[str, Any]:
    first = meters[0]
    closes = min(meter.now.window.closes_on for meter in meters if meter.now.window)
    if len(meters) == 1:
        told = {"serial": first.serial, "day": day_month(closes, town)}
        title = spanish("Hasta el %(day)s puede enviar la lectura del medidor %(serial)s.") % told
        return {"kind": "info", "title": title, "text": spanish("Enviar mi lectura"), "href": first.href}
    title = spanish("Puede enviar la lectura de %(count)s medidores.") % {"count": len(meters)}
    links = [{"text": as_written(meter.title), "href": meter.href} for meter in meters[:MOST_TOLD]]
    return {"kind": "info", "title": title, **links[0], "more": links[1:]}


def doubts_of(seen: Preview, town: Town) -> list[str]:
    """What to look at again before sending, in words; nothing where no check finds anything."""
    last = "" if seen.last_register is None else number(seen.last_register, town)
    return [str(_doubt(finding)) % {"last": last} for finding in seen.findings]


def _doubt(finding: Finding) -> Any:
    return DOUBTS.get(finding.code, spanish_lazy("No se parece a las anteriores: mire los números otra vez."))


def sent_page(meter: OwnMeter, *, user_id: int) -> dict[str, Any] | None:
    """The latest reading that was sent. Another's is told while it stands for this window, without name and photo: who
    lives there now sees nothing of who left.
    """
    sent = meter.now.sent
    if sent is None:
        return None
    own = sent.reader_id == user_id
    if not own and meter.now.standing not in (Standing.WAITING, Standing.ACCEPTED, Standing.REJECTED):
        return None
    pictured = own and sent.pk in evidence_of([sent.pk])
    return {
        "register": sent.register,
        "typed": sent.corrected_from,
        "on": sent.read_on,
        "state": sent.state,
        "reason": sent.review_note,
        "own": own,
        "photo": reverse("portal:self_reading_photo", args=[meter.stay.pk, sent.pk]) if pictured else "",
        **_used(sent),
    }


def _used(sent: Reading) -> dict[str, Any]:
    """What it says was used, since when; by the chain once it is accepted, else as it was shown before sending."""
    if sent.state == "accepted" and sent.previous is not None:
        days = (sent.read_on - sent.previous.read_on).days
        return {"volume": sent.volume, "since": sent.previous.read_on, "days": days}
    if sent.state == "accepted":
        return {"volume": None, "since": None, "days": 0}
    seen = preview(
        installation_id=sent.installation_id, reading=Proposed(sent.read_on, sent.register, sent.read_on)
    )
    return {"volume": seen.volume, "since": seen.last_on, "days": seen.days}
