"""Bills: the list, one with its calculation, its PDF, and the way in by the mail's signed link."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from caudal.billing.models import Charge, Invoice
from caudal.common import clock
from caudal.common.ui.charts import Bar
from caudal.common.ui.pictures import photo_response
from caudal.documents.printing.prints import bill_pdf, signed_for_one
from caudal.documents.queries import invoice_of
from caudal.documents.queries.facts import months_billed
from caudal.documents.queries.town import issuer
from caudal.metering.queries.evidence import photo_bytes
from caudal.portal import access
from caudal.portal.present import bill as present
from caudal.portal.present.debt import late_total
from caudal.receivables.queries import in_state, invoice_balances, pending_items, with_state
from caudal.registry.context import current_town

PER_PAGE = 24


@access.citizen
def invoices(request: HttpRequest) -> HttpResponse:
    """All bills the user may see, newest first; `conexion` narrows to one place."""
    today = clock.today()
    found = with_state(access.bills(request, on=today), on=today)
    if connection := request.GET.get("conexion"):
        found = found.filter(connection__number=connection)
    found = found.select_related("series", "connection").order_by("-dated_on", "-id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
    shown: Any = page.object_list
    rows: Any = rows_of(shown)
    page.object_list = rows
    return render(request, "portal/invoices.html", {"page": page, "town": current_town()})


@access.anyone
def invoice(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """One bill: its amount, its lines, a year of use, and how it was calculated."""
    today, town = clock.today(), current_town()
    found = access.bill(request, invoice_id, on=today)
    items = pending_items(account_id=found.account_id, on=today)
    own = found.account_id in {account.pk for account in access.accounts(request, on=today)}
    charges = list(
        found.charges.select_related("subscription__connection", "subscription__property").order_by(
            "position"
        )
    )
    figures = present.figures_of(issuer().form, town)
    page = present.bill_page(found, state=_state(found, today), items=items)
    of_bill = [item for item in items if item.invoice_id == found.pk]
    others = [item for item in items if own and item.invoice_id != found.pk]
    context = {
        "invoice": page,
        "lines": present.lines_of(charges, figures),
        "late_total": late_total(of_bill, found.due_date) if today <= found.due_date else None,
        "other_debt": sum((item.payable for item in others), start=page.total - page.total),
        "bars": _use(found, page.month),
        "unit": (present.volume_of(found) or (None, "m³"))[1],
        "calculation": present.calculation_of(charges, figures),
        "photos": present.photos_of(found),
        "readings": present.readings_of(found, town),
        "guest": access.is_guest(request),
        "town": town,
    }
    return render(request, "portal/invoice.html", context)


@access.anyone
def invoice_pdf(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """The bill as it was issued."""
    found = access.bill(request, invoice_id, on=clock.today())
    name = f"{current_town().bill.one}-{found.series.printed(found.number)}"
    return pdf_response(signed_for_one(bill_pdf(found.pk), reason=name), f"{name}.pdf")


@access.anyone
def reading_photo(request: HttpRequest, invoice_id: int, reading_id: int) -> HttpResponse:
    """The photo of a reading that the bill was made of, as it was when the bill was issued; small with `mini`."""
    found = access.bill(request, invoice_id, on=clock.today())
    if reading_id not in present.readings_billed(found):
        raise Http404
    small = bool(request.GET.get("mini"))
    content = photo_bytes(reading_id=reading_id, before=found.issued_at, small=small)
    if content is None:
        raise Http404
    return photo_response(content, name=f"medidor-{found.series.printed(found.number)}")


@access.anyone
def signed_bill(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: lets this session see that one bill, and pay it. An old or altered one says what to do."""
    invoice_id = invoice_of(token, on=clock.today())
    if invoice_id is None:
        return render(request, "portal/link_gone.html", status=404)
    access.open_bill(request, invoice_id)
    return redirect("portal:invoice", invoice_id)


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF shown by the browser, with a name to keep it under."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _use(found: Invoice, month: date) -> list[Bar]:
    if found.connection_id is None:
        return []
    return present.use_of(found.connection_id, month, account_ids=[found.account_id])


def _state(found: Invoice, today: date) -> str:
    same = Invoice.objects.filter(pk=found.pk)
    states = ("void", "paid", "overdue", "pending")
    return next(state for state in states if in_state(same, state=state, on=today).exists())


def rows_of(invoices: Sequence[Any]) -> list[dict[str, Any]]:
    """Bills as lists show them: with their concepts, as a month may have several."""
    ids = [invoice.pk for invoice in invoices]
    balances = invoice_balances(invoice_ids=ids)
    concepts: dict[int, list[str]] = {}
    for pk, label in (
        Charge.objects.filter(invoice__in=ids).order_by("position").values_list("invoice_id", "label")
    ):
        concepts.setdefault(pk, []).append(label)
    return [_row(invoice, balances[invoice.pk], concepts.get(invoice.pk, [])) for invoice in invoices]


def _row(invoice: Any, balance: Any, concepts: Sequence[str]) -> dict[str, Any]:
    return {
        "concepts": ", ".join(dict.fromkeys(concepts)),
        "id": invoice.pk,
        "number": invoice.series.printed(invoice.number),
        "months": months_billed(invoice),
        "place": invoice.connection.address if invoice.connection else "",
        "total": invoice.total,
        "balance": balance,
        "state": invoice.state,
        "due_date": invoice.due_date,
        "voided_on": invoice.voided_on,
    }
