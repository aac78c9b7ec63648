"""Issued documents as PDF: what the offices, the portal and the mails ask for."""

import logging
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from caudal.billing.models import BillRun, Invoice
from caudal.common.signing import CertificateExposed, CertificateUnusable, signed
from caudal.common.ui.languages import in_spanish
from caudal.documents.printing.files import Progress, write_file
from caudal.documents.printing.joining import Joined
from caudal.documents.printing.press import Press, press
from caudal.documents.queries import bill_data, bills_data, receipt_data, statement_data
from caudal.documents.queries.photos import illustrate
from caudal.documents.queries.receipts import Paper
from caudal.documents.queries.town import issuer
from caudal.documents.spanish.data import BillData
from caudal.documents.spanish.figures import Figures
from caudal.receivables.queries import Scope, account_balance

logger = logging.getLogger(__name__)
LOADED_TOGETHER = 240


@dataclass(frozen=True, slots=True)
class Copy:
    """A reprint: when, at what time as it is shown, and by whom."""

    on: date
    at: str
    by: str


@in_spanish
def bill_pdf(invoice_id: int, *, copy: Copy | None = None) -> bytes:
    """The bill as it was issued; the same bytes each time. Raises Invoice.DoesNotExist.

    A copy says so, and has the balance of its day beside.
    """
    data = bill_data(invoice_id)
    photos = illustrate({invoice_id: data}, names=["photo.jpg"])
    return press().pdf(_copied(data, invoice_id, copy) if copy else data, photos)


def signed_for_one(pdf: bytes, *, reason: str) -> bytes:
    """A document that one person downloads, signed where the organisation has a certificate (decision 9).

    Whoever asks for his bill gets it: where the certificate cannot be used, unsigned, and the log says why.
    """
    try:
        return signed(pdf, reason=reason, place=issuer().organisation.name)
    except (CertificateExposed, CertificateUnusable) as refusal:
        logger.warning("a document was handed over without a signature: %s", refusal.message)
        return pdf


@in_spanish
def receipt_pdf(
    payment_id: int, *, paper: Paper = "sheet", copies: int = 1, copy: Copy | None = None
) -> bytes:
    """The receipt of a payment. Raises Payment.DoesNotExist."""
    data = receipt_data(payment_id, paper=paper, copies=copies)
    if copy:
        data["document"]["copy"] = {"on": copy.on.isoformat(), "at": copy.at, "by": copy.by}
    return press().pdf(data)


@in_spanish
def receipts_pdf(payment_ids: Sequence[int]) -> bytes:
    """The receipts of some payments in one file, in their order. Raises Payment.DoesNotExist."""
    if len(payment_ids) == 1:
        return receipt_pdf(payment_ids[0])
    out = BytesIO()
    joined = Joined(out)
    for payment_id in payment_ids:
        joined.add(receipt_pdf(payment_id))
    joined.close()
    return out.getvalue()


@in_spanish
def statement_pdf(scope: Scope, on: date, *, pay_on: Sequence[date] = ()) -> bytes:
    """The statement of accounts or of a place on a day. Raises Account.DoesNotExist."""
    return press().pdf(statement_data(scope, on, pay_on=pay_on))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list to be printed: its name, what it was filtered by, who asked when, heads and which are figures."""

    title: str
    filters: str
    by: str
    on: date
    columns: Sequence[tuple[str, bool]]


@in_spanish
def listing_pdf(sheet: Sheet, rows: Sequence[Sequence[str]], *, cut: bool, reason: str = "") -> bytes:
    """A list on paper, signed where the organisation has a certificate; `cut` says that there were more rows.

    `reason` is what the signature says it is for, the title by default. Raises as `signed` does.
    """
    by = issuer()
    pdf = press().pdf(
        {
            "kind": "listing",
            "format": by.form,
            "organisation": by.sender,
            "title": sheet.title,
            "filters": sheet.filters,
            "as_of": sheet.on.isoformat(),
            "by": sheet.by,
            "columns": [{"name": name, "number": number} for name, number in sheet.columns],
            "rows": [list(row) for row in rows],
            "cut": cut,
        }
    )
    return signed(pdf, reason=reason or sheet.title, place=by.organisation.name)


@in_spanish
def run_pdf(run_id: int, path: pathlib.Path, *, progress: Progress | None = None) -> int:
    """All living invoices of a run in one file, in the order of delivery; answers its pages.

    `progress` hears how many bills are done. The press is the file's own, so that its memory goes with it.
    Raises ValueError when the run has no invoices.
    """
    run = BillRun.objects.get(pk=run_id)
    title = f"Facturación del {Figures(issuer().form).day(run.dated_on.isoformat())}"
    own = Press()
    return write_file(_bills(delivery_order(run_id), own), path, press=own, title=title, progress=progress)


def delivery_order(run_id: int) -> list[int]:
    """The living invoices of a run as they are walked: route, place on the route, sector, account."""
    place = [
        "connection__route__code",
        "connection__route_order",
        "connection__sector__name",
        "account__number",
        "number",
    ]
    invoices = Invoice.objects.filter(batch__run_id=run_id, voided_on=None)
    return list(invoices.order_by(*place).values_list("pk", flat=True))


def _bills(invoice_ids: Sequence[int], own: Press) -> Iterator[BillData]:
    for start in range(0, len(invoice_ids), LOADED_TOGETHER):
        some = invoice_ids[start : start + LOADED_TOGETHER]
        bills = dict(zip(some, bills_data(some), strict=True))
        # In turns: some of those before may not be printed yet.
        turn = start // LOADED_TOGETHER % 2
        own.keep(illustrate(bills, names=[f"photo-{turn}-{n}.jpg" for n in range(len(some))]))
        yield from bills.values()


def _copied(data: BillData, invoice_id: int, copy: Copy) -> BillData:
    figures = Figures(data["format"])
    account_id = Invoice.objects.values_list("account_id", flat=True).get(pk=invoice_id)
    balance = figures.money(account_balance(account_id=account_id))
    data["document"]["copy"] = {"on": copy.on.isoformat(), "at": copy.at, "by": copy.by}
    data["live"] = (
        f"Saldo de la cuenta al {figures.numeric_day(copy.on.isoformat())}: {balance}, sin intereses."
    )
    return data
