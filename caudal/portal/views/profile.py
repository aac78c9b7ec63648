"""My data: who I am to the utility, and how it may reach me."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import capfirst
from django.views.decorators.http import require_http_methods

from caudal.access.limits import Limit, count_attempt
from caudal.billing.models import Account
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.spoken import spanish, spanish_lazy, spanish_many
from caudal.portal import access
from caudal.registry.context import current_town
from caudal.registry.models import Organisation, Party
from caudal.registry.queries import the_organisation
from caudal.workflows.citizens.contacts import AddressNeeded, Contact, Wishes, change_contact, wishes_of

# Each change of address is told to the one before: nobody has the town write to strangers.
ADDRESSES_PER_USER: Final = Limit("contact.user", 5, timedelta(hours=24))


class ContactForm(forms.Form):
    """What the customer may change himself. `version` guards against two windows."""

    email = forms.EmailField(label=spanish_lazy("Correo"), required=False)
    phone = forms.CharField(label=spanish_lazy("Teléfono"), required=False, max_length=60)
    delivery = forms.ChoiceField(
        label=spanish_lazy("¿Cómo quiere sus facturas o recibos?"),
        choices=[
            ("mail", spanish_lazy("Por correo electrónico")),
            ("print", spanish_lazy("Impresas, en su casa")),
            ("counter", spanish_lazy("Las recojo en la oficina")),
        ],
        widget=forms.RadioSelect,
    )
    receipts = forms.BooleanField(
        label=spanish_lazy("Mandarme por correo el comprobante de cada pago"), required=False
    )
    reminders = forms.BooleanField(
        label=spanish_lazy("Recordarme por correo lo que está por vencer o venció"),
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, has_account: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_account:
            del self.fields["delivery"]
        self.fields["reminders"].help_text = when_reminded(the_organisation())

    @property
    def contact(self) -> Contact:
        return Contact(email=self.cleaned_data["email"], phone=self.cleaned_data["phone"])

    @property
    def wishes(self) -> Wishes:
        given = self.cleaned_data
        return Wishes(given.get("delivery", ""), given["receipts"], given["reminders"])


def when_reminded(town: Organisation) -> str:
    """When reminders go out, as the town says it."""
    before, after = town.reminder_days_before, town.reminder_days_after
    if not town.reminders or not (before or after):
        return spanish("Por ahora la oficina no manda recordatorios.")
    first = spanish_many("un día antes de vencer", "%(days)s días antes de vencer", before) % {"days": before}
    then = spanish_many("un día después, si no se pagó", "%(days)s días después, si no se pagó", after)
    then = then % {"days": after}
    if not (before and after):
        return f"{capfirst(first if before else then)}."
    return f"{capfirst(spanish('%(first)s y %(then)s') % {'first': first, 'then': then})}."


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
        try:
            _count_address(request, party, form.contact)
            change_contact(
                party_id=party.pk,
                version=form.cleaned_data["version"],
                contact=form.contact,
                wishes=form.wishes,
                by=access.actor_of(request),
            )
        except DomainError as refusal:
            form.add_error("email" if isinstance(refusal, AddressNeeded) else None, refusal.message)
        else:
            messages.success(request, spanish("Guardamos sus datos."))
            return redirect("portal:profile")
    context = {
        "party": party,
        "accounts": [_line(a, party) for a in access.accounts(request, on=today)],
        "form": form,
        "town": current_town(),
    }
    status = 422 if form and form.errors else 200
    return render(request, "portal/profile.html", context, status=status)


def _count_address(request: HttpRequest, party: Party, contact: Contact) -> None:
    if contact.email.lower() != party.email.lower():
        count_attempt(limit=ADDRESSES_PER_USER, key=str(access.user_id(request)), at=clock.now())


def _form(request: HttpRequest, party: Party | None) -> ContactForm | None:
    if party is None:
        return None
    has_account = party.accounts.exists()
    if request.method == "POST":
        return ContactForm(request.POST, has_account=has_account)
    now = {"email": party.email, "phone": party.phone, "version": party.version}
    return ContactForm(initial=now | asdict(wishes_of(party)), has_account=has_account)


def _line(account: Account, party: Party | None) -> AccountLine:
    own = party is not None and account.holder_id == party.pk
    return AccountLine(
        account.number,
        spanish("Cuenta"),
        "" if own else spanish("De %(name)s") % {"name": account.holder.name},
    )
