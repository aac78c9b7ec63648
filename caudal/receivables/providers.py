"""Online payment providers: they take the card on their own page and tell us afterwards. No card data comes here.

A provider is asked three things: where to send the payer, whether a message is truly its own, and what became
of a payment that nobody told us about. The sandbox is a real one whose page is ours and whose money is not.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError
from caudal.receivables.models import PaymentIntent

TOLERANCE: Final = timedelta(minutes=5)
SIGNATURE_HEADER: Final = "Caudal-Signature"


class UnknownProvider(DomainError):
    """No such provider, or not one of this installation. Facts: `provider`."""

    code = "unknown_provider"
    template = _("Online payment is not available.")


class UnsignedEvent(DomainError):
    """A message that its provider did not sign."""

    code = "unsigned_event"
    template = _("The message is not signed by the provider.")


class StaleEvent(DomainError):
    """A message signed long ago, or for later: perhaps recorded and played back. Facts: `signed_at`."""

    code = "stale_event"
    template = _("The message was not signed just now.")


class MalformedEvent(DomainError):
    """A signed message that does not say what it should."""

    code = "malformed_event"
    template = _("The message cannot be read.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a provider says: the money of an intent came (`paid`) or did not, under its own reference."""

    event_id: str
    intent_id: UUID
    paid: bool
    amount: Decimal
    currency: str
    reference: str
    happened_at: datetime


class Provider(Protocol):
    """What Caudal needs of a provider. `name` is as the payer knows it."""

    code: str
    name: str

    def start(self, *, intent: PaymentIntent) -> str:
        """The address where the payer pays the intent."""

    def verify(self, *, body: bytes, headers: Mapping[str, str], at: datetime) -> Event:
        """The event of a message. Raises UnsignedEvent, StaleEvent, MalformedEvent."""

    def ask(self, *, intent: PaymentIntent) -> Event | None:
        """What the provider knows of an intent; None while it is open there."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it goes over the wire."""

    body: bytes
    headers: Mapping[str, str]


class Sandbox:
    """A provider for trying out: its page is `portal:provider`, its memory the shared cache."""

    code = "sandbox"
    name = "Banco de prueba"

    def start(self, *, intent: PaymentIntent) -> str:
        return reverse("portal:provider", args=[intent.pk])

    def decide(self, *, intent: PaymentIntent, paid: bool, currency: str, at: datetime) -> Message:
        """The payer's decision on the sandbox's page: kept, and told in a signed message."""
        said = {
            "id": f"evt_{intent.pk.hex}_{'paid' if paid else 'failed'}",
            "intent": str(intent.pk),
            "status": "paid" if paid else "failed",
            "amount": str(intent.amount),
            "currency": currency,
            "reference": f"SBX-{intent.pk.hex[:12].upper()}",
            "happened_at": at.isoformat(),
        }
        body = json.dumps(said).encode()
        cache.set(self._key(intent), body.decode(), timeout=None)
        return self.signed(body=body, at=at)

    def signed(self, *, body: bytes, at: datetime) -> Message:
        """A message with this provider's signature of an instant: HMAC-SHA256 over instant and body."""
        stamp = str(int(at.timestamp()))
        return Message(body, {SIGNATURE_HEADER: f"t={stamp},v1={_signature(stamp, body)}"})

    def verify(self, *, body: bytes, headers: Mapping[str, str], at: datetime) -> Event:
        stamp, _comma, signature = headers.get(SIGNATURE_HEADER, "").partition(",")
        stamp, signature = stamp.removeprefix("t="), signature.removeprefix("v1=")
        if not stamp.isdecimal() or not hmac.compare_digest(
            signature.encode(), _signature(stamp, body).encode()
        ):
            raise UnsignedEvent()
        signed_at = datetime.fromtimestamp(int(stamp), tz=at.tzinfo)
        if abs(at - signed_at) > TOLERANCE:
            raise StaleEvent(signed_at=signed_at)
        return _event(body)

    def ask(self, *, intent: PaymentIntent) -> Event | None:
        known = cache.get(self._key(intent))
        return None if known is None else _event(known.encode())

    def _key(self, intent: PaymentIntent) -> str:
        return f"sandbox:{intent.pk.hex}"


SANDBOX: Final = Sandbox()
_PROVIDERS: Final[dict[str, Provider]] = {SANDBOX.code: SANDBOX}


def provider_codes() -> tuple[str, ...]:
    """The providers of this installation (setting PAYMENT_PROVIDERS); the sandbox where it is a demo."""
    default = (SANDBOX.code,) if settings.DEMO else ()
    return tuple(getattr(settings, "PAYMENT_PROVIDERS", default))


def provider(code: str) -> Provider:
    """A provider of this installation. Raises UnknownProvider."""
    if code not in provider_codes() or code not in _PROVIDERS:
        raise UnknownProvider(provider=code)
    return _PROVIDERS[code]


def _signature(stamp: str, body: bytes) -> str:
    key = salted_hmac("caudal.sandbox", "webhook", algorithm="sha256").digest()
    return hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _event(body: bytes) -> Event:
    try:
        said: dict[str, Any] = json.loads(body)
        return Event(
            event_id=str(said["id"])[:100],
            intent_id=UUID(said["intent"]),
            paid=_PAID[said["status"]],
            amount=Decimal(said["amount"]),
            currency=str(said["currency"]),
            reference=str(said["reference"])[:100],
            happened_at=datetime.fromisoformat(said["happened_at"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as wrong:
        raise MalformedEvent() from wrong


_PAID: Final = {"paid": True, "failed": False}
