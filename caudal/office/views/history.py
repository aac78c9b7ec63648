"""The history («bitácora»): searched, read record by record, and exported."""

from collections.abc import Iterator
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from caudal.common.models import AuditRecord, AuditSeal
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
        return exported(request, name="bitacora", columns=COLUMNS, rows=_rows(records))
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
