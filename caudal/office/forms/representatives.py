"""What is typed about who acts for a company, and about an identification that no rule fits."""

from typing import Final

from django import forms

from caudal.office.forms.customers import identification_choices
from caudal.office.forms.fields import DayField
from caudal.office.forms.parties import PartyField

REPRESENTATIVE_ERRORS: Final = {
    "not_representable": "person",
    "represented_already": "valid_from",
    "representation_ended": "valid_to",
}
IDENTIFICATION_ERRORS: Final = {
    "duplicate_identification": "identification",
    "wrong_identification": "identification",
    "unknown_identification_type": "identification_type",
}


class RepresentativeForm(forms.Form):
    """A person who acts for a company."""

    person = PartyField(label="Apoderado", help_text="Una persona física: su identificación o su nombre.")
    valid_from = DayField(label="Desde")
    valid_to = DayField(label="Hasta", required=False, help_text="Vacío: sin fecha de término.")


class IdentificationForm(forms.Form):
    """An identification, also one whose digits do not hold."""

    identification_type = forms.ChoiceField(label="Tipo de identificación", choices=identification_choices)
    identification = forms.CharField(label="Identificación", max_length=40, help_text="Con o sin guiones.")
    unverified = forms.BooleanField(
        label="Guardarla como «por verificar» aunque sus dígitos no calcen",
        required=False,
        help_text="Así se muestra en todas partes, y con ella nadie abre usuario en el portal.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
