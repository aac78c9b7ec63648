"""The organisation's settings."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.settings import FIELDS, OrganisationForm
from caudal.office.present.approvals import lonely
from caudal.registry.operations import update_organisation
from caudal.registry.queries import organisation


@requires("settings.manage")
def organisation_page(request: StaffRequest) -> HttpResponse:
    town = organisation()
    if town is None:
        raise Http404
    shown = {name: getattr(town, name) for name in ("version", *FIELDS)}
    form = OrganisationForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        changes, by = dict(form.cleaned_data), request.user.actor
        version = changes.pop("version") or 0
        if attempt(form, lambda: update_organisation(changes=changes, version=version, by=by)) is not None:
            messages.success(request, "Se guardaron los datos de la organización.")
            return redirect("office:settings")
    context = {
        "title": "Configuración",
        "lede": town.name,
        "crumbs": [("Inicio", reverse("office:home"))],
        "form": form,
        "sections": form.sections(),
        "lonely": lonely(town),
        "back": reverse("office:home"),
    }
    return render(request, "office/settings.html", context)
