"""Hands mails to a server and tells what became of each: sent, refused for now or for good, or nobody knows.

SMTP is driven command by command, because only then is it known whether a lost connection may have delivered
the mail. Other backends (a folder in the demo, memory) either take a mail or raise.
"""

import smtplib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from enum import StrEnum
from typing import Any, Final, Protocol

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from caudal.notices.mails.mime import Letter

# Answers of SMTP (RFC 5321).
DONE: Final = (250, 251)
GO_ON: Final = (354,)
CLOSING: Final = 421
FOR_GOOD: Final = 500
KEPT_ALIVE: Final = 5_000


class Outcome(StrEnum):
    """SENT; LATER: refused for now; NEVER: refused for good; AWAY: no server; UNCERTAIN: lost after the data."""

    SENT = "sent"
    LATER = "later"
    NEVER = "never"
    AWAY = "away"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail, and what the server said."""

    outcome: Outcome
    said: str = ""


class Transport(Protocol):
    """Delivers mails one by one over what was opened for the batch."""

    def deliver(self, letter: Letter) -> Delivery:
        """Hand over one mail. Never raises for what a server or the network does."""


@contextmanager
def open_transport() -> Iterator[Transport]:
    """The transport of the configured mail backend; an SMTP connection is opened at first need, closed here."""
    backend = get_connection()
    if not isinstance(backend, EmailBackend):
        yield BackendTransport()
        return
    transport = SmtpTransport(backend)
    try:
        yield transport
    finally:
        transport.close()


class BackendTransport:
    """Any other Django mail backend, a new one for each mail, so that a folder gets a file for each.

    The folder's backend names its file by the second and its own identity, so the last ones are kept alive.
    """

    def __init__(self) -> None:
        self._alive: deque[Any] = deque(maxlen=KEPT_ALIVE)

    def deliver(self, letter: Letter) -> Delivery:
        backend = get_connection()
        self._alive.append(backend)
        try:
            backend.send_messages([_Raw(letter)])
        except OSError as failure:
            return Delivery(Outcome.AWAY, str(failure))
        return Delivery(Outcome.SENT)


class _Raw(EmailMessage):
    """A mail that is bytes already, as Django's backends want it."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(to=[letter.recipient], from_email=letter.sender)
        self._content = letter.content

    def message(self, **_options: Any) -> Any:
        return message_from_bytes(self._content, policy=policy.SMTP)


class SmtpTransport:
    """One SMTP connection for the batch, opened again when the server closed it between two mails."""

    def __init__(self, backend: EmailBackend) -> None:
        self._backend = backend

    def close(self) -> None:
        """Say goodbye; a connection that is gone already is no matter."""
        self._backend.fail_silently = True
        self._backend.close()

    def deliver(self, letter: Letter) -> Delivery:
        content = _dotted(letter.content)
        try:
            smtp = self._connected()
            refusal = self._envelope(smtp, letter)
            if refusal is None:
                smtp.send(content)
        except (OSError, smtplib.SMTPException) as failure:
            # Before the final dot has left, no server has accepted anything.
            self._drop()
            return Delivery(Outcome.AWAY, str(failure))
        return refusal or self._verdict(smtp)

    def _connected(self) -> smtplib.SMTP:
        if self._backend.connection is None:
            self._backend.open()
        smtp: Any = self._backend.connection
        assert isinstance(smtp, smtplib.SMTP)
        smtp.ehlo_or_helo_if_needed()
        return smtp

    def _envelope(self, smtp: smtplib.SMTP, letter: Letter) -> Delivery | None:
        """Sender, recipient, and the go-ahead for the data; the refusal if there is one."""
        commands = (
            (DONE, lambda: smtp.mail(letter.sender)),
            (DONE, lambda: smtp.rcpt(letter.recipient)),
            (GO_ON, lambda: smtp.docmd("DATA")),
        )
        for wanted, command in commands:
            code, said = command()
            if code not in wanted:
                if code == CLOSING:
                    raise smtplib.SMTPServerDisconnected(f"{code} {_text(said)}")
                smtp.rset()
                return _refused(code, said)
        return None

    def _verdict(self, smtp: smtplib.SMTP) -> Delivery:
        """The server's answer to the data: until it comes, nobody knows."""
        try:
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as failure:
            self._drop()
            return Delivery(Outcome.UNCERTAIN, str(failure))
        return Delivery(Outcome.SENT, _text(said)) if code in DONE else _refused(code, said)

    def _drop(self) -> None:
        """Forget a connection that failed, so that the next mail opens another."""
        if self._backend.connection is not None:
            self._backend.connection.close()
            self._backend.connection = None


def _refused(code: int, said: bytes | str) -> Delivery:
    return Delivery(Outcome.NEVER if code >= FOR_GOOD else Outcome.LATER, f"{code} {_text(said)}")


def _dotted(content: bytes) -> bytes:
    """Transparency of SMTP: a line that begins with a dot gets another, a lone dot ends the data."""
    return content.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
