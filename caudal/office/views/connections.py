"""Connections and meters: lists, pages, and changes of place, device and services."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from caudal.billing.models import Subscription
from caudal.common import clock
from caudal.metering.models import Connection, Installation, Meter
from caudal.metering.operations.meters import Register
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt
from caudal.office.exports import export_asked, exported, in_chunks
from caudal.office.forms.customers import (
    AddServiceForm,
    ConnectionForm,
    EndServiceForm,
    PutMeterForm,
    ReplaceMeterForm,
)
from caudal.office.lists import chips, choice, ordered, page_of
from caudal.office.present.connections import (
    connection_page,
    connection_rows,
    connections,
    meter_page,
    meter_rows,
    meters,
)
from caudal.office.reach import narrowed, seen
from caudal.workflows import customers as workflow

CONNECTION_STATES = ("active", "inactive", "without_meter")
METER_STATES = ("installed", "stored", "unread")


@requires("meters.view")
def listing(request: StaffRequest) -> HttpResponseBase:
    text, state = request.GET.get("q", "").strip(), choice(request, "estado", CONNECTION_STATES)
    found = ordered(
        request, seen(request.user, connections(text=text, state=state)), {"number": ("number",)}, "number"
    )
    if export_asked(request):
        columns = ("Abonado", "Cliente", "Dirección", "Sector", "Ruta", "Medidores", "Activa", "Límite")
        return exported(request, name="conexiones", columns=columns, rows=_connections_to_export(found))
    page = page_of(request, found)
    page.object_list = connection_rows(page.object_list)
    by_state = {name: seen(request.user, connections(text=text, state=name)) for name in CONNECTION_STATES}
    counts = chips(seen(request.user, connections(text=text)), **by_state)
    return render(request, "office/connections.html", {"page": page, "counts": counts})


def _connections_to_export(found: Any) -> Any:
    for chunk in in_chunks(found):
        for r in connection_rows(chunk):
            active = "sí" if r["active"] else "no"
            yield (
                r["number"],
                r["customer"],
                r["address"],
                r["sector"],
                r["route"],
                r["meters"],
                active,
                r["limit"],
            )


@requires("meters.view")
def detail(request: StaffRequest, connection_id: int) -> HttpResponse:
    found = get_object_or_404(Connection.objects.select_related("sector", "route"), pk=connection_id)
    return render(request, "office/connection.html", connection_page(found, on=clock.today()))


@requires("meters.edit")
def edit(request: StaffRequest, connection_id: int) -> HttpResponse:
    found = get_object_or_404(Connection, pk=connection_id)
    initial = {
        "place": found.address,
        "sector": found.sector_id,
        "route": found.route_id,
        "route_order": found.route_order,
        "limit": found.limit_m3,
        "active": found.active,
        "version": found.version,
    }
    form = ConnectionForm(request.POST or None, initial=initial)
    narrowed(form, request.user)
    if request.method == "POST" and form.is_valid():
        data = form.connection(
            kind=found.kind,
            property_id=found.property_id,
            attributes=found.attributes,
            active=form.cleaned_data["active"],
        )
        version = form.cleaned_data["version"]
        saved = attempt(
            form,
            lambda: workflow.update_connection(
                connection_id=connection_id, version=version, data=data, by=request.user.actor
            ),
        )
        if saved is not None:
            messages.success(request, f"Se guardó la conexión {saved.number}.")
            return redirect("office:connection", connection_id)
    return _form_page(request, form, found, title="Editar conexión")


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
            fields={"meter_elsewhere": "serial"},
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
            fields={
                "meter_elsewhere": "serial",
                "removed_too_early": "on",
                "broken_registers": "final_register",
            },
        )
        if done is not None:
            messages.success(request, f"Se cambió {stay.meter.serial} por {done.meter.serial}.")
            return redirect("office:connection", stay.connection_id)
    title = f"Cambiar el medidor {stay.meter.serial}"
    return _form_page(request, form, stay.connection, title=title, action="Cambiar medidor")


@requires("customers.edit")
def add_service(request: StaffRequest, connection_id: int) -> HttpResponse:
    """One more service for the account that has the connection."""
    found = get_object_or_404(Connection, pk=connection_id)
    holder = found.subscriptions.filter(valid_to=None).select_related("account").first()
    if holder is None:
        messages.error(request, "Nadie tiene esta conexión: abra el servicio desde el cliente.")
        return redirect("office:connection", connection_id)
    form = AddServiceForm(request.POST or None, initial={"starts_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = workflow.ChosenTariff(tariff_id=given["tariff"].pk, amount=given["amount"])
        done = attempt(
            form,
            lambda: workflow.add_service(
                account_id=holder.account_id,
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
    return _form_page(request, form, found, title="Agregar servicio", action="Agregar")


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
        workflow.end_service(subscription_id=subscription_id, ends_on=ends_on, by=request.user.actor)
        messages.success(request, f"{taken.service.name} termina.")
        return redirect("office:customer", taken.account.holder_id)
    title = f"Terminar {taken.service.name}"
    return _form_page(request, form, taken.connection, title=title, action="Terminar el servicio")


@requires("meters.view")
def meter_listing(request: StaffRequest) -> HttpResponseBase:
    today = clock.today()
    text, state = request.GET.get("q", "").strip(), choice(request, "estado", METER_STATES)
    found = ordered(
        request,
        seen(request.user, meters(text=text, state=state, on=today)),
        {"serial": ("serial_key",)},
        "serial",
    )
    if export_asked(request):
        columns = ("Medidor", "Marca", "Abonado", "Cliente", "Sector", "Instalado", "Última lectura", "Marca")
        return exported(request, name="medidores", columns=columns, rows=_meters_to_export(found))
    page = page_of(request, found)
    page.object_list = meter_rows(page.object_list)
    by_state = {name: seen(request.user, meters(text=text, state=name, on=today)) for name in METER_STATES}
    counts = chips(seen(request.user, meters(text=text, on=today)), **by_state)
    return render(request, "office/meters.html", {"page": page, "counts": counts})


def _meters_to_export(found: Any) -> Any:
    for chunk in in_chunks(found):
        for r in meter_rows(chunk):
            yield (
                r["serial"],
                r["brand"],
                r["number"],
                r["customer"],
                r["sector"],
                r["installed_on"],
                r["last_on"],
                r["last_register"],
            )


@requires("meters.view")
def meter_detail(request: StaffRequest, meter_id: int) -> HttpResponse:
    found = get_object_or_404(Meter, pk=meter_id)
    return render(request, "office/meter.html", meter_page(found, on=clock.today()))


def _form_page(
    request: StaffRequest, form: Any, connection: Connection | None, *, title: str, action: str = "Guardar"
) -> HttpResponse:
    crumbs = [("Conexiones", reverse("office:connections"))]
    back = reverse("office:connections")
    if connection is not None:
        back = reverse("office:connection", args=[connection.pk])
        crumbs.append((connection.number, back))
    context = {
        "active": "connections",
        "title": title,
        "lede": connection.address if connection else "",
        "crumbs": crumbs,
        "form": form,
        "back": back,
        "action": action,
    }
    return render(request, "office/form.html", context)
