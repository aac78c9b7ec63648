"""Imports: upload, what the file says, questions, apply with progress, undo; the marked copy and the template."""

import tempfile
from functools import partial
from pathlib import Path

from django.db.models import F
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.common import clock
from caudal.intake.models import Import
from caudal.intake.operations import imports
from caudal.intake.operations.undo import undo_import
from caudal.intake.queries.reports import marked_copy
from caudal.intake.sheets.containers import MAX_FILE_BYTES
from caudal.intake.sheets.template import write_template
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt, tried
from caudal.office.exports import XLSX
from caudal.office.forms.imports import UploadForm
from caudal.office.lists import page_of
from caudal.office.present.imports import finding_row, import_page, listed, progress, question_form
from caudal.registry.context import current_town
from caudal.registry.models import Organisation

LIMITS = f"xlsx, xls, ods o csv, hasta {MAX_FILE_BYTES // 10**6} MB"


@requires("imports.run")
def listing(request: StaffRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        call = partial(
            imports.take_in, chunks=file.chunks(), file_name=file.name, by=request.user.actor, analyse=True
        )
        found = attempt(form, call, fields={"too_large_workbook": "file"})
        if found is not None:
            return redirect("office:import", found.pk)
    page = page_of(request, Import.objects.defer("report", "answers").annotate(totals=F("report__totals")))
    page.object_list = [listed(each) for each in page.object_list]
    context = {
        "form": form,
        "imports": page,
        "limits": LIMITS,
        "template_href": reverse("office:import_template"),
    }
    return render(request, "office/imports.html", context, status=422 if form.errors else 200)


@requires("imports.run")
def detail(request: StaffRequest, import_id: int) -> HttpResponse:
    found = get_object_or_404(Import.objects.select_related("progress"), pk=import_id)
    return render(request, "office/import.html", _context(request, found))


def _context(request: StaffRequest, found: Import) -> dict[str, object]:
    findings = found.report.get("errors", [])
    if column := request.GET.get("columna"):
        findings = [one for one in findings if one["column"] == column]
    page = page_of(request, findings)
    page.object_list = [finding_row(one) for one in page.object_list]
    return {**import_page(found, current_town(), undo="deshacer" in request.GET), "page": page}


@requires("imports.run")
def progress_of(request: StaffRequest, import_id: int) -> HttpResponse:
    rows = Import.objects.select_related("progress").defer("report", "answers")
    found = progress(get_object_or_404(rows, pk=import_id))
    if found is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "office/_import_progress.html", {"progress": found})


@requires("imports.run")
@require_POST
def answer(request: StaffRequest, import_id: int) -> HttpResponse:
    found = get_object_or_404(Import, pk=import_id)
    form = question_form(found, request.POST)
    if form is None:
        return redirect("office:import", import_id)
    if form.is_valid():
        call = partial(imports.answer, import_id=import_id, given=form.given(), by=request.user.actor)
        if attempt(form, call) is not None:
            return redirect("office:import", import_id)
    context = _context(request, found) | {"questions": form, "sections": form.sections()}
    return render(request, "office/import.html", context, status=422)


@requires("imports.run")
@require_POST
def apply(request: StaffRequest, import_id: int) -> HttpResponse:
    get_object_or_404(Import, pk=import_id)
    whole = not request.POST.get("partial")
    call = partial(imports.order_apply, import_id=import_id, partial=not whole, by=request.user.actor)
    tried(request, call, done="Se está aplicando en el servidor.")
    return redirect("office:import", import_id)


@requires("imports.run")
@require_POST
def discard(request: StaffRequest, import_id: int) -> HttpResponse:
    get_object_or_404(Import, pk=import_id)
    call = partial(imports.discard, import_id=import_id, by=request.user.actor)
    gone = tried(request, call, done="El archivo se descartó.")
    return redirect("office:imports") if gone else redirect("office:import", import_id)


@requires("imports.run")
@require_POST
def undo(request: StaffRequest, import_id: int) -> HttpResponse:
    get_object_or_404(Import, pk=import_id)
    call = partial(undo_import, import_id=import_id, at=clock.now(), by=request.user.actor)
    tried(request, call, done="Se deshizo: lo que trajo el archivo ya no está.")
    return redirect("office:import", import_id)


@requires("imports.run")
def marked(_request: StaffRequest, import_id: int) -> HttpResponseBase:
    found = get_object_or_404(Import, pk=import_id, state="analysed")
    source = imports.file_of(found)
    if not source.is_file():
        raise Http404
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.xlsx")
        marked_copy(found, source, copy)
        return _download(copy, f"{Path(found.file_name).stem}-revisado.xlsx")


@requires("imports.run")
def template(_request: StaffRequest) -> HttpResponseBase:
    country = Organisation.objects.values_list("country", flat=True).first() or ""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "template.xlsx")
        write_template(copy, country=country)
        return _download(copy, "plantilla-caudal.xlsx")


def _download(path: Path, name: str) -> FileResponse:
    """The file as a download; it stays readable after its folder is gone."""
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX)
