"""Credit that settles what an account owes as soon as an invoice is there to use it, or gives it."""

from collections.abc import Collection
from datetime import date

from caudal.receivables.models import InvoiceCredit
from caudal.receivables.operations.posting import apply_credit
from caudal.receivables.operations.settlement import settle_credit


def use_credit(*, invoice_ids: Collection[int], on: date) -> None:
    """Let credit settle what the invoices' accounts owe, oldest first; what they are below zero also what is late.

    The accounts are locked by the caller, the invoices posted. Raises NoInterestService, NumbersExhausted.
    """
    apply_credit(invoice_ids=invoice_ids, on=on)
    given = InvoiceCredit.objects.filter(invoice__in=list(invoice_ids), payment__credit__isnull=False)
    for account_id in sorted(set(given.values_list("payment__account_id", flat=True))):
        settle_credit(account_id=account_id, on=on)
