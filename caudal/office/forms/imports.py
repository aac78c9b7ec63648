"""What is uploaded, and what is answered for it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from caudal.office.forms.fields import DayField
from caudal.tariffs.models import Tariff

ACCEPTED: Final = ".xlsx,.xls,.ods,.csv"
NOT_TAKEN: Final = "-"
TITLES: Final = {
    "date_order": ("Fechas", "El archivo tiene fechas que se pueden leer de dos maneras."),
    "decimal_sign": ("Números", "El archivo tiene números que se pueden leer de dos maneras."),
    "services": ("Servicios de los medidores nuevos", "Lo que se cobrará desde ahora en cada conexión."),
    "concepts": ("Conceptos de las facturas anteriores", "A qué servicio corresponde cada uno."),
    "cut_over": ("Desde cuándo factura Caudal", ""),
    "interest_from": ("Intereses de las facturas anteriores", ""),
}


class UploadForm(forms.Form):
    """A workbook."""

    file = forms.FileField(
        label="Archivo",
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": "Elija un archivo.", "empty": "El archivo está vacío."},
    )


class QuestionsForm(forms.Form):
    """The questions that a file raises, each with what is suggested; `answers` is what was said."""

    def __init__(
        self, questions: Sequence[Mapping[str, Any]], answers: Mapping[str, Any], data: Any = None
    ) -> None:
        super().__init__(data)
        self._groups: list[tuple[str, list[str]]] = []
        self._questions = {one["name"]: one for one in questions}
        for one in questions:
            said = answers.get(one["name"], one["suggested"])
            self._groups.append((one["name"], list(_ADD[one["form"]](self, one, said))))

    def sections(self) -> list[dict[str, Any]]:
        """One for each question, for the form's parts."""
        return [
            {
                "title": TITLES[name][0],
                "note": TITLES[name][1],
                "fields": [self[field] for field in fields],
            }
            for name, fields in self._groups
        ]

    def given(self) -> dict[str, Any]:
        """What was said, as a file of answers has it."""
        found: dict[str, Any] = {}
        for name, fields in self._groups:
            question, values = self._questions[name], [self.cleaned_data[field] for field in fields]
            if question["form"] == "services":
                codes = [code for code, _label in question["choices"]]
                found[name] = {c: v for c, v in zip(codes, values, strict=True) if v != NOT_TAKEN}
            elif question["form"] == "concepts":
                found[name] = dict(zip(question["asked"], values, strict=True))
            elif question["form"] == "date":
                found[name] = values[0].isoformat() if values[0] else None
            else:
                found[name] = values[0]
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        taken = [v for f, v in cleaned.items() if f.startswith("services:") and v != NOT_TAKEN]
        if "services" in self._questions and not taken:
            first = next(f for f in self.fields if f.startswith("services:"))
            self.add_error(first, "Elija al menos un servicio.")
        return cleaned


def _choice(form: QuestionsForm, question: Mapping[str, Any], said: Any) -> list[str]:
    name = question["name"]
    label = "Orden" if name == "date_order" else "Signo decimal"
    form.fields[name] = forms.ChoiceField(
        label=label, choices=[("", "Elija")] + [tuple(c) for c in question["choices"]], initial=said
    )
    return [name]


def _services(form: QuestionsForm, question: Mapping[str, Any], said: Any) -> list[str]:
    names = []
    for code, label in question["choices"]:
        tariffs = list(Tariff.objects.filter(service__code=code).order_by("code").values_list("code", "name"))
        choices = [
            (NOT_TAKEN, "No lo tienen"),
            *(tariffs or [("", "Lo tienen; el precio se define después")]),
        ]
        name = f"services:{code}"
        form.fields[name] = forms.ChoiceField(
            label=label,
            choices=choices,
            required=False,
            initial=(said or {}).get(code, NOT_TAKEN),
        )
        names.append(name)
    return names


def _concepts(form: QuestionsForm, question: Mapping[str, Any], said: Any) -> list[str]:
    names = []
    for place, concept in enumerate(question["asked"]):
        name = f"concepts:{place}"
        form.fields[name] = forms.ChoiceField(
            label=concept or "Sin concepto",
            choices=[("", "Elija"), *(tuple(c) for c in question["choices"])],
            initial=(said or {}).get(concept) or (question["suggested"] or {}).get(concept, ""),
        )
        names.append(name)
    return names


def _date(form: QuestionsForm, question: Mapping[str, Any], said: Any) -> list[str]:
    name = question["name"]
    if name == "cut_over":
        label, required = "Último día que facturó el sistema anterior", True
        note = "Las lecturas hasta ese día no se vuelven a cobrar."
    else:
        label, required = "Los intereses cuentan desde", False
        note = "Vacío: desde el vencimiento de cada factura."
    form.fields[name] = DayField(label=label, required=required, initial=said, help_text=note)
    return [name]


_ADD: Final = {"choice": _choice, "services": _services, "concepts": _concepts, "date": _date}
