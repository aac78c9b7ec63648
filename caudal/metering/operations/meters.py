"""Meters come to a connection, are replaced, and leave: a stay begins and ends with an accepted register."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.text import identification_key
from caudal.metering.models import Installation, Meter, Reading
from caudal.metering.operations.chain import rechain


class MeterElsewhere(DomainError):
    """The meter stands at another connection on those days. Fact: `serial`."""

    code = "meter_elsewhere"
    template = _("The meter %(serial)s is installed somewhere else on those days.")


class MeterRemoved(DomainError):
    """The installation has ended. Facts: `serial`, `removed_on`."""

    code = "meter_removed"
    template = _("The meter %(serial)s was removed on %(removed_on)s.")


class RemovedTooEarly(DomainError):
    """A stay cannot end before a reading that was accepted. Facts: `serial`, `last_on`."""

    code = "removed_too_early"
    template = _("The meter %(serial)s has a reading of %(last_on)s: it cannot be removed before.")


class MeterClosed(DomainError):
    """The meter was taken out of use. Facts: `serial`, `closed_on`."""

    code = "meter_closed"
    template = _("The meter %(serial)s is out of use since %(closed_on)s. Bring it back into use first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterData:
    """A device. `digits` are the whole digits its register shows."""

    serial: str
    brand: str = ""
    digits: int = 6
    unit: str = "m³"


@dataclass(frozen=True, slots=True)
class Register:
    """What a meter showed on a day, in its unit."""

    read_on: date
    value: Decimal
    rollover: bool = False


def serial_key(serial: str) -> str:
    """A serial as it is compared: without punctuation and case."""
    return identification_key(serial)


@transaction.atomic
def install_meter(*, connection_id: int, meter: MeterData, first: Register, by: Actor) -> Installation:
    """Put a meter, new or known by its serial, at a connection from the day of its first register.

    Raises MeterElsewhere when it stands somewhere else then, MeterClosed when it is out of use.
    """
    device, _created = Meter.objects.get_or_create(
        serial_key=serial_key(meter.serial),
        defaults=meter_columns(meter),
    )
    if device.closed_on is not None:
        raise MeterClosed(serial=device.serial, closed_on=device.closed_on)
    with verdicts(installation_one_place=MeterElsewhere(serial=meter.serial)), transaction.atomic():
        stay = Installation.objects.create(
            connection_id=connection_id, meter=device, installed_on=first.read_on
        )
    _accept(stay, first, role="first", by=by)
    return stay


@transaction.atomic
def remove_meter(*, installation_id: int, final: Register, by: Actor) -> Installation:
    """End a stay with its final register. Raises MeterRemoved, RemovedTooEarly, BrokenRegisters."""
    stay = Installation.objects.select_for_update(of=("self",), no_key=True).get(pk=installation_id)
    if stay.removed_on is not None:
        raise MeterRemoved(serial=stay.meter.serial, removed_on=stay.removed_on)
    last = stay.readings.filter(state="accepted").order_by("-read_on").first()
    if last is not None and last.read_on > final.read_on:
        raise RemovedTooEarly(serial=stay.meter.serial, last_on=last.read_on)
    stay.removed_on = final.read_on
    stay.save(update_fields=["removed_on"])
    _accept(stay, final, role="final", by=by)
    rechain(installation_id=stay.pk)
    return stay


@transaction.atomic
def replace_meter(
    *, installation_id: int, final: Register, meter: MeterData, first: Decimal, by: Actor
) -> Installation:
    """Take a meter away with its final register and put another in its place the same day.

    `first` is what the new meter showed. Answers the new stay.
    Raises as `remove_meter` and `install_meter` do.
    """
    old = remove_meter(installation_id=installation_id, final=final, by=by)
    opening = Register(final.read_on, first)
    return install_meter(connection_id=old.connection_id, meter=meter, first=opening, by=by)


def meter_columns(data: MeterData) -> dict[str, Any]:
    """The columns of a device but for the key of its serial."""
    return {k: v.strip() if isinstance(v, str) else v for k, v in asdict(data).items()}


def _accept(stay: Installation, register: Register, *, role: str, by: Actor) -> Reading:
    return Reading.objects.create(
        installation=stay,
        read_on=register.read_on,
        register=register.value,
        rollover=register.rollover,
        role=role,
        state="accepted",
        reader_id=by.id,
        reader_label=by.label,
    )
