"""Alerts: something to look at, until somebody says what came of it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.metering.models import Alert
from caudal.metering.operations.alerts import resolve_alert
from caudal.metering.queries.readings import open_alerts
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import tried
from caudal.office.lists import choice, count, page_of
from caudal.office.present.alerts import alert_rows
from caudal.office.reach import seen

KINDS = tuple(kind for kind, _name in Alert.KINDS)


@requires("readings.view")
def listing(request: StaffRequest) -> HttpResponse:
    kind = choice(request, "tipo", KINDS)
    every = seen(request.user, open_alerts())
    found = every.filter(kind=kind) if kind else every
    page = page_of(request, found)
    page.object_list = alert_rows(page.object_list)
    context = {
        "page": page,
        "counts": {"all": count(every)},
        "kinds": Alert.KINDS,
        "active": "readings",
    }
    return render(request, "office/alerts.html", context)


@requires("readings.review")
@require_POST
def resolve(request: StaffRequest, alert_id: int) -> HttpResponse:
    get_object_or_404(Alert, pk=alert_id)
    resolution = request.POST.get("resolution", "").strip()[:300] or "Vista"
    tried(
        request,
        lambda: resolve_alert(alert_id=alert_id, resolution=resolution, by=request.user.actor),
        done="Alerta resuelta.",
    )
    return redirect("office:alerts")
