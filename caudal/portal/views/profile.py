"""My data: who I am to the utility, and how it may reach me."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from caudal.billing.models import Account
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.portal import access
from caudal.registry.context import current_town
from caudal.registry.models import Party
from caudal.workflows.citizens import Contact, change_contact


class ContactForm(forms.Form):
    """What the customer may change himself. `version` guards against two windows."""

    email = forms.EmailField(
        label="Correo", required=False, help_text="Aquí le llegan sus facturas y comprobantes."
    )
    phone = forms.CharField(label="Teléfono", required=False, max_length=60)
    version = forms.IntegerField(widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as the page lists it."""

    number: str
    title: str
    note: str


@access.citizen
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show the party of the user, and let its contact data be changed."""
    today = clock.today()
    party = Party.objects.filter(user=access.user_id(request)).first()
    form = _form(request, party)
    if party and form and request.method == "POST" and form.is_valid():
        contact = Contact(email=form.cleaned_data["email"], phone=form.cleaned_data["phone"])
        try:
            change_contact(
                party_id=party.pk,
                version=form.cleaned_data["version"],
                contact=contact,
                by=access.actor_of(request),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "Guardamos sus datos.")
            return redirect("portal:profile")
    context = {
        "party": party,
        "accounts": [_line(a, party) for a in access.accounts(request, on=today)],
        "form": form,
        "town": current_town(),
    }
    status = 422 if form and form.errors else 200
    return render(request, "portal/profile.html", context, status=status)


def _form(request: HttpRequest, party: Party | None) -> ContactForm | None:
    if party is None:
        return None
    if request.method == "POST":
        return ContactForm(request.POST)
    return ContactForm(initial={"email": party.email, "phone": party.phone, "version": party.version})


def _line(account: Account, party: Party | None) -> AccountLine:
    own = party is not None and account.holder_id == party.pk
    return AccountLine(account.number, "Cuenta", "" if own else f"De {account.holder.name}")
