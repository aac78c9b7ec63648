"""Readings: the list, the panel, capture, and the supervisor's queue."""

from collections.abc import Collection
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.access.models import User
from caudal.common import clock
from caudal.kernel.periods import month_span
from caudal.metering.models import Connection, Installation, Reading
from caudal.metering.operations.readings import NewReading
from caudal.metering.queries.readings import (
    PanelFilter,
    PanelRow,
    expected,
    panel,
    pending,
)
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.exports import export_asked, exported, in_chunks, sought
from caudal.office.forms.readings import AnyMeterForm, DecisionForm, ReadingForm
from caudal.office.lists import chips, choice, count, ordered, page_of, whole
from caudal.office.present.connections import connections_found
from caudal.office.present.customers import holders_of
from caudal.office.present.readings import STATES, connections_read, reading_rows, readings
from caudal.office.present.review import (
    GROUPS,
    MOST_QUEUED,
    Doubt,
    chosen_page,
    dial,
    doubts_of,
    of_cause,
    queue_rows,
)
from caudal.office.reach import seen, sees
from caudal.registry.models import Route, Sector
from caudal.workflows import readings as workflow

EXPORT_COLUMNS = (
    "Medidor", "Abonado", "Cliente", "Fecha", "Lectura anterior", "Lectura", "Consumo", "Estado", "Origen",
    "Lector", "Observación",
)  # fmt: skip
PANEL_ROWS = 50
# Where somebody is on the panel: what it is filtered by, and its page.
PANEL_PLACE = ("q", "sector", "ruta", "estado", "desde", "despues")
PANEL_STATES = ("missing", "pending", "read")


@requires("readings.view")
def listing(request: StaffRequest) -> HttpResponseBase:
    text, state = request.GET.get("q", "").strip(), choice(request, "estado", STATES)
    at = connections_read(text) if text else None
    # Only what was searched for is sorted by date: millions of readings are listed as they came in.
    orders = {"on": ("read_on", "pk") if text else ("pk",), "id": ("pk",)}
    found = ordered(request, seen(request.user, readings(at=at, state=state)), orders, "-id")
    if export_asked(request):
        filters = sought(text, dict(Reading.STATES)[state].lower() if state else "")
        rows = _exported(found)
        return exported(request, name="lecturas", columns=EXPORT_COLUMNS, rows=rows, filters=filters)
    page = page_of(request, found)
    by_state = {name: seen(request.user, readings(at=at, state=name)) for name in STATES}
    counts = chips(seen(request.user, readings(at=at)), **by_state)
    context = {"page": page, "readings": reading_rows(page.object_list), "counts": counts}
    return render(request, "office/readings.html", context)


def _exported(found: Any) -> Any:
    for chunk in in_chunks(found):
        yield from map(_export_row, reading_rows(chunk))


def _export_row(row: Any) -> tuple[Any, ...]:
    state = dict(Reading.STATES)[row.state]
    return (
        row.meter,
        row.number,
        row.customer,
        row.on,
        row.previous,
        row.register,
        row.volume,
        state,
        row.source,
        row.reader,
        row.note,
    )


@requires("readings.view")
def reading_panel(request: StaffRequest) -> HttpResponse:
    """The panel of the meters: last reading, current one, state, and what to do."""
    window = month_span(clock.today())
    text = request.GET.get("q", "").strip()
    wanted = PanelFilter(
        sector_id=whole(request, "sector"),
        route_id=whole(request, "ruta"),
        state=choice(request, "estado", PANEL_STATES),
        connection_ids=_panel_connections(request, text),
        after=(request.GET.get("desde", ""), whole(request, "despues") or 0),
    )
    rows = panel(window=window, wanted=wanted, limit=PANEL_ROWS + 1)
    holders = holders_of([row.connection_id for row in rows])
    context = {
        "rows": [_panel_row(row, holders) for row in rows[:PANEL_ROWS]],
        "more": rows[PANEL_ROWS - 1] if len(rows) > PANEL_ROWS else None,
        "window": window,
        "sectors": seen(request.user, Sector.objects.all()),
        "routes": seen(request.user, Route.objects.all()),
        "sector": wanted.sector_id,
        "route": wanted.route_id,
    }
    return render(request, "office/reading_panel.html", context)


def _panel_connections(request: StaffRequest, text: str) -> Collection[int] | None:
    """The connections that the panel is of: those found, of those that the user may see; None for all."""
    found = connections_found(text) if text else None
    if not request.user.sector_ids:
        return found
    mine = seen(request.user, Connection.objects.all())
    return list((mine if found is None else mine.filter(pk__in=found)).values_list("pk", flat=True))


def _panel_row(row: PanelRow, holders: Any) -> dict[str, Any]:
    holder = holders.get(row.connection_id)
    return {"row": row, "customer": holder.name if holder else ""}


@requires("readings.capture")
def capture(request: StaffRequest) -> HttpResponse:
    stay, back = _asked_meter(request), _panel_address(request)
    form_class = ReadingForm if stay else AnyMeterForm
    initial = {"read_on": clock.today()}
    form = form_class(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        target = stay or given["meter"]
        if not sees(request.user, Installation, target.pk):
            raise Http404
        reading = NewReading(target.pk, given["read_on"], given["register"], given["note"])
        recorded = attempt(
            form,
            lambda: workflow.record_reading(
                reading=reading, on=clock.today(), picture=given["photo"], by=request.user.actor
            ),
            fields={"outside_stay": "read_on"},
        )
        if recorded is not None:
            _tell(request, target, recorded)
            return redirect(back)
    context = {"form": form, "meter": _meter_facts(stay) if stay else None, "back": back}
    return render(request, "office/reading_form.html", context)


def _panel_address(request: StaffRequest) -> str:
    """The page of the panel that a capture was begun from: the next meter of the route stands there."""
    kept = {name: request.GET[name] for name in PANEL_PLACE if request.GET.get(name)}
    return reverse("office:reading_panel") + (f"?{urlencode(kept)}" if kept else "")


def _asked_meter(request: StaffRequest) -> Installation | None:
    """The standing meter that the address names by itself or by its connection."""
    standing = Installation.objects.filter(removed_on=None).select_related("meter", "connection")
    if meter := whole(request, "medidor"):
        return standing.filter(meter_id=meter).first()
    if connection := whole(request, "conexion"):
        found = list(standing.filter(connection_id=connection)[:2])
        return found[0] if len(found) == 1 else None
    if stay := whole(request, "instalacion"):
        return standing.filter(pk=stay).first()
    return None


def _meter_facts(stay: Installation) -> dict[str, Any]:
    usual = expected(installation_id=stay.pk, read_on=clock.today())
    holder = holders_of([stay.connection_id]).get(stay.connection_id)
    return {
        "id": stay.meter_id,
        "serial": stay.meter.serial,
        "number": stay.connection.number,
        "customer": holder.name if holder else "",
        "address": stay.connection.address,
        "last_on": usual.last_on,
        "last_register": usual.last_register,
        "expected_from": dial(usual.low),
        "expected_to": dial(usual.high),
    }


def _tell(request: StaffRequest, stay: Installation, recorded: Any) -> None:
    serial = stay.meter.serial
    if recorded.state == "accepted":
        volume = f": {recorded.volume.normalize():f} {stay.meter.unit}" if recorded.volume is not None else ""
        messages.success(request, f"Lectura de {serial} aceptada{volume}.")
    else:
        messages.warning(request, f"La lectura de {serial} quedó guardada y espera revisión.")


@requires("readings.review")
def review(request: StaffRequest) -> HttpResponse:
    return _review_page(request, DecisionForm(), whole(request, "lectura"))


@requires("readings.review")
@require_POST
def decide(request: StaffRequest, reading_id: int) -> HttpResponse:
    reading = get_object_or_404(Reading.objects.select_related("installation__meter"), pk=reading_id)
    do = request.POST.get("do", "")
    cause = choice(request, "causa", GROUPS)
    form = DecisionForm(request.POST, request.FILES, do=do)
    if form.is_valid():
        decided = attempt(form, partial(_decided, request, form, reading_id))
        if decided is not None:
            messages.success(request, _decision_words(do, decided, request.user))
            return redirect(_review_address(cause))
    if not pending().filter(pk=reading_id).exists():
        # What was typed is of that reading: on the form of the next one in the queue it would be given to that one.
        serial = reading.installation.meter.serial
        messages.warning(request, f"Alguien ya decidió sobre la lectura de {serial}, y así quedó.")
        return redirect(_review_address(cause))
    return _review_page(request, form, reading_id)


def _decided(request: StaffRequest, form: DecisionForm, reading_id: int) -> Reading:
    by, reason = request.user.actor, form.cleaned_data["reason"]
    if picture := form.cleaned_data["photo"]:
        workflow.attach_photo(reading_id=reading_id, picture=picture, by=by)
    rollover = request.POST.get("rollover") == "1"
    if form.do == "accept" and rollover:
        return workflow.confirm_rollover(reading_id=reading_id, note=reason, by=by)
    if form.do == "accept":
        return workflow.accept_reading(reading_id=reading_id, note=reason, by=by)
    if form.do == "correct":
        register = form.cleaned_data["register"]
        return workflow.correct_reading(
            reading_id=reading_id, register=register, note=reason, queued=True, by=by
        )
    if form.do == "average":
        return workflow.estimate_instead(reading_id=reading_id, note=reason, by=by)
    return workflow.reject_reading(reading_id=reading_id, note=reason, queued=True, by=by)


def _decision_words(do: str, reading: Reading, user: User) -> str:
    register = f"{reading.register.normalize():f}"
    left = seen(user, pending()).count()
    done = {
        "accept": f"Lectura {register} aceptada.",
        "correct": f"Lectura corregida a {register}.",
        "average": f"Se estimó {register} con el promedio.",
        "reject": "Lectura rechazada: queda por leer otra vez.",
    }[do]
    return f"{done} {'No queda ninguna' if not left else f'Faltan {left}'}."


def _review_address(cause: str) -> str:
    query = f"?causa={cause}" if cause else ""
    return f"{redirect('office:review').url}{query}"


def _review_page(request: StaffRequest, form: DecisionForm, reading_id: int | None) -> HttpResponse:
    today = clock.today()
    cause = choice(request, "causa", GROUPS)
    doubts = doubts_of(list(seen(request.user, of_cause(cause))[:MOST_QUEUED]), on=today)
    page = page_of(request, doubts)
    shown: list[Doubt] = list(page.object_list)
    chosen = next((d for d in doubts if d.reading.pk == reading_id), None)
    if chosen is None and reading_id is not None:
        waiting = list(seen(request.user, pending()).filter(pk=reading_id))
        chosen = doubts_of(waiting, on=today)[0] if waiting else None
    if chosen is None and doubts:
        chosen = shown[0]
    counts = {name: count(seen(request.user, of_cause(name))) for name in GROUPS}
    counts["all"] = count(seen(request.user, pending()))
    kept = f"causa={cause}&" if cause else ""
    context = {
        "queue": queue_rows(shown, chosen.reading.pk if chosen else None, query=kept),
        "page": page,
        "counts": counts,
        "form": form,
        **(chosen_page(chosen, on=today) if chosen else {}),
    }
    status = 422 if form.errors else 200
    return render(request, "office/review.html", context, status=status)
