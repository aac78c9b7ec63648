"""Meters: the devices, where they stand, and those that are in store or out of use."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.db.models import Exists, OuterRef

from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.text import identification_key
from caudal.kernel.periods import month_span
from caudal.metering.models import Installation, Meter, Reading
from caudal.metering.operations.devices import (
    brand_meters,
    reopen_meter,
    retire_meter,
    retire_meters,
    save_meter,
)
from caudal.metering.operations.meters import MeterData
from caudal.metering.queries.connections import meters_in_store
from caudal.metering.queries.readings import last_accepted
from caudal.office.access import StaffRequest
from caudal.office.crud import (
    BulkAction,
    BulkChange,
    Choice,
    Column,
    CrudForm,
    Ending,
    Entity,
    Group,
    Words,
)
from caudal.office.crud.entity import Rows
from caudal.office.entities.sectors import sector_options
from caudal.office.entities.supply.connections import EDIT, FAMILY, SEE, route_options
from caudal.office.forms.fields import DayField
from caudal.office.lists import CEILING
from caudal.office.present.connections import connections_found
from caudal.office.present.customers import MOST_FOUND, holders_of
from caudal.office.present.readings import reading_rows, usage_bars
from caudal.office.reach import seen, within_reach

LATEST: Final = 36


class MeterForm(CrudForm):
    """A device."""

    groups = (
        Group("Medidor", "Como está en su placa.", ("serial", "brand")),
        Group("Lo que marca", "Para saber cuándo da la vuelta y en qué se mide.", ("digits", "unit")),
    )
    serial = forms.CharField(
        label="Serie", max_length=40, help_text="No se repite; los guiones y las mayúsculas no cuentan."
    )
    brand = forms.CharField(label="Marca", max_length=60, required=False)
    digits = forms.IntegerField(
        label="Cifras enteras",
        min_value=1,
        max_value=10,
        initial=6,
        help_text="Cuántas muestra antes de la coma.",
    )
    unit = forms.CharField(label="Unidad", max_length=10, initial="m³")


class RetireForm(forms.Form):
    """Since when many devices are out of use."""

    on = DayField(label="Fuera de uso desde", initial=clock.today)


class BrandForm(forms.Form):
    """The brand of many devices."""

    brand = forms.CharField(label="Marca", max_length=60)


def _rows(text: str) -> Rows:
    if not text:
        return Meter.objects.all()
    standing = Installation.objects.filter(connection__in=connections_found(text))
    key = identification_key(text)
    by_serial = Meter.objects.filter(serial_key__startswith=key) if key else Meter.objects.none()
    ids = set(within_reach(by_serial).order_by("serial_key").values_list("pk", flat=True)[:MOST_FOUND])
    return Meter.objects.filter(pk__in=ids | set(standing.values_list("meter_id", flat=True)))


def _with_page(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `stay` (where it stands), `last` (its latest accepted reading) and `holder` (a name)."""
    found = Installation.objects.filter(meter__in=rows, removed_on=None)
    stays = {stay.meter_id: stay for stay in found.select_related("connection__sector")}
    last = last_accepted(installation_ids=[stay.pk for stay in stays.values()])
    holders = holders_of([stay.connection_id for stay in stays.values()])
    for row in rows:
        row.stay = stays.get(row.pk)
        row.last = last.get(row.stay.pk) if row.stay else None
        holder = holders.get(row.stay.connection_id) if row.stay else None
        row.holder = holder.name if holder else ""
    return rows


def _standing_in(rows: Rows, place: str, value: str) -> Rows:
    """Those that stand there now; a meter stands at one place at most, so none comes twice."""
    return rows.filter(**{"installations__removed_on": None, f"installations__connection__{place}": value})


def _stored(rows: Rows) -> Rows:
    """Those in use that stand nowhere: by their ids where they are few, as they are in a town that reads its meters."""
    ids = meters_in_store(limit=CEILING + 1)
    if len(ids) <= CEILING:
        return rows.filter(pk__in=ids, closed_on=None)
    return rows.filter(~_standing(), closed_on=None)


def _standing() -> Exists:
    return Exists(Installation.objects.filter(meter=OuterRef("pk"), removed_on=None))


def _unread() -> Exists:
    """Stands somewhere in use, and has no reading of this month that is accepted or waits."""
    month = month_span(clock.today())
    read = Reading.objects.filter(
        installation=OuterRef("pk"),
        read_on__gte=month.start,
        read_on__lt=month.end,
        state__in=("accepted", "pending"),
    )
    standing = Installation.objects.filter(
        ~Exists(read), meter=OuterRef("pk"), removed_on=None, connection__active=True
    )
    return Exists(standing)


def _by_state(rows: Rows, value: str) -> Rows:
    if value == "unread":
        return rows.filter(_unread())
    if value == "closed":
        return rows.filter(closed_on__isnull=False)
    return rows.filter(_standing()) if value == "installed" else _stored(rows)


def _save(given: dict[str, Any], row: Meter | None, by: Actor) -> Meter:
    data = MeterData(serial=given["serial"], brand=given["brand"], digits=given["digits"], unit=given["unit"])
    return save_meter(data=data, meter_id=row.pk if row else None, version=given["version"] or 0, by=by)


def _state(row: Any) -> tuple[str, str]:
    if row.closed_on:
        return "inactive", "Fuera de uso"
    return ("active", "Instalado") if row.stay else ("plain", "En bodega")


def _hanging(row: Meter) -> list[tuple[str, int, str]]:
    found = (
        ("lugares donde ha estado", row.installations.count(), ""),
        ("lecturas", Reading.objects.filter(installation__meter=row).count(), ""),
    )
    return [one for one in found if one[1]]


def _retire_plan(rows: Sequence[Any], given: Mapping[str, Any]) -> list[BulkChange]:
    after = f"fuera de uso desde el {given['on']:%d/%m/%Y}"
    return [
        BulkChange(
            row.pk,
            row.serial,
            after if row.closed_on else _state(row)[1],
            after,
            f"Está instalado en {row.stay.connection.number}" if row.stay else "",
        )
        for row in _with_page(rows)
    ]


def _retire(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    return retire_meters(meter_ids=ids, on=given["on"], by=by)


def _brand_plan(rows: Sequence[Meter], given: Mapping[str, Any]) -> list[BulkChange]:
    return [BulkChange(row.pk, row.serial, row.brand, given["brand"]) for row in rows]


def _brand(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    return brand_meters(meter_ids=ids, brand=given["brand"], by=by)


def _context(request: StaffRequest, row: Meter) -> dict[str, Any]:
    """Where it has been and what was read there, as far as the user sees those places."""
    stays = list(
        seen(request.user, Installation.objects.filter(meter=row))
        .select_related("connection")
        .order_by("-installed_on", "-pk")
    )
    holders = holders_of([stay.connection_id for stay in stays])
    readings = Reading.objects.filter(installation__in=stays).select_related(
        "installation__meter", "installation__connection", "previous"
    )
    latest = list(readings.order_by("-read_on", "-pk")[:LATEST])
    standing = bool(stays) and stays[0].removed_on is None
    return {
        "lede": holders[stays[0].connection_id].name
        if standing and stays[0].connection_id in holders
        else "",
        "stays": [(stay, holders.get(stay.connection_id)) for stay in stays],
        "standing": standing,
        "readings": reading_rows(latest),
        "bars": usage_bars(latest, on=clock.today()),
        "unit": row.unit,
        "main_action": standing and request.user.can("readings.capture"),
        # What stands somewhere is taken away there first.
        **({"close": ""} if standing else {}),
    }


METERS = Entity(
    key="meter",
    plural="meters",
    model=Meter,
    words=Words("medidor", "medidores", "el medidor", "Nuevo medidor"),
    icon="meter",
    view=SEE,
    edit=EDIT,
    search="Medidor, abonado, dirección o cliente",
    help="Anote aquí los que hay en bodega; los demás vienen con el cliente, o al importar el padrón.",
    rows=_rows,
    with_page=_with_page,
    columns=(
        Column(
            name="serial",
            label="Medidor",
            value=lambda r: r.serial,
            kind="code",
            note=lambda r: r.brand,
            sort=("serial_key",),
            place="lead",
        ),
        Column(name="brand", label="Marca", value=lambda r: r.brand, listed=False),
        Column(
            name="connection",
            label="Abonado",
            value=lambda r: r.stay.connection.number if r.stay else "",
            kind="code",
            note=lambda r: str(r.stay.connection.sector or "") if r.stay else "",
        ),
        Column(
            name="sector",
            label="Sector",
            value=lambda r: str(r.stay.connection.sector or "") if r.stay else "",
            listed=False,
        ),
        Column(name="customer", label="Cliente", value=lambda r: r.holder, place="opt"),
        Column(
            name="installed",
            label="Instalado",
            value=lambda r: r.stay.installed_on if r.stay else None,
            kind="date",
            place="opt",
        ),
        Column(
            name="read",
            label="Última lectura",
            value=lambda r: r.last.read_on if r.last else None,
            kind="date",
        ),
        Column(
            name="register",
            label="Marcaba",
            value=lambda r: r.last.register if r.last else None,
            kind="quantity",
        ),
        Column(name="state", label="Estado", value=_state, kind="state", place="side"),
    ),
    order="serial",
    filters=(
        Choice(
            name="estado",
            label="Estado",
            options=lambda: (
                ("installed", "Instalados"),
                ("stored", "En bodega"),
                ("unread", "Sin lectura este mes"),
                ("closed", "Fuera de uso"),
            ),
            narrow=_by_state,
            every="Todos",
        ),
        Choice(
            name="sector",
            label="Sector",
            options=sector_options,
            narrow=lambda rows, value: _standing_in(rows, "sector", value),
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="ruta",
            label="Ruta",
            options=route_options,
            narrow=lambda rows, value: _standing_in(rows, "route", value),
            every="Cualquiera",
            chips=False,
        ),
    ),
    form=MeterForm,
    save=_save,
    errors={"duplicate_serial": "serial"},
    title=lambda r: r.serial,
    facts=lambda r: [
        ("Marca", r.brand or "(sin registrar)"),
        ("Cifras", str(r.digits)),
        ("Unidad", r.unit),
    ],
    ending=Ending(
        hanging=_hanging,
        end=lambda row, given, by: retire_meter(
            meter_id=row.pk, version=given["version"] or 0, on=given["on"], by=by
        ),
        reopen=lambda row, version, by: reopen_meter(meter_id=row.pk, version=version, by=by),
        says="Ya no se instala en ninguna parte; sus lecturas siguen aquí.",
    ),
    bulk=(
        BulkAction(
            name="retirar",
            label="Dejar fuera de uso",
            permission=EDIT,
            form=RetireForm,
            plan=_retire_plan,
            apply=_retire,
        ),
        BulkAction(
            name="marca", label="Poner marca", permission=EDIT, form=BrandForm, plan=_brand_plan, apply=_brand
        ),
    ),
    family=FAMILY,
    rail="connections",
    template="office/meter.html",
    context=_context,
)
