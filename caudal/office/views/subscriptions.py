"""One service that an account has: its page, paying its year ahead, and its split among owners."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from caudal.billing.models import Account, Subscription
from caudal.billing.operations.accounts import Place
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.billing import AheadForm, SplitForm, TakeServiceForm
from caudal.office.present.subscriptions import (
    account_crumbs,
    ahead_rows,
    may_be_ahead,
    split_rows,
    subscription_page,
)
from caudal.registry.context import current_town
from caudal.registry.models import Property
from caudal.workflows.customers import ChosenTariff, add_service_at
from caudal.workflows.invoices.co_owners import owners_shares, period_starts, split_among_owners
from caudal.workflows.invoices.year_ahead import (
    AheadRequest,
    TenderedTooLittle,
    YearAhead,
    pay_year_ahead,
    year_ahead,
)


def _found(subscription_id: int) -> Subscription:
    rows = Subscription.objects.select_related(
        "service", "tariff", "account__holder", "connection", "property", "licence"
    )
    return get_object_or_404(rows, pk=subscription_id)


@requires("customers.view")
def detail(request: StaffRequest, subscription_id: int) -> HttpResponse:
    taken = _found(subscription_id)
    page = subscription_page(taken, today=clock.today(), town=current_town())
    return render(request, "office/billing/subscription.html", page)


@requires("customers.edit")
def create(request: StaffRequest, account_id: int) -> HttpResponse:
    """A service for an account at a property, a licence, or none."""
    account = get_object_or_404(Account.objects.select_related("holder"), pk=account_id)
    form = TakeServiceForm(request.POST or None, initial=_proposed(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        place = Place(
            property_id=given["property"].pk if given["property"] else None,
            licence_id=given["licence"].pk if given["licence"] else None,
        )
        chosen = ChosenTariff(
            tariff_id=given["tariff"].pk, category=given["category"], amount=given["amount"]
        )
        made = attempt(
            form,
            lambda: add_service_at(
                account_id=account_id,
                place=place,
                chosen=chosen,
                starts_on=given["starts_on"],
                by=request.user.actor,
            ),
            fields={
                "already_subscribed": "licence",
                "meter_needed": "tariff",
                "property_needed": "property",
                "licence_needed": "licence",
            },
        )
        if made is not None:
            messages.success(request, f"Se agregó {made.service.name}.")
            return redirect("office:subscription", made.pk)
    context = {
        "active": "customers",
        "title": "Agregar servicio",
        "lede": f"{account.holder.name}, cuenta {account.number}",
        "crumbs": account_crumbs(account),
        "form": form,
        "back": reverse("office:customer", args=[account.holder_id]) + "?ver=services",
        "action": "Agregar",
    }
    return render(request, "office/form.html", context)


def _proposed(request: StaffRequest) -> dict[str, Any]:
    """From today on, and at the property from whose page one comes."""
    key = request.GET.get("propiedad", "")
    place = Property.objects.filter(pk=key).first() if key.isdecimal() else None
    return {"starts_on": clock.today(), "property": place}


@requires("payments.take")
def ahead(request: StaffRequest, subscription_id: int) -> HttpResponse:
    """What paying the rest of the year comes to today, and taking the money for it."""
    taken, today = _found(subscription_id), clock.today()
    found, refusal = _year_ahead(taken)
    form = AheadForm(request.POST or None, initial=_asked(found))
    if request.method == "POST" and found is not None and form.is_valid():
        given = form.cleaned_data
        ask = AheadRequest(subscription_id=taken.pk, on=today, **given)
        try:
            payment = pay_year_ahead(request=ask, by=request.user.actor)
        except TenderedTooLittle as refused:
            form.add_error("tendered", refused.message)
        except DomainError as refused:
            refusal, form = refused.message, AheadForm(initial=_asked(found) | {"method": given["method"]})
        else:
            messages.success(request, f"El resto de {found.year} quedó pagado.")
            if payment is not None:
                return redirect("office:payment", payment.pk)
            return redirect("office:subscription", taken.pk)
    return render(request, "office/billing/effect.html", _ahead_page(taken, found, form, refusal))


def _year_ahead(taken: Subscription) -> tuple[YearAhead | None, str]:
    if not may_be_ahead(taken):
        return None, "Este servicio no tiene un monto que se sepa desde antes."
    try:
        return year_ahead(subscription_id=taken.pk, on=clock.today()), ""
    except DomainError as refusal:
        return None, refusal.message


def _asked(found: YearAhead | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {"year": found.year, "shown": found.total, "key": f"ahead-{uuid4()}"}


def _ahead_page(
    taken: Subscription, found: YearAhead | None, form: AheadForm, refusal: str
) -> dict[str, Any]:
    return {
        **_about(taken),
        "title": f"Pagar {found.year} por adelantado" if found else "Pagar el año por adelantado",
        "refusal": refusal,
        "effect": ahead_rows(found, current_town()) if found else None,
        "form": form if found else None,
        "verb": "Emitir y cobrar",
        "total": found.total if found else None,
        "note": "Se emite una sola factura con lo que falta del año y el descuento de hoy, y se cobra de una vez. "
        "Si no se cobra, no se emite nada.",
    }


@requires("customers.edit")
def split(request: StaffRequest, subscription_id: int) -> HttpResponse:
    """Who would owe which share from when, and doing it."""
    taken, today, town = _found(subscription_id), clock.today(), current_town()
    if taken.property_id is None or taken.valid_to is not None:
        messages.error(request, "Solo se reparte un servicio vigente de una propiedad.")
        return redirect("office:subscription", taken.pk)
    starts = period_starts(subscription=taken, after=today)
    form = SplitForm(request.POST or None, starts=starts, town=town)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: split_among_owners(
                subscription_id=taken.pk, starts_on=form.cleaned_data["starts_on"], by=request.user.actor
            ),
            fields={"not_a_periods_start": "starts_on"},
        )
        if made is not None:
            messages.success(request, f"{taken.service.name} queda repartido entre {len(made)}.")
            return redirect("office:property", taken.property_id)
    shares = owners_shares(property_id=taken.property_id, on=starts[0] if starts else today)
    context = {
        **_about(taken),
        "title": f"Repartir {taken.service.name}",
        "refusal": ""
        if shares
        else "Nadie está anotado como dueño: anote primero a los dueños de la propiedad.",
        "effect": split_rows(shares, town) if shares else None,
        "form": form if shares else None,
        "verb": f"Repartir entre {len(shares)}",
        "total": None,
        "note": "Cada dueño paga su parte en su propia cuenta; las partes suman siempre el total. "
        "Lo ya facturado no cambia.",
    }
    return render(request, "office/billing/effect.html", context)


def _about(taken: Subscription) -> dict[str, Any]:
    here = reverse("office:subscription", args=[taken.pk])
    return {
        "active": "customers",
        "lede": f"{taken.service.name} · {taken.account.holder.name}",
        "crumbs": [*account_crumbs(taken.account), (taken.service.name, here)],
        "back": here,
    }
