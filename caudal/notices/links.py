"""The signed link by which a party makes its user: for three days, once, and only at the address it was mailed to."""

from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.utils.crypto import salted_hmac

from caudal.registry.models import Party

_SIGNER: Final = signing.Signer(salt="caudal.portal")
LASTS: Final = timedelta(days=3)


def portal_token(*, party: Party, address: str, at: datetime) -> str:
    """What proves, from an instant on, that somebody reads the mails that the party gets at this address."""
    return _SIGNER.sign(f"{party.pk}-{int(at.timestamp())}-{_digest(address)}")


def party_of(token: str, *, at: datetime) -> Party | None:
    """The party that a token was made for.

    None when it was altered, is too old, was used (the party has its user), or the address changed since.
    """
    try:
        party_id, made, digest = _SIGNER.unsign(token).split("-")
    except (signing.BadSignature, ValueError):
        return None
    if at.timestamp() > int(made) + LASTS.total_seconds():
        return None
    party = Party.objects.filter(pk=int(party_id), user=None).first()
    return party if party is not None and _digest(party.email) == digest else None


def _digest(address: str) -> str:
    """The address without telling it."""
    return salted_hmac("caudal.portal.address", address.lower(), algorithm="sha256").hexdigest()[:16]
