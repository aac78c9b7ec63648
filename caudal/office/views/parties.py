"""Who acts for a company, and identifications that a supervisor lets pass."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from caudal.common import clock
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.properties import EndForm
from caudal.office.forms.representatives import (
    IDENTIFICATION_ERRORS,
    REPRESENTATIVE_ERRORS,
    IdentificationForm,
    RepresentativeForm,
)
from caudal.registry import operations as registry
from caudal.registry.models import Party, Representation


@requires("customers.edit")
def representative_add(request: StaffRequest, party_id: int) -> HttpResponse:
    """Let a person act for a company, from a day on."""
    party = get_object_or_404(Party, pk=party_id)
    form = RepresentativeForm(request.POST or None, initial={"valid_from": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        named = attempt(
            form,
            lambda: registry.add_representative(
                represented_id=party_id,
                representative_id=given["person"].pk,
                valid_from=given["valid_from"],
                valid_to=given["valid_to"],
                by=request.user.actor,
            ),
            fields=REPRESENTATIVE_ERRORS,
        )
        if named is not None:
            return _done(request, party, f"{given['person'].name} representa a {party.name}.")
    return _page(request, form, party, "Nombrar apoderado")


@requires("customers.edit")
def representative_end(request: StaffRequest, representation_id: int) -> HttpResponse:
    """A person acts for a company no longer."""
    found = get_object_or_404(
        Representation.objects.select_related("represented", "representative"), pk=representation_id
    )
    form = EndForm(request.POST or None, initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        ended = attempt(
            form,
            lambda: registry.end_representation(
                representation_id=representation_id, valid_to=form.cleaned_data["on"], by=request.user.actor
            ),
            fields={"representation_ended": "on"},
        )
        if ended is not None:
            said = f"{found.representative.name} ya no representa a {found.represented.name}."
            return _done(request, found.represented, said)
    return _page(request, form, found.represented, f"Terminar como apoderado: {found.representative.name}")


@requires("customers.exempt")
def identification(request: StaffRequest, party_id: int) -> HttpResponse:
    """Write an identification; one whose digits do not hold stays «por verificar»."""
    party = get_object_or_404(Party, pk=party_id)
    initial = {
        "identification_type": party.identification_type,
        "identification": party.identification,
        "version": party.version,
    }
    form = IdentificationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        saved = attempt(
            form,
            lambda: registry.identify(
                party_id=party_id,
                version=given["version"],
                identity=registry.Identity(
                    given["identification_type"], given["identification"], not given["unverified"]
                ),
                by=request.user.actor,
            ),
            fields=IDENTIFICATION_ERRORS,
        )
        if saved is not None:
            return _done(request, party, f"Se guardó la identificación de {party.name}.", tab="statement")
    return _page(request, form, party, "Identificación")


def _done(request: StaffRequest, party: Party, said: str, *, tab: str = "places") -> HttpResponse:
    messages.success(request, said)
    return redirect(f"{reverse('office:customer', args=[party.pk])}?ver={tab}")


def _page(
    request: StaffRequest,
    form: RepresentativeForm | EndForm | IdentificationForm,
    party: Party,
    title: str,
) -> HttpResponse:
    back = reverse("office:customer", args=[party.pk])
    context = {
        "title": title,
        "lede": party.name,
        "crumbs": [("Clientes", reverse("office:customers")), (party.name, back)],
        "form": form,
        "sections": [{"title": title, "fields": form.visible_fields()}],
        "back": back,
        "active": "customers",
    }
    return render(request, "office/form.html", context)
