"""What is typed about services taken, concepts charged once, months and cycles."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Account, CycleDay
from caudal.billing.operations.one_offs import NewOneOff
from caudal.common.ui import formats
from caudal.kernel.calendars import CycleMonth
from caudal.metering.models import Connection
from caudal.office.forms.customers import TariffChoice
from caudal.office.forms.fields import DayField, NumberField
from caudal.office.forms.parties import LicenceField, PropertyField
from caudal.office.forms.payments import METHODS
from caudal.registry.context import Town
from caudal.tariffs.models import Service, Tariff

CYCLE_FIELDS = ("reading_from", "reading_to", "dated_on")


class TakeServiceForm(forms.Form):
    """A service that hangs on a property, on a licence, or on the person alone."""

    tariff = TariffChoice(
        Tariff.objects.select_related("service")
        .exclude(service__kind="metered")
        .order_by("service__position", "name"),
        label="Servicio y tarifa",
    )
    property = PropertyField(label="Propiedad", required=False)
    licence = LicenceField(label="Patente", required=False)
    category = forms.CharField(label="Categoría", max_length=40, required=False)
    amount = NumberField(
        label="Monto propio",
        places=2,
        required=False,
        help_text="Solo si no paga el de la tarifa. De una patente, el monto de todo el año.",
    )
    starts_on = DayField(label="Desde")


class OneOffForm(forms.Form):
    """A concept for one account."""

    service = forms.ModelChoiceField(
        Service.objects.filter(active=True, kind="one_off").order_by("position", "code"),
        label="Concepto",
        empty_label="Elija uno",
    )
    text = forms.CharField(
        label="Detalle",
        max_length=200,
        required=False,
        help_text="Como se lee en la factura. Vacío: el concepto.",
    )
    amount = NumberField(
        label="Monto sin impuesto",
        places=2,
        required=False,
        least=Decimal("0.01"),
        help_text="Vacío: el monto usual del concepto.",
    )
    dated_on = DayField(label="Fecha")
    connection = forms.ModelChoiceField(
        Connection.objects.none(), label="Conexión", required=False, empty_label="Ninguna"
    )
    property = PropertyField(
        label="Propiedad",
        required=False,
        help_text="Código catastral o dirección. Vacío: queda «Sin propiedad».",
    )
    when = forms.ChoiceField(
        label="Cuándo se cobra",
        choices=[("now", "Ahora, en su propia factura"), ("next", "Con la próxima factura de la cuenta")],
        widget=forms.RadioSelect,
        initial="now",
    )

    def __init__(self, *args: Any, account: Account, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account, self.today = account, today
        theirs = Connection.objects.filter(subscriptions__account=account, subscriptions__valid_to=None)
        field: Any = self.fields["connection"]
        field.queryset = theirs.distinct().order_by("number")
        if not theirs.exists():
            del self.fields["connection"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        service = cleaned.get("service")
        if service and "amount" not in self.errors and cleaned.get("amount") is None:
            cleaned["amount"] = service.default_amount
            if not service.default_amount:
                self.add_error("amount", _("Write the amount."))
        if cleaned.get("when") == "now" and cleaned.get("dated_on") and cleaned["dated_on"] > self.today:
            self.add_error("dated_on", _("An invoice of today cannot be dated later."))
        return cleaned

    def data_of(self) -> NewOneOff:
        """The concept as the workflow takes it."""
        given = self.cleaned_data
        connection, land = given.get("connection"), given.get("property")
        return NewOneOff(
            account_id=self.account.pk,
            service_id=given["service"].pk,
            amount=given["amount"],
            dated_on=given["dated_on"],
            text=given["text"],
            connection_id=connection.pk if connection else None,
            property_id=land.pk if land else None,
            waits=given["when"] == "next",
        )


class AheadForm(forms.Form):
    """How the rest of a year is paid; `year`, `shown` and `key` were given with the page."""

    method = forms.ChoiceField(label="Forma de pago", choices=METHODS)
    tendered = NumberField(label="Paga con", required=False, places=2, least=Decimal("0.01"))
    payer = forms.CharField(label="Paga otra persona", max_length=200, required=False)
    year = forms.IntegerField(widget=forms.HiddenInput)
    shown = forms.DecimalField(widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)


class SplitForm(forms.Form):
    """From when each owner owes his share."""

    starts_on = forms.TypedChoiceField(label="Desde", coerce=date.fromisoformat)

    def __init__(self, *args: Any, starts: tuple[date, ...], town: Town, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["starts_on"]
        field.choices = [(day.isoformat(), formats.long_date(day, town)) for day in starts]


class YearForm(forms.Form):
    """From what the months of a cycle's year are filled in; they are saved only afterwards."""

    day = forms.IntegerField(label="Día de las facturas", min_value=1, max_value=31)
    reading_days = forms.IntegerField(label="Días de lectura", min_value=1, max_value=31)
    days_before = forms.IntegerField(
        label="Días entre la última lectura y las facturas", min_value=0, max_value=31
    )


class CycleYearForm(forms.Form):
    """Twelve months, each with the date of its bills and the days of reading."""

    def __init__(self, *args: Any, year: int, town: Town, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.months = [date(year, month, 1) for month in range(1, 13)]
        self.words = [formats.month_name(month, town).capitalize() for month in self.months]
        for month in range(1, 13):
            self.fields[f"reading_from_{month}"] = DayField(label="Se lee desde", required=False)
            self.fields[f"reading_to_{month}"] = DayField(label="Se lee hasta", required=False)
            self.fields[f"dated_on_{month}"] = DayField(label="Facturas", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for month in range(1, 13):
            typed = [cleaned.get(f"{name}_{month}") for name in CYCLE_FIELDS]
            if any(typed) and not all(typed):
                self.add_error(f"dated_on_{month}", _("Write the three dates of the month, or none."))
        return cleaned

    def days(self) -> list[CycleMonth]:
        """The months that were filled in."""
        given = self.cleaned_data
        return [
            CycleMonth(
                first,
                given[f"dated_on_{first.month}"],
                given[f"reading_from_{first.month}"],
                given[f"reading_to_{first.month}"],
            )
            for first in self.months
            if given[f"dated_on_{first.month}"]
        ]

    @staticmethod
    def initial_of(days: Iterable[CycleMonth | CycleDay]) -> dict[str, date]:
        """The form as the calendar is now, or as it would be."""
        return {f"{name}_{day.month.month}": getattr(day, name) for day in days for name in CYCLE_FIELDS}

    def sections(self) -> list[dict[str, Any]]:
        """A group for each month."""
        return [
            {"title": word, "note": "", "fields": [self[f"{name}_{n}"] for name in CYCLE_FIELDS]}
            for n, word in enumerate(self.words, start=1)
        ]
