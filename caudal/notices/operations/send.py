"""Sends what is due, each mail once: who claims a row alone may send it, and a row in hand is uncertain until
the server has answered, so that a crash at any moment never sends a second mail by itself."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone

from caudal.common import sql
from caudal.common.errors import DomainError
from caudal.common.text import mail_address
from caudal.notices.mails.compose import Owed, Sender, amounts_owed, compose, load, new_message_id, sender
from caudal.notices.mails.mime import Letter
from caudal.notices.mails.transport import Delivery, Outcome, Transport, open_transport
from caudal.notices.models import Message
from caudal.notices.operations.enqueue import MOVED

ZERO: Final = Decimal(0)
REMINDERS: Final = ("invoice_due", "invoice_overdue")
BATCH: Final = 50
LEASE: Final = timedelta(minutes=15)
# Waits of 1, 2, 4 … minutes, six hours at most: about two days in all.
ATTEMPTS_MAX: Final = 14
WAIT_MAX: Final = timedelta(hours=6)
# What data or a file that one mail needs may raise while it is written. Not the database's errors: those are no mail's.
FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    DomainError,
    LookupError,
    ObjectDoesNotExist,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
PdfOf = Callable[[Message], bytes]


@dataclass(frozen=True, slots=True)
class Sent:
    """How many mails ended how: `sent`, `later`, `never`, `uncertain`, `away`, `dropped` (void or paid meanwhile)."""

    counts: Counter[str]


def send_due(*, clock: Clock, pdf_of: PdfOf, limit: int | None = None) -> Sent:
    """Send the mails that are due, batch after batch over one connection, until none is or the server is away.

    `pdf_of` makes what is attached. At most `limit` mails where given.
    """
    counts: Counter[str] = Counter()
    by = sender()
    with open_transport() as transport:
        while ids := _claim(clock(), min(BATCH, limit - counts.total()) if limit else BATCH):
            batch = _Batch(transport, by, clock, pdf_of)
            counts.update(batch.send(ids))
            if counts[Outcome.AWAY] or (limit and counts.total() >= limit):
                break
    return Sent(counts)


def _claim(at: datetime, size: int) -> list[int]:
    found = sql.rows("notices/claim_messages", {"at": at, "lease": LEASE, "size": size})
    return sorted(row[0] for row in found)


class _Batch:
    """Claimed mails on their way. One short transaction between two mails settles one and takes up the next."""

    def __init__(self, transport: Transport, by: Sender, clock: Clock, pdf_of: PdfOf) -> None:
        self._transport = transport
        self._by = by
        self._clock = clock
        self._pdf_of = pdf_of
        self._open: tuple[Message, Delivery] | None = None

    def send(self, ids: list[int]) -> Iterator[str]:
        """What became of each mail. When the server is away, the rest of the batch is put off untried."""
        messages = load(ids)
        left = amounts_owed(messages, on=timezone.localdate(self._clock()))
        for position, message in enumerate(messages):
            owed = left.get(message.pk, Owed())
            if reason := _too_late(message, owed.invoice):
                _drop(message, reason)
                yield "dropped"
                continue
            message.message_id = new_message_id(message, self._by)
            ready = self._written(message, owed)
            self._turn_to(message)
            delivery = self._transport.deliver(ready) if isinstance(ready, Letter) else ready
            self._open = message, delivery
            yield delivery.outcome
            if delivery.outcome is Outcome.AWAY:
                self._turn_to(None)
                rest = [m.pk for m in messages[position + 1 :]]
                _put_off(rest, at=self._clock(), said=delivery.said)
                return
        self._turn_to(None)

    def _written(self, message: Message, owed: Owed) -> Letter | Delivery:
        """The mail, or why it could not be written: that keeps back this mail alone, and those behind it go on.

        An address that no server takes never will be one; any other fault may pass, and is tried as often as a refusal.
        """
        try:
            pdf = self._pdf_of(message)
            mail = compose(message, by=self._by, owed=owed, pdf=pdf, at=self._clock())
            if not mail.recipient.isascii():
                return Delivery(Outcome.NEVER, "A esa dirección no se puede escribir.")
            return mail.written()
        except FAULTS as fault:
            logger.exception("The mail %s could not be written.", message.pk)
            return Delivery(Outcome.LATER, f"No se pudo escribir: {fault!r}")

    def _turn_to(self, message: Message | None) -> None:
        with transaction.atomic():
            if self._open is not None:
                _settle(*self._open, at=self._clock())
                self._open = None
            if message is not None:
                Message.objects.filter(pk=message.pk).update(
                    state="uncertain", message_id=message.message_id, next_attempt_at=None
                )


def _settle(message: Message, delivery: Delivery, *, at: datetime) -> None:
    row = Message.objects.filter(pk=message.pk)
    said = delivery.said[:500]
    match delivery.outcome:
        case Outcome.SENT:
            row.update(state="sent", sent_at=at, last_error="")
        case Outcome.UNCERTAIN:
            row.update(last_error=said)
        case Outcome.NEVER if message.kind == "invoice_issued":
            row.update(channel="print", state="waiting", last_error=said)
        case Outcome.NEVER:
            row.update(state="failed", last_error=said)
        case _:
            _put_off([message.pk], at=at, said=said)


def _put_off(ids: list[int], *, at: datetime, said: str) -> None:
    facts = {"ids": ids, "at": at, "said": said, "attempts_max": ATTEMPTS_MAX, "wait_max": WAIT_MAX}
    sql.execute("notices/put_off_messages", facts)


def _too_late(message: Message, balance: Decimal) -> str:
    """Why a mail no longer holds: its bill was voided, what it recalls was paid, or the way into the portal would
    reach who is not there any more. Empty if it does."""
    if (
        message.kind == "portal_link"
        and message.party
        and mail_address(message.party.email) != message.recipient
    ):
        return MOVED
    if message.invoice is not None and message.invoice.voided_on is not None:
        return "La factura se anuló antes de enviarse."
    if message.kind in REMINDERS and balance <= ZERO:
        return "La factura se pagó antes de enviarse el recordatorio."
    return ""


def _drop(message: Message, reason: str) -> None:
    Message.objects.filter(pk=message.pk).update(state="failed", next_attempt_at=None, last_error=reason)
