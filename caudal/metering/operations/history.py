"""What another system knew of meters, brought in whole: supply points, devices, their stays and their registers.

The caller has checked the registers as a file (they rise, one a day); here they become chains and travel by COPY.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from caudal.common import sql
from caudal.common.actor import Actor
from caudal.metering.models import Installation
from caudal.metering.operations.connections import (
    NUMBER_WIDTH,
    ConnectionData,
    connection_columns,
    next_connection_number,
)
from caudal.metering.operations.meters import MeterData, serial_key

NULL: Final = "\\N"
READING: Final = (
    *("id", "installation_id", "read_on", "register", "source", "role", "state", "rollover"),
    *("previous_id", "volume", "findings", "note", "reader_label", "reader_id", "review_note", "import_id"),
)


@dataclass(frozen=True, slots=True)
class Supply:
    """A meter where it stands, and since when."""

    connection: ConnectionData
    meter: MeterData
    installed_on: date


@dataclass(frozen=True, slots=True)
class Supplied:
    """The rows that a supply became."""

    connection_id: int
    connection_number: str
    installation_id: int


@dataclass(frozen=True, slots=True)
class Known:
    """The last accepted reading of an installation: what its next one is chained to."""

    reading_id: int
    register: Decimal


@dataclass(frozen=True, slots=True)
class History:
    """Accepted readings by column, those of one installation together and in order of date.

    `firsts` are the positions of opening registers. `known` has the installations that were read before.
    """

    installations: Sequence[int]
    days: Sequence[date]
    registers: Sequence[Decimal]
    notes: Sequence[str]
    firsts: frozenset[int]
    known: dict[int, Known]


def copy_supplies(*, supplies: Sequence[Supply], import_id: int) -> list[Supplied]:
    """New connections, numbered on from the highest, with a new meter each; in the same order."""
    if not supplies:
        return []
    first = int(next_connection_number())
    count = len(supplies)
    connections = sql.reserve_ids("metering_connection", count)
    meters = sql.reserve_ids("metering_meter", count)
    stays = sql.reserve_ids("metering_installation", count)
    numbers = [f"{first + place:0{NUMBER_WIDTH}d}" for place in range(count)]
    rows = [connection_columns(s.connection, number=n) for s, n in zip(supplies, numbers, strict=True)]
    names = [name for name in rows[0] if name != "attributes"]
    sql.copy_rows(
        "metering_connection",
        ("id", "number", "attributes", "version", "import_id", *names),
        (
            (key, number, "{}", 1, import_id, *(row[name] for name in names))
            for key, number, row in zip(connections, numbers, rows, strict=True)
        ),
    )
    sql.copy_rows(
        "metering_meter",
        ("id", "serial", "serial_key", "brand", "digits", "unit", "import_id"),
        (
            (key, m.serial.strip(), serial_key(m.serial), m.brand, m.digits, m.unit, import_id)
            for key, m in zip(meters, (s.meter for s in supplies), strict=True)
        ),
    )
    sql.copy_rows(
        "metering_installation",
        ("id", "connection_id", "meter_id", "installed_on", "import_id"),
        (
            (key, connection, meter, s.installed_on, import_id)
            for key, connection, meter, s in zip(stays, connections, meters, supplies, strict=True)
        ),
    )
    return [Supplied(*row) for row in zip(connections, numbers, stays, strict=True)]


def last_accepted(installation_ids: Sequence[int]) -> dict[int, Known]:
    """The last accepted reading of each installation that has one; their rows stay locked, in order of id."""
    params = {"installations": list(installation_ids)}
    sql.rows("metering/lock_installations", params)
    return {row[0]: Known(*row[1:]) for row in sql.rows("metering/last_accepted", params)}


def copy_history(*, history: History, import_id: int, by: Actor) -> int:
    """Store registers that were accepted elsewhere, chained; how many. The installations are locked by the caller."""
    ids = sql.reserve_ids("metering_reading", len(history.installations))
    sql.copy_lines("metering_reading", READING, _lines(history, ids, import_id, by))
    return len(ids)


def _lines(history: History, ids: Sequence[int], import_id: int, by: Actor) -> Iterator[str]:
    """Rows as COPY text: adapting field by field would take longer than everything else."""
    tail = f"{_text(by.label)}\t{NULL if by.id is None else by.id}\t\t{import_id}\n"
    columns = zip(ids, history.installations, history.days, history.registers, history.notes, strict=True)
    days: dict[date, str] = {}
    stay, before, register = 0, 0, Decimal(0)
    for position, (key, installation, day, now, note) in enumerate(columns):
        if installation != stay:
            known = history.known.get(installation)
            stay, before = installation, known.reading_id if known else 0
            register = known.register if known else register
        chain = f"{before}\t{now - register}" if before else f"{NULL}\t{NULL}"
        role = "first" if position in history.firsts else "regular"
        read_on = days.get(day) or days.setdefault(day, day.isoformat())
        yield (
            f"{key}\t{installation}\t{read_on}\t{now}\timported\t{role}\taccepted\tf\t"
            f"{chain}\t{{}}\t{_text(note)}\t{tail}"
        )
        before, register = key, now


def _text(value: str) -> str:
    """A text as COPY reads it."""
    if "\\" in value or "\n" in value or "\t" in value or "\r" in value:
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return value


def move_installation(*, installation_id: int, installed_on: date) -> None:
    """A stay began earlier than was known."""
    Installation.objects.filter(pk=installation_id, installed_on__gt=installed_on).update(
        installed_on=installed_on
    )


def delete_import(*, import_id: int) -> None:
    """Take back the meters and readings that an import brought."""
    sql.execute("metering/delete_import", {"import_id": import_id})
