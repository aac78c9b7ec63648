"""Bill runs: what falls due, the rehearsal and what it found, approval, issue with progress, retry."""

from functools import partial
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.billing.models import BillRun
from caudal.billing.operations.runs import needs_second_person
from caudal.billing.queries.due import next_dated_on
from caudal.billing.queries.runs import exceptions_of
from caudal.common import clock
from caudal.common.ui import formats
from caudal.documents.models import RunFile
from caudal.documents.operations import order_run_file
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt, tried
from caudal.office.forms.runs import RehearsalForm
from caudal.office.lists import choice, page_of
from caudal.office.present.runs import due_cards, exception_row, progress, reason_chips, run_page, run_rows
from caudal.registry.context import current_town
from caudal.workflows import billing_run

OUTCOMES = ("retained", "excused")
EMPTY = "Ese día aparece aquí. Si quiere ver antes cómo saldría, use «Otra fecha…»: calcula y no emite nada."
SECOND_PERSON = "La aprueba otra persona: usted la calculó, y la organización pide que sean dos."


@requires("runs.view")
def listing(request: StaffRequest) -> HttpResponse:
    return _listing(request)


def _listing(request: StaffRequest, refused: RehearsalForm | None = None) -> HttpResponse:
    """The runs, with the form for another date as it was refused, or with the next date that bills."""
    town, today = current_town(), clock.today()
    next_on = next_dated_on(today=today)
    form = refused or RehearsalForm(initial={"dated_on": next_on or today})
    page = page_of(request, BillRun.objects.select_related("cycle"))
    page.object_list = run_rows(page.object_list, town)
    context = {"page": page, "due": due_cards(today=today), "form": form}
    if next_on:
        context["empty"] = f"Lo próximo: {formats.long_date(next_on, town)}. {EMPTY}"
    return render(request, "office/runs.html", context, status=422 if refused else 200)


@requires("runs.rehearse")
@require_POST
def rehearse(request: StaffRequest) -> HttpResponse:
    form = RehearsalForm(request.POST)
    if form.is_valid():
        run = attempt(
            form,
            partial(
                billing_run.ask_rehearsal,
                dated_on=form.cleaned_data["dated_on"],
                services=tuple(form.cleaned_data["services"]),
                cycle=form.cleaned_data["cycle"],
                by=request.user.actor,
            ),
            fields={
                "nothing_bills_then": "dated_on",
                "unknown_service": "services",
                "period_closed": "dated_on",
            },
        )
        if run is not None:
            return redirect("office:run", run.pk)
    return _listing(request, form)


@requires("runs.view")
def detail(request: StaffRequest, run_id: int) -> HttpResponse:
    run, town = get_object_or_404(BillRun, pk=run_id), current_town()
    outcome = choice(request, "ver", OUTCOMES) or "retained"
    found = exceptions_of(run, outcome=outcome)
    if code := request.GET.get("motivo"):
        found = found.filter(code=code)
    page = page_of(request, found)
    page.object_list = [exception_row(each, town) for each in page.object_list]
    context = {
        **run_page(run, today=clock.today(), town=town),
        "outcome": outcome,
        "reasons": reason_chips(run, outcome),
        "page": page,
    }
    if context["approve"] and run.rehearsed_by_id == request.user.pk and needs_second_person():
        context |= {"approve": None, "approve_refusal": SECOND_PERSON}
    return render(request, "office/run.html", context)


@requires("runs.view")
def progress_of(request: StaffRequest, run_id: int) -> HttpResponse:
    found = progress(get_object_or_404(BillRun, pk=run_id))
    if found is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "office/_run_progress.html", {"progress": found})


@requires("runs.approve")
@require_POST
def approve(request: StaffRequest, run_id: int) -> HttpResponse:
    get_object_or_404(BillRun, pk=run_id)
    call = partial(
        billing_run.approve,
        run_id=run_id,
        issued_on=clock.today(),
        at=clock.now(),
        by=request.user.actor,
    )
    tried(request, call, done="Aprobada. Se está emitiendo.")
    return redirect("office:run", run_id)


@requires("runs.rehearse")
@require_POST
def retry(request: StaffRequest, run_id: int) -> HttpResponse:
    get_object_or_404(BillRun, pk=run_id)
    call = partial(billing_run.retry_retained, run_id=run_id, by=request.user.actor)
    tried(request, call, done="Se intenta facturar las retenidas.")
    return redirect("office:run", run_id)


@requires("runs.rehearse")
@require_POST
def discard(request: StaffRequest, run_id: int) -> HttpResponse:
    get_object_or_404(BillRun, pk=run_id)
    if tried(
        request,
        partial(billing_run.cancel, run_id=run_id, by=request.user.actor),
        done="La prefacturación se descartó.",
    ):
        return redirect("office:runs")
    return redirect("office:run", run_id)


@requires("runs.view")
@require_POST
def order_file(request: StaffRequest, run_id: int) -> HttpResponse:
    """Have the PDF of all invoices made, or made anew after some were voided or billed later."""
    get_object_or_404(BillRun, pk=run_id, state="issued")
    order_run_file(run_id=run_id)
    return redirect("office:run", run_id)


@requires("runs.view")
def run_file(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """All invoices of the run as one PDF, in the order in which they are handed out."""
    file = RunFile.objects.filter(run_id=run_id, state="ready").order_by("-pk").first()
    path = Path(settings.MEDIA_ROOT, file.path) if file else None
    if path is None or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"facturacion-{run_id}.pdf")
