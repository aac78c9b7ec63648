"""A change of a row by form: by version, with what it was before and after in the history."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.versions import save_version


def record_created(row: Model, *, kind: str, facts: Mapping[str, Any], by: Actor) -> None:
    """Leave in the history that a row was made, with these facts."""
    _record(row, kind=kind, before=None, after=facts, by=by)


def change(row: Model, *, version: int, changes: Mapping[str, Any], kind: str, by: Actor) -> None:
    """Write the changes and record those columns that are new. Raises ChangedMeanwhile.

    `search_text` is written like any column, and is no news to anybody.
    """
    before = {name: getattr(row, name) for name in changes}
    save_version(row, version=version, changes=dict(changes))
    told = [n for n in changes if before[n] != changes[n] and n != "search_text"]
    if told:
        was, now = {n: before[n] for n in told}, {n: changes[n] for n in told}
        _record(row, kind=kind, before=was, after=now, by=by)


def _record(
    row: Model, *, kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any], by: Actor
) -> None:
    audit.record(
        by=by,
        kind=kind,
        object_type=row._meta.model_name or "",
        object_id=row.pk,
        before=None if before is None else {name: _plain(value) for name, value in before.items()},
        after={name: _plain(value) for name, value in after.items()},
    )


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
