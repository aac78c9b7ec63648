"""What is typed about single invoices."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Account
from caudal.billing.queries.one_off import Span
from caudal.metering.models import Connection
from caudal.office.finding import find_connections
from caudal.office.forms.fields import DayField, MonthField, NumberField
from caudal.office.reach import within_reach
from caudal.tariffs.models import Service
from caudal.workflows.invoices import OneOffForm

LINES = 3
ONE_OFF_KINDS = ("one_off", "fee", "fixed")


class VoidForm(forms.Form):
    """Why an invoice is voided."""

    reason = forms.CharField(
        label="Motivo",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Queda en la bitácora.",
    )


class ChooseForm(forms.Form):
    """For whom: a connection or a meter, or an account without one."""

    quien = forms.CharField(
        label="Medidor, abonado o cuenta",
        max_length=40,
        help_text="Trae el cliente y las lecturas por facturar.",
    )

    def clean_quien(self) -> tuple[Account, Connection | None]:
        """The account and, when it was found by it, the connection."""
        typed = self.cleaned_data["quien"].strip()
        account = within_reach(Account.objects.filter(number=typed)).first()
        for connection in find_connections(typed, limit=2):
            taken = connection.subscriptions.filter(valid_to=None).select_related("account").first()
            if taken is not None:
                return taken.account, connection
        if account is None:
            raise forms.ValidationError(_("Nobody has that meter, connection or account."))
        return account, None


class DraftForm(forms.Form):
    """A one-off invoice: the reading that is not billed yet at a price, and concepts."""

    month = MonthField(label="Periodo", help_text="El mes que se cobra.")
    previous = forms.CharField(label="Lectura anterior", required=False, disabled=True)
    current = forms.CharField(label="Lectura actual", required=False, disabled=True)
    unit_price = NumberField(
        label="Valor por m³", places=6, required=False, help_text="Vacío: no se cobra el consumo."
    )
    to_reading = forms.IntegerField(widget=forms.HiddenInput, required=False)
    due_on = DayField(label="Vence", required=False, help_text="Vacío: los días para pagar del servicio.")
    remarks = forms.CharField(
        label="Observaciones", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, span: Span | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.span = span
        if span is None:
            for name in ("previous", "current", "unit_price", "to_reading"):
                del self.fields[name]
        services = Service.objects.filter(active=True, kind__in=ONE_OFF_KINDS).order_by("position", "code")
        for n in range(1, LINES + 1):
            self.fields[f"service_{n}"] = forms.ModelChoiceField(
                services, label=f"Concepto {n}", required=False, empty_label="Ninguno"
            )
            self.fields[f"text_{n}"] = forms.CharField(label="Detalle", max_length=200, required=False)
            self.fields[f"amount_{n}"] = NumberField(label="Monto sin impuesto", places=2, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for n in range(1, LINES + 1):
            if cleaned.get(f"service_{n}") and not cleaned.get(f"amount_{n}"):
                self.add_error(f"amount_{n}", _("Write the amount."))
            if cleaned.get(f"amount_{n}") and not cleaned.get(f"service_{n}"):
                self.add_error(f"service_{n}", _("Choose the concept."))
        return cleaned

    def one_off(self, *, account_id: int, connection_id: int | None) -> OneOffForm:
        """The form as the workflow takes it."""
        given = self.cleaned_data
        lines = tuple(
            (given[f"service_{n}"].pk, given[f"text_{n}"], given[f"amount_{n}"])
            for n in range(1, LINES + 1)
            if given.get(f"service_{n}")
        )
        month: date = given["month"].replace(day=1)
        return OneOffForm(
            account_id=account_id,
            connection_id=connection_id,
            month=month,
            to_reading_id=given.get("to_reading"),
            unit_price=given.get("unit_price"),
            lines=lines,
            due_on=given["due_on"],
            remarks=given["remarks"],
        )

    @staticmethod
    def initial_of(form: OneOffForm, *, span: Span | None, version: int | None) -> dict[str, Any]:
        """The form as a draft keeps it."""
        initial: dict[str, Any] = {
            "month": form.month,
            "unit_price": form.unit_price,
            "due_on": form.due_on,
            "remarks": form.remarks,
            "version": version,
            **span_initial(span),
        }
        for n, (service, text, amount) in enumerate(form.lines[:LINES], start=1):
            initial |= {f"service_{n}": service, f"text_{n}": text, f"amount_{n}": amount}
        return initial

    def sections(self) -> list[dict[str, Any]]:
        """The fields in groups."""
        readings: list[str] = [n for n in ("month", "previous", "current", "unit_price") if n in self.fields]
        lines = [f"{part}_{n}" for n in range(1, LINES + 1) for part in ("service", "text", "amount")]
        return [
            self._section("Consumo", "La lectura aceptada que todavía no se ha facturado.", readings),
            self._section("Conceptos", "Lo que se cobra además, o sin medidor.", lines),
            self._section("Factura", "Cuándo vence, y lo que quiera decir.", ["due_on", "remarks"]),
        ]

    def _section(self, title: str, note: str, names: list[str]) -> dict[str, Any]:
        return {"title": title, "note": note, "fields": [self[name] for name in names]}


def span_initial(span: Span | None) -> dict[str, Any]:
    """The readings of the form, as they are shown."""
    if span is None:
        return {}
    return {
        "previous": f"{_plain(span.from_register)} ({span.from_on:%d/%m/%Y})",
        "current": f"{_plain(span.to_register)} ({span.to_on:%d/%m/%Y}): {_plain(span.volume)} {span.unit}",
        "to_reading": span.to_reading_id,
    }


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
