"""The signed link to one bill, as its QR and its mail show it.

It carries the day of issue instead of a time stamp of its own, so that a reprint has the same link.
"""

from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SIGNER: Final = signing.Signer(salt="caudal.bill")
# A bill is looked up for a year and some weeks: until after the one that replaces it in the chart.
LASTS: Final = timedelta(days=400)


def bill_token(*, invoice_id: int, issued_on: date) -> str:
    """What proves that somebody was sent the bill of this invoice."""
    return _SIGNER.sign(f"{invoice_id}-{issued_on:%Y%m%d}")


def invoice_of(token: str, *, on: date) -> int | None:
    """The invoice that a token was made for; None when it was tampered with or is too old."""
    try:
        invoice_id, _, issued_on = _SIGNER.unsign(token).partition("-")
    except signing.BadSignature:
        return None
    return int(invoice_id) if on <= date.fromisoformat(issued_on) + LASTS else None


def bill_url(*, invoice_id: int, issued_on: date, base_url: str) -> str:
    """The absolute address of the bill for who has no account; without a `base_url`, on this machine."""
    token = bill_token(invoice_id=invoice_id, issued_on=issued_on)
    return (base_url or settings.LOCAL_URL).rstrip("/") + reverse("portal:signed_bill", args=[token])
