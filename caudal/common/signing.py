"""Signs PDFs as the organisation, where it has a certificate: a file that only its own account may read.

What signs (pyHanko) takes a second to load, so it is loaded where there is something to sign or to verify.
"""

import stat
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class CertificateUnusable(DomainError):
    """The file is no certificate with its key, or the password is another. Facts: `path`, `reason`."""

    code = "certificate_unusable"
    template = _("The signing certificate %(path)s cannot be used: %(reason)s")


class CertificateExposed(DomainError):
    """Others may read the key. Facts: `path`."""

    code = "certificate_exposed"
    template = _("Others may read the signing key %(path)s: chmod 600 it.")


class NotAPdf(DomainError):
    """The file cannot be read as a PDF, or not as a signed one. Facts: `reason`."""

    code = "not_a_pdf"
    template = _("The file cannot be read: %(reason)s")


class CertificateExists(DomainError):
    """A test certificate would take the place of another. Facts: `path`."""

    code = "certificate_exists"
    template = _("There is a signing certificate already: %(path)s. Move it away first.")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in a PDF: whether the file is as it was signed, by whom and with which certificate (its SHA-256),
    what for, and when.
    """

    intact: bool
    signer: str
    fingerprint: str
    reason: str
    at: datetime | None


def certificate() -> Path | None:
    """The organisation's certificate and key (PKCS #12), or None where it set none up.

    Raises CertificateExposed.
    """
    path = Path(settings.SIGNING_FILE)
    if not path.exists():
        return None
    if path.stat().st_mode & OTHERS:
        raise CertificateExposed(path=path)
    return path


def signed(pdf: bytes, *, reason: str, place: str = "") -> bytes:
    """The PDF with a PAdES signature of the organisation's; as it is where there is no certificate.

    Raises CertificateExposed, CertificateUnusable.
    """
    path = certificate()
    if path is None:
        return pdf
    answer: bytes = _pades().sign(pdf, path, settings.SIGNING_PASSWORD, reason=reason, place=place)
    return answer


def signatures(pdf: bytes) -> list[Signature]:
    """The signatures in a PDF, each verified against the bytes that it covers. Raises NotAPdf."""
    answer: list[Signature] = _pades().verify(pdf)
    return answer


def make_test_certificate(*, name: str, at: datetime) -> Path:
    """A self-signed certificate for two years, to try signing with; nobody but us trusts it.

    Raises CertificateExists.
    """
    path = Path(settings.SIGNING_FILE)
    if path.exists():
        raise CertificateExists(path=path)
    content: bytes = _pades().self_signed(name, at, settings.SIGNING_PASSWORD)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)
    return path


def _pades() -> Any:
    return import_module("caudal.common.pades")
