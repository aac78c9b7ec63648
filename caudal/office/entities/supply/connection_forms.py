"""What is typed about a connection, and about many at once."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from caudal.office.crud import CrudForm, Group
from caudal.office.forms.fields import NumberField
from caudal.office.forms.parties import PropertyField
from caudal.registry.models import Route, Sector


class ConnectionForm(CrudForm):
    """Where a service is given, and how much of it is usual."""

    groups = (
        Group(
            "Lugar",
            "Dónde está el punto de servicio. Su número no cambia nunca.",
            ("address", "property", "sector", "route", "route_order"),
        ),
        Group("Consumo y lectura", "De qué se avisa, y quién lee.", ("limit_m3", "self_reading")),
    )
    address = forms.CharField(
        label="Dirección del servicio",
        max_length=300,
        required=False,
        help_text="Como la diría el lector: señas o número de casa.",
    )
    property = PropertyField(
        label="Propiedad",
        required=False,
        help_text="Código catastral o dirección. Su dueño ve entonces las facturas de aquí.",
    )
    sector = forms.ModelChoiceField(
        Sector.objects.all(), label="Sector", required=False, empty_label="Sin sector"
    )
    route = forms.ModelChoiceField(
        Route.objects.all(),
        label="Ruta",
        required=False,
        empty_label="Sin ruta",
        help_text="Pone también su sector.",
    )
    route_order = forms.IntegerField(
        label="Orden en la ruta", required=False, min_value=0, max_value=2_000_000_000
    )
    limit_m3 = NumberField(
        label="Límite por periodo", required=False, unit="m³", help_text="Lo que pase de ahí es excedente."
    )

    self_reading = forms.BooleanField(
        label="El usuario puede enviar la lectura",
        required=False,
        help_text="Donde la organización las recibe. Sin marca, aquí la toma solo el personal.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("sector", "route"):
            field: Any = self.fields[name]
            field.queryset = field.queryset.filter(Q(closed_on=None) | Q(pk=self.initial.get(name)))
        place: Any = self.fields["property"]
        linked = self.initial.get("property")
        if linked and place.by_id(linked) is None:
            # It lies beyond the sectors of whoever edits: it stays, unsaid.
            del self.fields["property"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        route, sector = cleaned.get("route"), cleaned.get("sector")
        if route and not sector and "sector" not in self.errors:
            cleaned["sector"] = route.sector
        elif route and sector and route.sector_id != sector.pk:
            self.add_error("route", _("This route is in the sector %(sector)s.") % {"sector": route.sector})
        return cleaned


class RouteForm(forms.Form):
    """Where many connections go: a route, and with it its sector."""

    route = forms.ModelChoiceField(
        Route.objects.filter(closed_on=None).select_related("sector"), label="Pasan a la ruta"
    )


class SectorForm(forms.Form):
    """Where many connections go: a sector, and no route of it yet."""

    sector = forms.ModelChoiceField(
        Sector.objects.filter(closed_on=None),
        label="Pasan al sector",
        help_text="Quedan sin ruta: las rutas son de un solo sector.",
    )


class LimitForm(forms.Form):
    """The limit of many connections."""

    limit_m3 = NumberField(label="Límite por periodo (m³)", required=False, help_text="Vacío: sin límite.")
