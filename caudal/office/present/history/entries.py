"""Records as entries of a timeline, rows of a list, and a page of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.urls import reverse

from caudal.common.models import AuditRecord, RowChange
from caudal.common.ui import formats
from caudal.office.present.history.difference import Change, Teller, references
from caudal.office.present.history.kinds import icon_of, kind_word
from caudal.office.present.history.things import TABLES, Names, Shown
from caudal.registry.context import current_town

VERBS: Final = dict(RowChange.VERBS)
MOST_ROWS: Final = 100
SHORT: Final = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One record in words."""

    id: int
    at: datetime
    actor: str
    actor_id: int | None
    what: str
    icon: str
    thing: Shown
    changes: list[Change]

    @property
    def summary(self) -> str:
        """The first changes on one line."""
        more = len(self.changes) - SHORT
        said = "; ".join(map(str, self.changes[:SHORT]))
        return f"{said}; y {more} más" if more > 0 else said


@dataclass(frozen=True, slots=True)
class RowEntry:
    """What happened to one row: «Cambio», of which object, and its columns before and after."""

    verb: str
    thing: Shown
    changes: list[Change]


def entries(records: Iterable[AuditRecord]) -> list[Entry]:
    """Records in words, in their order; a constant number of statements."""
    records = list(records)
    teller = _teller(records, ())
    return [_entry(record, teller) for record in records]


def _teller(records: Sequence[AuditRecord], rows: Sequence[RowChange]) -> Teller:
    names = Names()
    wanted: list[tuple[str, object]] = [(r.object_type, r.object_id) for r in records]
    wanted += [(TABLES.get(row.table_name, ""), row.row_id) for row in rows]
    sides = [(one.before, one.after) for one in records] + [(one.before, one.after) for one in rows]
    for before, after in sides:
        wanted += [*references(before), *references(after)]
    names.learn(wanted)
    return Teller(current_town(), names)


def _entry(record: AuditRecord, teller: Teller) -> Entry:
    return Entry(
        id=record.pk,
        at=record.at,
        actor=record.actor_label,
        actor_id=record.actor_id,
        what=kind_word(record.kind),
        icon=icon_of(record.kind),
        thing=teller.names.of(record.object_type, record.object_id),
        changes=teller.changes(record.object_type, record.before, record.after),
    )


def record_page(record: AuditRecord) -> dict[str, Any]:
    """A record with the rows that its transaction changed; at most MOST_ROWS of them."""
    rows: list[RowChange] = []
    if record.transaction:
        found = RowChange.objects.filter(transaction=record.transaction).order_by("pk")
        rows = _merged(found[: MOST_ROWS + 1])
    teller = _teller([record], rows)
    return {
        "entry": _entry(record, teller),
        "rows": [_row(row, teller) for row in rows[:MOST_ROWS]],
        "more_rows": len(rows) > MOST_ROWS,
    }


def _merged(rows: Iterable[RowChange]) -> list[RowChange]:
    """One change for each row, from what it was before the first to what it is after the last."""
    first: dict[tuple[str, int], RowChange] = {}
    for row in rows:
        known = first.setdefault((row.table_name, row.row_id), row)
        if row is not known:
            known.after = None if row.verb == "delete" else {**(known.after or {}), **(row.after or {})}
            if known.before is not None:
                known.before = {**(row.before or {}), **known.before}
    return list(first.values())


def _row(row: RowChange, teller: Teller) -> RowEntry:
    name = TABLES.get(row.table_name, row.table_name)
    told = teller.changes(name, row.before, row.after)
    return RowEntry(VERBS[row.verb], teller.names.of(name, row.row_id), told)


def audit_entries(records: Iterable[AuditRecord], *, linked: bool = False) -> list[dict[str, Any]]:
    """Entries for the timeline; `linked` to their own pages, for those who may see them."""
    town = current_town()
    return [
        {
            "icon": entry.icon,
            "title": entry.what,
            "href": reverse("office:history_record", args=[entry.id]) if linked else "",
            "note": f"{f'{entry.summary}. ' if entry.summary else ''}{entry.actor}, {formats.moment(entry.at, town)}",
        }
        for entry in entries(records)
    ]
