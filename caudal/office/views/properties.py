"""What is done to a property: owners, its change of owner, values, and who may see it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from caudal.access.models import User
from caudal.common import clock
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.entities.property_panels import span
from caudal.office.forms.properties import (
    ACCESS_ERRORS,
    OWNER_ERRORS,
    TRANSFER_ERRORS,
    VALUE_ERRORS,
    WHOLE,
    AccessForm,
    EndForm,
    OwnerForm,
    TransferForm,
    UserAccessForm,
    ValueForm,
)
from caudal.office.present.owners import accounts_at, transferred_words
from caudal.registry import operations as registry
from caudal.registry.models import Ownership, Property, PropertyAccess
from caudal.registry.queries import free_share
from caudal.workflows.properties import change_owner, services_at, standing_grants, standing_meters

EDIT = "customers.edit"
DAYS_FOR_AN_ASSUMED_DEBT = timedelta(days=15)
Call = Callable[[dict[str, Any]], Any]


@requires(EDIT)
def owner_add(request: StaffRequest, property_id: int) -> HttpResponse:
    """One more owner, with his part."""
    place = get_object_or_404(Property, pk=property_id)
    today = clock.today()
    left = free_share(property_id=property_id, valid_from=today)
    form = OwnerForm(request.POST or None, initial={"valid_from": today, "share": left * WHOLE})

    def add(given: dict[str, Any]) -> Ownership:
        return registry.add_owner(
            property_id=property_id,
            party_id=given["party"].pk,
            share=given["share"] / WHOLE,
            valid_from=given["valid_from"],
            valid_to=given["valid_to"],
            by=request.user.actor,
        )

    if done := _saved(request, form, add, OWNER_ERRORS):
        return _done(request, place, f"{done.party.name} quedó como dueño.")
    return _page(request, form, place, "Agregar dueño")


@requires(EDIT)
def owner_end(request: StaffRequest, ownership_id: int) -> HttpResponse:
    """A part is nobody's from a day on."""
    owned = get_object_or_404(Ownership.objects.select_related("party", "property"), pk=ownership_id)
    form = EndForm(request.POST or None, initial={"on": clock.today()})

    def end(given: dict[str, Any]) -> Ownership:
        return registry.end_ownership(ownership_id=ownership_id, valid_to=given["on"], by=request.user.actor)

    if _saved(request, form, end, {"ownership_ended": "on"}):
        return _done(request, owned.property, f"{owned.party.name} deja de ser dueño.")
    return _page(request, form, owned.property, f"Terminar como dueño: {owned.party.name}")


@requires(EDIT)
def owner_change(request: StaffRequest, property_id: int) -> HttpResponse:
    """The guided change of owner: services, debt and final reading in one step."""
    place = get_object_or_404(Property, pk=property_id)
    owners = list(
        place.ownerships.filter(Q(valid_to=None) | Q(valid_to__gt=clock.today())).select_related("party")
    )
    meters = standing_meters(property_id=property_id)
    today = clock.today()
    initial = {
        "on": today,
        "leaving": [str(owned.pk) for owned in owners],
        "debt_due_on": today + DAYS_FOR_AN_ASSUMED_DEBT,
    }
    grants = standing_grants(property_id=property_id, on=today)
    form = TransferForm(request.POST or None, initial=initial, owners=owners, meters=meters, grants=grants)
    if request.method == "POST" and form.is_valid():
        transfer = form.transfer(property_id, today=today)
        done = attempt(
            form, lambda: change_owner(transfer=transfer, by=request.user.actor), fields=TRANSFER_ERRORS
        )
        if done is not None:
            return _done(request, place, transferred_words(done, on=transfer.on))
    taken = services_at(property_id=property_id)
    context = {
        "place": place,
        "form": form,
        "sections": form.sections(),
        "owners": owners,
        "taken": taken,
        "accounts": accounts_at(taken, property_id=property_id, on=today),
        "active": "properties",
    }
    return render(request, "office/owner_change.html", context)


@requires(EDIT)
def value_add(request: StaffRequest, property_id: int) -> HttpResponse:
    """What an owner declares his property to be worth."""
    place = get_object_or_404(Property, pk=property_id)
    form = ValueForm(request.POST or None, initial={"received_on": clock.today()})

    def declare(given: dict[str, Any]) -> Any:
        return registry.declare_value(property_id=property_id, **given, by=request.user.actor)

    if value := _saved(request, form, declare, VALUE_ERRORS):
        return _done(request, place, f"El valor cuenta desde el {value.counts_from:%d/%m/%Y}.")
    return _page(request, form, place, "Declarar valor")


@requires(EDIT)
def access_add(request: StaffRequest, property_id: int) -> HttpResponse:
    """Let a user see a property that is neither his nor one he represents."""
    place = get_object_or_404(Property, pk=property_id)
    form = AccessForm(request.POST or None, initial={"valid_from": clock.today()})

    def grant(given: dict[str, Any]) -> PropertyAccess:
        return _granted(request, property_id, given.pop("user").pk, given)

    if granted := _saved(request, form, grant, ACCESS_ERRORS):
        return _done(request, place, f"{granted.user} ve esta propiedad en el portal {_days(granted)}.")
    return _page(request, form, place, "Dar acceso en el portal")


@requires(EDIT)
def user_access(request: StaffRequest, user_id: int) -> HttpResponse:
    """The same from the other side: a user is given sight of a property."""
    user = get_object_or_404(User, pk=user_id)
    form = UserAccessForm(request.POST or None, initial={"valid_from": clock.today()})

    def grant(given: dict[str, Any]) -> PropertyAccess:
        return _granted(request, given.pop("place").pk, user_id, given)

    if granted := _saved(request, form, grant, ACCESS_ERRORS):
        return _done(request, granted.property, f"{user} ve esta propiedad en el portal {_days(granted)}.")
    # Who keeps properties need not keep users.
    back, crumbs = reverse("office:properties"), [("Propiedades", reverse("office:properties"))]
    if request.user.can("users.manage"):
        back = reverse("office:user", args=[user_id])
        crumbs = [("Usuarios", reverse("office:users")), (str(user), back)]
    context = {
        "title": "Dar acceso a una propiedad",
        "lede": str(user),
        "crumbs": crumbs,
        "form": form,
        "back": back,
        "active": "users",
    }
    return render(request, "office/form.html", context)


def _granted(
    request: StaffRequest, property_id: int, user_id: int, days: Mapping[str, Any]
) -> PropertyAccess:
    return registry.grant_access(property_id=property_id, user_id=user_id, by=request.user.actor, **days)


def _days(granted: PropertyAccess) -> str:
    return span(granted.valid_from, granted.valid_to)


@requires(EDIT)
def access_remove(request: StaffRequest, access_id: int) -> HttpResponse:
    """A grant ends on a day; that it was given stays known."""
    granted = get_object_or_404(PropertyAccess.objects.select_related("user", "property"), pk=access_id)
    form = EndForm(request.POST or None, initial={"on": clock.today()})

    def end(given: dict[str, Any]) -> PropertyAccess:
        return registry.end_access(access_id=access_id, valid_to=given["on"], by=request.user.actor)

    if ended := _saved(request, form, end, {"access_ended": "on"}):
        done = f"{granted.user} ve esta propiedad por acceso concedido {_days(ended)}."
        if request.GET.get("desde") != "usuario":
            return _done(request, granted.property, done)
        messages.success(request, done)
        return redirect("office:user", granted.user_id)
    return _page(request, form, granted.property, f"Terminar el acceso de {granted.user}")


def _saved(request: StaffRequest, form: forms.Form, call: Call, errors: Mapping[str, str]) -> Any:
    """What the call made of a valid form; None when there is none, or it was refused."""
    if request.method != "POST" or not form.is_valid():
        return None
    return attempt(form, lambda: call(form.cleaned_data), fields=errors)


def _done(request: StaffRequest, place: Property, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("office:property", place.pk)


def _page(request: StaffRequest, form: forms.Form, place: Property, title: str) -> HttpResponse:
    back = reverse("office:property", args=[place.pk])
    section = {"title": title, "fields": [form[name] for name in form.fields]}
    context = {
        "title": title,
        "lede": str(place),
        "crumbs": [("Propiedades", reverse("office:properties")), (str(place), back)],
        "form": form,
        "sections": [section],
        "back": back,
        "active": "properties",
    }
    return render(request, "office/form.html", context)
