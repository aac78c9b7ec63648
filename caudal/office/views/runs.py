"""Bill runs: what falls due, rehearsal, review of what is held, approval, progress, retry."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.billing.models import BillRun
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.documents.models import RunFile
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import tried
from caudal.office.forms.runs import RehearseForm
from caudal.office.lists import choice, page_of
from caudal.office.present.runs import (
    OUTCOMES,
    due_page,
    exception_rows,
    exceptions,
    progress,
    reasons,
    run_page,
    run_rows,
)
from caudal.registry.context import current_town
from caudal.workflows import billing_run


@requires("runs.view")
def listing(request: StaffRequest) -> HttpResponse:
    town, today = current_town(), clock.today()
    page = page_of(request, BillRun.objects.exclude(state="cancelled").order_by("-dated_on", "-pk"))
    page.object_list = run_rows(page.object_list, town)
    form = RehearseForm(initial={"dated_on": today})
    context = {"page": page, "due": due_page(today=today, town=town), "form": form}
    return render(request, "office/runs.html", context)


@requires("runs.rehearse")
@require_POST
def rehearse(request: StaffRequest) -> HttpResponse:
    """Compute a run, or compute it again; nothing is issued."""
    again = request.POST.get("run", "")
    if again:
        run = get_object_or_404(BillRun, pk=again)
        dated_on, codes = run.dated_on, [code for code in run.service_codes.split(",") if code]
    else:
        form = RehearseForm({**request.POST.dict(), "services": request.POST.getlist("services")})
        if not form.is_valid():
            messages.error(request, "Escriba la fecha de la facturación.")
            return redirect("office:runs")
        dated_on, codes = form.cleaned_data["dated_on"], form.cleaned_data["services"]
    try:
        made = billing_run.rehearse(dated_on=dated_on, services=tuple(codes), by=request.user.actor)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("office:runs")
    messages.success(request, "Prefacturación lista: revísela antes de aprobar.")
    return redirect("office:run", made.pk)


@requires("runs.view")
def detail(request: StaffRequest, run_id: int) -> HttpResponse:
    run = get_object_or_404(BillRun, pk=run_id)
    outcome, code = choice(request, "ver", OUTCOMES), request.GET.get("motivo", "")
    page = page_of(request, exceptions(run, outcome=outcome, code=code))
    page.object_list = exception_rows(page.object_list)
    context = {
        **run_page(run, on=clock.today(), town=current_town()),
        "outcome": outcome,
        "reasons": reasons(run, outcome),
        "page": page,
    }
    return render(request, "office/run.html", context)


@requires("runs.approve")
@require_POST
def approve(request: StaffRequest, run_id: int) -> HttpResponse:
    get_object_or_404(BillRun, pk=run_id)
    tried(
        request,
        lambda: billing_run.approve(
            run_id=run_id, issued_on=clock.today(), at=clock.now(), by=request.user.actor
        ),
        done="Aprobada: se está emitiendo.",
    )
    return redirect("office:run", run_id)


@requires("runs.rehearse")
@require_POST
def discard(request: StaffRequest, run_id: int) -> HttpResponse:
    get_object_or_404(BillRun, pk=run_id)
    done = "Se descartó la prefacturación."
    tried(request, lambda: billing_run.cancel(run_id=run_id, by=request.user.actor), done=done)
    return redirect("office:runs")


@requires("runs.rehearse")
@require_POST
def retry(request: StaffRequest, run_id: int) -> HttpResponse:
    """Bill anew just what was held."""
    get_object_or_404(BillRun, pk=run_id)
    done = "Se intentan de nuevo las retenidas."
    tried(request, lambda: billing_run.retry_retained(run_id=run_id, by=request.user.actor), done=done)
    return redirect("office:run", run_id)


@requires("runs.view")
def run_progress(request: StaffRequest, run_id: int) -> HttpResponse:
    """The bar of the issue; when it has ended the page is asked to load again."""
    run = get_object_or_404(BillRun, pk=run_id)
    shown = progress(run)
    if shown is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "office/_run_progress.html", {"progress": shown})


@requires("runs.view")
def run_file(request: StaffRequest, run_id: int) -> HttpResponseBase:
    """All invoices of the run as one PDF, in the order in which they are handed out."""
    file = RunFile.objects.filter(run_id=run_id, state="ready").order_by("-pk").first()
    if file is None:
        raise Http404
    path = Path(settings.MEDIA_ROOT, file.path)
    if not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"facturacion-{run_id}.pdf")
