"""What changes at a connection: its meter and its services. Lists and pages are in `office.entities.supply`."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from caudal.billing.models import Subscription
from caudal.common import clock
from caudal.metering.models import Connection, Installation
from caudal.metering.operations.meters import Register
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.forms.customers import (
    AddServiceForm,
    CancelServiceForm,
    EndServiceForm,
    PutMeterForm,
    ReplaceMeterForm,
    TakeMeterForm,
)
from caudal.office.present.connections import accounts_at
from caudal.office.present.subscriptions import account_crumbs
from caudal.workflows import customers as workflow
from caudal.workflows.properties import cancel_service as cancel_taken
from caudal.workflows.properties.connections import take_meter as take_meter_away

TAKEN_ERRORS = {"removed_too_early": "on", "broken_registers": "final_register"}


@requires("meters.edit")
def put_meter(request: StaffRequest, connection_id: int) -> HttpResponse:
    """Install a meter where none stands."""
    found = get_object_or_404(Connection, pk=connection_id)
    form = PutMeterForm(request.POST or None, initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        meter = form.meter()
        assert meter is not None, "the form asks for a serial"
        first = Register(form.cleaned_data["on"], form.cleaned_data["first_register"])
        done = attempt(
            form,
            lambda: workflow.put_meter(
                connection_id=connection_id, meter=meter, first=first, by=request.user.actor
            ),
            fields={"meter_elsewhere": "serial", "meter_closed": "serial"},
        )
        if done is not None:
            messages.success(request, f"Se instaló el medidor {done.meter.serial}.")
            return redirect("office:connection", connection_id)
    return _form_page(request, form, found, title="Instalar medidor", action="Instalar")


@requires("meters.edit")
def change_meter(request: StaffRequest, installation_id: int) -> HttpResponse:
    """Take a meter away with its last register and put another."""
    stay = get_object_or_404(Installation.objects.select_related("connection", "meter"), pk=installation_id)
    form = ReplaceMeterForm(request.POST or None, initial={"on": clock.today()})
    form.fields["serial"].label = "Serie del medidor nuevo"
    if request.method == "POST" and form.is_valid():
        meter = form.meter()
        assert meter is not None, "the form asks for a serial"
        done = attempt(
            form,
            lambda: workflow.change_meter(
                installation_id=installation_id,
                final=form.final(),
                meter=meter,
                first=form.cleaned_data["first_register"],
                by=request.user.actor,
            ),
            fields={"meter_elsewhere": "serial", "meter_closed": "serial"} | TAKEN_ERRORS,
        )
        if done is not None:
            messages.success(request, f"Se cambió {stay.meter.serial} por {done.meter.serial}.")
            return redirect("office:connection", stay.connection_id)
    title = f"Cambiar el medidor {stay.meter.serial}"
    return _form_page(request, form, stay.connection, title=title, action="Cambiar medidor")


@requires("meters.edit")
def take_meter(request: StaffRequest, installation_id: int) -> HttpResponse:
    """Take a meter away to the store, with its last register."""
    stay = get_object_or_404(Installation.objects.select_related("connection", "meter"), pk=installation_id)
    form = TakeMeterForm(request.POST or None, initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        final = form.final()
        done = attempt(
            form,
            lambda: take_meter_away(installation_id=installation_id, final=final, by=request.user.actor),
            fields=TAKEN_ERRORS,
        )
        if done is not None:
            messages.success(request, f"Se retiró el medidor {stay.meter.serial}: queda en bodega.")
            return redirect("office:connection", stay.connection_id)
    title = f"Retirar el medidor {stay.meter.serial}"
    return _form_page(request, form, stay.connection, title=title, action="Retirar medidor")


@requires("customers.edit")
def add_service(request: StaffRequest, connection_id: int) -> HttpResponse:
    """One more service for an account that has the connection: the only one, or the one chosen."""
    found = get_object_or_404(Connection, pk=connection_id)
    accounts = accounts_at(found)
    if not accounts:
        messages.error(request, "Nadie tiene esta conexión: abra el servicio desde el cliente.")
        return redirect("office:connection", connection_id)
    form = AddServiceForm(request.POST or None, accounts=accounts, initial={"starts_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = workflow.ChosenTariff(tariff_id=given["tariff"].pk, amount=given["amount"])
        done = attempt(
            form,
            lambda: workflow.add_service(
                account_id=given.get("account") or next(iter(accounts)),
                connection_id=connection_id,
                chosen=chosen,
                starts_on=given["starts_on"],
                by=request.user.actor,
            ),
            fields={"already_subscribed": "tariff", "meter_needed": "tariff"},
        )
        if done is not None:
            messages.success(request, f"Se agregó {given['tariff'].service.name}.")
            return redirect("office:connection", connection_id)
    whose = next(iter(accounts.values())) if len(accounts) == 1 else "La tienen varias cuentas"
    lede = " · ".join(filter(None, (whose, found.address)))
    return _form_page(request, form, found, title="Agregar servicio", action="Agregar", lede=lede)


@requires("customers.edit")
def end_service(request: StaffRequest, subscription_id: int) -> HttpResponse:
    """End a service on a day."""
    taken = get_object_or_404(
        Subscription.objects.select_related("connection", "service", "account"),
        pk=subscription_id,
        valid_to=None,
    )
    form = EndServiceForm(
        request.POST or None, started_on=taken.valid_from, initial={"ends_on": clock.today()}
    )
    if request.method == "POST" and form.is_valid():
        ends_on = form.cleaned_data["ends_on"]

        def end() -> bool:
            workflow.end_service(subscription_id=subscription_id, ends_on=ends_on, by=request.user.actor)
            return True

        if attempt(form, end, fields={"service_began_later": "ends_on"}):
            messages.success(request, f"{taken.service.name} termina.")
            return redirect("office:customer", taken.account.holder_id)
    title = f"Terminar {taken.service.name}"
    return _form_page(request, form, taken.connection, title=title, action="Terminar el servicio")


@requires("customers.edit")
def cancel_service(request: StaffRequest, subscription_id: int) -> HttpResponse:
    """Cancel a service that was added by mistake and billed nothing."""
    taken = get_object_or_404(
        Subscription.objects.select_related("connection", "service", "account__holder"), pk=subscription_id
    )
    form = CancelServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, today = form.cleaned_data["reason"], clock.today()
        done = attempt(
            form,
            lambda: cancel_taken(
                subscription_id=subscription_id, reason=reason, on=today, by=request.user.actor
            ),
        )
        if done is not None:
            messages.success(request, f"{taken.service.name} queda anulado: no se cobra nada.")
            return redirect("office:subscription", subscription_id)
    here = reverse("office:subscription", args=[taken.pk])
    context = {
        "active": "customers",
        "title": f"Anular {taken.service.name}",
        "lede": f"{taken.account.holder.name}, cuenta {taken.account.number}. Es para un servicio que se agregó por "
        "error: queda en el historial como nunca tomado y no se cobra nada. Si lo usó, termínelo.",
        "crumbs": [*account_crumbs(taken.account), (taken.service.name, here)],
        "form": form,
        "back": here,
        "action": "Anular el servicio",
    }
    return render(request, "office/form.html", context)


def _form_page(
    request: StaffRequest,
    form: Any,
    connection: Connection | None,
    *,
    title: str,
    action: str = "Guardar",
    lede: str = "",
) -> HttpResponse:
    crumbs = [("Conexiones", reverse("office:connections"))]
    back = reverse("office:connections")
    if connection is not None:
        back = reverse("office:connection", args=[connection.pk])
        crumbs.append((connection.number, back))
    context = {
        "active": "connections",
        "title": title,
        "lede": lede or (connection.address if connection else ""),
        "crumbs": crumbs,
        "form": form,
        "back": back,
        "action": action,
    }
    return render(request, "office/form.html", context)
