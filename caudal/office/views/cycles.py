"""Cycles: groups of routes that are billed on dates of their own, and the calendar of each year."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from caudal.billing.models import Cycle
from caudal.common import clock
from caudal.kernel.calendars import CycleMonth, cycle_year
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.billing import CycleForm, CycleYearForm, YearForm
from caudal.registry.context import current_town
from caudal.workflows.invoices.cycles import save_cycle, save_cycle_days

FIRST_YEAR, LAST_YEAR = 2000, 2199
USUAL = {"day": 15, "reading_days": 5, "days_before": 5}


def _crumbs() -> list[tuple[str, str]]:
    return [
        ("Facturación", reverse("office:runs")),
        ("Meses", reverse("office:periods")),
        ("Ciclos", reverse("office:cycles")),
    ]


@requires("services.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The cycles there are, with their routes and the next date of each."""
    today = clock.today()
    rows = [
        (cycle, cycle.days.filter(dated_on__gte=today).order_by("dated_on").first())
        for cycle in Cycle.objects.annotate(routes=Count("members"))
    ]
    context = {"active": "runs", "rows": rows, "year": today.year, "crumbs": _crumbs()[:2]}
    return render(request, "office/billing/cycles.html", context)


@requires("services.edit")
def create(request: StaffRequest) -> HttpResponse:
    return _form(request, CycleForm(request.POST or None), None)


@requires("services.edit")
def edit(request: StaffRequest, cycle_id: int) -> HttpResponse:
    cycle = get_object_or_404(Cycle, pk=cycle_id)
    initial = {
        "name": cycle.name,
        "code": cycle.code,
        "version": cycle.version,
        "routes": list(cycle.members.values_list("route_id", flat=True)),
    }
    return _form(request, CycleForm(request.POST or None, initial=initial), cycle)


def _form(request: StaffRequest, form: CycleForm, cycle: Cycle | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: save_cycle(
                data=form.cycle(),
                cycle_id=cycle.pk if cycle else None,
                version=form.cleaned_data["version"] or 0,
                by=request.user.actor,
            ),
            fields={"duplicate_cycle_code": "code", "route_in_another_cycle": "routes"},
        )
        if saved is not None:
            messages.success(request, f"Se guardó {saved.name}.")
            return redirect("office:cycle_calendar", saved.pk, clock.today().year)
    context: dict[str, Any] = {
        "active": "runs",
        "title": cycle.name if cycle else "Nuevo ciclo",
        "lede": "Rutas que se leen y se facturan en los mismos días.",
        "crumbs": _crumbs(),
        "form": form,
        "back": reverse("office:cycles"),
    }
    return render(request, "office/form.html", context)


@requires("services.edit")
def calendar(request: StaffRequest, cycle_id: int, year: int) -> HttpResponse:
    """A year of a cycle: as it is, or filled in (GET) from a day and a reading window, and then saved by hand."""
    cycle = get_object_or_404(Cycle, pk=cycle_id)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    filler = YearForm(request.GET if "day" in request.GET else None, initial=USUAL)
    filled = _filled(filler, year)
    initial = CycleYearForm.initial_of(filled or cycle.days.filter(month__year=year))
    form = CycleYearForm(request.POST or None, year=year, town=current_town(), initial=initial)
    if request.method == "POST" and form.is_valid():
        done = attempt(form, lambda: _save(request, cycle, form))
        if done:
            messages.success(request, f"Se guardó {year} de {cycle.name}.")
            return redirect("office:cycles")
    context = {
        "active": "runs",
        "title": f"{cycle.name}, {year}",
        "lede": "Cuándo se lee y con qué fecha se factura cada mes.",
        "crumbs": _crumbs(),
        "cycle": cycle,
        "year": year,
        "filler": filler,
        "unsaved": bool(filled),
        "form": form,
        "sections": form.sections(),
        "back": reverse("office:cycles"),
    }
    return render(request, "office/billing/cycle_calendar.html", context)


def _filled(filler: YearForm, year: int) -> tuple[CycleMonth, ...]:
    return cycle_year(year, **filler.cleaned_data) if filler.is_bound and filler.is_valid() else ()


def _save(request: StaffRequest, cycle: Cycle, form: CycleYearForm) -> bool:
    save_cycle_days(cycle_id=cycle.pk, days=form.days(), by=request.user.actor)
    return True
