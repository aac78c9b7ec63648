"""What hangs on a property: owners, values, connections, services, licences."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from django.db.models import Q
from django.urls import reverse

from caudal.billing.models import Account, Subscription
from caudal.common.ui import formats
from caudal.office.crud import Link, Panel, PanelRow
from caudal.receivables.queries import viewers_of
from caudal.registry.context import current_town
from caudal.registry.models import Party, Property, PropertyAccess

MOST: Final = 50
MOST_ACCOUNTS: Final = 3
EDIT: Final = "customers.edit"


def span(begins: date, ends: date | None) -> str:
    """«desde 01/03/2026», «del 01/03/2026 al 30/06/2026»: the last day is said, as people count.

    No day at all is what was taken by mistake.
    """
    if begins == ends:
        return "anulado: nunca se tomó"
    if ends is None:
        return f"desde el {begins:%d/%m/%Y}"
    return f"desde el {begins:%d/%m/%Y}, hasta el {ends:%d/%m/%Y}"


def _owners(row: Property, _on: date) -> list[PanelRow]:
    town = current_town()
    return [
        PanelRow(
            title=owned.party.name,
            note=span(owned.valid_from, owned.valid_to),
            href=reverse("office:customer", args=[owned.party_id]),
            side=formats.percent(owned.share, town),
            links=() if owned.valid_to else (_end_link("owner_end", owned.pk),),
        )
        for owned in row.ownerships.select_related("party").order_by("-valid_from", "-share", "pk")
    ]


def _end_link(name: str, pk: int) -> Link:
    return Link(label="Terminar", href=reverse(f"office:{name}", args=[pk]), permission=EDIT)


def _to(label: str, name: str) -> Callable[[Property], list[Link]]:
    """A panel's link to a form about the property."""
    return lambda row: [Link(label=label, href=reverse(f"office:{name}", args=[row.pk]), permission=EDIT)]


def _service_links(row: Property) -> list[Link]:
    """The statement, and one more service for each account of its owners of today."""
    href = reverse("office:property_statement", args=[row.pk])
    accounts = Account.objects.filter(
        holder__ownerships__property=row, holder__ownerships__valid_to=None, closed_on=None
    )
    return [
        Link(label="Estado de cuenta", href=href, permission="customers.view"),
        *(
            Link(
                label=f"Cobrar un servicio a la cuenta {account.number}",
                href=reverse("office:subscription_new", args=[account.pk]) + f"?propiedad={row.pk}",
                permission=EDIT,
            )
            for account in accounts.order_by("pk").distinct()[:MOST_ACCOUNTS]
        ),
    ]


def _owner_links(row: Property) -> list[Link]:
    change = (
        _to("Cambiar de dueño", "owner_change")(row) if row.ownerships.filter(valid_to=None).exists() else []
    )
    return [*change, *_to("Agregar dueño", "owner_new")(row)]


def _viewers(row: Property, on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=str(viewer.user),
            note=why_words(viewer.why, viewer.party),
        )
        for viewer in viewers_of(property_id=row.pk, on=on)
    ]


def _grants(row: Property, on: date) -> list[PanelRow]:
    granted = row.granted.select_related("user").order_by("-valid_from", "-pk")
    return [grant_row(one, str(one.user), on) for one in granted]


def grant_row(granted: PropertyAccess, title: str, on: date, *, href: str = "", query: str = "") -> PanelRow:
    """A grant with its days, and its end while it has not ended."""
    over = granted.valid_to is not None and granted.valid_to <= on
    end = reverse("office:access_remove", args=[granted.pk]) + query
    return PanelRow(
        title=title,
        note=span(granted.valid_from, granted.valid_to),
        href=href,
        side="Terminado" if over else "",
        links=() if over else (Link(label="Terminar", href=end, permission=EDIT),),
    )


def why_words(why: str, party: Party | None) -> str:
    """Why a user sees a property: «Apoderado de Bazar Los Ángeles S. A.»."""
    if why == "representative":
        return f"Apoderado de {party}"
    return {"payer": "Paga sus servicios", "owner": "Es dueño", "granted": "Acceso concedido"}[why]


def _values(row: Property, _on: date) -> list[PanelRow]:
    town = current_town()
    return [
        PanelRow(
            title=span(value.counts_from, None).capitalize()
            if value.resolution
            else f"Desde {value.counts_from.year}",
            note=f"por resolución {value.resolution}, recibido el {value.received_on:%d/%m/%Y}"
            if value.resolution
            else f"declarado el {value.received_on:%d/%m/%Y}",
            side=formats.money(value.amount, town),
        )
        for value in row.declared_values.order_by("-counts_from")
    ]


def subscriptions_at(row: Property) -> Sequence[Subscription]:
    """The services taken at a property or at one of its connections, those of today first."""
    found = Subscription.objects.filter(Q(property=row) | Q(connection__property=row))
    return list(
        found.select_related("account__holder", "service", "connection")
        .order_by("-valid_to", "service__position", "pk")
        .distinct()[:MOST]
    )


def _services(row: Property, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=f"{taken.service.name}, {taken.account.holder.name}",
            note=f"Cuenta {taken.account.number}, {span(taken.valid_from, taken.valid_to)}",
            href=reverse("office:subscription", args=[taken.pk]),
            side=taken.connection.number if taken.connection else "",
        )
        for taken in subscriptions_at(row)
    ]


def _connections(row: Property, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=connection.number,
            note=connection.address,
            href=reverse("office:connection", args=[connection.pk]),
            side="" if connection.active else "inactiva",
        )
        for connection in row.connections.order_by("number")[:MOST]
    ]


def _licences(row: Property, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=f"{licence.number}, {licence.activity}",
            note=f"{licence.party.name}, {span(licence.opened_on, licence.closed_on)}",
            href=reverse("office:licence", args=[licence.pk]),
        )
        for licence in row.licences.select_related("party").order_by("number")[:MOST]
    ]


def hanging_on_property(row: Property) -> list[tuple[str, int, str]]:
    """What keeps a property from being deleted."""
    found = (
        ("dueños, de hoy o de antes", row.ownerships.count(), ""),
        ("valores declarados", row.declared_values.count(), ""),
        ("conexiones", row.connections.count(), ""),
        ("servicios contratados", row.subscriptions.count(), ""),
        ("patentes", row.licences.count(), ""),
        ("accesos concedidos, de hoy o de antes", row.granted.count(), ""),
    )
    return [one for one in found if one[1]]


PANELS = (
    Panel(title="Dueños", rows=_owners, empty="Nadie está anotado como dueño.", links=_owner_links),
    Panel(
        title="Servicios y cuentas",
        rows=_services,
        empty="Ningún servicio se cobra aquí.",
        links=_service_links,
    ),
    Panel(title="Conexiones", rows=_connections, empty="Ninguna."),
    Panel(
        title="Valores declarados",
        rows=_values,
        empty="Nadie ha declarado su valor.",
        links=_to("Declarar valor", "value_new"),
    ),
    Panel(title="Patentes", rows=_licences, empty="Ningún negocio con patente aquí."),
    Panel(
        title="Quién la ve hoy en el portal",
        rows=_viewers,
        empty="Nadie con usuario la ve todavía.",
    ),
    Panel(
        title="Accesos concedidos",
        rows=_grants,
        empty="A nadie más se le concedió verla.",
        links=_to("Dar acceso", "access_new"),
    ),
)
