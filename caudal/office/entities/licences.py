"""Licences of businesses (patentes)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.urls import reverse

from caudal.common.actor import Actor
from caudal.office.crud import (
    Choice,
    Column,
    CrudForm,
    Days,
    Ending,
    Entity,
    Group,
    Link,
    Panel,
    PanelRow,
    Words,
)
from caudal.office.crud.entity import Rows
from caudal.office.entities.ending_services import effects_of
from caudal.office.entities.sectors import FAMILY, SEE, by_state
from caudal.office.finding import find_licences
from caudal.office.forms.fields import DayField
from caudal.office.forms.parties import PartyField, PropertyField
from caudal.registry.models import Licence
from caudal.registry.operations import LicenceData, create_licence, update_licence
from caudal.registry.queries import MOST_FOUND
from caudal.workflows.properties import close_licence, reopen_licence, services_of_licence

EDIT: Final = "customers.edit"


class LicenceForm(CrudForm):
    """A licence: whose, for what, where."""

    groups = (
        Group("Patente", "Como está en el acuerdo que la concedió.", ("number", "activity", "opened_on")),
        Group(
            "De quién y dónde",
            "El lugar se puede dejar vacío: la patente es del negocio.",
            ("party", "property"),
        ),
    )
    # Where there is no property, a licence lies in no sector.
    placed_by = ("property",)
    number = forms.CharField(
        label="Número", max_length=20, help_text="No se repite, tampoco el de una cerrada."
    )
    activity = forms.CharField(label="Actividad", max_length=200, help_text="Como pulpería, taller o soda.")
    opened_on = DayField(label="Desde")
    party = PartyField(label="Titular")
    property = PropertyField(label="Propiedad", required=False)


def _rows(text: str) -> Rows:
    rows = Licence.objects.select_related("party", "property")
    return rows.filter(pk__in=find_licences(text, limit=MOST_FOUND)) if text else rows


def _save(given: dict[str, Any], row: Licence | None, by: Actor) -> Licence:
    data = LicenceData(
        party_id=given["party"].pk,
        number=given["number"],
        activity=given["activity"],
        opened_on=given["opened_on"],
        property_id=given["property"].pk if given["property"] else None,
    )
    if row is None:
        return create_licence(data=data, by=by)
    return update_licence(licence_id=row.pk, version=given["version"] or 0, data=data, by=by)


def _end(row: Licence, given: Mapping[str, Any], by: Actor) -> bool:
    close_licence(licence_id=row.pk, version=given["version"] or 0, on=given["on"], by=by)
    return False


def _state(row: Licence) -> tuple[str, str]:
    return ("inactive", "Cerrada") if row.closed_on else ("active", "Vigente")


def _owner(row: Licence, _on: date) -> list[PanelRow]:
    place = row.property
    rows = [
        PanelRow(
            title=row.party.name,
            note=row.party.identification,
            href=reverse("office:customer", args=[row.party_id]),
        )
    ]
    if place is not None:
        rows.append(
            PanelRow(title=str(place), note=place.address, href=reverse("office:property", args=[place.pk]))
        )
    return rows


def _statement(row: Licence) -> list[Link]:
    href = reverse("office:licence_statement", args=[row.pk])
    return [Link(label="Estado de cuenta", href=href, permission=SEE)]


LICENCES = Entity(
    key="licence",
    plural="licences",
    model=Licence,
    words=Words("patente", "patentes", "la patente", "Nueva patente"),
    icon="shop",
    view=SEE,
    edit=EDIT,
    search="Número, actividad o titular",
    help="Anote aquí cada negocio con permiso para funcionar.",
    rows=_rows,
    columns=(
        Column(
            name="number",
            label="Patente",
            value=lambda r: r.number,
            note=lambda r: r.activity,
            sort=("number", "pk"),
            place="lead",
        ),
        Column(name="party", label="Titular", value=lambda r: r.party.name),
        Column(name="property", label="Propiedad", value=lambda r: str(r.property or ""), place="opt"),
        Column(
            name="opened", label="Desde", value=lambda r: r.opened_on, kind="date", sort=("opened_on", "pk")
        ),
        Column(name="closed", label="Hasta", value=lambda r: r.closed_on, kind="date", place="opt"),
        Column(name="state", label="Estado", value=_state, kind="state", place="side"),
    ),
    order="number",
    filters=(
        Choice(
            name="estado",
            label="Estado",
            options=lambda: (("open", "Vigentes"), ("closed", "Cerradas")),
            narrow=by_state,
            every="Todas",
        ),
        Days(name="abierta", label="Abierta", field="opened_on"),
    ),
    form=LicenceForm,
    save=_save,
    errors={"duplicate_licence": "number", "licence_closes_too_early": "opened_on"},
    title=lambda r: r.number,
    facts=lambda r: [
        ("Actividad", r.activity),
        ("Desde", f"{r.opened_on:%d/%m/%Y}"),
        ("Hasta", f"{r.closed_on:%d/%m/%Y}" if r.closed_on else "vigente"),
    ],
    panels=(Panel(title="De quién y dónde", rows=_owner, empty="", links=_statement),),
    ending=Ending(
        hanging=lambda _row: (),
        end=_end,
        reopen=lambda row, version, by: reopen_licence(licence=row, version=version, by=by),
        never_deleted=True,
        effect=lambda row, on: effects_of(services_of_licence(row.pk), on),
    ),
    family=FAMILY,
    rail="properties",
)
