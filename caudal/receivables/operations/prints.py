"""Receipts leave the printer once as the original; whatever comes after says that it is a copy."""

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.models import AuditRecord

KIND = "receivables.print"


def note_printed(*, payment_id: int, by: Actor) -> int:
    """Keep that a receipt was printed; how often it had been before."""
    known = AuditRecord.objects.filter(object_type="payment", object_id=str(payment_id), kind=KIND)
    before = known.count()
    audit.record(by=by, kind=KIND, object_type="payment", object_id=payment_id)
    return before
