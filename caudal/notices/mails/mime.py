"""Mails as bytes. Written by hand because a batch sends hundreds a second: base64 in C, no tree of objects."""

from base64 import b64encode, encodebytes
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr
from typing import Final

CRLF: Final = b"\r\n"
# An encoded word is at most 75 characters long (RFC 2047), and a character at most four bytes.
WORD_CHARACTERS: Final = 11
LINE: Final = 70


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it goes over the line, with the bare addresses of its envelope."""

    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in plain text and HTML, with a PDF or none (empty bytes). Addresses are bare."""

    sender: tuple[str, str]
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    at: datetime
    pdf: bytes = b""
    pdf_name: str = ""

    def written(self) -> Letter:
        """Ready to be handed over."""
        return Letter(self.sender[1], self.recipient, self.as_bytes())

    def as_bytes(self) -> bytes:
        """RFC 5322 with CRLF line ends: multipart/mixed of an alternative and the attachment."""
        boundary = f"=_{self.message_id.partition('@')[0].strip('<')}"
        inner = f"{boundary}.a"
        parts = [
            self._headers(boundary),
            _open(boundary, f'multipart/alternative; boundary="{inner}"'),
            _open(inner, "text/plain; charset=utf-8", encoded=True) + _base64(self.text.encode()),
            _open(inner, "text/html; charset=utf-8", encoded=True) + _base64(self.html.encode()),
            _close(inner),
        ]
        if self.pdf:
            disposition = f'attachment; filename="{self.pdf_name}"'
            kind = f'application/pdf; name="{self.pdf_name}"\r\nContent-Disposition: {disposition}'
            parts.append(_open(boundary, kind, encoded=True) + _base64(self.pdf))
        parts.append(_close(boundary))
        return b"".join(parts)

    def _headers(self, boundary: str) -> bytes:
        headers = {
            "From": formataddr(self.sender),
            "To": self.recipient,
            "Subject": _encoded(self.subject),
            "Date": format_datetime(self.at),
            "Message-ID": self.message_id,
            "MIME-Version": "1.0",
            "Auto-Submitted": "auto-generated",
            "Content-Type": f'multipart/mixed; boundary="{boundary}"',
        }
        return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii") + CRLF


def _open(boundary: str, kind: str, *, encoded: bool = False) -> bytes:
    transfer = "Content-Transfer-Encoding: base64\r\n" if encoded else ""
    return f"--{boundary}\r\nContent-Type: {kind}\r\n{transfer}\r\n".encode("ascii")


def _close(boundary: str) -> bytes:
    return f"--{boundary}--\r\n\r\n".encode("ascii")


def _encoded(text: str) -> str:
    """A header's text as encoded words, folded; ASCII of one line as it is."""
    if text.isascii() and len(text) <= LINE:
        return text
    pieces = (text[at : at + WORD_CHARACTERS] for at in range(0, len(text), WORD_CHARACTERS))
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece.encode()).decode()}?=" for piece in pieces)


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", CRLF)
