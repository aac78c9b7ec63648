"""What was and will be sent, and the mails that a demo wrote to a folder instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet

from caudal.notices.models import Message

KINDS: Final = {
    "invoice_issued": "Factura",
    "payment_received": "Comprobante",
    "invoice_due": "Recordatorio",
    "invoice_overdue": "Recordatorio de factura vencida",
    "portal_link": "Entrada al portal",
    "contact_changed": "Cambio de correo",
    "sign_in_changed": "Cambio del correo para entrar",
    "reading_rejected": "Lectura enviada que no se aceptó",
}
STATES: Final = ("queued", "sent", "failed", "uncertain", "waiting")
FILE_BACKEND: Final = "django.core.mail.backends.filebased.EmailBackend"
# A file is written within moments of the instant that its message keeps; its headers are at its beginning.
CLOSE_BY_S: Final = 120
HEADERS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail."""

    name: str
    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as it was sent."""

    subject: str
    from_address: str
    to: str
    on: datetime | None
    text: str
    html: str
    attachments: tuple[Attachment, ...]


def outbox(*, which: Q | None = None, state: str = "") -> QuerySet[Message]:
    """Messages, the latest first; those that a search found (`about` their invoice) where that is given."""
    found = Message.objects.order_by("-pk")
    if state in STATES:
        found = found.filter(state=state)
    if which is not None:
        found = found.filter(which)
    return found


def message_rows(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """The rows of one page."""
    return [message_row(message) for message in messages]


def message_row(message: Message) -> dict[str, Any]:
    """A message as lists and its page show it."""
    invoice, payment = message.invoice, message.payment
    customer = message.account.holder if message.account is not None else message.party
    number = ""
    if invoice is not None:
        number = invoice.series.printed(invoice.number)
    elif payment is not None:
        number = payment.series.printed(payment.number)
    return {
        "id": message.pk,
        "kind": KINDS.get(message.kind, message.kind),
        "subject": number,
        "customer": customer.name if customer is not None else "",
        "customer_id": customer.pk if customer is not None else None,
        "invoice": number,
        "invoice_id": message.invoice_id,
        "channel": message.get_channel_display(),
        "recipient": message.recipient,
        "state": message.state,
        "attempts": message.attempts,
        "next_attempt_at": message.next_attempt_at,
        "sent_at": message.sent_at,
        "created_at": message.created_at,
        "last_error": message.last_error,
    }


def kept_mail(message: Message) -> KeptMail | None:
    """The mail of a message, where mails are written to a folder; None where they really leave."""
    if not message.message_id or message.sent_at is None or settings.EMAIL_BACKEND != FILE_BACKEND:
        return None
    wanted = message.message_id.encode()
    for file in _written_near(message.sent_at):
        with file.open("rb") as opened:
            if wanted in opened.read(HEADERS):
                return _parsed(file.read_bytes())
    return None


def _written_near(instant: datetime) -> list[Path]:
    folder = Path(str(settings.EMAIL_FILE_PATH))
    if not folder.is_dir():
        return []
    return [
        file
        for file in folder.iterdir()
        if file.is_file() and abs(file.stat().st_mtime - instant.timestamp()) < CLOSE_BY_S
    ]


def _parsed(content: bytes) -> KeptMail:
    # The folder's backend ends each mail with a line of dashes.
    mail = message_from_bytes(content.rstrip(b"-\r\n "), policy=policy.default)
    assert isinstance(mail, EmailMessage), "the default policy makes EmailMessages"
    date = mail["Date"]
    return KeptMail(
        subject=str(mail["Subject"]),
        from_address=str(mail["From"]),
        to=str(mail["To"]),
        on=date.datetime if date is not None else None,
        text=_body(mail, "plain"),
        html=_body(mail, "html"),
        attachments=tuple(_attachment(part) for part in mail.iter_attachments()),
    )


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _attachment(part: Any) -> Attachment:
    content = part.get_payload(decode=True) or b""
    return Attachment(part.get_filename() or "adjunto", content, part.get_content_type())
