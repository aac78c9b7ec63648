"""What falls once for being late, posted by itself on the day it falls: a document of its own, due at once."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from itertools import groupby

from caudal.billing import operations as billing
from caudal.billing.models import Account, Charge, Invoice
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.kernel.periods import ONE_DAY
from caudal.receivables.operations.posting import apply_credit, post_charges
from caudal.receivables.operations.settlement import interest_document, interest_service_id
from caudal.receivables.queries.interest import InterestDue
from caudal.receivables.queries.surcharges import surcharges_due


def post_surcharges(*, account_ids: Collection[int], on: date, by: Actor) -> tuple[int, ...]:
    """Charge these accounts what fell by a day and is not charged yet; the ids of the invoices.

    Each is dated on the day it fell. What was charged before is not charged again, whoever charged it. Raises
    NoInterestService, and billing's NumbersExhausted.
    """
    held = Account.objects.select_for_update().filter(id__in=account_ids).order_by("id")
    dues = surcharges_due(on=on, account_ids=list(held.values_list("id", flat=True)))
    if not dues:
        return ()
    invoices = _issue(dues, on)
    ids = tuple(invoice.pk for invoice in invoices)
    post_charges(invoice_ids=ids, on=on)
    apply_credit(invoice_ids=ids, on=on)
    total = sum((due.amount for due in dues), Decimal(0))
    facts = {"on": on.isoformat(), "invoices": len(ids), "total": str(total)}
    audit.record(by=by, kind="receivables.surcharge", object_type="invoice", after=facts)
    return ids


def _issue(dues: Collection[InterestDue], on: date) -> tuple[Invoice, ...]:
    """One invoice for each late invoice and day."""
    of = dict(Charge.objects.filter(id__in=[d.charge_id for d in dues]).values_list("id", "invoice_id"))
    origins = Invoice.objects.in_bulk(list(of.values()))

    def place(due: InterestDue) -> tuple[int, date]:
        return of[due.charge_id], due.covers_to

    service_id = interest_service_id()
    return billing.issue_invoices(
        documents=[
            interest_document(
                origin=origins[invoice_id],
                dues=list(group),
                service_id=service_id,
                dated_on=covers_to - ONE_DAY,
                issued_on=on,
            )
            for (invoice_id, covers_to), group in groupby(sorted(dues, key=place), key=place)
        ]
    )
