"""What is typed about bill runs."""

from typing import Any

from django import forms

from caudal.billing.models import Cycle
from caudal.billing.queries.due import RECURRING
from caudal.office.forms.fields import DayField
from caudal.tariffs.models import Service


class RehearsalForm(forms.Form):
    """The nominal date of a run, and which of its services; all when none is chosen."""

    dated_on = DayField(label="Fecha de cobro", help_text="El día en que los servicios se ponen al cobro.")
    services = forms.MultipleChoiceField(
        label="Servicios",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Si no elige ninguno, todos los que cobran ese día.",
    )

    cycle = forms.ModelChoiceField(
        Cycle.objects.all(), label="Ciclo", required=False, empty_label="Ninguno: los días de cada servicio"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not Cycle.objects.exists():
            self.fields["cycle"].widget = forms.HiddenInput()
        services = Service.objects.filter(active=True, kind__in=RECURRING).values_list("code", "name")
        choices = self.fields["services"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = list(services)
