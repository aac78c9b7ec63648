"""Meters of a file: connection, device, stay and services for each new one; changed places for known ones."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from caudal.billing.operations.imported import NewSubscription, copy_subscriptions
from caudal.common.actor import Actor
from caudal.common.text import search_text
from caudal.intake.checks.facts import MeterFacts, adds
from caudal.intake.operations.applying import Applying
from caudal.intake.queries.records import Placed
from caudal.intake.sheets.values import proper_name
from caudal.metering.models import Connection
from caudal.metering.operations.connections import ConnectionData
from caudal.metering.operations.history import Supplied, Supply, copy_supplies
from caudal.metering.operations.meters import MeterData
from caudal.registry.operations import sectors_named
from caudal.tariffs import operations as tariffs
from caudal.tariffs.models import Service, Tariff
from caudal.workflows.customers import update_connection

ONE_DAY = timedelta(days=1)
LEAST_DIGITS = 6
CHANGEABLE = ("address", "sector_id", "active")


def bring_meters(applying: Applying) -> None:
    """What the meters of the file become, and where the known ones of its readings and invoices stand."""
    analysis = applying.analysis
    keys = {*(m.key for m in analysis.meters), *analysis.readings.keys, *(i.meter for i in analysis.invoices)}
    applying.meters = applying.records.places(keys)
    new = [one for one in analysis.meters if one.key not in applying.meters]
    applying.tell("meters", 0, len(analysis.meters))
    sectors = _sectors(applying)
    _change_known(applying, sectors)
    since = _since(applying, new)
    supplies = _supplies(applying, new, sectors, since)
    made = copy_supplies(supplies=supplies, import_id=applying.import_id)
    for one, place in zip(new, made, strict=True):
        account_id = applying.accounts[one.customer]
        applying.meters[one.key] = Placed(
            place.installation_id, place.connection_id, place.connection_number, account_id
        )
    applying.new_meters = {one.key for one in new}
    _subscribe(applying, new, made, since)
    applying.count("meters", len(new))
    applying.tell("meters", len(analysis.meters), len(analysis.meters))


def _sectors(applying: Applying) -> dict[str, int]:
    names = {search_text(m.sector): proper_name(m.sector) for m in applying.analysis.meters if m.sector}
    return sectors_named(names=list(names.values()), import_id=applying.import_id) if names else {}


def _since(applying: Applying, new: list[MeterFacts]) -> dict[str, date]:
    """The day each new meter stands since: what the file says, or its first reading, or the cut-over."""
    readings = applying.analysis.readings
    first: dict[str, date] = {}
    for key, day in zip(readings.keys, readings.days, strict=True):
        first.setdefault(key, day)
    otherwise = applying.answers.cut_over or applying.on
    installed = applying.analysis.installed
    return {one.key: installed.get(one.key) or first.get(one.key) or otherwise for one in new}


def _supplies(
    applying: Applying, new: list[MeterFacts], sectors: dict[str, int], since: dict[str, date]
) -> list[Supply]:
    readings = applying.analysis.readings
    highest = dict(zip(readings.keys, readings.registers, strict=True))  # the last one of each meter
    return [
        Supply(
            ConnectionData(
                address=one.address, sector_id=sectors.get(search_text(one.sector)), active=one.active
            ),
            MeterData(
                serial=one.serial,
                brand=one.brand,
                digits=max(LEAST_DIGITS, len(str(int(highest.get(one.key, 0))))),
            ),
            since[one.key],
        )
        for one in new
    ]


def _change_known(applying: Applying, sectors: dict[str, int]) -> None:
    """Sector, address and state follow the file; a connection of nobody's sector keeps its own."""
    found = {one.key: one for one in applying.analysis.meters if one.key in applying.meters}
    ids = [applying.meters[key].connection_id for key in found]
    connections = Connection.objects.select_related("sector").in_bulk(ids)
    for key, one in found.items():
        connection = connections[applying.meters[key].connection_id]
        place = {
            "active": connection.active,
            "sector": search_text(connection.sector.name if connection.sector else ""),
            "address": search_text(connection.address),
        }
        said = {name: value for name, value in one.comparable().items() if name in place}
        if adds(said, place):
            _change(applying, connection, one, sectors)


def _change(applying: Applying, connection: Connection, one: MeterFacts, sectors: dict[str, int]) -> None:
    before = connection_data(connection)
    version = connection.version
    after = replace(
        before,
        address=one.address or connection.address,
        sector_id=sectors.get(search_text(one.sector), connection.sector_id),
        active=one.active,
    )
    update_connection(connection_id=connection.pk, version=version, data=after, by=applying.by)
    applying.undo.connections.append(
        {
            "id": connection.pk,
            "version": version + 1,
            **{name: getattr(before, name) for name in CHANGEABLE},
        }
    )
    applying.count("meters_changed", 1)


def connection_data(connection: Connection) -> ConnectionData:
    """A connection as a form would fill it."""
    return ConnectionData(**{name: getattr(connection, name) for name in ConnectionData.__dataclass_fields__})


def restore_connection(before: Mapping[str, Any], *, by: Actor) -> None:
    """Put a changed connection back. Raises ChangedMeanwhile when somebody changed it since."""
    connection = Connection.objects.get(pk=before["id"])
    data = replace(connection_data(connection), **{name: before[name] for name in CHANGEABLE})
    update_connection(connection_id=connection.pk, version=before["version"], data=data, by=by)


def _subscribe(
    applying: Applying, new: list[MeterFacts], made: list[Supplied], since: dict[str, date]
) -> None:
    """The services answered, for each new meter. What was billed elsewhere is not billed again."""
    if not new:
        return
    applying.tariffs = tuple(
        _tariff(applying, service, code) for service, code in applying.answers.tariffs.items()
    )
    cut_over = applying.answers.cut_over
    wanted = []
    billed = _billed_elsewhere(applying)
    for one, place in zip(new, made, strict=True):
        until = max(filter(None, (cut_over, billed.get(one.key))), default=None)
        if until is not None:
            applying.billed_until[place.connection_id] = until
        for tariff in applying.tariffs:
            wanted.append(_subscription(applying, one, place, tariff, since[one.key]))
    copy_subscriptions(subscriptions=wanted, import_id=applying.import_id)
    applying.count("subscriptions", len(wanted))


def _subscription(
    applying: Applying, one: MeterFacts, place: Supplied, tariff: Tariff, since: date
) -> NewSubscription:
    metered = tariff.service.kind == "metered"
    cut_over = applying.answers.cut_over
    starts = since if metered or cut_over is None else max(since, cut_over + ONE_DAY)
    ended = None if one.active else max(starts, cut_over or starts) + ONE_DAY
    return NewSubscription(
        account_id=applying.accounts[one.customer],
        service_id=tariff.service_id,
        tariff_id=tariff.pk,
        connection_id=place.connection_id,
        valid_from=starts,
        valid_to=ended,
        billed_until=applying.billed_until.get(place.connection_id) if metered else None,
    )


def _billed_elsewhere(applying: Applying) -> dict[str, date]:
    """The last day that an old invoice of metered water covers, by meter."""
    metered = set(Service.objects.filter(kind="metered").values_list("code", flat=True))
    concepts = {search_text(name): code for name, code in applying.answers.concepts.items()}
    found: dict[str, date] = {}
    for invoice in applying.analysis.invoices:
        codes = {concepts.get(search_text(line.concept)) for line in invoice.lines}
        if invoice.meter and not invoice.void and codes & metered:
            found[invoice.meter] = max(invoice.covers_until, found.get(invoice.meter, invoice.covers_until))
    return found


def _tariff(applying: Applying, service_code: str, tariff_code: str) -> Tariff:
    """The tariff answered; a service without any gets one, whose prices are written before the first run."""
    service = Service.objects.get(code=service_code)
    found = Tariff.objects.select_related("service").filter(service=service)
    tariff = found.filter(code=tariff_code).first() if tariff_code else found.order_by("code").first()
    if tariff is None:
        made = tariffs.create_tariff(
            service_id=service.pk, code=service.code, name=service.name, by=applying.by
        )
        return Tariff.objects.select_related("service").get(pk=made.pk)
    return tariff
