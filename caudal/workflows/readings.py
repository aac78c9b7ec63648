"""Readings from capture to decision: metering keeps the chain, billing says what may no longer change.

What our people read of a meter wins over what its customer sent and nobody has decided about yet.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Subscription
from caudal.billing.operations.runs import hold_readings_of_runs
from caudal.billing.queries.readings import billed_through, is_being_billed
from caudal.billing.queries.self_readings import UNOFFICIAL, sending_windows
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.metering.models import Installation, Reading
from caudal.metering.operations import evidence, review
from caudal.metering.operations import readings as captured
from caudal.metering.operations.readings import Batch, NewReading, Recorded
from caudal.metering.photos import Picture
from caudal.notices import operations as notices
from caudal.receivables.operations.posting import lock_account

# Beyond so many meters whoever waits is looked for among all that wait.
FEW: Final = 100
NOT_TAKEN: Final = ("readings.reject", "readings.estimate")
READ_BY_US: Final = _("Our people read the meter on %(read_on)s.")


class ReadingBilled(DomainError):
    """Changing the reading would change what was billed. Facts: `read_on`, `billed_on`."""

    code = "reading_billed"
    template = _(
        "The readings up to %(billed_on)s are billed: void the invoice first, or let the next reading "
        "settle it."
    )


class ReadingBeingBilled(DomainError):
    """A run that is being issued has taken the reading as it is."""

    code = "reading_being_billed"
    template = _(
        "The readings of this connection are being billed right now: wait until the bill run is issued."
    )


@transaction.atomic
def record_readings(*, readings: Sequence[NewReading], batch: Batch, by: Actor) -> tuple[Recorded, ...]:
    """Store readings from anywhere, one or many; one audit record for all. Raises as metering does."""
    recorded = captured.record_readings(readings=readings, batch=batch, by=by)
    if batch.source not in UNOFFICIAL:
        taken = {r.reading.installation_id: r.reading.read_on for r in recorded if r.state == "accepted"}
        _win_over_customers(taken, by)
    states = Counter(r.state for r in recorded)
    single = recorded[0].id if len(recorded) == 1 else ""
    after = {"source": batch.source, "readings": len(recorded), **states}
    audit.record(by=by, kind="readings.record", object_type="reading", object_id=single, after=after)
    return recorded


@transaction.atomic
def record_reading(
    *, reading: NewReading, on: date, source: str = "manual", picture: Picture | None = None, by: Actor
) -> Recorded:
    """Store one reading that came in on a local date, with its photo where there is one."""
    if picture is not None:
        hold_accounts(
            Installation.objects.values_list("connection_id", flat=True).get(pk=reading.installation_id)
        )
    (recorded,) = record_readings(readings=[reading], batch=Batch(source=source, on=on), by=by)
    if picture is not None:
        attach_photo(reading_id=recorded.id, picture=picture, by=by)
    return recorded


@transaction.atomic
def attach_photo(*, reading_id: int, picture: Picture, by: Actor) -> bool:
    """Add a photo to a reading; False when it has it already.

    The accounts are held, so that a bill that is being issued has the photo or was issued before it.
    """
    reading = Reading.objects.select_related("installation").get(pk=reading_id)
    hold_accounts(reading.installation.connection_id)
    if not evidence.attach_photo(reading_id=reading_id, picture=picture, by=by):
        return False
    after = {"sha256": picture.sha256}
    audit.record(by=by, kind="readings.photo", object_type="reading", object_id=reading_id, after=after)
    return True


def accept_reading(*, reading_id: int, note: str = "", by: Actor) -> Reading:
    """Accept a pending reading as it is. Raises AlreadyDecided, BrokenRegisters, ReadingBilled."""
    return _decide(
        reading_id,
        "readings.accept",
        by,
        lambda: review.accept_reading(reading_id=reading_id, note=note, by=by),
    )


def confirm_rollover(*, reading_id: int, note: str = "", by: Actor) -> Reading:
    """Accept a pending reading whose meter passed its highest number. Raises as `accept_reading`."""
    return _decide(
        reading_id,
        "readings.confirm_rollover",
        by,
        lambda: review.confirm_rollover(reading_id=reading_id, note=note, by=by),
    )


def correct_reading(
    *, reading_id: int, register: Decimal, rollover: bool = False, note: str, queued: bool = False, by: Actor
) -> Reading:
    """Accept a reading with another register; `queued`: only one that still waits.

    Raises AlreadyDecided, BrokenRegisters, ReadingBilled, ReadingBeingBilled.
    """
    return _decide(
        reading_id,
        "readings.correct",
        by,
        lambda: review.correct_reading(
            reading_id=reading_id, register=register, rollover=rollover, note=note, queued=queued, by=by
        ),
    )


def reject_reading(*, reading_id: int, note: str, queued: bool = False, by: Actor) -> Reading:
    """Take a reading out; `queued`: only one that still waits.

    Raises AlreadyDecided, OpeningReading, BrokenRegisters; as `correct_reading` for an accepted one.
    """
    return _decide(
        reading_id,
        "readings.reject",
        by,
        lambda: review.reject_reading(reading_id=reading_id, note=note, queued=queued, by=by),
    )


def estimate_instead(*, reading_id: int, note: str = "", by: Actor) -> Reading:
    """Reject a pending reading and estimate its day. Raises NothingToEstimateFrom, ReadingBilled."""
    return _decide(
        reading_id,
        "readings.estimate",
        by,
        lambda: review.estimate_instead(reading_id=reading_id, note=note, by=by),
    )


@transaction.atomic
def estimate_reading(*, installation_id: int, read_on: date, note: str = "", by: Actor) -> Reading:
    """Store an accepted estimate for a meter nobody could read.

    Raises NothingToEstimateFrom, ReadingBilled.
    """
    connection_id = Installation.objects.values_list("connection_id", flat=True).get(pk=installation_id)
    _must_not_be_billed(connection_id, read_on)
    reading = review.estimate_reading(installation_id=installation_id, read_on=read_on, note=note, by=by)
    audit.record(
        by=by, kind="readings.estimate", object_type="reading", object_id=reading.pk, after=_facts(reading)
    )
    return reading


@transaction.atomic
def _decide(reading_id: int, kind: str, by: Actor, decision: Callable[[], Reading]) -> Reading:
    """Run a decision about a reading that was not billed, and write down what it was before and is after."""
    reading = Reading.objects.select_related("installation").get(pk=reading_id)
    if reading.state == "accepted" or kind != "readings.reject":
        _must_not_be_billed(reading.installation.connection_id, reading.read_on)
    if reading.state == "accepted":
        _must_not_be_priced(reading.installation.connection_id)
    decided = decision()
    if decided.state == "accepted" and decided.source not in UNOFFICIAL:
        _win_over_customers({decided.installation_id: decided.read_on}, by)
    audit.record(
        by=by,
        kind=kind,
        object_type="reading",
        object_id=reading_id,
        before=_facts(reading),
        after=_facts(decided),
    )
    if reading.source == "customer" and kind in NOT_TAKEN:
        notices.enqueue_reading_rejected(reading=reading)
    return decided


def step_aside(*, reading: Reading, note: Promise, facts: Mapping[str, str] | None = None, by: Actor) -> bool:
    """Take a reading that waits out of the way of another of its meter; False when it was decided about before."""
    with translation.override(settings.LANGUAGE_CODE):  # it is kept, and read by the office
        gone = review.step_aside(reading_id=reading.pk, note=str(note) % (facts or {}), by=by)
    if gone is None:
        return False
    before, after = _facts(reading), _facts(gone)
    audit.record(
        by=by,
        kind="readings.step_aside",
        object_type="reading",
        object_id=reading.pk,
        before=before,
        after=after,
    )
    return True


def _win_over_customers(taken: Mapping[int, date], by: Actor) -> None:
    """What customers sent of these meters, and still waits, steps aside for what was read in the same window or later.

    `taken`: by installation, the day it was read on.
    """
    waiting = Reading.objects.filter(state="pending", source="customer")
    if len(taken) <= FEW:
        waiting = waiting.filter(installation__in=taken)
    for sent in waiting.select_related("installation__connection"):
        read_on = taken.get(sent.installation_id)
        connection = sent.installation.connection
        window = sending_windows([connection], on=sent.read_on).get(connection.pk)
        if read_on is not None and read_on >= (window.read_from if window else sent.read_on):
            facts = {"read_on": f"{read_on:%d/%m/%Y}"}
            step_aside(reading=sent, note=READ_BY_US, facts=facts, by=by)


def _must_not_be_billed(connection_id: int, read_on: date) -> None:
    """Nor become so before the caller has committed: its accounts are held."""
    hold_accounts(connection_id)
    billed_on = billed_through(connection_id=connection_id)
    if billed_on is not None and read_on <= billed_on:
        raise ReadingBilled(read_on=read_on, billed_on=billed_on)


def hold_accounts(connection_id: int) -> None:
    """Lock the accounts of a connection until the transaction ends: nothing of it is billed meanwhile."""
    subscribed = Subscription.objects.filter(connection_id=connection_id).values_list("account_id", flat=True)
    for account_id in sorted(set(subscribed)):
        lock_account(account_id)


def _must_not_be_priced(connection_id: int) -> None:
    """No run that is being issued may have priced the reading as it was, nor begin to before the caller commits."""
    hold_readings_of_runs(shared=True)
    if is_being_billed(connection_id=connection_id):
        raise ReadingBeingBilled()


def _facts(reading: Reading) -> dict[str, str | None]:
    return {
        "read_on": reading.read_on.isoformat(),
        "register": str(reading.register),
        "state": reading.state,
        "source": reading.source,
        "volume": None if reading.volume is None else str(reading.volume),
        "note": reading.review_note,
    }
