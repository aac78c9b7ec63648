"""The organisation's settings, its sectors and its routes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.settings import FIELDS, OrganisationForm, RouteForm, SectorForm
from caudal.registry.models import Route, Sector
from caudal.registry.operations import RouteData, save_route, save_sector, update_organisation
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
        "back": reverse("office:home"),
        "sectors": Sector.objects.all(),
        "routes": Route.objects.select_related("sector"),
    }
    return render(request, "office/settings.html", context)


@requires("settings.manage")
def sector(request: StaffRequest, sector_id: int | None = None) -> HttpResponse:
    """Create a sector, or change one."""
    known = _known(Sector, sector_id)
    initial = {"code": known.code, "name": known.name} if known else {}
    form = SectorForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: save_sector(
                **form.cleaned_data,
                sector_id=sector_id,
                version=known.version if known else 1,
                by=request.user.actor,
            ),
            fields={"duplicate_code": "code"},
        )
        if saved is not None:
            messages.success(request, f"Se guardó el sector {saved.name}.")
            return redirect("office:settings")
    return _form_page(request, form, "Sector")


@requires("settings.manage")
def route(request: StaffRequest, route_id: int | None = None) -> HttpResponse:
    """Create a route, or change one."""
    known = _known(Route, route_id)
    initial = {"code": known.code, "name": known.name, "sector": known.sector_id} if known else {}
    form = RouteForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        saved = attempt(
            form,
            lambda: save_route(
                data=RouteData(code=given["code"], name=given["name"], sector_id=given["sector"].pk),
                route_id=route_id,
                version=known.version if known else 1,
                by=request.user.actor,
            ),
            fields={"duplicate_code": "code"},
        )
        if saved is not None:
            messages.success(request, f"Se guardó la ruta {saved.name}.")
            return redirect("office:settings")
    return _form_page(request, form, "Ruta")


def _known(model: Any, pk: int | None) -> Any:
    if pk is None:
        return None
    found = model.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _form_page(request: StaffRequest, form: Any, title: str) -> HttpResponse:
    back = reverse("office:settings")
    context = {"title": title, "crumbs": [("Configuración", back)], "form": form, "back": back}
    return render(request, "office/form.html", context)
