"""The first prices of a town, typed into boxes and published."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.prices import PricesForm, sketches
from caudal.tariffs import operations
from caudal.tariffs.models import TariffVersion


@requires("tariffs.publish")
def prices(request: StaffRequest) -> HttpResponse:
    """Boxes for the drafts that boxes are enough for; what got a price is published, all or nothing."""
    drafts = TariffVersion.objects.filter(published_at=None).select_related("tariff__service")
    form = PricesForm(
        request.POST or None, drafts=sketches(drafts.order_by("tariff__service__position", "pk"))
    )
    if request.method == "POST" and form.is_valid():
        published = attempt(form, lambda: _publish(request, form))
        if published:
            messages.success(request, f"Tarifas publicadas: {published}.")
            return redirect("office:tariffs")
        if published == 0:
            form.add_error(None, "Escriba al menos un precio.")
    return render(request, "office/prices.html", {"form": form, "sections": form.sections()})


@transaction.atomic
def _publish(request: StaffRequest, form: PricesForm) -> int:
    priced = form.priced()
    for version, definition in priced:
        operations.save_draft(
            tariff_id=version.tariff_id,
            valid_from=version.valid_from,
            definition=definition,
            version_id=version.pk,
            by=request.user.actor,
        )
        operations.publish_version(version_id=version.pk, by=request.user.actor)
    return len(priced)
