"""The papers behind the portal's download buttons."""

from django.http import Http404


def bill_pdf(*, invoice_id: int) -> bytes:
    """The bill of an invoice."""
    raise Http404


def receipt_pdf(*, payment_id: int) -> bytes:
    """The receipt of a payment."""
    raise Http404
