"""The months billed: when meters are read, and which take no more bills."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.urls import reverse

from caudal.billing.models import BillRun, Period
from caudal.billing.operations.periods import PeriodDates
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.ui import formats
from caudal.kernel.periods import add_months, month_of, month_span
from caudal.office.crud import (
    BulkAction,
    BulkChange,
    Choice,
    Column,
    CrudForm,
    Ending,
    Entity,
    Group,
    Panel,
    PanelRow,
    Words,
)
from caudal.office.crud.entity import Rows
from caudal.office.entities.sectors import by_state
from caudal.office.forms.fields import DayField, MonthField
from caudal.registry.context import current_town
from caudal.workflows.invoices.months import (
    close_month,
    close_months,
    new_month,
    open_month,
    open_months,
    save_month,
)

SEE: Final = "runs.view"
EDIT: Final = "runs.rehearse"
CLOSE: Final = "runs.approve"
# Lists that stand beside each other.
FAMILY: Final = (("Meses de cobro", "periods", SEE), ("Ciclos", "cycles", "services.edit"))


class PeriodForm(CrudForm):
    """The dates of a month; which month is said once."""

    groups = (
        Group(
            "Mes",
            "Sin fechas de lectura, cuentan las lecturas hasta el día de la facturación.",
            ("month", "reading_from", "reading_to", "assembly_on"),
        ),
    )
    month = MonthField(label="Mes")
    reading_from = DayField(label="Se lee desde", required=False)
    reading_to = DayField(
        label="Se lee hasta",
        required=False,
        help_text="Las lecturas de después cuentan para el mes siguiente.",
    )
    assembly_on = DayField(
        label="Asamblea", required=False, help_text="De una junta: su fecha sale en el recibo."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("known"):
            del self.fields["month"]
        elif "month" not in self.initial:
            self.initial["month"] = add_months(month_of(clock.today()), 1)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """The form as the month is now; it stays that month."""
        return super().initial_of(row) | {"known": True}


class NothingToSay(forms.Form):
    """A change that needs no words."""


def name_of(row: Period) -> str:
    """«Noviembre 2026»."""
    return formats.month_name(row.month, current_town()).capitalize()


def _rows(text: str) -> Rows:
    rows = Period.objects.all()
    words = text.lower().split()
    if not words:
        return rows
    named = [row.pk for row in rows if all(word in name_of(row).lower() for word in words)]
    return rows.filter(pk__in=named)


def _save(given: dict[str, Any], row: Period | None, by: Actor) -> Period:
    dates = PeriodDates(
        reading_from=given["reading_from"], reading_to=given["reading_to"], assembly_on=given["assembly_on"]
    )
    if row is None:
        return new_month(month=month_of(given["month"]), dates=dates, by=by)
    return save_month(period_id=row.pk, version=given["version"] or 0, dates=dates, by=by)


def _years() -> list[tuple[str, str]]:
    return [(str(day.year), str(day.year)) for day in Period.objects.dates("month", "year", order="DESC")]


def _state(row: Period) -> tuple[str, str]:
    return ("inactive", "Cerrado") if row.closed_on else ("active", "Abierto")


def _window(row: Period) -> str:
    town = current_town()
    ends = (("del", row.reading_from), ("al", row.reading_to))
    said = " ".join(f"{word} {formats.short_date(day, town)}" for word, day in ends if day)
    return said or "hasta el día de la facturación"


def _runs_of(row: Period) -> Any:
    span = month_span(row.month)
    return BillRun.objects.filter(dated_on__gte=span.start, dated_on__lt=span.end).exclude(state="cancelled")


def _runs(row: Period, _on: date) -> list[PanelRow]:
    town = current_town()
    return [
        PanelRow(
            title=f"Del {formats.long_date(run.dated_on, town)}",
            note=run.get_state_display(),
            href=reverse("office:run", args=[run.pk]),
            side=formats.number(run.totals.get("invoices", 0), town),
        )
        for run in _runs_of(row)
    ]


def _hanging(row: Period) -> list[tuple[str, int, str]]:
    count = _runs_of(row).count()
    return [("facturaciones del mes", count, reverse("office:runs"))] if count else []


def _end(row: Period, _given: Mapping[str, Any], by: Actor) -> bool:
    close_month(period_id=row.pk, on=clock.today(), by=by)
    return False


def _plan(after: str) -> Any:
    def planned(rows: Sequence[Period], _given: Mapping[str, Any]) -> list[BulkChange]:
        return [BulkChange(row.pk, name_of(row), _state(row)[1], after) for row in rows]

    return planned


PERIODS = Entity(
    key="period",
    plural="periods",
    model=Period,
    words=Words("mes", "meses de cobro", "el mes", "Nuevo mes"),
    icon="invoice",
    view=SEE,
    edit=EDIT,
    search="Mes o año",
    lede="Cuándo se lee, y qué meses ya no reciben facturas.",
    help="Aparecen con la primera facturación, o cuando les ponga fechas.",
    rows=_rows,
    columns=(
        Column(name="month", label="Mes", value=name_of, sort=("month",), place="lead"),
        Column(name="window", label="Se lee", value=_window),
        Column(
            name="assembly",
            label="Asamblea",
            value=lambda r: r.assembly_on,
            kind="date",
            sort=("assembly_on", "month"),
        ),
        Column(name="closed_by", label="Lo cerró", value=lambda r: r.closed_by, place="opt"),
        Column(name="closed_on", label="Cerrado el", value=lambda r: r.closed_on, kind="date", place="opt"),
        Column(name="state", label="Estado", value=_state, kind="state", place="side"),
    ),
    order="-month",
    filters=(
        Choice(
            name="estado",
            label="Estado",
            options=lambda: (("open", "Abiertos"), ("closed", "Cerrados")),
            narrow=by_state,
            every="Todos",
        ),
        Choice(
            name="anio",
            label="Año",
            options=_years,
            narrow=lambda rows, value: rows.filter(month__year=int(value)),
            every="Cualquiera",
            chips=False,
        ),
    ),
    form=PeriodForm,
    save=_save,
    errors={"wrong_window": "reading_to", "period_known": "month"},
    title=name_of,
    facts=lambda r: [
        ("Se lee", _window(r)),
        ("Asamblea", formats.short_date(r.assembly_on, current_town()) if r.assembly_on else "(sin fecha)"),
        ("Estado", _state(r)[1]),
        *([("Lo cerró", r.closed_by)] if r.closed_by else []),
    ],
    panels=(Panel(title="Facturaciones con fecha de este mes", rows=_runs, empty="Ninguna todavía."),),
    ending=Ending(
        hanging=_hanging,
        end=_end,
        reopen=lambda row, _version, by: open_month(period_id=row.pk, by=by),
        never_deleted=True,
        says="Ya no se factura ni se fecha nada en este mes; lo facturado sigue como está.",
        dated=False,
        permission=CLOSE,
    ),
    bulk=(
        BulkAction(
            name="cerrar",
            label="Cerrar",
            permission=CLOSE,
            form=NothingToSay,
            plan=_plan("Cerrado"),
            apply=lambda ids, _given, by: close_months(period_ids=ids, on=clock.today(), by=by),
        ),
        BulkAction(
            name="abrir",
            label="Abrir otra vez",
            permission=CLOSE,
            form=NothingToSay,
            plan=_plan("Abierto"),
            apply=lambda ids, _given, by: open_months(period_ids=ids, by=by),
        ),
    ),
    family=FAMILY,
    rail="runs",
)
