"""Statements of any day, on the screen, on paper and as a workbook."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from caudal.common import clock
from caudal.documents.printing import statement_pdf, statement_xlsx
from caudal.documents.queries.town import issuer
from caudal.office.access import StaffRequest, requires
from caudal.office.exports import FORMAT, XLSX
from caudal.office.forms.statements import StatementForm
from caudal.office.lists import page_of
from caudal.office.present.statements import (
    chips_of,
    choices_of,
    chosen_of,
    owned_elsewhere,
    payday,
    statement_page,
)
from caudal.receivables.queries import Scope
from caudal.registry.models import Licence, Party, Property

MOVES_SHOWN = 25


@requires("customers.view")
def of_customer(request: StaffRequest, party_id: int) -> HttpResponse:
    """All that a customer owes, or the part that the address names (`cuenta`, `propiedad`)."""
    party = get_object_or_404(Party, pk=party_id)
    choices = choices_of(party)
    chosen = chosen_of(choices, request.GET.dict())
    if chosen is None or not chosen.scope.account_ids:
        raise Http404
    form = StatementForm(request.GET)
    asked = form.cleaned_data["al"] if form.is_valid() else None
    about = {
        "crumb": (party.name, reverse("office:customer", args=[party_id])),
        "chips": chips_of(choices, chosen, asked),
        "elsewhere": owned_elsewhere(party, choices, on=clock.today()),
        "kept": dict(chosen.query),
    }
    return _answer(request, chosen.scope, form, about)


@requires("customers.view")
def of_property(request: StaffRequest, property_id: int) -> HttpResponse:
    """What a property owes, whoever pays for it."""
    place = get_object_or_404(Property, pk=property_id)
    return _answer(request, Scope(property_id=place.pk), StatementForm(request.GET), {})


@requires("customers.view")
def of_licence(request: StaffRequest, licence_id: int) -> HttpResponse:
    """What a licence owes."""
    licence = get_object_or_404(Licence, pk=licence_id)
    return _answer(request, Scope(licence_id=licence.pk), StatementForm(request.GET), {})


def _answer(request: StaffRequest, scope: Scope, form: StatementForm, about: dict[str, Any]) -> HttpResponse:
    today = clock.today()
    asked = form.cleaned_data if form.is_valid() else {}
    on = asked.get("al") or today
    later = asked.get("pago") or payday(today)
    pay_on = (today, max(later, today)) if on == today else ()
    if (kind := request.GET.get(FORMAT)) in ("pdf", "xlsx"):
        return _file(scope, on, pay_on, kind)
    context = statement_page(scope, on=on, pay_on=pay_on, word=issuer().document.capitalize())
    page = page_of(request, context["entries"], per_page=MOVES_SHOWN)
    statement = {"on": on, "entries": page.object_list, "count": len(context["entries"])}
    shown = StatementForm(initial={"al": on, "pago": later})
    status = 422 if form.errors else 200
    context |= {**about, "form": form if form.errors else shown, "page": page, "statement": statement}
    return render(request, "office/statement.html", context | {"today": today}, status=status)


def _file(scope: Scope, on: date, pay_on: tuple[date, ...], kind: str) -> HttpResponse:
    if kind == "pdf":
        response = HttpResponse(statement_pdf(scope, on, pay_on=pay_on), content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="estado-de-cuenta-{on}.pdf"'
        return response
    response = HttpResponse(statement_xlsx(scope, on, pay_on=pay_on), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="estado-de-cuenta-{on}.xlsx"'
    return response
