"""Sectors and routes: the zones of the town, and the order in which meters are walked by."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.db.models import Q
from django.urls import reverse

from caudal.billing.models import Cycle, CycleRoute
from caudal.common.actor import Actor
from caudal.office.crud import (
    BulkAction,
    BulkChange,
    Choice,
    Column,
    CrudForm,
    Ending,
    Entity,
    Group,
    Link,
    Panel,
    PanelRow,
    Words,
)
from caudal.office.crud.entity import Rows
from caudal.office.crud.listing import many
from caudal.office.lists import counted
from caudal.registry.context import current_town
from caudal.registry.models import Property, Route, Sector
from caudal.registry.operations import (
    RouteData,
    move_routes,
    reopen,
    retire,
    save_route,
    save_sector,
)
from caudal.workflows.invoices.cycles import put_routes

EDIT: Final = "settings.manage"
SEE: Final = "customers.view"
# Lists that stand beside each other, wherever one of them is open.
FAMILY: Final = (
    ("Propiedades", "properties", SEE),
    ("Dueños", "ownerships", SEE),
    ("Patentes", "licences", SEE),
    ("Accesos al portal", "accesses", SEE),
    ("Sectores", "sectors", SEE),
    ("Rutas", "routes", SEE),
)
STATES: Final = (("open", "En uso"), ("closed", "Cerrados"))


def sector_options() -> list[tuple[str, str]]:
    """Every sector, closed ones too: rows of the past are in them."""
    return [(str(pk), name) for pk, name in Sector.objects.values_list("pk", "name")]


# For every list whose rows lie in a sector themselves.
BY_SECTOR: Final = Choice(
    name="sector",
    label="Sector",
    options=sector_options,
    narrow=lambda rows, value: rows.filter(sector=value),
    every="Cualquiera",
    chips=False,
)


def by_state(rows: Rows, value: str) -> Rows:
    """Rows in use, or closed ones."""
    return rows.filter(closed_on__isnull=value == "open")


def state_of(row: Any) -> tuple[str, str]:
    """A row's state as code and word."""
    return ("inactive", "Cerrado") if row.closed_on else ("active", "En uso")


STATE_COLUMN: Final = Column(name="state", label="Estado", value=state_of, kind="state", place="side")


class SectorForm(CrudForm):
    """A zone of the town."""

    groups = (Group("Sector", "Una zona del pueblo, como la llaman los vecinos.", ("code", "name")),)
    code = forms.CharField(label="Código", max_length=20, help_text="Corto y sin repetir, como C o 01.")
    name = forms.CharField(label="Nombre", max_length=100)


class RouteForm(CrudForm):
    """A walking order."""

    groups = (Group("Ruta", "El recorrido de un lector dentro de un sector.", ("code", "name", "sector")),)
    code = forms.CharField(label="Código", max_length=20, help_text="Corto y sin repetir, como C-1.")
    name = forms.CharField(label="Nombre", max_length=100)
    sector = forms.ModelChoiceField(Sector.objects.filter(closed_on=None), label="Sector")


class MoveForm(forms.Form):
    """Where many rows go."""

    sector = forms.ModelChoiceField(Sector.objects.filter(closed_on=None), label="Pasan al sector")


class CycleForm(forms.Form):
    """The cycle of many routes."""

    cycle = forms.ModelChoiceField(
        Cycle.objects.all(), label="Pasan al ciclo", required=False, empty_label="A ninguno"
    )


def _sectors(text: str) -> Rows:
    rows = Sector.objects.all()
    return rows.filter(Q(name__icontains=text) | Q(code__istartswith=text)) if text else rows


def _sector_counts(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `n_routes` and `n_connections`, as far as lists count."""
    for row in rows:
        row.n_routes, row.n_connections = row.routes.count(), counted(row.connections.all())
    return rows


def _save_sector(given: dict[str, Any], row: Sector | None, by: Actor) -> Sector:
    return save_sector(
        code=given["code"],
        name=given["name"],
        sector_id=row.pk if row else None,
        version=given["version"] or 0,
        by=by,
    )


def _sector_routes(row: Sector, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=route.name,
            note="Cerrada" if route.closed_on else "",
            href=reverse("office:route", args=[route.pk]),
            side=route.code,
        )
        for route in row.routes.all()
    ]


def _hanging_on_sector(row: Sector) -> list[tuple[str, int, str]]:
    found = (
        ("rutas", row.routes.count(), f"{reverse('office:routes')}?sector={row.pk}"),
        (
            "conexiones",
            counted(row.connections.all()),
            f"{reverse('office:connections')}?sector={row.pk}",
        ),
        (
            "propiedades",
            counted(Property.objects.filter(sector=row)),
            f"{reverse('office:properties')}?sector={row.pk}",
        ),
    )
    return [one for one in found if one[1]]


SECTORS = Entity(
    key="sector",
    plural="sectors",
    model=Sector,
    words=Words("sector", "sectores", "el sector", "Nuevo sector"),
    icon="land",
    view=SEE,
    edit=EDIT,
    search="Nombre o código",
    help="Cree el primero aquí, o importe el padrón: los sectores vienen con él.",
    rows=_sectors,
    with_page=_sector_counts,
    columns=(
        Column(name="name", label="Sector", value=lambda r: r.name, sort=("name", "pk"), place="lead"),
        Column(name="code", label="Código", value=lambda r: r.code, sort=("code",)),
        Column(name="routes", label="Rutas", value=lambda r: r.n_routes, kind="quantity"),
        Column(name="connections", label="Conexiones", value=lambda r: r.n_connections, kind="count"),
        STATE_COLUMN,
    ),
    order="name",
    filters=(Choice(name="estado", label="Estado", options=lambda: STATES, narrow=by_state, every="Todos"),),
    form=SectorForm,
    save=_save_sector,
    errors={"duplicate_code": "code"},
    facts=lambda r: [("Código", r.code), ("Estado", state_of(r)[1])],
    panels=(
        Panel(
            title="Rutas",
            rows=_sector_routes,
            empty="Todavía no tiene rutas.",
            links=lambda r: [
                Link(
                    label="Nueva ruta",
                    href=f"{reverse('office:route_new')}?sector={r.pk}",
                    permission=EDIT,
                )
            ],
        ),
        Panel(
            title="Qué hay en él",
            rows=lambda r, _on: [
                PanelRow(title=what.capitalize(), href=href, side=many(count, current_town()))
                for what, count, href in _hanging_on_sector(r)
                if what != "rutas"
            ],
            empty="Nada todavía.",
        ),
    ),
    ending=Ending(
        hanging=_hanging_on_sector,
        end=lambda row, given, by: retire(row, version=given["version"] or 0, on=given["on"], by=by),
        reopen=lambda row, version, by: reopen(row, version=version, by=by),
    ),
    family=FAMILY,
    rail="properties",
)


def _routes(text: str) -> Rows:
    rows = Route.objects.select_related("sector")
    return rows.filter(Q(name__icontains=text) | Q(code__istartswith=text)) if text else rows


def _route_counts(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `n_connections`, as far as lists count, and `cycle` (a name)."""
    cycles = dict(CycleRoute.objects.filter(route__in=rows).values_list("route", "cycle__name"))
    for row in rows:
        row.n_connections, row.cycle = counted(row.connections.all()), cycles.get(row.pk, "")
    return rows


def _save_route(given: dict[str, Any], row: Route | None, by: Actor) -> Route:
    data = RouteData(code=given["code"], name=given["name"], sector_id=given["sector"].pk)
    return save_route(data=data, route_id=row.pk if row else None, version=given["version"] or 0, by=by)


def _hanging_on_route(row: Route) -> list[tuple[str, int, str]]:
    count = counted(row.connections.all())
    href = f"{reverse('office:connections')}?ruta={row.pk}"
    return [("conexiones", count, href)] if count else []


def _move_plan(rows: Sequence[Route], given: Mapping[str, Any]) -> list[BulkChange]:
    return [BulkChange(row.pk, row.name, row.sector.name, given["sector"].name) for row in rows]


def _cycle_plan(rows: Sequence[Any], given: Mapping[str, Any]) -> list[BulkChange]:
    after = str(given["cycle"] or "")
    return [BulkChange(row.pk, row.name, row.cycle, after) for row in _route_counts(rows)]


def _to_cycle(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    cycle_id = given["cycle"].pk if given["cycle"] else None
    return put_routes(route_ids=ids, cycle_id=cycle_id, by=by)


def _walk(row: Route, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=connection.number,
            note=connection.address,
            href=reverse("office:connection", args=[connection.pk]),
            side=str(connection.route_order or ""),
        )
        for connection in row.connections.order_by("route_order", "number")[:MOST_WALKED]
    ]


MOST_WALKED: Final = 100

ROUTES = Entity(
    key="route",
    plural="routes",
    model=Route,
    words=Words("ruta", "rutas", "la ruta", "Nueva ruta"),
    icon="route",
    view=SEE,
    edit=EDIT,
    search="Nombre o código",
    help="Una ruta es el orden en que el lector camina un sector.",
    rows=_routes,
    with_page=_route_counts,
    columns=(
        Column(
            name="code",
            label="Ruta",
            value=lambda r: r.name,
            note=lambda r: r.code,
            sort=("code",),
            place="lead",
        ),
        Column(name="sector", label="Sector", value=lambda r: r.sector.name, sort=("sector__name", "code")),
        Column(name="cycle", label="Ciclo", value=lambda r: r.cycle, place="opt"),
        Column(name="connections", label="Conexiones", value=lambda r: r.n_connections, kind="count"),
        STATE_COLUMN,
    ),
    order="code",
    filters=(
        Choice(name="estado", label="Estado", options=lambda: STATES, narrow=by_state, every="Todas"),
        BY_SECTOR,
    ),
    form=RouteForm,
    save=_save_route,
    errors={"duplicate_code": "code"},
    facts=lambda r: [("Código", r.code), ("Sector", r.sector.name), ("Estado", state_of(r)[1])],
    panels=(Panel(title="Conexiones, en el orden en que se camina", rows=_walk, empty="Ninguna todavía."),),
    ending=Ending(
        hanging=_hanging_on_route,
        end=lambda row, given, by: retire(row, version=given["version"] or 0, on=given["on"], by=by),
        reopen=lambda row, version, by: reopen(row, version=version, by=by),
    ),
    bulk=(
        BulkAction(
            name="mover",
            label="Pasar a otro sector",
            permission=EDIT,
            form=MoveForm,
            plan=_move_plan,
            apply=lambda ids, given, by: move_routes(route_ids=ids, sector_id=given["sector"].pk, by=by),
        ),
        BulkAction(
            name="ciclo",
            label="Cambiar de ciclo",
            permission="services.edit",
            form=CycleForm,
            plan=_cycle_plan,
            apply=_to_cycle,
        ),
    ),
    family=FAMILY,
    rail="properties",
)
