"""The history («bitácora»): searched, read record by record, and exported."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from caudal.common.errors import DomainError
from caudal.common.models import AuditRecord, AuditSeal
from caudal.documents.operations import seal_folder
from caudal.documents.printing.seals import kept_seals
from caudal.office.access import StaffRequest, requires
from caudal.office.exports import export_asked, exported, in_chunks
from caudal.office.forms.history import HistoryForm
from caudal.office.lists import page_of
from caudal.office.present.history import Wanted, entries, found, record_page
from caudal.office.present.history.difference import Change
from caudal.office.present.history.things import THINGS, Names

NO_CHANGE: Final = Change("", None, None)
COLUMNS: Final = ("Fecha", "Quién", "Qué", "Objeto", "Dato", "Antes", "Después")


@requires("audit.view")
def listing(request: StaffRequest) -> HttpResponseBase:
    form = HistoryForm(request.GET)
    wanted = form.wanted()
    records = found(wanted)
    if export_asked(request):
        try:
            return exported(
                request,
                name="bitacora",
                columns=COLUMNS,
                rows=_rows(records),
                title="Bitácora",
                filters=_said(form, wanted),
            )
        except DomainError as refusal:  # a certificate that cannot sign
            messages.error(request, refusal.message)
            return redirect("office:history")
    page = page_of(request, records)
    page.object_list = entries(page.object_list)
    context = {
        "page": page,
        "form": form,
        "of": _thing(wanted),
        "narrowed": wanted != Wanted(),
        "sealed_at": AuditSeal.objects.order_by("-id").values_list("at", flat=True).first(),
    }
    return render(request, "office/history.html", context)


@requires("audit.view")
def detail(request: StaffRequest, record_id: int) -> HttpResponse:
    record = get_object_or_404(AuditRecord, pk=record_id)
    return render(request, "office/history_record.html", record_page(record))


@requires("audit.view")
def seals(request: StaffRequest) -> HttpResponse:
    """The daily seals, the latest first."""
    papers = [
        {"name": paper.name, "on": date.fromisoformat(paper.name[:10]), "number": paper.stem[11:]}
        for paper in reversed(kept_seals(seal_folder()))
    ]
    return render(request, "office/history_seals.html", {"page": page_of(request, papers)})


@requires("audit.view")
def seal(request: StaffRequest, name: str) -> HttpResponseBase:
    """The file of a daily seal, as it was written."""
    papers = {paper.name: paper for paper in kept_seals(seal_folder())}
    if name not in papers:
        raise Http404
    return FileResponse(papers[name].open("rb"), as_attachment=True, content_type="application/pdf")


def _said(form: HistoryForm, wanted: Wanted) -> str:
    """What was looked for, in words, for the paper."""
    said = [str(_thing(wanted) or "")]
    for name in ("usuario", "tipo", "objeto", "desde", "hasta"):
        value = form.cleaned_data.get(name)
        if value and not (name == "objeto" and said[0]):
            field = form.fields[name]
            choices: Any = getattr(field, "choices", ())
            words = {str(code): word for code, word in _flat(choices)}
            shown = f"{value:%d/%m/%Y}" if isinstance(value, date) else words.get(value, value)
            said.append(f"{field.label}: {shown}")
    return "; ".join(part for part in said if part)


def _flat(choices: Any) -> Iterator[tuple[str, str]]:
    for code, word in choices:
        if isinstance(word, list | tuple):
            yield from word
        else:
            yield code, word


def _thing(wanted: Wanted) -> Any:
    """The one object that is asked for, by its name."""
    if wanted.of not in THINGS or wanted.pk is None:
        return None
    names = Names()
    names.learn([(wanted.of, wanted.pk)])
    return names.of(wanted.of, wanted.pk)


def _rows(records: QuerySet[AuditRecord]) -> Iterator[tuple[Any, ...]]:
    """A row for each fact that changed, so that a spreadsheet can filter it."""
    for some in in_chunks(records):
        for entry in entries(some):
            who = (entry.at, entry.actor, entry.what, str(entry.thing))
            for change in entry.changes or [NO_CHANGE]:
                yield (*who, change.name, change.before, change.after)
