"""What an invoice below zero leaves in its account's favour: it settles, and no money came in (decision 13)."""

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.models import Invoice
from caudal.billing.operations.numbering import ensure_series
from caudal.common.actor import SYSTEM
from caudal.common.errors import DomainError
from caudal.receivables.models import InvoiceCredit, Payment

CREDIT: Final = "credit"
SERIES: Final = "invoice-credits"


class CreditStandsWithInvoice(DomainError):
    """What an invoice is below zero is credit for as long as the invoice lives. Facts: `number`, `of`."""

    code = "credit_stands_with_invoice"
    template = _("Credit %(number)s is what invoice %(of)s is below zero: void that invoice instead.")


def credit_below_zero(*, invoice_ids: Collection[int], on: date) -> None:
    """Give each account what these invoices are below zero, to be used by whatever it owes; numbered last of all.

    The invoices are posted: their own debits are the ledger's side of it. The accounts are locked by the caller.
    """
    below = Invoice.objects.filter(id__in=list(invoice_ids), total__lt=0, voided_on=None)
    found = list(below.select_related("account").order_by("id"))
    if not found:
        return
    ensure_series(code=SERIES, kind="receipt", prefix="SF-")
    numbers = billing.take_numbers(series_code=SERIES, count=len(found), on=on)
    payments = Payment.objects.bulk_create(
        Payment(
            account_id=invoice.account_id,
            series_id=numbers.series_id,
            number=number,
            amount=-invoice.total,
            method=CREDIT,
            value_on=on,
            posted_on=on,
            posted_at=numbers.taken_at,
            conditions=numbers.conditions,
            taken_by=SYSTEM.label,
            idempotency_key=f"{CREDIT}:{invoice.pk}",
            frozen=_frozen(invoice),
        )
        for number, invoice in enumerate(found, start=numbers.first)
    )
    InvoiceCredit.objects.bulk_create(
        InvoiceCredit(payment=payment, invoice=invoice)
        for payment, invoice in zip(payments, found, strict=True)
    )


def _frozen(invoice: Invoice) -> dict[str, Any]:
    """What it says for ever, in the shape of every receipt."""
    return {
        "holder": invoice.frozen["holder"],
        "account": invoice.account.number,
        "lines": [],
        "balance_after": None,
        "credit_after": str(-invoice.total),
        "asked": None,
        "chosen": None,
    }


def refuse_credit_alone(*, payment_id: int) -> None:
    """Raise CreditStandsWithInvoice for what is not money that came in, but what an invoice is below zero."""
    given = InvoiceCredit.objects.filter(payment=payment_id)
    if one := given.select_related("payment__series", "invoice__series").first():
        number = one.payment.series.printed(one.payment.number)
        raise CreditStandsWithInvoice(number=number, of=one.invoice.series.printed(one.invoice.number))
