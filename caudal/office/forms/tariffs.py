"""What is typed about services and tariffs."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from caudal.kernel.late_policies import LatePolicyError, parse_late_policies
from caudal.kernel.pricing import InvalidTariff, Tariff, load_tariff, parse_tariff
from caudal.office.crud.forms import CrudForm, Group
from caudal.office.forms.fields import DayField, NumberField, read_number
from caudal.office.present.tariff_words import attribute_word
from caudal.registry.context import current_town
from caudal.tariffs.models import Service
from caudal.tariffs.operations import ServiceData
from caudal.tariffs.sentences import late_policy_sentence, problem_sentence

MONTHS = [
    (1, "enero"),
    (2, "febrero"),
    (3, "marzo"),
    (4, "abril"),
    (5, "mayo"),
    (6, "junio"),
    (7, "julio"),
    (8, "agosto"),
    (9, "setiembre"),
    (10, "octubre"),
    (11, "noviembre"),
    (12, "diciembre"),
]
AHEAD_LINE = re.compile(r"(\d{1,2})/(\d{1,2})\s+(\S+?)\s*%?")
A_LEAP_YEAR, MOST_PERCENT = 2024, 100
CODE = forms.Textarea(attrs={"class": "code", "rows": 18, "spellcheck": "false"})


class ServiceForm(CrudForm):
    """What is charged, when, and what happens when it is late."""

    groups = (
        Group("Servicio", "Qué se cobra.", ("name", "code", "kind", "unit", "position")),
        Group(
            "Cuándo",
            "En qué meses y cómo se factura.",
            (
                "billing_months",
                "billing_day",
                "in_arrears",
                "presentation",
                "without_reading",
                "automatic_issue",
            ),
        ),
        Group(
            "Pago",
            "Plazo, impuesto y mora.",
            (
                "due_rule",
                "days_to_pay",
                "due_day",
                "due_on_working_day",
                "tax_name",
                "tax_percent",
                "late_policies",
                "default_amount",
                "ahead_discounts",
            ),
        ),
    )

    name = forms.CharField(label="Nombre", max_length=100, help_text="Como se lee en la factura.")
    code = forms.SlugField(label="Código", max_length=40, help_text="Letras, números y guiones. No cambia.")
    kind = forms.ChoiceField(label="Tipo", choices=Service.KINDS)
    unit = forms.CharField(label="Unidad", max_length=10, required=False, help_text="m³, si se mide.")
    position = forms.IntegerField(label="Orden en la factura", min_value=0, max_value=999, initial=100)
    billing_months = forms.TypedMultipleChoiceField(
        label="Meses en que se cobra",
        choices=MONTHS,
        coerce=int,
        required=False,
        initial=[n for n, _name in MONTHS],
        widget=forms.CheckboxSelectMultiple,
    )
    billing_day = forms.IntegerField(label="Día en que se cobra", min_value=1, max_value=31, initial=15)
    in_arrears = forms.BooleanField(
        label="Vencido",
        required=False,
        initial=True,
        help_text="Cobra el mes anterior; sin marca, el que viene.",
    )
    presentation = forms.ChoiceField(label="Facturas", choices=Service.PRESENTATIONS)
    without_reading = forms.ChoiceField(
        label="Si no hay lectura", choices=Service.WITHOUT_READING, initial="retain"
    )
    automatic_issue = forms.BooleanField(
        label="Se emite sola", required=False, help_text="Sin esperar a que alguien la apruebe."
    )
    days_to_pay = forms.IntegerField(label="Días para pagar", min_value=0, max_value=365, initial=15)
    due_rule = forms.ChoiceField(label="Vence", choices=Service.DUE_RULES, initial="days")
    due_day = forms.IntegerField(
        label="Día fijo en que vence",
        min_value=1,
        max_value=31,
        required=False,
        help_text="Solo si vence un día fijo.",
    )
    due_on_working_day = forms.BooleanField(label="Vence en día hábil", required=False)
    tax_name = forms.CharField(label="Impuesto", max_length=20, required=False, help_text="IVA, por ejemplo.")
    tax_percent = NumberField(
        label="Tasa del impuesto", places=4, most=Decimal(100), required=False, unit="%", initial=Decimal(0)
    )
    late_policies = forms.CharField(
        label="Mora",
        required=False,
        widget=forms.Textarea(attrs={"class": "code", "rows": 5, "spellcheck": "false"}),
        help_text="Lista de reglas en JSON: interés diario, porcentaje por mes, recargo. Vacío: sin mora. Un cambio "
        "vale para lo que se emita después; lo ya emitido sigue con lo que decía. Solo una tasa de interés con fecha "
        "futura («from») vale desde ese día para todo lo que se debe.",
    )
    default_amount = NumberField(
        label="Monto usual", places=2, required=False, help_text="De los conceptos que se cobran una vez."
    )
    ahead_discounts = forms.CharField(
        label="Descuento por pagar el año adelantado",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Una línea por plazo: hasta qué día y mes, y el porcentaje. Así: 31/01 10. Vacío: sin descuento.",
    )

    def clean_due_day(self) -> int | None:
        """A fixed day needs its day."""
        day: int | None = self.cleaned_data["due_day"]
        if self.cleaned_data.get("due_rule") == "fixed_day" and day is None:
            raise forms.ValidationError(_("Write the day of the month."))
        return day

    def clean_ahead_discounts(self) -> tuple[dict[str, str], ...]:
        """The discounts in order of the year."""
        lines = [line for line in self.cleaned_data["ahead_discounts"].splitlines() if line.strip()]
        return tuple(sorted(map(_ahead_discount, lines), key=lambda each: each["until"]))

    def clean_late_policies(self) -> tuple[dict[str, Any], ...]:
        """The rules, read as interest reads them."""
        text = self.cleaned_data["late_policies"].strip()
        if not text:
            return ()
        try:
            rules = json.loads(text)
            parse_late_policies(rules)
        except LatePolicyError as wrong:
            raise forms.ValidationError(late_policy_sentence(wrong)) from wrong
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise forms.ValidationError(
                _("This is not a list of rules in JSON. Leave it empty, or copy one that works.")
            ) from wrong
        return tuple(rules)

    @classmethod
    def initial_of(cls, row: Any) -> dict[str, Any]:
        """The form as the service is now."""
        rules = row.late_policies
        return super().initial_of(row) | {
            "ahead_discounts": "\n".join(map(_ahead_line, row.ahead_discounts)),
            "late_policies": json.dumps(rules, ensure_ascii=False, indent=2) if rules else "",
        }


def service_data(given: Mapping[str, Any]) -> ServiceData:
    """The service as typed in a ServiceForm."""
    typed = {name: value for name, value in given.items() if name != "version"}
    return ServiceData(
        **typed
        | {
            "billing_months": tuple(given["billing_months"]),
            "tax_percent": given["tax_percent"] or Decimal(0),
        }
    )


def _ahead_discount(line: str) -> dict[str, str]:
    """«31/01 10» as a service keeps it; 29/02 is the month's last day in any year."""
    wrong = forms.ValidationError(_("Write each line as a day and month and a percentage, such as 31/01 10."))
    found = AHEAD_LINE.fullmatch(line.strip())
    percent = read_number(found[3], current_town()) if found else None
    if found is None or percent is None or not 0 < percent < MOST_PERCENT:
        raise wrong
    try:
        until = date(A_LEAP_YEAR, int(found[2]), int(found[1]))
    except ValueError as unread:
        raise wrong from unread
    return {"until": f"{until:%m-%d}", "percent": f"{percent:f}"}


def _ahead_line(kept: dict[str, str]) -> str:
    month, day = kept["until"].split("-")
    return f"{day}/{month} {kept['percent'].replace('.', current_town().point)}"


class VersionForm(forms.Form):
    """A version of a tariff as its file says it. What is wrong with it is listed in `problems`."""

    valid_from = DayField(label="Rige desde")
    definition = forms.CharField(
        label="Definición", widget=CODE, help_text="El archivo de la tarifa, en JSON."
    )

    problems: tuple[str, ...] = ()
    tariff: Tariff | None = None

    def clean_definition(self) -> str:
        """The text; it may be wrong, as long as it is JSON: a draft may wait for its prices."""
        text = self.cleaned_data["definition"]
        try:
            self.tariff = load_tariff(text)
        except InvalidTariff as wrong:
            self.problems = tuple(problem_sentence(problem) for problem in wrong.problems)
            if any(problem.code in ("bad_json", "not_an_object") for problem in wrong.problems):
                raise forms.ValidationError(self.problems[0]) from wrong
        return str(text)

    def content(self) -> dict[str, Any]:
        """The definition as it is stored: every number as text."""
        found: dict[str, Any] = json.loads(self.cleaned_data["definition"], parse_float=str)
        return found


class RenameForm(forms.Form):
    """A tariff's name, and the one that was shown."""

    name = forms.CharField(
        label="Nombre", max_length=100, help_text="Como lo verán la oficina y las facturas nuevas."
    )
    was = forms.CharField(widget=forms.HiddenInput, required=False)


class NewTariffForm(VersionForm):
    """A tariff with its first version."""

    service = forms.ModelChoiceField(Service.objects.all(), label="Servicio")
    name = forms.CharField(label="Nombre", max_length=100)
    code = forms.SlugField(label="Código", max_length=60, help_text="Letras, números y guiones.")
    field_order = ("service", "name", "code", "valid_from", "definition")


class TrialForm(forms.Form):
    """A case to price: usage, and whatever the tariff asks of a customer."""

    usage = NumberField(label="Consumo", required=False)

    def __init__(self, *args: Any, definition: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: dict[str, tuple[str, str]] = {}
        try:
            tariff = parse_tariff(definition)
        except InvalidTariff:
            return
        self.fields["usage"].unit = tariff.unit  # type: ignore[attr-defined]  # a NumberField
        for name, values in tariff.attributes:
            choices = [("", "—"), *((value, value) for value in values)]
            label = attribute_word(name).capitalize()
            self._ask("attributes", name, forms.ChoiceField(label=label, choices=choices, required=False)
                      if values else forms.CharField(label=label, required=False))  # fmt: skip
        names = dict(Service.objects.filter(code__in=tariff.services).values_list("code", "name"))
        for service in sorted(tariff.services):
            label = f"Cobro de {names.get(service, service)}"
            self._ask("bases", service, NumberField(label=label, places=2, required=False))

    def _ask(self, group: str, name: str, field: forms.Field) -> None:
        key = f"{group}.{name}"
        self.fields[key] = field
        self.asked[key] = (group, name)

    def case(self) -> dict[str, Any]:
        """The context of the case, as docs/tariffs.md writes it."""
        case: dict[str, Any] = {"days": 30, "period_days": 30, "part": 1}
        for key, (group, name) in self.asked.items():
            value = self.cleaned_data.get(key)
            if value not in (None, ""):
                case.setdefault(group, {})[name] = str(value)
        return case
