"""Customers: the list, the page that answers most calls, and the one form that makes everything."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.billing.models import Account
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.versions import ChangedMeanwhile
from caudal.metering.models import Connection
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.crud.forms import typed_otherwise
from caudal.office.crud.screens import panel_shown
from caudal.office.entities.parties import FAMILY
from caudal.office.entities.people import panels_of
from caudal.office.exports import export_asked, exported, in_chunks, sought
from caudal.office.forms.customers import (
    PARTY_ERRORS,
    SERVICE_ERRORS,
    EditPartyForm,
    NewServiceForm,
    PartyForm,
    party_sections,
)
from caudal.office.forms.notes import NoteForm
from caudal.office.lists import chips, choice, counted, found_in_all, ordered, page_of, whole
from caudal.office.present.customer_page import (
    TABS,
    customer_of,
    customer_page,
)
from caudal.office.present.customers import customer_rows, customers, holders_found, holders_of
from caudal.office.reach import narrowed, seen, surely
from caudal.registry.models import Party
from caudal.registry.operations import write_note
from caudal.workflows.customers import open_service, update_customer

STATES = {"overdue": "con deuda vencida", "credit": "con saldo a favor", "without_email": "sin correo"}
EXPORT_COLUMNS = (
    "Nombre",
    "Identificación",
    "Cuentas",
    "Correo",
    "Teléfono",
    "Dirección",
    "Servicios",
    "Debe",
)


@requires("customers.view")
def listing(request: StaffRequest) -> HttpResponseBase:
    today = clock.today()
    text, state = request.GET.get("q", "").strip(), choice(request, "estado", tuple(STATES))
    who = holders_found(text) if text else None
    found = ordered(
        request,
        seen(request.user, customers(who=who, state=state, on=today)),
        {"name": ("sort_key", "pk")},
        "name",
    )
    if export_asked(request):
        rows = _rows_to_export(found, today)
        filters = sought(text, STATES.get(state, ""))
        return exported(request, name="clientes", columns=EXPORT_COLUMNS, rows=rows, filters=filters)
    some = surely(request.user, found)
    page = page_of(request, found, surely=some)
    page.object_list = customer_rows(page.object_list, on=today)
    by_state = {name: seen(request.user, customers(who=who, state=name, on=today)) for name in STATES}
    all_of_them = seen(request.user, customers(who=who, on=today))
    total = counted(all_of_them, surely=some) if state else found_in_all(page)
    counts = chips(total, **by_state)
    return render(request, "office/customers.html", {"page": page, "counts": counts, "family": _family()})


def _family() -> list[dict[str, Any]]:
    return [
        {"label": label, "href": reverse(f"office:{name}"), "current": name == "customers"}
        for label, name, _permission in FAMILY
    ]


def _rows_to_export(found: Any, today: Any) -> Iterator[tuple[Any, ...]]:
    for parties in in_chunks(found):
        for row in customer_rows(parties, on=today):
            yield (
                row.name,
                row.identification,
                row.accounts,
                row.email,
                row.phone,
                row.address,
                row.services,
                row.balance,
            )


@requires("customers.view")
def detail(request: StaffRequest, party_id: int) -> HttpResponse:
    party = get_object_or_404(Party, pk=party_id)
    return _page(request, party, tab=choice(request, "ver", TABS) or "statement", form=NoteForm())


@requires("customers.view")
def by_number(request: StaffRequest, number: str) -> HttpResponse:
    """The page of whoever has a connection, by the number that is printed on his bill."""
    connection = get_object_or_404(seen(request.user, Connection.objects.all()), number=number)
    holder = holders_of([connection.pk]).get(connection.pk)
    if holder is None:
        return redirect("office:connection", connection.pk)
    return redirect(f"{reverse('office:customer', args=[holder.pk])}?conexion={connection.pk}")


@requires("customers.edit")
@require_POST
def add_note(request: StaffRequest, party_id: int) -> HttpResponse:
    party = get_object_or_404(Party, pk=party_id)
    form = NoteForm(request.POST)
    if form.is_valid():
        write_note(party_id=party_id, text=form.cleaned_data["text"], by=request.user.actor)
        messages.success(request, "Se anotó.")
        return redirect(f"{reverse('office:customer', args=[party_id])}?ver=notes")
    return _page(request, party, tab="notes", form=form)


def _page(request: StaffRequest, party: Party, *, tab: str, form: NoteForm) -> HttpResponse:
    customer = customer_of(party, connection_id=whole(request, "conexion"))
    context = {**customer_page(customer, tab=tab, on=clock.today()), "note_form": form}
    if tab == "places":
        context["panels"] = [panel_shown(request, panel, party) for panel in panels_of(party)]
    return render(request, "office/customer.html", context, status=422 if form.errors else 200)


@requires("customers.edit")
def create(request: StaffRequest) -> HttpResponse:
    data = request.POST or None
    person, service = PartyForm(data), NewServiceForm(data, initial={"starts_on": clock.today()})
    narrowed(service, request.user)
    if request.method == "POST" and person.is_valid() and service.is_valid():
        opened = _opened(request, person, service)
        if opened is not None:
            messages.success(
                request,
                f"{opened.party.name} ya es cliente: abonado {opened.connection.number}, "
                f"cuenta {opened.account.number}.",
            )
            return redirect("office:customer", opened.party.pk)
    sections = [*party_sections(person), *service.sections()]
    context = {"customer": None, "forms": [person, service], "sections": sections}
    return render(request, "office/customer_form.html", context)


def _opened(request: StaffRequest, person: PartyForm, service: NewServiceForm) -> Any:
    """What the form made, or None with the refusal on the half of the form that is to blame."""
    try:
        form = service.new_service(party=person.party())
        return open_service(form=form, by=request.user.actor)
    except DomainError as refusal:
        to_blame = person if refusal.code in PARTY_ERRORS else service
        name = SERVICE_ERRORS.get(refusal.code)
        to_blame.add_error(name if name in to_blame.fields else None, refusal.message)
        return None


@requires("customers.edit")
def edit(request: StaffRequest, party_id: int) -> HttpResponse:
    party = get_object_or_404(Party, pk=party_id)
    form = EditPartyForm(request.POST or None, initial=_now(party), party=party)
    changed: list[tuple[str, str]] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            saved = update_customer(
                party_id=party_id,
                version=form.cleaned_data["version"] or 0,
                data=form.party(),
                delivery=form.cleaned_data["delivery"] or None,
                sign_in_too=form.cleaned_data.get("sign_in_too", False),
                by=request.user.actor,
            )
        except ChangedMeanwhile:
            form, changed = _again(request, party_id)
        except DomainError as refusal:
            name = PARTY_ERRORS.get(refusal.code)
            form.add_error(name if name in form.fields else None, refusal.message)
        else:
            messages.success(request, f"Se guardaron los datos de {saved.name}.")
            return redirect("office:customer", party_id)
    context = {
        "customer": {"id": party.pk, "name": party.name},
        "form": form,
        "sections": party_sections(form),
        "changed": changed,
    }
    return render(request, "office/customer_form.html", context)


def _now(party: Party) -> dict[str, Any]:
    """The form as a customer is now."""
    delivery = Account.objects.filter(holder=party).values_list("delivery", flat=True).first()
    return PartyForm.initial_of(party) | {"delivery": delivery}


def _again(request: StaffRequest, party_id: int) -> tuple[EditPartyForm, list[tuple[str, str]]]:
    """What was typed, on top of the customer as somebody else left him; and where the two differ."""
    party = Party.objects.get(pk=party_id)
    now = _now(party)
    typed = request.POST.copy()
    typed["version"] = str(now["version"])
    form = EditPartyForm(typed, initial=now, party=party)
    return form, typed_otherwise(form, form.initial)


@requires("customers.edit")
def add_connection(request: StaffRequest, account_id: int) -> HttpResponse:
    """One more connection, with its services and meter, for an account that exists."""
    account = get_object_or_404(Account.objects.select_related("holder"), pk=account_id)
    initial = {"starts_on": clock.today(), "delivery": account.delivery}
    form = NewServiceForm(request.POST or None, initial=initial)
    narrowed(form, request.user)
    if request.method == "POST" and form.is_valid():
        opened = attempt(
            form,
            lambda: open_service(form=form.new_service(account_id=account_id), by=request.user.actor),
            fields=SERVICE_ERRORS,
        )
        if opened is not None:
            messages.success(request, f"Se agregó el abonado {opened.connection.number}.")
            return redirect("office:customer", account.holder_id)
    context = {
        "active": "customers",
        "customer": {"id": account.holder_id, "name": account.holder.name},
        "form": form,
        "sections": form.sections(),
    }
    return render(request, "office/customer_form.html", context)
