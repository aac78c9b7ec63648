"""What hangs on a connection: its meters, services, holders and property."""

from datetime import date
from typing import Final

from django.db.models import F
from django.urls import reverse

from caudal.billing.models import Invoice, Subscription
from caudal.common.ui import formats
from caudal.metering.models import Connection, Installation
from caudal.metering.queries.connections import installations_of
from caudal.office.crud import Link, Panel, PanelRow
from caudal.office.entities.property_panels import span
from caudal.registry.context import current_town

MOST: Final = 50


def _meters(row: Connection, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=stay.meter.serial,
            note=span(stay.installed_on, stay.removed_on),
            href=reverse("office:meter", args=[stay.meter_id]),
            side=_registers(stay),
            links=() if stay.removed_on else _changes_of(stay),
        )
        for stay in installations_of(connection_id=row.pk)[:MOST]
    ]


def _registers(stay: Installation) -> str:
    """«1000 a 1360»: what it showed first and last."""
    accepted, town = stay.readings.filter(state="accepted"), current_town()
    first, last = accepted.order_by("read_on", "pk").first(), accepted.order_by("-read_on", "-pk").first()
    if first is None or last is None:
        return ""
    return f"{formats.number(first.register, town)} a {formats.number(last.register, town)}"


def _changes_of(stay: Installation) -> tuple[Link, ...]:
    named = (("Cambiar medidor", "meter_change"), ("Retirar", "meter_take"))
    return tuple(
        Link(label=label, href=reverse(f"office:{name}", args=[stay.pk]), permission="meters.edit")
        for label, name in named
    )


def _taken(row: Connection) -> list[Subscription]:
    """The services taken there, those of today first."""
    found = row.subscriptions.select_related("account__holder", "service", "tariff")
    return list(found.order_by(F("valid_to").desc(nulls_first=True), "service__position", "pk")[:MOST])


def _services(row: Connection, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=f"{taken.service.name}, {taken.tariff.name}",
            note=f"Cuenta {taken.account.number}, {span(taken.valid_from, taken.valid_to)}",
            href=reverse("office:subscription", args=[taken.pk]),
            links=() if taken.valid_to else (_end_of(taken),),
        )
        for taken in _taken(row)
    ]


def _end_of(taken: Subscription) -> Link:
    href = reverse("office:service_end", args=[taken.pk])
    return Link(label="Terminar", href=href, permission="customers.edit")


def _holders(row: Connection, _on: date) -> list[PanelRow]:
    """Who has it and who had it, each once, the latest first."""
    latest: dict[int, Subscription] = {}
    held = (taken for taken in _taken(row) if taken.cancelled_on is None)
    for taken in sorted(held, key=lambda each: (each.valid_from, each.pk), reverse=True):
        latest.setdefault(taken.account.holder_id, taken)
    return [
        PanelRow(
            title=taken.account.holder.name,
            note=span(taken.valid_from, taken.valid_to),
            href=reverse("office:customer", args=[party]),
        )
        for party, taken in latest.items()
    ]


def _invoices(row: Connection) -> list[Link]:
    href = f"{reverse('office:invoices')}?q={row.number}"
    return [Link(label="Facturas", href=href, permission="invoices.view")]


def _property(row: Connection, _on: date) -> list[PanelRow]:
    place = row.property
    if place is None:
        return []
    href = reverse("office:property", args=[place.pk])
    return [PanelRow(title=str(place), note=place.address, href=href)]


def hanging_on_connection(row: Connection) -> list[tuple[str, int, str]]:
    """What goes on hanging on a connection after it was closed."""
    found = (
        ("medidores instalados, que siguen ahí", row.installations.filter(removed_on=None).count(), ""),
        (
            "facturas",
            Invoice.objects.filter(connection=row).count(),
            f"{reverse('office:invoices')}?q={row.number}",
        ),
        ("alertas", row.alerts.filter(resolved_at=None).count(), ""),
    )
    return [one for one in found if one[1]]


PANELS: Final = (
    Panel(title="Medidores que ha tenido", rows=_meters, empty="Sin medidor instalado."),
    Panel(title="Servicios", rows=_services, empty="Ninguno.", links=_invoices),
    Panel(title="Quién la tiene y quién la tuvo", rows=_holders, empty="Nadie la tiene."),
    Panel(title="Propiedad", rows=_property, empty="No está ligada a ninguna propiedad."),
)
