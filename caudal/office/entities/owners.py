"""Who owns what, in which part, since when and until when: read from either side."""

from datetime import date
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from caudal.common.ui import formats
from caudal.office.crud import Choice, Column, Days, Entity, Link, Panel, PanelRow, Words
from caudal.office.crud.entity import Rows
from caudal.office.entities.property_panels import EDIT, span
from caudal.office.entities.sectors import FAMILY, SEE, sector_options
from caudal.office.entities.spans import BY_STATE, FROM, STATE, TO
from caudal.office.finding import find_parties, find_properties
from caudal.registry.context import current_town
from caudal.registry.models import Ownership
from caudal.registry.queries import MOST_FOUND

KINDS: Final = (("natural", "Personas físicas"), ("juridical", "Personas jurídicas"))


def _rows(text: str) -> Rows:
    rows = Ownership.objects.select_related("party", "property__sector")
    if not text:
        return rows
    parties = [party.pk for party in find_parties(text, limit=MOST_FOUND)]
    places = find_properties(text, limit=MOST_FOUND, by_owner=False)
    return rows.filter(Q(party__in=parties) | Q(property__in=places))


def _sector(row: Any) -> str:
    return row.property.sector.name if row.property.sector else ""


def _both(row: Ownership, _on: date) -> list[PanelRow]:
    """The two that an ownership joins, then who else owns the place."""
    town = current_town()
    others = row.property.ownerships.exclude(pk=row.pk).select_related("party")
    return [
        PanelRow(
            title=str(row.party),
            note=row.party.identification,
            href=reverse("office:customer", args=[row.party_id]) + "?ver=places",
        ),
        PanelRow(
            title=str(row.property),
            note=row.property.address,
            href=reverse("office:property", args=[row.property_id]),
        ),
        *(
            PanelRow(
                title=f"También: {other.party}",
                note=span(other.valid_from, other.valid_to),
                href=reverse("office:ownership", args=[other.pk]),
                side=formats.percent(other.share, town),
            )
            for other in others.order_by("-valid_from", "pk")
        ),
    ]


def _end(row: Ownership) -> list[Link]:
    if row.valid_to is not None:
        return []
    change = reverse("office:owner_change", args=[row.property_id])
    end = reverse("office:owner_end", args=[row.pk])
    return [
        Link(label="Cambiar de dueño", href=change, permission=EDIT),
        Link(label="Terminar", href=end, permission=EDIT),
    ]


OWNERSHIPS = Entity(
    key="ownership",
    plural="ownerships",
    model=Ownership,
    words=Words("dueño", "dueños", "el dueño", "Nuevo dueño"),
    icon="people",
    view=SEE,
    edit=EDIT,
    search="Dueño, identificación, código catastral o dirección",
    lede="De quién es cada propiedad, en qué parte y desde cuándo. Se anotan en la página de la propiedad.",
    help="Los dueños se anotan en la página de cada propiedad, o se importan con el padrón.",
    rows=_rows,
    columns=(
        Column(
            name="owner",
            label="Dueño",
            value=lambda r: r.party.name,
            note=lambda r: r.party.identification,
            sort=("party__sort_key", "pk"),
            place="lead",
        ),
        Column(
            name="property",
            label="Propiedad",
            value=lambda r: str(r.property),
            note=lambda r: r.property.address if r.property.cadastral_code else "",
            sort=("property__cadastral_code", "pk"),
        ),
        Column(name="sector", label="Sector", value=_sector, place="opt"),
        Column(name="share", label="Parte", value=lambda r: r.share, kind="percent"),
        FROM,
        TO,
        STATE,
    ),
    order="owner",
    filters=(
        BY_STATE,
        Choice(
            name="tipo",
            label="Dueño",
            options=lambda: KINDS,
            narrow=lambda rows, value: rows.filter(party__kind=value),
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="parte",
            label="Parte",
            options=lambda: (("whole", "Toda"), ("part", "Una parte")),
            narrow=lambda rows, value: rows.filter(share=1) if value == "whole" else rows.filter(share__lt=1),
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="sector",
            label="Sector",
            options=sector_options,
            narrow=lambda rows, value: rows.filter(property__sector=value),
            every="Cualquiera",
            chips=False,
        ),
        Days(name="inicio", label="Dueño", field="valid_from"),
    ),
    title=lambda r: f"{r.party}, {r.property}",
    facts=lambda r: [
        ("Parte", formats.percent(r.share, current_town())),
        ("Cuándo", span(r.valid_from, r.valid_to)),
    ],
    panels=(Panel(title="Dueño y propiedad", rows=_both, empty="", links=_end),),
    family=FAMILY,
    rail="properties",
)
