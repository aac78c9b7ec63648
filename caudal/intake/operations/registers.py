"""Readings of a file: what was billed elsewhere is history and travels by COPY; what is to be billed is checked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from caudal.common import sql
from caudal.intake.operations.applying import Applying
from caudal.metering.operations.history import (
    History,
    Known,
    copy_history,
    last_accepted,
    move_installation,
)
from caudal.metering.operations.readings import Batch, NewReading
from caudal.metering.operations.screening import plainly_fine
from caudal.metering.stays import load_stays
from caudal.workflows.readings import record_readings

# Stays whose history is in memory at once.
CHECKED_AT_ONCE = 5_000


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


@dataclass(frozen=True, slots=True)
class _Stay:
    """New readings of one installation that are to be checked, in order of date."""

    installation_id: int
    readings: list[tuple[date, Decimal]]
    notes: list[str]


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
    _copy(applying, history, known)
    applying.count("openings", len(history.firsts))
    done = len(history.days) - len(history.firsts)
    for place in range(0, len(to_check), CHECKED_AT_ONCE):
        some = to_check[place : place + CHECKED_AT_ONCE]
        _check(applying, some)
        done += sum(len(one.readings) for one in some)
        applying.tell("readings", done, total)
    applying.tell("readings", total, total)


def _parted(applying: Applying, known: Collection[int]) -> tuple[_Columns, list[_Stay]]:
    """The readings up to the day each connection is billed to, with opening registers; and those after, by stay."""
    readings = applying.analysis.readings
    until = _billed_until(applying)
    history = _Columns()
    to_check: list[_Stay] = []
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
            continue
        if not to_check or to_check[-1].installation_id != installation:
            to_check.append(_Stay(installation, [], []))
        to_check[-1].readings.append((day, register))
        to_check[-1].notes.append(note)
    return history, to_check


def _copy(applying: Applying, columns: _Columns, known: dict[int, Known]) -> None:
    history = History(
        columns.installations,
        columns.days,
        columns.registers,
        columns.notes,
        frozenset(columns.firsts),
        known,
    )
    stored = copy_history(history=history, import_id=applying.import_id, by=applying.by)
    applying.count("readings", stored - len(columns.firsts))


def _check(applying: Applying, some: Sequence[_Stay]) -> None:
    """Most readings are plainly fine and travel together; the others are judged one by one."""
    stays = load_stays([one.installation_id for one in some])
    fine, doubtful = _Columns(), []
    known: dict[int, Known] = {}
    for one in some:
        stay = stays[one.installation_id]
        if plainly_fine(stay, one.readings, on=applying.on):
            if stay.own:
                known[one.installation_id] = Known(stay.own[-1].key, stay.own[-1].register)
            for (day, register), note in zip(one.readings, one.notes, strict=True):
                fine.add(one.installation_id, day, register, note)
        else:
            doubtful += [
                NewReading(one.installation_id, day, register, note)
                for (day, register), note in zip(one.readings, one.notes, strict=True)
            ]
    _copy(applying, fine, known)
    if doubtful:
        batch = Batch(source="imported", on=applying.on, import_id=applying.import_id)
        recorded = record_readings(readings=doubtful, batch=batch, by=applying.by)
        waiting = sum(one.state == "pending" for one in recorded)
        applying.count("readings", len(recorded) - waiting)
        applying.count("readings_to_review", waiting)


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
