"""The organisation's settings."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from caudal.office.access import StaffRequest, requires
from caudal.office.forms.settings import FIELDS, OrganisationForm
from caudal.office.present.approvals import lonely
from caudal.registry.operations import update_organisation
from caudal.registry.queries import organisation


@requires("settings.manage")
def organisation_page(request: StaffRequest) -> HttpResponse:
    town = organisation()
    if town is None:
        raise Http404
    form = OrganisationForm(request.POST or None, initial={name: getattr(town, name) for name in FIELDS})
    if request.method == "POST" and form.is_valid():
        update_organisation(changes=form.cleaned_data, by=request.user.actor)
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
