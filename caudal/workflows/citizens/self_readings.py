"""Citizens send the reading of their meter with a photo: it waits for the office, or is taken as a reader's own."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing.queries.self_readings import SelfReading, Standing, self_readings_of
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.metering.models import Installation, Reading
from caudal.metering.operations import readings as captured
from caudal.metering.operations.readings import Batch, NewReading
from caudal.metering.photos import Picture
from caudal.registry.queries import the_organisation
from caudal.workflows.readings import attach_photo, hold_accounts, step_aside

SENT_AGAIN: Final = _("Its customer sent it again.")


class SelfReadingsOff(DomainError):
    """The organisation takes no readings from its customers, or not of this connection."""

    code = "self_readings_off"
    template = _("The readings of this meter are taken by our people.")


class SelfReadingClosed(DomainError):
    """It is not the time. Fact: `opens_on`."""

    code = "self_reading_closed"
    template = _("Readings can be sent from %(opens_on)s on.")


class NoDatesYet(DomainError):
    """No calendar says when this meter is read."""

    code = "no_dates_yet"
    template = _("There are no dates yet for the reading of this meter.")


class ReadByUs(DomainError):
    """Our people read the meter in this window. Fact: `read_on`."""

    code = "read_by_us"
    template = _("Our people read this meter on %(read_on)s: there is no need to send its reading.")


class SentAndAccepted(DomainError):
    """What was sent was accepted. Facts: `register`, `read_on`."""

    code = "sent_and_accepted"
    template = _(
        "The reading %(register)s sent on %(read_on)s was accepted already. If it is wrong, tell the office."
    )


class SentMeanwhile(DomainError):
    """Another reading of the meter came in at the same time."""

    code = "sent_meanwhile"
    template = _("Another reading of this meter came in just now. Look at it before you send yours.")


class PhotoNeeded(DomainError):
    """The organisation wants a photo with each reading that is sent."""

    code = "photo_needed"
    template = _("Add a photo of the meter in which its numbers can be read.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReading:
    """What somebody saw on his meter, in its unit, and the photo he took of it. Who he is and which meters are his is
    for the caller to know.
    """

    installation: Installation
    register: Decimal
    picture: Picture | None = None


@transaction.atomic
def send_reading(*, sent: SentReading, on: date, by: Actor) -> Reading:
    """Store what a citizen read on this local date; sent twice it is one, and another figure replaces one that waits.

    Raises SelfReadingsOff, PhotoNeeded, NoDatesYet, SelfReadingClosed, ReadByUs, SentAndAccepted, SentMeanwhile.
    """
    stay, town = sent.installation, the_organisation()
    if not (town.self_readings and stay.connection.self_reading):
        raise SelfReadingsOff()
    if town.self_reading_photo and sent.picture is None:
        raise PhotoNeeded()
    hold_accounts(stay.connection_id)
    (now,) = self_readings_of([stay], on=on)
    reading = now.sent
    if reading is None or not _is_the_same(reading, sent, on, by):
        _must_be_open(now)
        if reading is not None and reading.state == "pending":
            step_aside(reading=reading, note=SENT_AGAIN, by=by)
        reading = _record(sent, on=on, waits=not town.self_reading_accepts, by=by)
    if sent.picture is not None:
        attach_photo(reading_id=reading.pk, picture=sent.picture, by=by)
    return reading


def _is_the_same(known: Reading, sent: SentReading, on: date, by: Actor) -> bool:
    """Whether this was sent already, today and by the same person, and still counts."""
    told = (known.read_on, known.reader_id, known.corrected_from or known.register)
    return known.state != "rejected" and told == (on, by.id, sent.register)


def _must_be_open(now: SelfReading) -> None:
    if now.may_send:
        return
    if now.official is not None:
        raise ReadByUs(read_on=now.official.read_on)
    if now.standing is Standing.ACCEPTED and now.sent is not None:
        raise SentAndAccepted(register=now.sent.register, read_on=now.sent.read_on)
    if now.window is None:
        raise NoDatesYet()
    raise SelfReadingClosed(opens_on=now.window.opens_on)


def _record(sent: SentReading, *, on: date, waits: bool, by: Actor) -> Reading:
    new = NewReading(sent.installation.pk, on, sent.register)
    batch = Batch(source="customer", on=on, all_wait=waits)
    with verdicts(reading_sent_waits_once=SentMeanwhile()), transaction.atomic():
        (recorded,) = captured.record_readings(readings=[new], batch=batch, by=by)
    after = {
        "connection": sent.installation.connection_id,
        "read_on": on.isoformat(),
        "register": str(sent.register),
        "state": recorded.state,
        "findings": [finding.code.value for finding in recorded.findings],
    }
    audit.record(by=by, kind="readings.send", object_type="reading", object_id=recorded.id, after=after)
    return Reading.objects.get(pk=recorded.id)
