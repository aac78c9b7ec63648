"""What a person decides about a reading: accept it, correct it, confirm a rollover, estimate instead,
reject it.

Each decision leaves the chain of the installation right, or is refused. Whether the reading was billed
already is not known here: workflows ask billing first.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from caudal.common import sql
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.kernel.readings import Interval, estimate, intervals
from caudal.metering.models import Reading
from caudal.metering.operations.alerts import excess_of, resolve_doubts, set_excess
from caudal.metering.operations.chain import rechain
from caudal.metering.operations.readings import OutsideStay, UnknownInstallation
from caudal.metering.stays import load_stays


class AlreadyDecided(DomainError):
    """Somebody decided about the reading before. Fact: `state`."""

    code = "already_decided"
    template = _("Someone has already decided about this reading.")


class SecondReadingThatDay(DomainError):
    """Another reading of the meter is accepted for that day. Fact: `read_on`."""

    code = "second_reading_that_day"
    template = _("There is already an accepted reading of %(read_on)s: reject one of the two.")


class NothingToEstimateFrom(DomainError):
    """The meter has too little history. Fact: `serial`."""

    code = "nothing_to_estimate_from"
    template = _("There are no earlier readings of %(serial)s to estimate from.")


class OpeningReading(DomainError):
    """The first or last register of a meter's stay belongs to its installation. Fact: `read_on`."""

    code = "opening_reading"
    template = _(
        "The reading of %(read_on)s opens or closes the meter's stay: it can be corrected, not rejected."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to write on a reading: its state and, where they change, its register and rollover."""

    state: str
    resolution: str
    note: str = ""
    register: Decimal | None = None
    rollover: bool | None = None


@transaction.atomic
def accept_reading(*, reading_id: int, note: str = "", by: Actor) -> Reading:
    """Accept a pending reading as it is. Raises AlreadyDecided, BrokenRegisters, SecondReadingThatDay."""
    reading = _held(reading_id)
    _must_be_pending(reading)
    return _decide(reading, Decision(state="accepted", resolution="accepted", note=note), by)


@transaction.atomic
def confirm_rollover(*, reading_id: int, note: str = "", by: Actor) -> Reading:
    """Accept a pending reading whose meter passed its highest number. Raises as `accept_reading`."""
    reading = _held(reading_id)
    _must_be_pending(reading)
    decision = Decision(state="accepted", resolution="rollover", note=note, rollover=True)
    return _decide(reading, decision, by)


@transaction.atomic
def correct_reading(
    *, reading_id: int, register: Decimal, rollover: bool = False, note: str, queued: bool = False, by: Actor
) -> Reading:
    """Accept a reading, pending or accepted before, with another register; what was read first is kept.

    `queued`: it was seen among those that wait, and must be one still. Raises AlreadyDecided, BrokenRegisters,
    SecondReadingThatDay.
    """
    reading = _held(reading_id)
    if queued:
        _must_be_pending(reading)
    if reading.corrected_from is None and register != reading.register:
        reading.corrected_from = reading.register
    decision = Decision(
        state="accepted", resolution="corrected", note=note, register=register, rollover=rollover
    )
    return _decide(reading, decision, by)


@transaction.atomic
def reject_reading(*, reading_id: int, note: str, queued: bool = False, by: Actor) -> Reading:
    """Take a reading, pending or accepted before, out of the chain; `queued` as in `correct_reading`.

    Raises AlreadyDecided, OpeningReading, BrokenRegisters.
    """
    reading = _held(reading_id)
    if queued:
        _must_be_pending(reading)
    if reading.role != "regular" and reading.state == "accepted":
        raise OpeningReading(read_on=reading.read_on)
    return _decide(reading, Decision(state="rejected", resolution="rejected", note=note), by)


@transaction.atomic
def step_aside(*, reading_id: int, note: str, by: Actor) -> Reading | None:
    """Take a reading that waits out of the way of another of its meter; None when somebody decided about it before."""
    reading = _held(reading_id)
    if reading.state != "pending":
        return None
    return _decide(reading, Decision(state="rejected", resolution="rejected", note=note), by)


@transaction.atomic
def estimate_reading(*, installation_id: int, read_on: date, note: str = "", by: Actor) -> Reading:
    """Store an accepted estimate: what the connection used per day lately, up to that day.

    Raises UnknownInstallation, OutsideStay, NothingToEstimateFrom, SecondReadingThatDay, BrokenRegisters.
    """
    sql.rows("metering/lock_installations", {"installations": [installation_id]})
    stay = load_stays([installation_id]).get(installation_id)
    if stay is None:
        raise UnknownInstallation(installation_id=installation_id)
    if not stay.spans(read_on):
        raise OutsideStay(read_on=read_on, installed_on=stay.installed_on, removed_on=stay.removed_on)
    reading = Reading(
        installation_id=installation_id,
        read_on=read_on,
        register=estimated_register(installation_id=installation_id, read_on=read_on),
        source="estimated",
        state="pending",
        reader_id=by.id,
        reader_label=by.label,
    )
    return _decide(reading, Decision(state="accepted", resolution="estimated", note=note), by)


@transaction.atomic
def estimate_instead(*, reading_id: int, note: str = "", by: Actor) -> Reading:
    """Reject a pending reading and store an estimate for its day. Raises AlreadyDecided and as
    `estimate_reading`.
    """
    reading = _held(reading_id)
    _must_be_pending(reading)
    _decide(reading, Decision(state="rejected", resolution="estimated", note=note), by)
    return estimate_reading(
        installation_id=reading.installation_id, read_on=reading.read_on, note=note, by=by
    )


def estimated_register(*, installation_id: int, read_on: date) -> Decimal:
    """The register an estimate would show on a day. Raises NothingToEstimateFrom."""
    stay = load_stays([installation_id])[installation_id]
    known = [reading for reading in stay.own if reading.read_on < read_on]
    habits = [reading for reading in (*stay.before, *known) if not reading.estimated]
    digits = {**stay.other_digits, installation_id: stay.digits}
    past: tuple[Interval, ...] = intervals(habits, digits=digits)
    last = known[-1] if known else None
    found = None if last is None else estimate(past, from_on=last.read_on, to_on=read_on)
    if last is None or found is None:
        serial = Reading.objects.filter(installation_id=installation_id).values_list(
            "installation__meter__serial", flat=True
        )
        raise NothingToEstimateFrom(serial=serial.first() or "")
    return last.register + found.volume_m3


def _held(reading_id: int) -> Reading:
    """The reading, with its installation's chain held against others."""
    installation_id = Reading.objects.values_list("installation_id", flat=True).get(pk=reading_id)
    sql.rows("metering/lock_installations", {"installations": [installation_id]})
    return Reading.objects.get(pk=reading_id)


def _must_be_pending(reading: Reading) -> None:
    if reading.state != "pending":
        raise AlreadyDecided(state=reading.state)


def _decide(reading: Reading, decision: Decision, by: Actor) -> Reading:
    """Write a decision, compute the chain again, close the doubts."""
    reading.state = decision.state
    reading.review_note = decision.note
    reading.reviewed_by_id = by.id
    if decision.register is not None:
        reading.register = decision.register
    if decision.rollover is not None:
        reading.rollover = decision.rollover
    if decision.state == "rejected":
        reading.previous_id, reading.volume = None, None
    with (
        verdicts(reading_accepted_once=SecondReadingThatDay(read_on=reading.read_on)),
        transaction.atomic(),
    ):
        reading.save()
    Reading.objects.filter(pk=reading.pk).update(reviewed_at=Now())
    rechain(installation_id=reading.installation_id)
    reading.refresh_from_db()
    resolve_doubts(reading_id=reading.pk, resolution=decision.resolution, by=by)
    connection = reading.installation.connection
    excess = excess_of(reading.volume, connection.limit_m3)
    set_excess(reading_id=reading.pk, connection_id=connection.pk, excess=excess)
    return reading
