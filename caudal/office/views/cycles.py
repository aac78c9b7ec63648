"""The calendar of a cycle's year."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from caudal.billing.models import Cycle
from caudal.kernel.calendars import CycleMonth, cycle_year
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.billing import CycleYearForm, YearForm
from caudal.registry.context import current_town
from caudal.workflows.invoices.cycles import save_cycle_days

FIRST_YEAR, LAST_YEAR = 2000, 2199
USUAL = {"day": 15, "reading_days": 5, "days_before": 5}


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
            return redirect("office:cycle", cycle_id)
    context = {
        "active": "runs",
        "title": f"{cycle.name}, {year}",
        "lede": "Cuándo se lee y con qué fecha se factura cada mes.",
        "crumbs": [
            ("Ciclos", reverse("office:cycles")),
            (cycle.name, reverse("office:cycle", args=[cycle_id])),
        ],
        "cycle": cycle,
        "year": year,
        "filler": filler,
        "unsaved": bool(filled),
        "form": form,
        "sections": form.sections(),
        "back": reverse("office:cycle", args=[cycle_id]),
    }
    return render(request, "office/billing/cycle_calendar.html", context)


def _filled(filler: YearForm, year: int) -> tuple[CycleMonth, ...]:
    return cycle_year(year, **filler.cleaned_data) if filler.is_bound and filler.is_valid() else ()


def _save(request: StaffRequest, cycle: Cycle, form: CycleYearForm) -> bool:
    save_cycle_days(cycle_id=cycle.pk, days=form.days(), by=request.user.actor)
    return True
