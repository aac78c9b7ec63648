"""Connections: where a service is given, who has it, and what hangs on it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Exists, OuterRef

from caudal.billing.models import Cycle, Subscription
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.ui import formats
from caudal.metering.models import Connection, Installation
from caudal.metering.operations.connections import ConnectionData
from caudal.metering.queries.connections import connections_without_meter, standing_installations
from caudal.metering.queries.readings import history
from caudal.office.access import StaffRequest
from caudal.office.crud import (
    BulkAction,
    BulkChange,
    Choice,
    Column,
    Ending,
    Entity,
    Words,
)
from caudal.office.crud.entity import Rows
from caudal.office.entities.ending_services import effects_of
from caudal.office.entities.sectors import BY_SECTOR
from caudal.office.entities.supply.connection_forms import ConnectionForm, LimitForm, RouteForm, SectorForm
from caudal.office.entities.supply.connection_panels import PANELS, hanging_on_connection
from caudal.office.entities.supply.starting import START
from caudal.office.lists import CEILING
from caudal.office.present.connections import alert_rows, connections_found
from caudal.office.present.customers import holders_of
from caudal.office.present.readings import reading_rows, usage_bars
from caudal.office.present.tariff_words import attribute_word
from caudal.registry.context import current_town
from caudal.registry.models import Route, Sector
from caudal.tariffs.models import Service
from caudal.workflows.customers import update_connection
from caudal.workflows.properties.connections import change_connections
from caudal.workflows.properties.endings import close_connection, reopen_connection, services_of_connection

SEE: Final = "meters.view"
EDIT: Final = "meters.edit"
LATEST: Final = 36
# Lists that stand beside each other.
FAMILY: Final = (("Conexiones", "connections", SEE), ("Medidores", "meters", SEE))
NOWHERE: Final = "sin sector"


def _rows(text: str) -> Rows:
    rows = Connection.objects.select_related("sector", "route", "property")
    return rows.filter(pk__in=connections_found(text)) if text else rows


def _with_page(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `holder` (a name) and `serials` of the meters that stand there."""
    ids = [row.pk for row in rows]
    holders = holders_of(ids)
    serials: dict[int, list[str]] = defaultdict(list)
    for stay in standing_installations(connection_ids=ids):
        serials[stay.connection_id].append(stay.meter.serial)
    for row in rows:
        row.holder = holders[row.pk].name if row.pk in holders else ""
        row.serials = ", ".join(serials[row.pk])
    return rows


def _by_state(rows: Rows, value: str) -> Rows:
    if value == "without_meter":
        return _without_meter(rows.filter(active=True))
    return rows.filter(active=value == "active")


def _without_meter(rows: Rows) -> Rows:
    """By their ids where they are few, as they are in a town that reads its meters."""
    ids = connections_without_meter(limit=CEILING + 1)
    if len(ids) <= CEILING:
        return rows.filter(pk__in=ids)
    standing = Installation.objects.filter(connection=OuterRef("pk"), removed_on=None)
    return rows.filter(~Exists(standing))


def _taking(rows: Rows, service: str) -> Rows:
    taken = Subscription.objects.filter(connection=OuterRef("pk"), service=int(service), valid_to=None)
    return rows.filter(Exists(taken))


def _options(rows: Rows) -> list[tuple[str, str]]:
    return [(str(row.pk), str(row)) for row in rows]


def route_options() -> list[tuple[str, str]]:
    """Every route with its code, closed ones too."""
    return [(str(pk), f"{code} {name}") for pk, code, name in Route.objects.values_list("pk", "code", "name")]


def _save(given: dict[str, Any], row: Connection | None, by: Actor) -> Connection:
    assert row is not None, "a connection is made with its customer"
    place = given.get("property", row.property)
    data = ConnectionData(
        address=given["address"],
        kind=row.kind,
        property_id=place.pk if place else None,
        sector_id=given["sector"].pk if given["sector"] else None,
        route_id=given["route"].pk if given["route"] else None,
        route_order=given["route_order"],
        attributes=row.attributes,
        limit_m3=given["limit_m3"],
        self_reading=given["self_reading"],
        active=row.active,
    )
    return update_connection(connection_id=row.pk, version=given["version"] or 0, data=data, by=by)


def _end(row: Connection, given: Mapping[str, Any], by: Actor) -> bool:
    close_connection(connection=row, version=given["version"] or 0, on=given["on"], by=by)
    return False


def state_of(row: Connection) -> tuple[str, str]:
    """A connection's state as code and word."""
    return ("active", "Activa") if row.active else ("inactive", "Cerrada")


def _place(sector: Sector | None, route: Route | None) -> str:
    return f"{sector or NOWHERE}, {route.code if route else 'sin ruta'}"


def _route_plan(rows: Sequence[Connection], given: Mapping[str, Any]) -> list[BulkChange]:
    after = _place(given["route"].sector, given["route"])
    return [BulkChange(row.pk, row.number, _place(row.sector, row.route), after) for row in rows]


def _to_route(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    route = given["route"]
    changes = {"route_id": route.pk, "sector_id": route.sector_id, "route_order": None}
    return change_connections(connection_ids=ids, changes=changes, by=by)


def _sector_plan(rows: Sequence[Connection], given: Mapping[str, Any]) -> list[BulkChange]:
    """Who is in the sector already keeps his route."""
    to = given["sector"]
    told = [(row, _place(row.sector, row.route)) for row in rows]
    return [
        BulkChange(row.pk, row.number, now, now if row.sector_id == to.pk else _place(to, None))
        for row, now in told
    ]


def _to_sector(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    changes = {"sector_id": given["sector"].pk, "route_id": None, "route_order": None}
    return change_connections(connection_ids=ids, changes=changes, by=by)


def _limit(value: Any) -> str:
    return "sin límite" if value is None else f"{formats.number(value, current_town())} m³"


def _limit_plan(rows: Sequence[Connection], given: Mapping[str, Any]) -> list[BulkChange]:
    after = _limit(given["limit_m3"])
    return [BulkChange(row.pk, row.number, _limit(row.limit_m3), after) for row in rows]


def _to_limit(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    return change_connections(connection_ids=ids, changes={"limit_m3": given["limit_m3"]}, by=by)


def _facts(row: Connection) -> list[tuple[str, Any]]:
    order = f", orden {row.route_order}" if row.route_order is not None else ""
    facts: list[tuple[str, Any]] = [
        ("Estado", state_of(row)[1]),
        ("Sector", str(row.sector or "(sin sector)")),
        ("Ruta", f"{row.route.name}{order}" if row.route else "(sin ruta)"),
    ]
    if row.limit_m3 is not None:
        facts.append(("Límite", _limit(row.limit_m3)))
    return facts + [(attribute_word(name).capitalize(), value) for name, value in row.attributes.items()]


def _context(request: StaffRequest, row: Connection) -> dict[str, Any]:
    readings = list(history(connection_id=row.pk, latest=LATEST))
    standing = row.installations.filter(removed_on=None).exists()
    return {
        "lede": row.address,
        "readings": reading_rows(readings, with_customer=False),
        "bars": usage_bars(readings, on=clock.today()),
        "unit": "m³",
        "alerts": alert_rows(row),
        "held": row.subscriptions.filter(valid_to=None).exists(),
        "standing": standing,
        "main_action": row.active and standing and request.user.can("readings.capture"),
    }


CONNECTIONS = Entity(
    key="connection",
    plural="connections",
    model=Connection,
    words=Words("conexión", "conexiones", "la conexión", "Nueva conexión"),
    icon="valve",
    view=SEE,
    edit=EDIT,
    search="Abonado, cliente, medidor o dirección",
    lede="Cada punto de servicio, con su número de abonado: no cambia con el dueño ni con el medidor.",
    help="Se crean con el cliente, o al importar el padrón.",
    begin=("Nuevo cliente", "customer_new", "customers.edit"),
    rows=_rows,
    with_page=_with_page,
    columns=(
        Column(
            name="number",
            label="Abonado",
            value=lambda r: r.number,
            kind="code",
            sort=("number",),
            place="lead",
        ),
        Column(name="customer", label="Cliente", value=lambda r: r.holder or "(sin cliente)"),
        Column(name="address", label="Dirección", value=lambda r: r.address, place="opt"),
        Column(
            name="route",
            label="Ruta",
            value=lambda r: r.route.code if r.route else "",
            kind="code",
            note=lambda r: r.sector.name if r.sector else "",
            sort=("route_id", "route_order", "number"),
        ),
        Column(name="sector", label="Sector", value=lambda r: str(r.sector or ""), listed=False),
        Column(name="order", label="Orden", value=lambda r: r.route_order, listed=False),
        Column(name="meters", label="Medidor", value=lambda r: r.serials or "(ninguno)", kind="code"),
        Column(name="limit", label="Límite", value=lambda r: r.limit_m3, kind="quantity", listed=False),
        Column(name="state", label="Estado", value=state_of, kind="state", place="side"),
    ),
    order="number",
    filters=(
        Choice(
            name="estado",
            label="Estado",
            options=lambda: (
                ("active", "Activas"),
                ("inactive", "Cerradas"),
                ("without_meter", "Activas sin medidor"),
            ),
            narrow=_by_state,
            every="Todas",
        ),
        BY_SECTOR,
        Choice(
            name="ruta",
            label="Ruta",
            options=route_options,
            narrow=lambda rows, value: rows.filter(route=value),
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="ciclo",
            label="Ciclo",
            options=lambda: _options(Cycle.objects.all()),
            narrow=lambda rows, value: rows.filter(route__in_cycle__cycle=value),
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="servicio",
            label="Servicio",
            options=lambda: _options(Service.objects.filter(kind__in=("metered", "fixed"))),
            narrow=_taking,
            every="Cualquiera",
            chips=False,
        ),
    ),
    form=ConnectionForm,
    save=_save,
    title=lambda r: r.number,
    facts=_facts,
    panels=PANELS,
    ending=Ending(
        hanging=hanging_on_connection,
        end=_end,
        reopen=lambda row, version, by: reopen_connection(connection=row, version=version, by=by),
        effect=lambda row, on: effects_of(services_of_connection(row.pk), on),
        closed=lambda row: not row.active,
        never_deleted=True,
        says="Sus servicios terminan, su medidor no se lee, y su número no se da a nadie más. "
        "Lo que ya debe se sigue debiendo.",
    ),
    bulk=(
        START,
        BulkAction(
            name="ruta",
            label="Pasar a otra ruta",
            permission=EDIT,
            form=RouteForm,
            plan=_route_plan,
            apply=_to_route,
        ),
        BulkAction(
            name="sector",
            label="Pasar a otro sector",
            permission=EDIT,
            form=SectorForm,
            plan=_sector_plan,
            apply=_to_sector,
        ),
        BulkAction(
            name="limite",
            label="Poner límite",
            permission=EDIT,
            form=LimitForm,
            plan=_limit_plan,
            apply=_to_limit,
        ),
    ),
    errors={"service_began_later": "on"},
    family=FAMILY,
    rail="connections",
    template="office/connection.html",
    context=_context,
)
