"""A change of a row by form: by version, with what it was before and after in the history."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.versions import save_version

# Derived from what is told already.
UNTOLD = frozenset({"search_text", "sort_key", "identification_key"})


def record_created(row: Model, *, kind: str, columns: Iterable[str], by: Actor) -> None:
    """Leave in the history that a row was made, with what these columns say."""
    after = {_name(column): _said(row, column) for column in columns if column not in UNTOLD}
    _record(row, kind=kind, before=None, after=after, by=by)


def change(row: Model, *, version: int, changes: Mapping[str, Any], kind: str, by: Actor) -> None:
    """Write the changes and record those columns that are new, other rows by their names. Raises ChangedMeanwhile."""
    told = [name for name in changes if getattr(row, name) != changes[name] and name not in UNTOLD]
    before = {_name(column): _said(row, column) for column in told}
    save_version(row, version=version, changes=dict(changes))
    if told:
        after = {_name(column): _said(row, column) for column in told}
        _record(row, kind=kind, before=before, after=after, by=by)


def _record(
    row: Model, *, kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any], by: Actor
) -> None:
    name = row._meta.model_name or ""
    audit.record(by=by, kind=kind, object_type=name, object_id=row.pk, before=before, after=after)


def _name(column: str) -> str:
    return column.removesuffix("_id")


def _said(row: Model, column: str) -> Any:
    """As JSON holds it; a foreign key as people call the row it points at."""
    value = getattr(row, _name(column))
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | Model) else value
