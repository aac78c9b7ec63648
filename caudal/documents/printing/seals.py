"""The daily seal of the history on paper: how far the chain reached, signed where there is a certificate."""

from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils import timezone

from caudal.common.models import AuditSeal
from caudal.documents.printing.prints import Sheet, listing_pdf

TITLE: Final = "Sello diario de la bitácora"
SEALED: Final = """
    SELECT coalesce(sum(octet_length(record_digests)), 0) / 32, coalesce(sum(octet_length(row_digests)), 0) / 32
    FROM common_auditseal
"""


def day_seal_pdf(seal: AuditSeal, *, made_at: datetime) -> bytes:
    """What the chain held at a seal, with its digest; the signature's reason repeats the digest for programs."""
    digest = bytes(seal.digest).hex()
    with connection.cursor() as cursor:
        cursor.execute(f"{SEALED} WHERE id <= %s", [seal.pk])
        records, rows = cursor.fetchone()
    sheet = Sheet(TITLE, "", "caudal", timezone.localdate(made_at), (("Dato", False), ("Valor", False)))
    told = [
        ("Sellada hasta", f"{timezone.localtime(seal.at):%d/%m/%Y %H:%M:%S}"),
        ("Número del sello", str(seal.pk)),
        ("Asientos", str(records)),
        ("Cambios de filas", str(rows)),
        ("Huella (SHA-256)", " ".join(digest[n : n + 16] for n in range(0, 64, 16))),
    ]
    return listing_pdf(sheet, told, cut=False, reason=reason_of(digest))


def reason_of(digest: str) -> str:
    """What the signature of a daily seal says."""
    return f"{TITLE}: {digest}"


def digest_in(reason: str) -> str:
    """The digest that a signature's reason names; empty where it names none."""
    return reason.removeprefix(f"{TITLE}: ") if reason.startswith(TITLE) else ""


def kept_seals(folder: Path) -> list[Path]:
    """The daily seals that were written, the oldest first."""
    return sorted(folder.glob("*.pdf")) if folder.is_dir() else []


def seal_of(paper: Path) -> int:
    """The number of the seal that a daily seal is of, as its name says; 0 where it says none."""
    number = paper.stem.rpartition("-")[2]
    return int(number) if number.isdecimal() else 0
