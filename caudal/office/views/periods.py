"""The months billed: reading window, assembly, and when nothing more is dated into them."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.billing.models import Cycle, Period
from caudal.common import clock
from caudal.common.ui import formats
from caudal.kernel.periods import add_months, month_of
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt, tried
from caudal.office.forms.billing import PeriodForm
from caudal.office.lists import page_of
from caudal.registry.context import current_town
from caudal.workflows.invoices.months import close_month, open_month, save_month

FIELDS = ("reading_from", "reading_to", "assembly_on")


@requires("runs.view")
def listing(request: StaffRequest) -> HttpResponse:
    """The months there are, the latest first; next month may be prepared."""
    context = {
        "active": "runs",
        "page": page_of(request, Period.objects.all()),
        "next": add_months(month_of(clock.today()), 1),
        "this": month_of(clock.today()),
        "cycles": Cycle.objects.exists(),
    }
    return render(request, "office/billing/periods.html", context)


@requires("runs.rehearse")
def edit(request: StaffRequest, year: int, month: int) -> HttpResponse:
    """The dates of a month, whether it was billed already or not."""
    first = _month(year, month)
    known = Period.objects.filter(month=first).first()
    form = PeriodForm(request.POST or None, initial={n: getattr(known, n) for n in FIELDS} if known else {})
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: save_month(month=first, dates=form.dates(), by=request.user.actor),
            fields={"wrong_window": "reading_to"},
        )
        if saved is not None:
            messages.success(request, f"Se guardó {formats.month_name(first, current_town())}.")
            return redirect("office:periods")
    context = {
        "active": "runs",
        "title": formats.month_name(first, current_town()).capitalize(),
        "lede": "Mes de cobro",
        "crumbs": [("Facturación", reverse("office:runs")), ("Meses", reverse("office:periods"))],
        "form": form,
        "back": reverse("office:periods"),
    }
    return render(request, "office/form.html", context)


def _month(year: int, month: int) -> date:
    try:
        return date(year, month, 1)
    except ValueError as nowhere:
        raise Http404 from nowhere


@requires("runs.approve")
@require_POST
def close(request: StaffRequest, period_id: int) -> HttpResponse:
    period = get_object_or_404(Period, pk=period_id)
    month = formats.month_name(period.month, current_town())
    tried(
        request,
        lambda: close_month(period_id=period_id, on=clock.today(), by=request.user.actor),
        done=f"{month.capitalize()} quedó cerrado: ya no se factura nada en él.",
    )
    return redirect("office:periods")


@requires("runs.approve")
@require_POST
def reopen(request: StaffRequest, period_id: int) -> HttpResponse:
    period = get_object_or_404(Period, pk=period_id)
    month = formats.month_name(period.month, current_town())
    tried(
        request,
        lambda: open_month(period_id=period_id, by=request.user.actor),
        done=f"{month.capitalize()} quedó abierto otra vez.",
    )
    return redirect("office:periods")
