"""A real SMTP server that keeps what it is given."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.processes import free_port


@dataclass
class MailSink:
    """Messages in the order of arrival; an `answer` of "450 …" or "550 …" turns mail away."""

    port: int
    answer: str = "250 OK"
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            parsed: Any = message_from_bytes(cast(bytes, envelope.content), policy=policy.default)
            self.messages.append(parsed)
            self.recipients.extend(envelope.rcpt_tos)
        return self.answer


def open_sink() -> tuple[MailSink, Controller]:
    """A listening sink and what stops it."""
    sink = MailSink(port=free_port())
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    return sink, controller
