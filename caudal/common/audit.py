"""Audit rows: one per key operation, or one per batch. Append-only; sealed later by a job."""

from collections.abc import Iterable, Mapping
from typing import Any

from caudal.common.actor import Actor
from caudal.common.models import AuditRecord


def record(
    *,
    by: Actor,
    kind: str,
    object_type: str,
    object_id: object = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditRecord:
    """Append what happened: `kind` is "stage.verb" ("billing.void"), before and after are JSON-able facts."""
    return AuditRecord.objects.create(
        actor_id=by.id,
        actor_label=by.label,
        kind=kind,
        object_type=object_type,
        object_id=str(object_id),
        before=before,
        after=after,
    )


def record_many(
    *,
    by: Actor,
    kind: str,
    object_type: str,
    changes: Iterable[tuple[object, Mapping[str, Any], Mapping[str, Any]]],
) -> None:
    """Append one record for each of many objects changed at once: its id, and its facts before and after."""
    AuditRecord.objects.bulk_create(
        AuditRecord(
            actor_id=by.id,
            actor_label=by.label,
            kind=kind,
            object_type=object_type,
            object_id=str(object_id),
            before=before,
            after=after,
        )
        for object_id, before, after in changes
    )
