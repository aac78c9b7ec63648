"""Interest that other bills charged on a debt which turned out not to be one: given back by a document below zero."""

from collections.abc import Collection, Iterable
from datetime import date
from itertools import groupby

from caudal.billing import operations as billing
from caudal.billing.documents import InvoiceDocument
from caudal.billing.models import Charge, Invoice
from caudal.receivables.operations.posting import post_charges
from caudal.receivables.operations.settlement import ZERO, interest_document, interest_service_id
from caudal.receivables.queries.effects import interest_charged
from caudal.receivables.queries.interest import InterestDue, interest_label


def give_back_interest(*, origin_ids: Collection[int], on: date) -> None:
    """Even out what living invoices charge of interest on void charges: a document for each void invoice.

    Earlier ones for the same charges are void by now. What it is below zero is credit. The account is locked by the
    caller. Raises NoInterestService, NumbersExhausted.
    """
    charged = interest_charged(origin_ids=origin_ids).order_by("origin_id", "origin_part")
    dues = [due for _origin, own in groupby(charged, key=lambda c: c.origin_id) if (due := _due(list(own)))]
    if not dues:
        return
    documents = _documents(dues, on)
    issued = billing.issue_invoices(documents=documents)
    post_charges(invoice_ids=[invoice.pk for invoice in issued], on=on)


def _due(charged: Collection[Charge]) -> InterestDue | None:
    """The opposite of what was charged on one charge."""
    first, total = next(iter(charged)), sum((c.total for c in charged), ZERO)
    if not total or first.origin_id is None:
        return None
    origin = Charge.objects.select_related("invoice").get(pk=first.origin_id)
    invoice = origin.invoice
    return InterestDue(
        charge_id=origin.pk,
        account_id=invoice.account_id,
        subscription_id=origin.subscription_id,
        connection_id=invoice.connection_id,
        label=interest_label(concept=origin.label, receipt_date=invoice.dated_on, returned=total > 0),
        amount=-total,
        part=max(c.origin_part or 0 for c in charged) + 1,
        covers_from=min(c.covers_from or invoice.covers_from for c in charged),
        covers_to=max(c.covers_to or invoice.covers_to for c in charged),
        explanation={"lines": [], "inputs": {"amount": str(-total)}},
    )


def _documents(dues: Iterable[InterestDue], on: date) -> list[InvoiceDocument]:
    by_invoice: dict[int, list[InterestDue]] = {}
    of = dict(Charge.objects.filter(id__in=[due.charge_id for due in dues]).values_list("id", "invoice_id"))
    for due in dues:
        by_invoice.setdefault(of[due.charge_id], []).append(due)
    origins, service_id = Invoice.objects.in_bulk(list(by_invoice)), interest_service_id()
    return [
        interest_document(
            origin=origins[invoice_id], dues=own, service_id=service_id, dated_on=on, issued_on=on
        )
        for invoice_id, own in by_invoice.items()
    ]
