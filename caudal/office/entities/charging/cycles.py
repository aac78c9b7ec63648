"""Cycles: groups of routes that are read and billed on dates of their own."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.db.models import Count, Q
from django.urls import reverse

from caudal.billing.models import Cycle, CycleDay
from caudal.billing.operations.cycles import CycleData
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.ui import formats
from caudal.office.crud import Column, CrudForm, Ending, Entity, Group, Link, Panel, PanelRow, Words
from caudal.office.crud.entity import Rows
from caudal.office.entities.charging.months import FAMILY
from caudal.registry.context import current_town
from caudal.registry.models import Route
from caudal.workflows.invoices.cycles import retire_cycle, save_cycle

EDIT: Final = "services.edit"
MOST: Final = 100


class CycleForm(CrudForm):
    """A group of routes."""

    groups = (
        Group("Ciclo", "Rutas que se leen y se facturan en los mismos días.", ("name", "code")),
        Group(
            "Rutas",
            "Cada ruta está en un solo ciclo. Lo que no está en ninguno se cobra los días de su servicio.",
            ("routes",),
        ),
    )
    name = forms.CharField(label="Nombre", max_length=60, help_text="Como «Ciclo 2» o «Lado norte».")
    code = forms.SlugField(label="Código", max_length=20, help_text="Letras, números y guiones.")
    routes = forms.ModelMultipleChoiceField(
        Route.objects.select_related("sector").order_by("sector__name", "code"),
        label="Rutas",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """The form as the cycle is now."""
        routes = list(row.members.values_list("route_id", flat=True))
        return {"name": row.name, "code": row.code, "version": row.version, "routes": routes}


def _rows(text: str) -> Rows:
    rows = Cycle.objects.all()
    return rows.filter(Q(name__icontains=text) | Q(code__istartswith=text)) if text else rows


def _with_page(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `routes` (how many) and `next` (its next day of bills, or none)."""
    counts = dict(Cycle.objects.annotate(n=Count("members")).values_list("pk", "n"))
    coming = CycleDay.objects.filter(cycle__in=rows, dated_on__gte=clock.today()).order_by("-dated_on")
    following = {day.cycle_id: day for day in coming}
    for row in rows:
        row.routes, row.next = counts.get(row.pk, 0), following.get(row.pk)
    return rows


def _save(given: dict[str, Any], row: Cycle | None, by: Actor) -> Cycle:
    data = CycleData(
        code=given["code"], name=given["name"], route_ids=[route.pk for route in given["routes"]]
    )
    return save_cycle(data=data, cycle_id=row.pk if row else None, version=given["version"] or 0, by=by)


def _read(row: Any) -> str:
    if row.next is None:
        return ""
    town = current_town()
    ends = (formats.short_date(day, town) for day in (row.next.reading_from, row.next.reading_to))
    return "del {} al {}".format(*ends)


def _state(row: Any) -> tuple[str, str]:
    if not row.routes:
        return "inactive", "Sin rutas"
    return ("active", "Al día") if row.next else ("pending", "Sin fechas")


def _routes(row: Cycle, _on: date) -> list[PanelRow]:
    found = row.members.select_related("route__sector").order_by("route__sector__name", "route__code")
    return [
        PanelRow(
            title=member.route.name,
            note=member.route.sector.name,
            href=reverse("office:route", args=[member.route_id]),
            side=member.route.code,
        )
        for member in found[:MOST]
    ]


def _connections(row: Cycle) -> list[Link]:
    href = f"{reverse('office:connections')}?ciclo={row.pk}"
    return [Link(label="Sus conexiones", href=href, permission="meters.view")]


def _calendar(row: Cycle, on: date) -> list[PanelRow]:
    """This year and the next, and each that has dates."""
    known = {day.year for day in row.days.dates("month", "year")}
    counts = {
        year: row.days.filter(month__year=year).count() for year in sorted(known | {on.year, on.year + 1})
    }
    return [
        PanelRow(
            title=str(year),
            note=f"{count} meses con fechas" if count else "Sin fechas todavía",
            href=reverse("office:cycle_calendar", args=[row.pk, year]),
        )
        for year, count in counts.items()
    ]


def _runs(row: Cycle, _on: date) -> list[PanelRow]:
    town = current_town()
    return [
        PanelRow(
            title=f"Del {formats.long_date(run.dated_on, town)}",
            note=run.get_state_display(),
            href=reverse("office:run", args=[run.pk]),
        )
        for run in row.runs.exclude(state="cancelled")[:12]
    ]


def _hanging(row: Cycle) -> list[tuple[str, int, str]]:
    count = row.runs.count()
    return [("facturaciones por este ciclo", count, reverse("office:runs"))] if count else []


CYCLES = Entity(
    key="cycle",
    plural="cycles",
    model=Cycle,
    words=Words("ciclo", "ciclos", "el ciclo", "Nuevo ciclo"),
    icon="route",
    view=EDIT,
    edit=EDIT,
    search="Nombre o código",
    lede="Para un pueblo que no se lee todo en los mismos días. "
    "Sin ciclos, todos se facturan el día de cada servicio.",
    help="Cree el primero y diga qué rutas tiene; después, las fechas de su año.",
    rows=_rows,
    with_page=_with_page,
    columns=(
        Column(
            name="name",
            label="Ciclo",
            value=lambda r: r.name,
            note=lambda r: r.code,
            sort=("name", "code"),
            place="lead",
        ),
        Column(name="routes", label="Rutas", value=lambda r: r.routes, kind="quantity"),
        Column(name="read", label="Se lee", value=_read),
        Column(
            name="next",
            label="Próximas facturas",
            value=lambda r: r.next.dated_on if r.next else None,
            kind="date",
        ),
        Column(name="state", label="Estado", value=_state, kind="state", place="side"),
    ),
    order="name",
    form=CycleForm,
    save=_save,
    errors={"duplicate_cycle_code": "code", "route_in_another_cycle": "routes"},
    title=lambda r: r.name,
    facts=lambda r: [("Código", r.code)],
    panels=(
        Panel(title="Calendario", rows=_calendar, empty=""),
        Panel(title="Rutas", rows=_routes, empty="Ninguna: nada se factura por él.", links=_connections),
        Panel(title="Facturaciones", rows=_runs, empty="Ninguna todavía."),
    ),
    ending=Ending(
        hanging=_hanging,
        end=lambda row, given, by: retire_cycle(cycle_id=row.pk, version=given["version"] or 0, by=by),
        reopen=None,
        closed=lambda row: row.runs.exists() and not row.members.exists(),
        says="Se queda sin rutas, y nada más se factura por él. Para volver a usarlo, póngale rutas.",
        dated=False,
    ),
    family=FAMILY,
    rail="runs",
)
