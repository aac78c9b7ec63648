"""One reading by itself: what it said, who took it, what was decided, and its photos."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.common.ui.pictures import photo_response
from caudal.metering.models import Reading
from caudal.metering.queries.evidence import evidence_of, photo_bytes
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.readings import PhotoForm
from caudal.office.lists import whole
from caudal.office.present.readings import photo_alt, reading_rows
from caudal.workflows import readings as workflow


@requires("readings.view")
def reading(request: StaffRequest, reading_id: int) -> HttpResponse:
    return _page(request, reading_id, PhotoForm())


@requires("readings.capture")
@require_POST
def photo_new(request: StaffRequest, reading_id: int) -> HttpResponse:
    get_object_or_404(Reading, pk=reading_id)
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        picture = form.cleaned_data["photo"]
        call = partial(workflow.attach_photo, reading_id=reading_id, picture=picture, by=request.user.actor)
        added = attempt(form, call)
        if added is not None:
            messages.success(request, "Foto guardada." if added else "Esa foto ya estaba.")
            return redirect("office:reading", reading_id)
    return _page(request, reading_id, form)


@requires("readings.view")
def photo(request: StaffRequest, reading_id: int) -> HttpResponse:
    """The latest photo as a file, or with `de` an earlier one; small with `mini`."""
    content = photo_bytes(
        reading_id=reading_id, evidence_id=whole(request, "de"), small=bool(request.GET.get("mini"))
    )
    if content is None:
        raise Http404
    return photo_response(content, name=f"lectura-{reading_id}")


def _page(request: StaffRequest, reading_id: int, form: PhotoForm) -> HttpResponse:
    readings = Reading.objects.select_related("installation__meter", "installation__connection", "previous")
    found = get_object_or_404(readings, pk=reading_id)
    (row,) = reading_rows([found])
    context = {
        "reading": row,
        "corrected_from": found.corrected_from,
        "photos": evidence_of([reading_id]).get(reading_id, []),
        "alt": photo_alt(found),
        "form": form,
    }
    return render(request, "office/reading.html", context, status=422 if form.errors else 200)
