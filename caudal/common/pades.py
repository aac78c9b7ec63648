"""PAdES signatures by pyHanko; `caudal.common.signing` is the way in."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from caudal.common.signing import CertificateUnusable, NotAPdf, Signature

FIELD: Final = "Caudal"
LOAD: Callable[..., SimpleSigner | None] = SimpleSigner.load_pkcs12  # which says nothing of its types
KEY_BITS: Final = 3072
TEST_DAYS: Final = 730


def sign(pdf: bytes, path: Path, password: str, *, reason: str, place: str) -> bytes:
    """The PDF with one more revision, its signature. Raises CertificateUnusable."""
    try:
        signer = LOAD(str(path), passphrase=password.encode() or None)
    except (OSError, ValueError) as refusal:
        raise CertificateUnusable(path=path, reason=refusal) from refusal
    if signer is None:
        raise CertificateUnusable(path=path, reason="PKCS #12")
    about = PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason,
        location=place or None,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )
    out = _apart(lambda: sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), about, signer=signer))
    return bytes(out.getvalue())


def _apart(work: Callable[[], Any]) -> Any:
    """Do it on a thread of its own: pyHanko runs an event loop, which Python refuses where the caller has one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(work).result()


def verify(pdf: bytes) -> list[Signature]:
    """Each signature of the PDF. Whether its certificate is trusted is for the reader to say: it may be self-signed.

    Raises NotAPdf.
    """
    try:
        return _verified(PdfFileReader(io.BytesIO(pdf)))
    except (PdfError, ValueError) as broken:
        raise NotAPdf(reason=broken) from broken


def _verified(pdf: PdfFileReader) -> list[Signature]:
    found = []
    for embedded in pdf.embedded_signatures:
        own = embedded.signer_cert
        trusted = ValidationContext(trust_roots=[own], allow_fetching=False)
        state = _apart(partial(validate_pdf_signature, embedded, trusted))
        found.append(
            Signature(
                intact=bool(state.intact and state.valid and state.bottom_line),
                signer=own.subject.human_friendly,
                fingerprint=own.sha256.hex(),
                reason=str(embedded.sig_object.get("/Reason", "")),
                at=embedded.self_reported_timestamp,
            )
        )
    return found


def self_signed(name: str, at: datetime, password: str) -> bytes:
    """A certificate and its key as PKCS #12."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + timedelta(days=TEST_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    locked = (
        serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    )
    return pkcs12.serialize_key_and_certificates(name.encode(), key, made, None, locked)
