"""What hangs on a person: properties owned, licences held, who acts for whom, and what his user sees."""

from datetime import date
from typing import Final

from django.urls import reverse

from caudal.access.models import User
from caudal.common.ui import formats
from caudal.office.crud import Link, Panel, PanelRow
from caudal.office.entities.property_panels import EDIT, grant_row, span, why_words
from caudal.receivables.queries import places_seen
from caudal.registry.context import current_town
from caudal.registry.models import Party

MOST: Final = 100


def _owned(party: Party, _on: date) -> list[PanelRow]:
    town = current_town()
    owned = party.ownerships.select_related("property").order_by("-valid_from", "pk")[:MOST]
    return [
        PanelRow(
            title=str(one.property),
            note=f"{one.property.address}, {span(one.valid_from, one.valid_to)}",
            href=reverse("office:property", args=[one.property_id]),
            side=formats.percent(one.share, town),
        )
        for one in owned
    ]


def _licences(party: Party, _on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=f"{one.number}, {one.activity}",
            note=span(one.opened_on, one.closed_on),
            href=reverse("office:licence", args=[one.pk]),
        )
        for one in party.licences.order_by("number")[:MOST]
    ]


def _new_licence(party: Party) -> list[Link]:
    href = f"{reverse('office:licence_new')}?party={party.pk}"
    return [Link(label="Nueva patente", href=href, permission=EDIT)]


def _represented(party: Party, _on: date) -> list[PanelRow]:
    """Who acts for a company, and for which companies a person acts."""
    acting = party.representatives if party.kind == "juridical" else party.represents
    rows = []
    for one in acting.select_related("representative", "represented").order_by("-valid_from", "-pk"):
        other = one.representative if party.kind == "juridical" else one.represented
        href = reverse("office:representative_end", args=[one.pk])
        end = Link(label="Terminar", href=href, permission=EDIT)
        rows.append(
            PanelRow(
                title=other.name,
                note=f"{other.identification}, {span(one.valid_from, one.valid_to)}".lstrip(", "),
                href=reverse("office:customer", args=[other.pk]),
                links=() if one.valid_to else (end,),
            )
        )
    return rows


def _name_one(party: Party) -> list[Link]:
    if party.kind != "juridical":
        return []
    href = reverse("office:representative_new", args=[party.pk])
    return [Link(label="Nombrar apoderado", href=href, permission=EDIT)]


def _seen(party: Party, on: date) -> list[PanelRow]:
    return _seen_by(party.user_id, on) if party.user_id else []


def _seen_by(user_id: int, on: date) -> list[PanelRow]:
    return [
        PanelRow(
            title=str(seen.place),
            note=why_words(seen.why, seen.party),
            href=reverse("office:property", args=[seen.place.pk]),
        )
        for seen in places_seen(user_id=user_id, on=on)
    ]


def _of_user(user: User, on: date) -> list[PanelRow]:
    """What he sees as himself or for others, then what he was granted, with its days, also when it is over."""
    granted = user.property_access.select_related("property").order_by("-valid_from", "-pk")
    own = [row for row in _seen_by(user.pk, on) if row.note != why_words("granted", None)]
    return own + [
        grant_row(
            one,
            f"{one.property}: acceso concedido",
            on,
            href=reverse("office:property", args=[one.property_id]),
            query="?desde=usuario",
        )
        for one in granted
    ]


def _grant(user: User) -> list[Link]:
    href = reverse("office:user_access", args=[user.pk])
    return [Link(label="Dar acceso a una propiedad", href=href, permission=EDIT)]


SEEN_BY_USER: Final = Panel(
    title="Propiedades que ve en el portal",
    rows=_of_user,
    empty="Ninguna.",
    links=_grant,
)


def panels_of(party: Party) -> tuple[Panel, ...]:
    """The panels of a person or company, in the order in which they are asked for."""
    company = party.kind == "juridical"
    return (
        Panel(title="Propiedades suyas", rows=_owned, empty="No es dueño de ninguna."),
        Panel(
            title="Apoderado" if company else "Representa a",
            rows=_represented,
            empty="Sin apoderado." if company else "A nadie.",
            links=_name_one,
        ),
        Panel(title="Patentes", rows=_licences, empty="Ninguna.", links=_new_licence),
        Panel(
            title="Lo que ve en el portal",
            rows=_seen,
            empty="No tiene usuario." if party.user_id is None else "Su usuario no ve ninguna propiedad.",
        ),
    )
