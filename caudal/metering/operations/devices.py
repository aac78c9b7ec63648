"""Meters as devices: kept in store, corrected, taken out of use."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import ChangedMeanwhile
from caudal.metering.models import Meter
from caudal.metering.operations.meters import MeterData, meter_columns, serial_key
from caudal.registry.operations.recording import change, record_created


class DuplicateSerial(DomainError):
    """Another meter has the serial. Fact: `serial`."""

    code = "duplicate_serial"
    template = _("There is already a meter with the serial %(serial)s.")


class MeterInUse(DomainError):
    """The meter stands at a connection. Facts: `serial`, `number` of the connection."""

    code = "meter_in_use"
    template = _("The meter %(serial)s stands at connection %(number)s: take it away there first.")


def save_meter(*, data: MeterData, meter_id: int | None = None, version: int = 1, by: Actor) -> Meter:
    """A new device in store, or one changed. Raises DuplicateSerial, ChangedMeanwhile."""
    changes = meter_columns(data) | {"serial_key": serial_key(data.serial)}
    taken = DuplicateSerial(serial=data.serial.strip())
    with verdicts(metering_meter_serial_key_key=taken), transaction.atomic():
        if meter_id is None:
            meter = Meter.objects.create(**changes)
            record_created(meter, kind="registry.meter", columns=meter_columns(data), by=by)
        else:
            meter = Meter.objects.get(pk=meter_id)
            change(meter, version=version, changes=changes, kind="registry.meter", by=by)
    return meter


@transaction.atomic
def retire_meter(*, meter_id: int, version: int, on: date, by: Actor) -> bool:
    """Take a device out of use: deleted when it never stood anywhere, else closed on a day.

    Answers whether it was deleted. Raises MeterInUse, ChangedMeanwhile.
    """
    meter = Meter.objects.select_for_update().get(pk=meter_id)
    if meter.version != version:
        raise ChangedMeanwhile(version=version)
    standing = meter.installations.filter(removed_on=None).select_related("connection").first()
    if standing is not None:
        raise MeterInUse(serial=meter.serial, number=standing.connection.number)
    if meter.installations.exists():
        change(meter, version=version, changes={"closed_on": on}, kind="registry.retire_meter", by=by)
        return False
    audit.record(
        by=by,
        kind="registry.retire_meter",
        object_type="meter",
        object_id=meter_id,
        before={"serial": meter.serial},
    )
    meter.delete()
    return True


@transaction.atomic
def reopen_meter(*, meter_id: int, version: int, by: Actor) -> None:
    """Bring a device back into use. Raises ChangedMeanwhile."""
    meter = Meter.objects.get(pk=meter_id)
    change(meter, version=version, changes={"closed_on": None}, kind="registry.reopen_meter", by=by)


@transaction.atomic
def retire_meters(*, meter_ids: Iterable[int], on: date, by: Actor) -> int:
    """Take many devices out of use; how many still were in use. Raises MeterInUse when one stands somewhere."""
    found = Meter.objects.filter(pk__in=list(meter_ids))
    standing = found.filter(installations__removed_on=None, installations__isnull=False)
    in_use = standing.values_list("serial", "installations__connection__number").first()
    if in_use is not None:
        raise MeterInUse(serial=in_use[0], number=in_use[1])
    return _change_all(found.filter(closed_on=None), {"closed_on": on}, "registry.retire_meter", by)


@transaction.atomic
def brand_meters(*, meter_ids: Iterable[int], brand: str, by: Actor) -> int:
    """Say the brand of many devices; how many said another before."""
    found = Meter.objects.filter(pk__in=list(meter_ids)).exclude(brand=brand.strip())
    return _change_all(found, {"brand": brand.strip()}, "registry.meter", by)


def _change_all(meters: QuerySet[Meter], changes: Mapping[str, Any], kind: str, by: Actor) -> int:
    locked = list(meters.select_for_update().order_by("pk"))
    for meter in locked:
        change(meter, version=meter.version, changes=changes, kind=kind, by=by)
    return len(locked)
