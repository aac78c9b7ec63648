"""Readings of a file: what was billed elsewhere is history and travels by COPY; what is to be billed is checked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from caudal.common import sql
from caudal.intake.operations.applying import Applying
from caudal.metering.operations.history import History, copy_history, last_accepted, move_installation
from caudal.metering.operations.readings import Batch, NewReading
from caudal.workflows.readings import record_readings

CHECKED_AT_ONCE = 20_000


@dataclass(slots=True)
class _Columns:
    """History being laid out, in the order of the file's meters and days."""

    installations: list[int] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    registers: list[Decimal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    firsts: set[int] = field(default_factory=set)

    def add(self, installation: int, day: date, register: Decimal, note: str) -> None:
        self.installations.append(installation)
        self.days.append(day)
        self.registers.append(register)
        self.notes.append(note)


def bring_readings(applying: Applying) -> None:
    """Store the file's readings: opening registers and history accepted, the rest through metering's checks."""
    readings = applying.analysis.readings
    total = len(readings)
    if not total:
        return
    applying.tell("readings", 0, total)
    _move_installations(applying)
    known = last_accepted(sorted({applying.meters[key].installation_id for key in set(readings.keys)}))
    history, to_check = _parted(applying, known)
    stored = copy_history(
        history=History(
            history.installations,
            history.days,
            history.registers,
            history.notes,
            frozenset(history.firsts),
            known,
        ),
        import_id=applying.import_id,
        by=applying.by,
    )
    applying.count("readings", stored - len(history.firsts))
    applying.count("openings", len(history.firsts))
    _check(applying, to_check, total)
    applying.tell("readings", total, total)


def _parted(applying: Applying, known: Collection[int]) -> tuple[_Columns, list[NewReading]]:
    """The readings up to the day each connection is billed to, with opening registers; and those after."""
    readings = applying.analysis.readings
    until = _billed_until(applying)
    history, to_check = _Columns(), []
    key_before, installation, last = "", 0, date.min
    columns = (readings.keys, readings.days, readings.registers, readings.previous, readings.notes)
    for key, day, register, previous, note in zip(*columns, strict=True):
        opens = False
        if key != key_before:
            place = applying.meters[key]
            key_before, installation = key, place.installation_id
            last = until.get(place.connection_id, date.min)
            opens = installation not in known
            if opens and previous is not None:
                history.firsts.add(len(history.installations))
                history.add(installation, _opened_on(applying, key, day), previous, "")
                opens = False
        if opens:
            history.firsts.add(len(history.installations))
        if opens or day <= last:
            history.add(installation, day, register, note)
        else:
            to_check.append(NewReading(installation, day, register, note))
    return history, to_check


def _opened_on(applying: Applying, key: str, first_read_on: date) -> date:
    """The day a meter stands since, for the register that it had before its first reading."""
    return min(applying.analysis.installed.get(key, first_read_on), first_read_on)


def _billed_until(applying: Applying) -> dict[int, date]:
    """The day up to which each connection was billed, here or elsewhere."""
    known = [place.connection_id for key, place in applying.meters.items() if key not in applying.new_meters]
    recorded = sql.rows("intake/billed_until", {"connections": known}) if known else []
    return {row[0]: row[1] for row in recorded} | applying.billed_until


def _move_installations(applying: Applying) -> None:
    """A known meter that was read before its installation stood there already; a new one has the day right."""
    for key in applying.analysis.moved - applying.new_meters:
        day = applying.analysis.installed[key]
        move_installation(installation_id=applying.meters[key].installation_id, installed_on=day)


def _check(applying: Applying, readings: Sequence[NewReading], total: int) -> None:
    batch = Batch(source="imported", on=applying.on, import_id=applying.import_id)
    for start in range(0, len(readings), CHECKED_AT_ONCE):
        some = readings[start : start + CHECKED_AT_ONCE]
        recorded = record_readings(readings=some, batch=batch, by=applying.by)
        waiting = sum(one.state == "pending" for one in recorded)
        applying.count("readings", len(recorded) - waiting)
        applying.count("readings_to_review", waiting)
        applying.tell("readings", total - len(readings) + start + len(some), total)
