"""Takes an applied import back, whole: its rows go, and what it changed is as it was."""

from datetime import datetime
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing.operations import imported as billing
from caudal.common import audit, sql
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.versions import ChangedMeanwhile
from caudal.intake.models import Import
from caudal.intake.operations.imports import NotWaiting
from caudal.intake.operations.people import restore_party
from caudal.intake.operations.supplies import restore_connection
from caudal.intake.queries.undoing import undo_refusal
from caudal.metering.operations import history as metering
from caudal.receivables.operations import imported as receivables
from caudal.registry import operations as registry

# Below this many rows, looking for what points at them is quicker than preparing to look.
FEW_ROWS: Final = 20


class CannotUndo(DomainError):
    """Something was built on the import. Fact: `reason`, a clause."""

    code = "cannot_undo"
    template = _("This import can no longer be undone: %(reason)s")


def undo_import(*, import_id: int, at: datetime, by: Actor) -> Import:
    """Undo an applied import in one transaction. Raises NotWaiting, CannotUndo."""
    try:
        with transaction.atomic():
            found = Import.objects.select_for_update().get(pk=import_id)
            if found.state != "applied":
                raise NotWaiting(import_id=import_id, state=found.get_state_display())
            if reason := undo_refusal(found):
                raise CannotUndo(reason=reason)
            _take_back(found, by)
            found.state, found.undone_at = "undone", at
            found.save(update_fields=["state", "undone_at"])
            made = found.report.get("made")
            audit.record(by=by, kind="intake.undo", object_type="import", object_id=import_id, before=made)
            return found
    except (IntegrityError, ChangedMeanwhile) as refusal:
        raise CannotUndo(reason=_("its rows are in use or were changed.")) from refusal


def _take_back(found: Import, by: Actor) -> None:
    """Debts first, then services, meters and people, as they were built on each other."""
    undo = found.report["undo"]
    many = sum(found.report["made"].values()) > FEW_ROWS
    if many:
        sql.execute("intake/undo_indexes", {})
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('caudal.undo_import', %s, true)", [str(found.pk)])
    receivables.delete_import(import_id=found.pk)
    billing.delete_import(import_id=found.pk, counters=undo["series"])
    for before in reversed(undo["connections"]):
        restore_connection(before, by=by)
    metering.delete_import(import_id=found.pk)
    for before in reversed(undo["parties"]):
        restore_party(before, by=by)
    registry.delete_import(import_id=found.pk)
    with connection.cursor() as cursor:  # what is still pointed at shows now, not at the commit
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    if many:
        sql.execute("intake/drop_undo_indexes", {})
