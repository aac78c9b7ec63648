"""Sight of a property that was granted to a user: from a day until another, ended and never deleted."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from caudal.access.queries import users
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.office.crud import BulkAction, BulkChange, Column, Days, Entity, Link, Panel, PanelRow, Words
from caudal.office.crud.entity import Rows
from caudal.office.entities.property_panels import EDIT, span
from caudal.office.entities.sectors import FAMILY, SEE
from caudal.office.entities.spans import BY_STATE, FROM, STATE, TO
from caudal.office.finding import find_properties
from caudal.office.forms.fields import DayField
from caudal.office.forms.properties import EndForm
from caudal.registry.models import PropertyAccess
from caudal.registry.operations import end_access
from caudal.registry.queries import MOST_FOUND

RAIL: Final = "properties"


class EndManyForm(EndForm):
    """The day on which they end: today, unless another is said."""

    on = DayField(label="Hasta", initial=clock.today, help_text="Ese día ya no; el anterior todavía sí.")


def _rows(text: str) -> Rows:
    rows = PropertyAccess.objects.select_related("user", "property")
    if not text:
        return rows
    named = list(users(text=text).values_list("pk", flat=True)[:MOST_FOUND])
    return rows.filter(Q(user__in=named) | Q(property__in=find_properties(text, limit=MOST_FOUND)))


def _both(row: PropertyAccess, _on: date) -> list[PanelRow]:
    place = row.property
    return [
        PanelRow(title=str(place), note=place.address, href=reverse("office:property", args=[place.pk])),
        PanelRow(title=str(row.user), note=row.user.username),
    ]


def _end_link(row: PropertyAccess) -> list[Link]:
    if row.valid_to is not None:
        return []
    return [
        Link(label="Terminar", href=reverse("office:access_remove", args=[row.pk]), permission=EDIT),
    ]


def _plan(rows: Sequence[PropertyAccess], given: Mapping[str, Any]) -> list[BulkChange]:
    return [
        BulkChange(
            row.pk,
            f"{row.user}, {row.property}",
            span(row.valid_from, row.valid_to),
            span(row.valid_from, given["on"]),
            _refusal(row, given["on"]),
        )
        for row in rows
    ]


def _refusal(row: PropertyAccess, on: date) -> str:
    if row.valid_to is not None and row.valid_to < on:
        return "Ya terminó"
    return "Empieza después de ese día" if row.valid_from > on else ""


@transaction.atomic
def _end(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    for access_id in ids:
        end_access(access_id=access_id, valid_to=given["on"], by=by)
    return len(ids)


ACCESSES = Entity(
    key="access",
    plural="accesses",
    model=PropertyAccess,
    words=Words("acceso", "accesos", "el acceso", "Nuevo acceso"),
    icon="user",
    view=SEE,
    edit=EDIT,
    search="Usuario, código catastral, dirección o dueño",
    lede="Quién ve en el portal una propiedad que no es suya. Se dan en la página de la propiedad o del usuario.",
    help="Se dan en la página de cada propiedad, en «Accesos concedidos».",
    rows=_rows,
    columns=(
        Column(
            name="user",
            label="Usuario",
            value=lambda r: str(r.user),
            note=lambda r: r.user.username,
            sort=("user__name", "pk"),
            place="lead",
        ),
        Column(
            name="property",
            label="Propiedad",
            value=lambda r: str(r.property),
            sort=("property__cadastral_code", "pk"),
        ),
        FROM,
        TO,
        STATE,
    ),
    order="-from",
    filters=(BY_STATE, Days(name="inicio", label="Dado", field="valid_from")),
    title=lambda r: f"{r.user}, {r.property}",
    facts=lambda r: [("Cuándo", span(r.valid_from, r.valid_to))],
    panels=(Panel(title="Quién ve qué", rows=_both, empty="", links=_end_link),),
    bulk=(
        BulkAction(
            name="terminar",
            label="Terminar accesos",
            permission=EDIT,
            form=EndManyForm,
            plan=_plan,
            apply=_end,
        ),
    ),
    family=FAMILY,
    rail=RAIL,
)
