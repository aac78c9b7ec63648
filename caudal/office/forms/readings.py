"""What is typed about readings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from caudal.metering.models import Installation
from caudal.metering.queries.connections import standing_installations
from caudal.office.finding import find_connections
from caudal.office.forms.fields import DayField, NumberField, PhotoField


class ReadingForm(forms.Form):
    """One register of a meter that is known."""

    read_on = DayField(label="Fecha de la lectura")
    register = NumberField(label="Lectura", unit="m³", help_text="Lo que marca el medidor.")
    note = forms.CharField(label="Observación", max_length=300, required=False)
    photo = PhotoField()


class AnyMeterForm(ReadingForm):
    """One register, and of which meter."""

    meter = forms.CharField(label="Medidor o abonado", max_length=40)
    field_order = ("meter", "read_on", "register", "note", "photo")

    def clean_meter(self) -> Installation:
        """The one standing meter that was meant; otherwise says why there is none."""
        typed = self.cleaned_data["meter"]
        found = [c.pk for c in find_connections(typed, limit=2)]
        stays = list(standing_installations(connection_ids=found)[:2])
        if not stays:
            raise forms.ValidationError(
                _("No installed meter was found. Write its serial or its connection.")
            )
        if len(stays) > 1:
            raise forms.ValidationError(_("More than one meter begins like that: write the whole number."))
        return stays[0]


class PhotoForm(forms.Form):
    """A photo of a reading that was taken before."""

    photo = PhotoField(required=True, error_messages={"required": "Elija una foto."})


class DecisionForm(forms.Form):
    """What a supervisor decides about a reading."""

    DECISIONS = ("accept", "correct", "average", "reject")

    register = NumberField(label="Lectura corregida", required=False, help_text="Solo para corregir.")
    reason = forms.CharField(
        label="Motivo", max_length=300, required=False, help_text="Se pide al corregir, estimar o rechazar."
    )

    photo = PhotoField(help_text="Se guarda con la lectura, decida lo que decida.")

    def __init__(self, *args: Any, do: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.do = do

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.do not in self.DECISIONS:
            self.add_error(None, _("Choose what to do with the reading."))
        if self.do == "correct" and cleaned.get("register") is None and "register" not in self.errors:
            self.add_error("register", _("Write the right register."))
        if self.do in ("correct", "average", "reject") and not cleaned.get("reason"):
            self.add_error("reason", _("Say why."))
        return cleaned
