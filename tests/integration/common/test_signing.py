"""A signed PDF is as it was signed, or the signature says so; a key that others may read signs nothing."""

import io
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pypdfium2 import PdfDocument

from caudal.common import audit, clock
from caudal.common.actor import Actor
from caudal.common.sealing import seal_history
from caudal.common.signing import (
    CertificateExists,
    CertificateExposed,
    CertificateUnusable,
    make_test_certificate,
    signatures,
    signed,
)
from caudal.documents.operations import write_day_seal
from caudal.documents.printing.prints import Sheet, bill_pdf, listing_pdf
from caudal.jobs.cli import main
from caudal.jobs.tasks.history import seal_day
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
ANA = Actor(id=7, label="Ana")


@pytest.fixture(autouse=True)
def own_home(settings: Any, tmp_path: Path, transactional_db: None) -> None:
    settings.SIGNING_FILE = tmp_path / "home" / "signing.p12"
    settings.SIGNING_PASSWORD = ""
    settings.MEDIA_ROOT = tmp_path / "media"
    make.organisation()


def printed() -> bytes:
    sheet = Sheet("Bitácora", "", "Ana", clock.today(), (("Qué", False),))
    return listing_pdf(sheet, [["Factura anulada"]], cut=False)


def test_without_a_certificate_nothing_is_signed() -> None:
    assert signatures(printed()) == []


def test_with_a_certificate_what_is_printed_is_signed_and_still_reads(settings: Any) -> None:
    path = make_test_certificate(name="Acueducto de San Isidro", at=clock.now())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    pdf = printed()
    (signature,) = signatures(pdf)
    assert signature.intact
    assert "Acueducto de San Isidro" in signature.signer
    assert signature.reason == "Bitácora"
    assert "Factura anulada" in PdfDocument(io.BytesIO(pdf))[0].get_textpage().get_text_bounded()
    with pytest.raises(CertificateExists):
        make_test_certificate(name="Otra", at=clock.now())


def test_a_changed_file_is_no_longer_as_it_was_signed() -> None:
    make_test_certificate(name="Acueducto", at=clock.now())
    pdf = printed()
    place = pdf.index(b"/Title")
    (signature,) = signatures(pdf[:place] + b"/Tytle" + pdf[place + 6 :])
    assert not signature.intact


def test_a_password_keeps_the_key(settings: Any) -> None:
    settings.SIGNING_PASSWORD = "una-clave-larga-1"
    make_test_certificate(name="Acueducto", at=clock.now())
    assert signatures(printed())[0].intact
    settings.SIGNING_PASSWORD = "otra"
    with pytest.raises(CertificateUnusable):
        printed()


def test_a_key_that_others_may_read_signs_nothing(settings: Any) -> None:
    path = make_test_certificate(name="Acueducto", at=clock.now())
    path.chmod(0o644)
    with pytest.raises(CertificateExposed):
        signed(b"", reason="x")
    office = Client()
    office.force_login(make.user("rosa", "supervisor"))
    page = office.get("/oficina/bitacora/?formato=pdf", follow=True)
    assert "chmod 600" in page.content.decode()


def test_each_day_a_signed_paper_says_how_far_the_chain_reached(settings: Any, capsys: Any) -> None:
    assert main(["audit", "test-certificate"]) == 0
    audit.record(by=ANA, kind="billing.void", object_type="invoice", object_id=1)
    seal_day(0)
    seal_day(0)
    (paper,) = Path(settings.MEDIA_ROOT, "history-seals").iterdir()
    (signature,) = signatures(paper.read_bytes())
    assert signature.intact and signature.reason.startswith("Sello diario de la bitácora: ")
    assert main(["audit", "verify"]) == 0
    office = Client()
    office.force_login(make.user("rosa", "supervisor"))
    assert paper.name in office.get("/oficina/bitacora/sellos/").content.decode()
    sent: Any = office.get(f"/oficina/bitacora/sellos/{paper.name}")
    assert b"".join(sent.streaming_content) == paper.read_bytes()
    assert office.get("/oficina/bitacora/sellos/..%2Fsecret.key").status_code == 404


def test_a_past_that_was_rewritten_with_all_its_seals_is_found_by_the_signed_papers(capsys: Any) -> None:
    make_test_certificate(name="Acueducto", at=clock.now())
    audit.record(by=ANA, kind="billing.void", object_type="invoice", object_id=1)
    seal_history()
    paper = write_day_seal(at=clock.now())
    assert paper is not None
    with connection.cursor() as cursor:
        cursor.execute(
            "BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM common_auditseal;"
            " UPDATE common_auditrecord SET actor_label = 'Otra'; COMMIT"
        )
    seal_history(everything=True)
    assert main(["audit", "verify", "--json"]) == 1
    assert f"paper {paper.name}" in capsys.readouterr().out


def test_the_exported_history_is_signed() -> None:
    make_test_certificate(name="Acueducto", at=clock.now())
    audit.record(
        by=ANA, kind="access.set_roles", object_type="user", object_id=1, after={"roles": ["billing"]}
    )
    office = Client()
    office.force_login(make.user("rosa", "supervisor"))
    pdf = office.get("/oficina/bitacora/?tipo=access&formato=pdf").content
    assert signatures(pdf)[0].intact
    text = PdfDocument(io.BytesIO(pdf))[0].get_textpage().get_text_bounded()
    assert "Roles cambiados" in text and "Qué pasó: Usuarios y permisos: todo" in text


def downloaded() -> tuple[bytes, bytes]:
    """A bill as it is printed for all, and as one clerk downloads it."""
    bill = make.invoice(make.account(), "10.00", dated_on=date(2026, 1, 5), due_date=date(2026, 1, 20))
    clerk = Client()
    clerk.force_login(make.user("ada", "administrator"), backend="caudal.office.signed_in.Backend")
    answer = clerk.get(f"/oficina/facturas/{bill.pk}/pdf/")
    return bill_pdf(bill.pk), bytes(answer.content)


def test_a_downloaded_bill_is_signed_behind_the_document_which_stays_as_it_was() -> None:
    make_test_certificate(name="Acueducto de San Isidro", at=clock.now())
    printed_for_all, handed = downloaded()
    (signature,) = signatures(handed)
    assert signature.intact
    assert signature.reason == "factura-1"
    assert handed.startswith(printed_for_all)
    assert b"pdfaid:part" in printed_for_all
    assert b"/F 132" in handed  # the invisible field is one that prints, as PDF/A asks


def test_a_bill_is_handed_over_unsigned_where_the_certificate_cannot_be_used() -> None:
    make_test_certificate(name="Acueducto de San Isidro", at=clock.now()).chmod(0o644)
    printed_for_all, handed = downloaded()
    assert handed == printed_for_all


def test_a_paper_of_which_half_is_left_is_named_too(capsys: Any) -> None:
    make_test_certificate(name="Acueducto", at=clock.now())
    audit.record(by=ANA, kind="test.write", object_type="thing", object_id=1)
    seal_day(timestamp=0)
    paper = write_day_seal(at=clock.now())
    assert paper is not None
    whole = paper.read_bytes()
    for left in (whole[: len(whole) // 2], b"", b"%PDF-1.7 basura"):
        paper.write_bytes(left)
        assert main(["audit", "verify"]) == 1
        assert f"sello diario {paper.name} fue alterado" in capsys.readouterr().err


def test_without_a_certificate_a_history_cut_off_at_its_end_is_found_by_its_papers(capsys: Any) -> None:
    """Records and seals of the end are gone: what is left is a whole chain, that the paper's number goes beyond."""
    for n in range(2):
        audit.record(by=ANA, kind="test.write", object_type="thing", object_id=n)
        seal_history()
    paper = write_day_seal(at=clock.now())
    assert paper is not None and signatures(paper.read_bytes()) == []
    assert main(["audit", "verify"]) == 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM common_auditrecord WHERE id = (SELECT max(id) FROM common_auditrecord)")
        cursor.execute("DELETE FROM common_auditseal WHERE id = (SELECT max(id) FROM common_auditseal)")
    assert main(["audit", "verify"]) == 1
    assert f"sello diario {paper.name}" in capsys.readouterr().err
