"""Issue of one document, and its void. The bill run writes many at once in `batch.py`, the same columns."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from caudal.billing.documents import ChargeDocument, InvoiceDocument
from caudal.billing.models import Charge, Invoice
from caudal.billing.operations.numbering import INVOICES, take_numbers
from caudal.billing.operations.periods import hold_open
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts


class AlreadyBilled(DomainError):
    """A live charge for the same subscription and period, or for the same origin, exists."""

    code = "already_billed"
    template = _("This has already been billed: void the other invoice first.")


class AlreadyVoid(DomainError):
    """Somebody voided the invoice before."""

    code = "already_void"
    template = _("Invoice %(number)s is already void.")


def issue_invoice(*, document: InvoiceDocument, series_code: str = INVOICES) -> Invoice:
    """Number and insert one document with its charges; the caller posts it to the ledger in the same transaction.

    Raises AlreadyBilled when a live charge of the same subscription and period, reading or origin exists,
    NumbersExhausted when the series has ended.
    """
    return issue_invoices(documents=[document], series_code=series_code)[0]


def issue_invoices(
    *, documents: Sequence[InvoiceDocument], series_code: str = INVOICES
) -> tuple[Invoice, ...]:
    """The same for several, all issued on one day, numbered in their order. Raises PeriodClosed, too."""
    hold_open(
        period_ids={c.period_id for d in documents for c in d.charges if c.period_id},
        days={d.dated_on for d in documents if d.origin == "one_off"},
    )
    numbers = take_numbers(series_code=series_code, count=len(documents), on=documents[0].issued_on)
    invoices = Invoice.objects.bulk_create(
        Invoice(
            series_id=numbers.series_id,
            number=number,
            issued_at=numbers.taken_at,
            conditions=numbers.conditions,
            account_id=document.account_id,
            connection_id=document.connection_id,
            origin=document.origin,
            dated_on=document.dated_on,
            issued_on=document.issued_on,
            due_date=document.due_date,
            covers_from=document.covers_from,
            covers_to=document.covers_to,
            net=document.net,
            tax=document.tax,
            total=document.total,
            frozen=document.frozen,
            remarks=document.remarks,
        )
        for number, document in enumerate(documents, start=numbers.first)
    )
    taken = AlreadyBilled()
    with verdicts(charge_once_a_period=taken, charge_once_an_origin=taken, charge_once_a_reading=taken):
        Charge.objects.bulk_create(
            _charge(invoice, position, charge)
            for invoice, document in zip(invoices, documents, strict=True)
            for position, charge in enumerate(document.charges, start=1)
        )
    return tuple(invoices)


def _charge(invoice: Invoice, position: int, document: ChargeDocument) -> Charge:
    return Charge(
        invoice=invoice,
        position=position,
        **{name: getattr(document, name) for name in ChargeDocument.__dataclass_fields__},
    )


def void(*, invoice_id: int, on: date, reason: str, by: Actor) -> Invoice:
    """Mark an invoice void and take its charges out of the living, so that they can be billed again.

    The number stays used. Raises AlreadyVoid.
    """
    changed = Invoice.objects.filter(pk=invoice_id, voided_on=None).update(
        voided_on=on, voided_by=by.label, void_reason=reason
    )
    invoice = Invoice.objects.select_related("series").get(pk=invoice_id)
    if not changed:
        raise AlreadyVoid(number=invoice.series.printed(invoice.number))
    Charge.objects.filter(invoice_id=invoice_id).update(live=False)
    return invoice
