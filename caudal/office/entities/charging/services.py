"""Services and taxes: what is charged, when, and what being late costs; and their tariffs."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from caudal.billing.models import OneOff, Subscription
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.office.crud import Choice, Column, Ending, Entity, Link, Panel, PanelRow, Words
from caudal.office.crud.entity import Rows
from caudal.office.crud.listing import many
from caudal.office.forms.tariffs import ServiceForm, service_data
from caudal.office.lists import counted
from caudal.office.present.tariffs import service_facts, service_words, tariff_states
from caudal.registry.context import current_town
from caudal.tariffs.models import Service, Tariff, TariffVersion
from caudal.tariffs.operations import create_service, reopen_service, retire_service, update_service

SEE: Final = "services.view"
EDIT: Final = "services.edit"
# Lists that stand beside each other.
FAMILY: Final = (("Tarifas", "tariffs", SEE), ("Servicios e impuestos", "services", SEE))


def _services(text: str) -> Rows:
    rows = Service.objects.all()
    return rows.filter(Q(name__icontains=text) | Q(code__icontains=text)) if text else rows


def _taken(**where: Any) -> int:
    """How many have it now, as far as a list counts."""
    return counted(Subscription.objects.filter(valid_to=None, **where))


def _with_services(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `taken` (by how many), `n_tariffs` and `words`."""
    for row in rows:
        row.taken, row.n_tariffs, row.words = _taken(service=row), row.tariffs.count(), service_words(row)
    return rows


def _save(given: dict[str, Any], row: Service | None, by: Actor) -> Service:
    data = service_data(given)
    if row is None:
        return create_service(data=data, by=by)
    return update_service(service_id=row.pk, version=given["version"] or 0, data=data, by=by)


def _state(row: Service) -> tuple[str, str]:
    return ("active", "En uso") if row.active else ("inactive", "Cerrado")


def _tariffs_of(row: Service, on: date) -> list[PanelRow]:
    tariffs = list(row.tariffs.order_by("name", "pk"))
    states = tariff_states(tariffs, on=on)
    return [
        PanelRow(
            title=tariff.name,
            note=states[tariff.pk].words(current_town()),
            href=reverse("office:tariff", args=[tariff.pk]),
            side=states[tariff.pk].status[1],
        )
        for tariff in tariffs
    ]


def _new_tariff(row: Service) -> list[Link]:
    href = f"{reverse('office:tariff_new')}?service={row.pk}"
    return [Link(label="Nueva tarifa", href=href, permission=EDIT)]


def _taking(row: Service) -> list[tuple[str, int, str]]:
    href = f"{reverse('office:subscriptions')}?estado=now&servicio={row.pk}"
    return [("servicios contratados hoy", _taken(service=row), href)]


def _users(row: Service, _on: date) -> list[PanelRow]:
    town = current_town()
    return [
        PanelRow(title=what.capitalize(), href=href, side=many(count, town))
        for what, count, href in _taking(row)
        if count
    ]


def _hanging(row: Service) -> list[tuple[str, int, str]]:
    found = (
        *_taking(row),
        ("servicios contratados, de hoy o de antes", counted(Subscription.objects.filter(service=row)), ""),
        ("tarifas", row.tariffs.count(), ""),
        ("cobros por una vez", counted(OneOff.objects.filter(service=row)), reverse("office:one_offs")),
    )
    return [one for one in found if one[1]]


SERVICES = Entity(
    key="service",
    plural="services",
    model=Service,
    words=Words("servicio", "servicios e impuestos", "el servicio", "Nuevo servicio"),
    icon="tariff",
    view=SEE,
    edit=EDIT,
    search="Nombre o código",
    lede="Qué se cobra y cuándo. Los precios están en sus tarifas.",
    help="Cree el primero, o importe una tarifa desde su archivo.",
    rows=_services,
    with_page=_with_services,
    columns=(
        Column(
            name="name",
            label="Servicio",
            value=lambda r: r.name,
            note=lambda r: r.code,
            sort=("name", "pk"),
            place="lead",
        ),
        Column(name="kind", label="Tipo", value=lambda r: r.words["kind"], sort=("kind", "position", "code")),
        Column(
            name="position",
            label="Orden",
            value=lambda r: r.position,
            sort=("position", "code"),
            listed=False,
        ),
        Column(name="calendar", label="Se cobra", value=lambda r: r.words["calendar"]),
        Column(name="due", label="Plazo", value=lambda r: r.words["due"], place="opt"),
        Column(name="tax", label="Impuesto", value=lambda r: r.words["tax"], place="opt"),
        Column(name="late", label="Mora", value=lambda r: r.words["late"], listed=False),
        Column(name="tariffs", label="Tarifas", value=lambda r: r.n_tariffs, kind="quantity", place="opt"),
        Column(name="taken", label="Contratados", value=lambda r: r.taken, kind="count"),
        Column(name="state", label="Estado", value=_state, kind="state", place="side"),
    ),
    order="position",
    filters=(
        Choice(
            name="estado",
            label="Estado",
            options=lambda: (("open", "En uso"), ("closed", "Cerrados")),
            narrow=lambda rows, value: rows.filter(active=value == "open"),
            every="Todos",
        ),
        Choice(
            name="tipo",
            label="Tipo",
            options=lambda: Service.KINDS,
            narrow=lambda rows, value: rows.filter(kind=value),
            every="Cualquiera",
            chips=False,
        ),
    ),
    form=ServiceForm,
    save=_save,
    errors={"duplicate_tariff_code": "code"},
    title=lambda r: r.name,
    facts=lambda r: service_facts(r, current_town()),
    panels=(
        Panel(title="Tarifas", rows=_tariffs_of, empty="Todavía no tiene precios.", links=_new_tariff),
        Panel(title="Quiénes lo tienen", rows=_users, empty="Nadie todavía."),
    ),
    ending=Ending(
        hanging=_hanging,
        end=lambda row, given, by: retire_service(service_id=row.pk, version=given["version"] or 0, by=by),
        reopen=lambda row, version, by: reopen_service(service_id=row.pk, version=version, by=by),
        closed=lambda row: not row.active,
        says="Deja de facturarse y de ofrecerse; lo facturado se sigue debiendo.",
        dated=False,
    ),
    family=FAMILY,
    rail="tariffs",
)


def _tariffs(text: str) -> Rows:
    rows = Tariff.objects.select_related("service")
    named = Q(name__icontains=text) | Q(code__icontains=text) | Q(service__name__icontains=text)
    return rows.filter(named) if text else rows


def _with_tariffs(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `now` (the state of their prices) and `taken` (by how many)."""
    states = tariff_states(rows, on=clock.today())
    for row in rows:
        row.now, row.taken = states[row.pk], _taken(tariff=row)
    return rows


def _version(**where: Any) -> Exists:
    return Exists(TariffVersion.objects.filter(tariff=OuterRef("pk"), **where))


def _by_prices(rows: Rows, value: str) -> Rows:
    today = clock.today()
    if value == "draft":
        return rows.filter(_version(published_at=None))
    if value == "future":
        return rows.filter(_version(published_at__isnull=False, valid_from__gt=today))
    begun = {"published_at__isnull": False, "valid_from__lte": today}
    current = _version(valid_to=None, **begun) | _version(valid_to__gt=today, **begun)
    return rows.filter(current if value == "current" else ~current)


TARIFFS = Entity(
    key="tariff",
    plural="tariffs",
    model=Tariff,
    words=Words("tarifa", "tarifas", "la tarifa", "Nueva tarifa"),
    icon="tariff",
    view=SEE,
    edit=EDIT,
    search="Tarifa, código o servicio",
    lede="A qué precio se cobra cada servicio, y desde cuándo.",
    help="Cree la primera, o importe una desde su archivo.",
    begin=("Nueva tarifa", "tariff_new", EDIT),
    page=False,
    rows=_tariffs,
    with_page=_with_tariffs,
    columns=(
        Column(
            name="name",
            label="Tarifa",
            value=lambda r: r.name,
            note=lambda r: r.code,
            sort=("name", "pk"),
            place="lead",
        ),
        Column(
            name="service",
            label="Servicio",
            value=lambda r: r.service.name,
            sort=("service__position", "service__code", "code"),
        ),
        Column(name="since", label="Rige desde", value=lambda r: r.now.since, kind="date"),
        Column(name="taken", label="Contratados", value=lambda r: r.taken, kind="count"),
        Column(name="state", label="Estado", value=lambda r: r.now.status, kind="state", place="side"),
    ),
    order="service",
    filters=(
        Choice(
            name="estado",
            label="Estado",
            options=lambda: (
                ("current", "Vigentes"),
                ("none", "Sin precio vigente"),
                ("draft", "Con borrador"),
                ("future", "Con cambio anunciado"),
            ),
            narrow=_by_prices,
            every="Todas",
        ),
        Choice(
            name="servicio",
            label="Servicio",
            options=lambda: [(str(row.pk), row.name) for row in Service.objects.all()],
            narrow=lambda rows, value: rows.filter(service=int(value)),
            every="Cualquiera",
            chips=False,
        ),
    ),
    title=lambda r: r.name,
    family=FAMILY,
    rail="tariffs",
)
