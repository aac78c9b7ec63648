"""The two sides of a debt that passed to another account, as their pages show them."""

from typing import Any

from caudal.receivables.models import AssumedDebt
from caudal.receivables.queries import passing_credits


def sides(assumed: AssumedDebt | None) -> dict[str, Any] | None:
    """The credit and the invoice with their numbers, and the accounts; None where nothing passed."""
    if assumed is None:
        return None
    payment, invoice = assumed.payment, assumed.invoice
    return {
        "agreement": assumed.agreement,
        "credit": {"id": payment.pk, "number": payment.series.printed(payment.number)},
        "from_account": payment.account.number,
        "invoice": {
            "id": invoice.pk,
            "number": invoice.series.printed(invoice.number),
            "total": invoice.total,
        },
        "to_account": invoice.account.number,
    }


def credits_before(invoice_id: int) -> list[dict[str, Any]]:
    """The credits to be reversed before an invoice can be void, because its debt passed with them."""
    return [
        {"id": payment.pk, "number": payment.series.printed(payment.number)}
        for payment in passing_credits(invoice_id=invoice_id)
    ]
