"""Invoices: the list, one of them, and its void with the effect on money said before."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.approvals.kinds import Proposal
from caudal.billing.models import Invoice, InvoiceDraft
from caudal.common import clock
from caudal.documents.printing.prints import bill_pdf, signed_for_one
from caudal.office.access import StaffRequest, requires
from caudal.office.asking import asked_or_done, second_person, tell
from caudal.office.attempts import attempt
from caudal.office.exports import export_asked, exported, in_chunks, sought
from caudal.office.forms.invoices import VoidForm
from caudal.office.lists import chips, choice, is_capped, ordered_where_short, page_of
from caudal.office.present.approvals import DONE
from caudal.office.present.invoice_page import invoice_page
from caudal.office.present.invoices import about, invoice_rows, invoices
from caudal.office.reach import seen
from caudal.receivables.queries import STATES
from caudal.registry.context import current_town

ORDERS = {
    "number": ("series", "number"),
    "issued_on": ("issued_on", "pk"),
    "due_date": ("due_date", "pk"),
    "total": ("total", "pk"),
    "id": ("pk",),
}
WORDS = {"void": "anulada", "paid": "pagada", "overdue": "vencida", "pending": "pendiente"}
COVERED = ("number", "due_date", "id")
EXPORT_COLUMNS = ("Factura", "Mes", "Cliente", "Emitida", "Vence", "Estado", "Total", "Falta", "Origen")


@requires("invoices.view")
def listing(request: StaffRequest) -> HttpResponseBase:
    today = clock.today()
    text, state = request.GET.get("q", "").strip(), choice(request, "estado", STATES)
    which = about(text) if text else None
    found = seen(request.user, invoices(which=which, state=state, on=today))
    if export_asked(request):
        filters = sought(text, WORDS.get(state, ""))
        rows = _to_export(found, today)
        return exported(request, name="facturas", columns=EXPORT_COLUMNS, rows=rows, filters=filters)
    in_order = ordered_where_short(request, found, ORDERS, "-id", covered=COVERED)
    page = page_of(request, in_order.values_list("pk", flat=True))
    narrowed = {name: seen(request.user, invoices(which=which, state=name, on=today)) for name in STATES}
    counts = chips(seen(request.user, invoices(which=which, on=today)), **narrowed)
    filtered = (text or state) and not is_capped(page)
    context = {
        "page": page,
        "invoices": invoice_rows(page.object_list, on=today),
        "counts": counts,
        "drafts": seen(request.user, InvoiceDraft.objects.all()).count()
        if request.user.can("invoices.draft")
        else 0,
        "sum": found.aggregate(sum=Sum("total"))["sum"] if filtered else None,
    }
    return render(request, "office/invoices.html", context)


def _to_export(found: QuerySet[Invoice], today: date) -> Iterator[tuple[Any, ...]]:
    for ids in in_chunks(found.order_by("pk").values_list("pk", flat=True)):
        for row in invoice_rows(ids, on=today):
            yield (
                row.number,
                row.months[0],
                row.customer,
                row.issued_on,
                row.due_date,
                WORDS[row.state],
                row.total,
                row.balance,
                row.origin,
            )


@requires("invoices.view")
def detail(request: StaffRequest, invoice_id: int) -> HttpResponse:
    return _page(request, invoice_id, VoidForm())


@requires("invoices.view")
def pdf(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """The invoice as it was issued."""
    found = get_object_or_404(Invoice.objects.select_related("series"), pk=invoice_id)
    name = f"factura-{found.series.printed(found.number)}"
    response = HttpResponse(signed_for_one(bill_pdf(invoice_id), reason=name), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


@requires("invoices.void")
@require_POST
def void(request: StaffRequest, invoice_id: int) -> HttpResponse:
    get_object_or_404(Invoice, pk=invoice_id)
    form = VoidForm(request.POST)
    if form.is_valid():
        payload = {"reason": form.cleaned_data["reason"]}
        proposal = Proposal(kind="void", object_id=invoice_id, payload=payload)
        outcome = attempt(form, lambda: asked_or_done(request, proposal))
        if outcome is not None:
            tell(request, outcome, done=DONE["void"])
            return redirect("office:invoice", invoice_id)
    return _page(request, invoice_id, form)


def _page(request: StaffRequest, invoice_id: int, form: VoidForm) -> HttpResponse:
    get_object_or_404(Invoice, pk=invoice_id)
    context = invoice_page(invoice_id, on=clock.today(), town=current_town())
    context |= {"void_form": form, "second": second_person(request.user, "void", invoice_id)}
    return render(request, "office/invoice.html", context)
