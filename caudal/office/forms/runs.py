"""What is typed about bill runs."""

from django import forms

from caudal.office.forms.fields import DayField
from caudal.tariffs.models import Service

RECURRING = ("metered", "fixed", "ad_valorem", "licence")


def service_choices() -> list[tuple[str, str]]:
    """The services that bill by themselves."""
    found = Service.objects.filter(active=True, kind__in=RECURRING).order_by("position", "code")
    return [(service.code, service.name) for service in found]


class RehearseForm(forms.Form):
    """A date, and which services when not all that bill then."""

    dated_on = DayField(label="Fecha de la facturación")
    services = forms.MultipleChoiceField(
        label="Servicios",
        choices=service_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Ninguno marcado: todos los que se cobran ese día.",
    )
