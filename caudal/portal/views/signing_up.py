"""A user of one's own: ask for it with the number and the identification, then set the password by the mailed link."""

from typing import Any

from django import forms
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from caudal.access.operations import keep_first_language
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.spoken import spanish_lazy
from caudal.common.ui.languages import language_of, language_of_browser
from caudal.notices.links import party_of
from caudal.portal import access
from caudal.portal.guessing import count_sign_up
from caudal.registry.models import Party
from caudal.workflows.citizens.users import ask_for_user, make_user

BACKEND = "caudal.office.signed_in.Backend"


class SignUpForm(forms.Form):
    """What stands on the bill, and who holds it."""

    number = forms.CharField(
        label=spanish_lazy("Número de abonado o de cuenta"),
        max_length=20,
        help_text=spanish_lazy("Está arriba en su factura o recibo."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    identification = forms.CharField(
        label=spanish_lazy("Identificación"),
        max_length=40,
        help_text=spanish_lazy("Completa, de quien tiene la cuenta."),
    )


class PasswordForm(forms.Form):
    """A password, typed once: who mistypes it asks for another."""

    password = forms.CharField(
        label=spanish_lazy("Contraseña"),
        strip=False,
        max_length=200,
        help_text=spanish_lazy("Doce letras o más."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@access.anyone
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Whatever is typed, the answer is the same: who holds the account reads it in his mail."""
    form = SignUpForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "portal/sign_up.html", {"form": form}, status=422 if form.errors else 200)
    try:
        count_sign_up(request, form.cleaned_data["number"])
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return render(request, "portal/sign_up.html", {"form": form}, status=429)
    by = Actor(id=None, label="Registro en el portal")
    ask_for_user(**form.cleaned_data, language=language_of(request), by=by)
    return render(request, "portal/sign_up.html", {"asked": True})


@access.anyone
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: choose a password, and be in."""
    party = party_of(token, at=clock.now())
    if party is None:
        return render(request, "portal/set_up.html", {"party": None}, status=404)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (user := _made(form, party)) is not None:
        login(request, user, backend=BACKEND)
        if (language := language_of_browser(request)) is not None:
            keep_first_language(user=user, language=language)
        return redirect("portal:home")
    context = {"form": form, "party": party}
    return render(request, "portal/set_up.html", context, status=422 if form.errors else 200)


def _made(form: PasswordForm, party: Party) -> Any:
    by = Actor(id=None, label=party.name)
    try:
        return make_user(party_id=party.pk, password=form.cleaned_data["password"], by=by)
    except DomainError as refusal:
        form.add_error("password", refusal.message)
        return None
