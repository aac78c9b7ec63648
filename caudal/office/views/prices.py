"""The first prices of a town, typed into boxes and published."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from caudal.approvals.kinds import Proposal
from caudal.approvals.queries import needs_second_person
from caudal.office.access import StaffRequest, requires
from caudal.office.asking import asked_or_done, second_person
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
            asked = needs_second_person("tariffs.publish")
            messages.success(request, f"{'Tarifas pedidas' if asked else 'Tarifas publicadas'}: {published}.")
            return redirect("office:tariffs")
        if published == 0:
            form.add_error(None, "Escriba al menos un precio.")
    second = second_person(request.user, "publish", None)
    context = {"form": form, "sections": form.sections(), "second": second}
    return render(request, "office/prices.html", context)


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
        asked_or_done(request, Proposal(kind="publish", object_id=version.pk, payload={}))
    return len(priced)
