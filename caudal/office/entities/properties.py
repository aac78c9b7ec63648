"""Properties: where they are, whose they are, what they are worth, and who sees them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.db.models import Exists, OuterRef, Q

from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.ui import formats
from caudal.office.crud import (
    BulkAction,
    BulkChange,
    Choice,
    Column,
    CrudForm,
    EndForm,
    Ending,
    Entity,
    Group,
    Words,
)
from caudal.office.crud.entity import Rows
from caudal.office.entities.ending_services import effects_of
from caudal.office.entities.property_panels import PANELS, hanging_on_property
from caudal.office.entities.sectors import BY_SECTOR, FAMILY, SEE, STATE_COLUMN, by_state, state_of
from caudal.office.finding import find_properties
from caudal.registry.context import current_town
from caudal.registry.models import DeclaredValue, Ownership, Property, Sector
from caudal.registry.operations import (
    PropertyData,
    create_property,
    move_properties,
    reopen,
    update_property,
)
from caudal.registry.queries import MOST_FOUND
from caudal.workflows.properties import retire_property, services_of_property

EDIT: Final = "customers.edit"
MOST_OWNERS: Final = 3


class PropertyForm(CrudForm):
    """Where a property is."""

    groups = (
        Group(
            "Propiedad",
            "El código catastral se puede dejar vacío donde no hay catastro; entonces la dirección la distingue.",
            ("cadastral_code", "address", "sector"),
        ),
    )
    cadastral_code = forms.CharField(
        label="Código catastral", max_length=40, required=False, help_text="Número de finca o de plano."
    )
    address = forms.CharField(label="Dirección", max_length=300, required=False)
    sector = forms.ModelChoiceField(
        Sector.objects.all(), label="Sector", required=False, empty_label="Sin sector"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current: Any = self.fields["sector"]
        current.queryset = Sector.objects.filter(Q(closed_on=None) | Q(pk=self.initial.get("sector")))


class MoveForm(forms.Form):
    """Where many properties go."""

    sector = forms.ModelChoiceField(
        Sector.objects.filter(closed_on=None),
        label="Pasan al sector",
        required=False,
        empty_label="Sin sector",
    )


class RetireForm(EndForm):
    """From when a property is out of use, and what happens to the services there."""

    services = forms.ChoiceField(
        label="Los servicios que se cobran ahí",
        widget=forms.RadioSelect,
        required=False,
        initial="end",
        choices=[
            ("end", "Terminan ese mismo día"),
            ("stay", "Siguen: solo se cierra la propiedad en el registro"),
        ],
    )


def _end(row: Property, given: Mapping[str, Any], by: Actor) -> bool:
    return retire_property(
        place=row,
        version=given["version"] or 0,
        on=given["on"],
        end_services=given["services"] == "end",
        by=by,
    )


def _rows(text: str) -> Rows:
    rows = Property.objects.select_related("sector")
    return rows.filter(pk__in=find_properties(text, limit=MOST_FOUND)) if text else rows


def _with_page(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `owners` (names) and `value` (declared, today)."""
    today = clock.today()
    still = Q(valid_to=None) | Q(valid_to__gt=today)
    owners: dict[int, list[str]] = defaultdict(list)
    found = Ownership.objects.filter(still, property__in=rows, valid_from__lte=today).select_related("party")
    for owned in found.order_by("-share", "pk"):
        owners[owned.property_id].append(owned.party.name)
    values = DeclaredValue.objects.filter(property__in=rows, counts_from__lte=today).order_by("counts_from")
    worth = dict(values.values_list("property_id", "amount"))
    for row in rows:
        row.owners, row.value = owners[row.pk], worth.get(row.pk)
    return rows


def _owners(row: Any) -> str:
    more = len(row.owners) - MOST_OWNERS
    return ", ".join(row.owners[:MOST_OWNERS]) + (f" y {more} más" if more > 0 else "")


def _owned(rows: Rows, value: str) -> Rows:
    today = clock.today()
    still = Q(valid_to=None) | Q(valid_to__gt=today)
    owned = Exists(Ownership.objects.filter(still, property=OuterRef("pk"), valid_from__lte=today))
    return rows.filter(owned if value == "owned" else ~owned)


def _save(given: dict[str, Any], row: Property | None, by: Actor) -> Property:
    data = PropertyData(
        cadastral_code=given["cadastral_code"],
        address=given["address"],
        sector_id=given["sector"].pk if given["sector"] else None,
    )
    if row is None:
        return create_property(data=data, by=by)
    return update_property(property_id=row.pk, version=given["version"] or 0, data=data, by=by)


def _name_of(sector: Sector | None) -> str:
    return sector.name if sector else ""


def _plan(rows: Sequence[Property], given: Mapping[str, Any]) -> list[BulkChange]:
    return [BulkChange(row.pk, str(row), _name_of(row.sector), _name_of(given["sector"])) for row in rows]


def _move(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    return move_properties(property_ids=ids, sector_id=given["sector"].pk if given["sector"] else None, by=by)


def _facts(row: Property) -> list[tuple[str, Any]]:
    town, today = current_town(), clock.today()
    value = row.declared_values.filter(counts_from__lte=today).order_by("-counts_from").first()
    return [
        ("Código catastral", row.cadastral_code or "(sin código)"),
        ("Dirección", row.address or "(sin dirección)"),
        ("Sector", _name_of(row.sector) or "(sin sector)"),
        ("Valor declarado", formats.money(value.amount if value else None, town)),
        ("Estado", state_of(row)[1]),
    ]


PROPERTIES = Entity(
    key="property",
    plural="properties",
    model=Property,
    words=Words("propiedad", "propiedades", "la propiedad", "Nueva propiedad"),
    icon="land",
    view=SEE,
    edit=EDIT,
    search="Código catastral, dirección o dueño",
    help="Cree la primera aquí: con su dirección basta.",
    rows=_rows,
    with_page=_with_page,
    columns=(
        Column(
            name="code",
            label="Propiedad",
            value=str,
            sort=("cadastral_code", "pk"),
            place="lead",
        ),
        Column(name="address", label="Dirección", value=lambda r: r.address if r.cadastral_code else ""),
        Column(name="owners", label="Dueños", value=_owners),
        Column(name="sector", label="Sector", value=lambda r: _name_of(r.sector)),
        Column(name="value", label="Valor declarado", value=lambda r: r.value, kind="money"),
        STATE_COLUMN,
    ),
    order="code",
    filters=(
        Choice(
            name="dueno",
            label="Dueño",
            options=lambda: (("owned", "Con dueño"), ("nobody", "Sin dueño")),
            narrow=_owned,
            every="Todas",
        ),
        BY_SECTOR,
        Choice(
            name="estado",
            label="Estado",
            options=lambda: (("open", "En uso"), ("closed", "Cerradas")),
            narrow=by_state,
            every="Cualquiera",
            chips=False,
        ),
    ),
    form=PropertyForm,
    save=_save,
    errors={"duplicate_code": "cadastral_code", "place_unknown": "address"},
    facts=_facts,
    panels=PANELS,
    ending=Ending(
        hanging=hanging_on_property,
        end=_end,
        reopen=lambda row, version, by: reopen(row, version=version, by=by),
        form=RetireForm,
        effect=lambda row, on: effects_of(services_of_property(row.pk), on),
    ),
    bulk=(
        BulkAction(
            name="mover",
            label="Cambiar de sector",
            permission=EDIT,
            form=MoveForm,
            plan=_plan,
            apply=_move,
        ),
    ),
    family=FAMILY,
    rail="properties",
)
