"""Readings come in, one or a hundred thousand by the same way: checked, chained and copied.

What no check finds anything in is accepted; the rest waits for a person, with an alert. So does what customers send,
unless the organisation takes it as its readers' own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import sql
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.readings import (
    AcceptedReading,
    Code,
    Finding,
    Proposed,
    check_reading,
)
from caudal.metering.operations.alerts import Excess, copy_alerts, doubts, excess_of
from caudal.metering.stays import ROLE_ORDER, Stay, load_stays

# Doubts about how much was used, not about what the meter showed.
UNUSUAL: Final = frozenset({Code.FAR_ABOVE, Code.FAR_BELOW, Code.ZERO_AFTER_USE, Code.UNCHANGED})
READING_COLUMNS: Final = (
    "id",
    "installation_id",
    "read_on",
    "register",
    "source",
    "role",
    "state",
    "rollover",
    "previous_id",
    "volume",
    "findings",
    "note",
    "reader_label",
    "reader_id",
    "review_note",
    "import_id",
)


class UnknownInstallation(DomainError):
    """There is no such installation. Fact: `installation_id`."""

    code = "unknown_installation"
    template = _("There is no meter installed under the number %(installation_id)s.")


class OutsideStay(DomainError):
    """The meter was not there on that day. Facts: `read_on`, `installed_on`, `removed_on`."""

    code = "outside_stay"
    template = _("The meter was not installed on %(read_on)s.")


@dataclass(frozen=True, slots=True)
class NewReading:
    """A register as it was seen. `role` is first, regular or final."""

    installation_id: int
    read_on: date
    register: Decimal
    note: str = ""
    role: str = "regular"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Where readings come from: `source` of the model, the local date they came in on, the import that
    brought them.

    `accept_unusual`: history that was billed elsewhere is accepted however unusual the use was; a register
    that cannot be right still waits. `all_wait`: a person looks at each, also where no check doubts.
    """

    source: str
    on: date
    import_id: int | None = None
    accept_unusual: bool = False
    all_wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of one reading: accepted with its `volume` since the one before, or pending for its
    findings.

    `excess` is what an accepted volume has above the connection's limit.
    """

    id: int
    reading: NewReading
    connection_id: int
    state: str
    findings: tuple[Finding, ...] = ()
    previous_id: int | None = None
    volume: Decimal | None = None
    excess: Excess | None = None


@transaction.atomic
def record_readings(*, readings: Sequence[NewReading], batch: Batch, by: Actor) -> tuple[Recorded, ...]:
    """Check, chain and store readings; of one meter in order of date, whatever order they came in.

    Raises UnknownInstallation, OutsideStay; nothing is stored then. Audit is the caller's: one record
    per batch.
    """
    wanted = sorted({r.installation_id for r in readings})
    sql.rows("metering/lock_installations", {"installations": wanted})
    stays = load_stays(wanted)
    ids = iter(sql.reserve_ids("metering_reading", len(readings)))
    recorded = []
    for reading in sorted(readings, key=_place):
        if reading.installation_id not in stays:
            raise UnknownInstallation(installation_id=reading.installation_id)
        recorded.append(_judge(stays[reading.installation_id], reading, batch, next(ids)))
    _store(recorded, batch, by)
    return tuple(recorded)


def _place(reading: NewReading) -> tuple[int, date, int]:
    return reading.installation_id, reading.read_on, ROLE_ORDER[reading.role]


def _judge(stay: Stay, reading: NewReading, batch: Batch, key: int) -> Recorded:
    """Accept what no check doubts, link it to the reading before; the rest is pending."""
    if not stay.spans(reading.read_on):
        raise OutsideStay(read_on=reading.read_on, installed_on=stay.installed_on, removed_on=stay.removed_on)
    proposed = Proposed(reading.read_on, reading.register, batch.on)
    findings = check_reading(proposed, stay.history())
    doubtful = [f for f in findings if not (batch.accept_unusual and f.code in UNUSUAL)]
    if doubtful or batch.all_wait:
        return Recorded(
            id=key, reading=reading, connection_id=stay.connection_id, state="pending", findings=findings
        )
    previous = stay.own[-1] if stay.own else None
    volume = None if previous is None else reading.register - previous.register
    estimated = batch.source == "estimated"
    stay.own.append(AcceptedReading(key, stay.installation_id, reading.read_on, reading.register, estimated))
    return Recorded(
        id=key,
        reading=reading,
        connection_id=stay.connection_id,
        state="accepted",
        findings=findings,
        previous_id=None if previous is None else previous.key,
        volume=volume,
        excess=None if batch.accept_unusual else excess_of(volume, stay.limit_m3),
    )


def _store(recorded: Sequence[Recorded], batch: Batch, by: Actor) -> None:
    sql.copy_rows("metering_reading", READING_COLUMNS, (_reading_row(r, batch, by) for r in recorded))
    copy_alerts(
        (r.connection_id, r.id, kind, detail)
        for r in recorded
        if r.excess or r.state == "pending"
        for kind, detail in doubts(r.findings if r.state == "pending" else (), r.excess)
    )


def _reading_row(recorded: Recorded, batch: Batch, by: Actor) -> tuple[Any, ...]:
    reading = recorded.reading
    return (
        recorded.id,
        reading.installation_id,
        reading.read_on,
        reading.register,
        batch.source,
        reading.role,
        recorded.state,
        False,
        recorded.previous_id,
        recorded.volume,
        [finding.code.value for finding in recorded.findings],
        reading.note,
        by.label,
        by.id,
        "",
        batch.import_id,
    )
