"""The signed link to one bill, for a guest who got it by mail."""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.urls import reverse

SALT: Final = "caudal.bill"
# A bill is looked up for a year and some weeks: until after the one that replaces it in the chart.
LASTS: Final = timedelta(days=400)


def bill_token(invoice_id: int) -> str:
    """What proves that somebody was sent the bill of this invoice."""
    return signing.dumps(invoice_id, salt=SALT)


def invoice_of(token: str) -> int | None:
    """The invoice that a token was made for; None when it was tampered with or is too old."""
    try:
        return int(signing.loads(token, salt=SALT, max_age=LASTS))
    except signing.BadSignature:
        return None


def bill_url(invoice_id: int, base_url: str) -> str:
    """The absolute address of the bill for who has no account."""
    return base_url.rstrip("/") + reverse("portal:signed_bill", args=[bill_token(invoice_id)])
