"""Look up and pay without an account: the printed number and the end of the identification, and nothing is told
but what is owed."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from caudal.billing.queries.holders import LEAST_ENDING, account_by_number
from caudal.common.errors import DomainError
from caudal.common.spoken import spanish, spanish_lazy
from caudal.common.text import identification_key
from caudal.portal import access
from caudal.portal.guessing import count_look
from caudal.portal.views.statement import guest_page

# The same words whether the number or the identification is wrong: neither is given away.
NOT_FOUND = spanish_lazy(
    "No encontramos una cuenta con ese número y esa identificación. Revise los dos en su factura o recibo."
)


class LookForm(forms.Form):
    """What stands on every bill, and what its holder knows."""

    number = forms.CharField(
        label=spanish_lazy("Número de abonado o de cuenta"),
        max_length=20,
        help_text=spanish_lazy("Está arriba en su factura o recibo."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    ending = forms.CharField(
        label=spanish_lazy("Últimos 4 caracteres de la identificación"),
        max_length=40,
        help_text=spanish_lazy("De quien tiene la cuenta. Para 1-0832-0456 escriba 0456."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_ending(self) -> str:
        """Letters and digits, four at least."""
        ending = identification_key(self.cleaned_data["ending"])
        if len(ending) < LEAST_ENDING:
            raise forms.ValidationError(spanish("Escriba los últimos 4, sin guiones."))
        return ending


@access.anyone
@require_http_methods(["GET", "POST"])
def guest(request: HttpRequest) -> HttpResponse:
    """Ask for the number and the end of the identification; what fits opens the balance for a while."""
    if not access.is_guest(request):
        return redirect("portal:home")
    form = LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number, ending = form.cleaned_data["number"], form.cleaned_data["ending"]
        try:
            count_look(request, number)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            return render(request, "portal/guest.html", {"form": form}, status=429)
        found = account_by_number(number=number, ending=ending)
        if found is not None:
            access.look_at(request, found.pk)
            return redirect("portal:guest_balance")
        form.add_error(None, NOT_FOUND)
    return render(request, "portal/guest.html", {"form": form}, status=422 if form.errors else 200)


@access.anyone
def guest_balance(request: HttpRequest) -> HttpResponse:
    """What the account that was looked up owes, to choose from and pay."""
    if access.looked_up(request) is None:
        return redirect("portal:guest")
    return guest_page(request)


@access.anyone
@require_POST
def guest_end(request: HttpRequest) -> HttpResponse:
    """Leave nothing for whoever uses the machine next."""
    access.forget_guest(request)
    return redirect("portal:guest")
