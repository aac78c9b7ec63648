"""The organisation's own data."""

from typing import Any

from django import forms

from caudal.access.permissions import PERMISSIONS
from caudal.approvals.kinds import PERMISSIONS as NEED_TWO
from caudal.office.present.approvals import SECOND_PERSON
from caudal.registry.models import Organisation

FIELDS = (
    "name", "identification", "address", "phone", "email", "base_url", "claims_text", "interest_mode", "tax_rounding",
    "reading_window_days", "second_approval", "second_person", "reminders", "reminder_days_before",
    "reminder_days_after", "self_readings", "self_reading_days", "self_reading_photo", "self_reading_accepts",
)  # fmt: skip
MOST_DAYS = 60


class OrganisationForm(forms.Form):
    """What bills and mails say about the organisation, and how it charges."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Nombre", max_length=200)
    identification = forms.CharField(label="Identificación", max_length=40, required=False)
    address = forms.CharField(label="Dirección", max_length=300, required=False)
    phone = forms.CharField(label="Teléfono", max_length=60, required=False)
    email = forms.EmailField(label="Correo", required=False)
    base_url = forms.URLField(
        label="Dirección web del portal",
        required=False,
        assume_scheme="https",
        help_text="Adonde llevan los enlaces de los correos y de las facturas impresas.",
    )
    claims_text = forms.CharField(
        label="Dónde reclamar",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Se imprime al pie de cada factura.",
    )
    interest_mode = forms.ChoiceField(
        label="Intereses", choices=Organisation.INTEREST_MODES, widget=forms.RadioSelect
    )
    tax_rounding = forms.ChoiceField(
        label="Redondeo del impuesto",
        choices=[("document", "Por factura"), ("charge", "Por concepto")],
        widget=forms.RadioSelect,
    )
    reading_window_days = forms.IntegerField(
        label="Días de la ventana de lectura",
        min_value=1,
        max_value=400,
        help_text="Una lectura de hasta tantos días antes de la facturación cuenta para ella.",
    )

    second_approval = forms.BooleanField(
        label="Dos personas para facturar",
        required=False,
        help_text="Quien calcula una facturación no la puede aprobar. Lo que se emite solo no lo necesita.",
    )
    second_person = forms.MultipleChoiceField(
        label="Hace falta una segunda persona para",
        choices=lambda: [(code, SECOND_PERSON.get(code, PERMISSIONS[code])) for code in NEED_TWO],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Una persona lo pide, y nada cambia hasta que lo apruebe otra que también puede hacerlo.",
    )

    reminders = forms.BooleanField(
        label="Recordar por correo lo que vence",
        required=False,
        help_text="A quien recibe sus facturas por correo, salvo que pida otra cosa: una vez antes y una vez después.",
    )
    reminder_days_before = forms.IntegerField(
        label="Días antes de vencer", min_value=0, max_value=MOST_DAYS, help_text="0: no se recuerda antes."
    )
    reminder_days_after = forms.IntegerField(
        label="Días después de vencida",
        min_value=0,
        max_value=MOST_DAYS,
        help_text="0: no se recuerda después.",
    )

    self_readings = forms.BooleanField(
        label="Recibir lecturas enviadas por los usuarios",
        required=False,
        help_text="En el portal, quien vive o paga donde está el medidor. En cada conexión se puede negar.",
    )
    self_reading_days = forms.IntegerField(
        label="Días para enviarla",
        min_value=1,
        max_value=MOST_DAYS,
        help_text="Desde tantos días antes de que se cierre la toma de lecturas (del ciclo o del mes; sin fechas, "
        "el día de facturación), y hasta ese día.",
    )
    self_reading_photo = forms.BooleanField(label="Pedir siempre una foto del medidor", required=False)
    self_reading_accepts = forms.BooleanField(
        label="Aceptar sola la que pasa todas las revisiones",
        required=False,
        help_text="Como la de un lector. Sin marca, cada una espera a que la oficina la mire en la crítica.",
    )

    def sections(self) -> list[dict[str, Any]]:
        """The fields in groups."""
        groups = (
            ("Organización", "Lo que dicen facturas y correos.", FIELDS[:7]),
            ("Cobro", "Cómo se cobra.", FIELDS[7:10]),
            ("Dos personas", "Lo que no hace nadie a solas.", FIELDS[10:12]),
            ("Recordatorios", "Qué se avisa de lo que está por vencer y de lo que venció.", FIELDS[12:15]),
            ("Lecturas enviadas por los usuarios", "Una foto y un número, desde su casa.", FIELDS[15:]),
        )
        return [
            {"title": title, "note": note, "fields": [self[name] for name in names]}
            for title, note, names in groups
        ]
