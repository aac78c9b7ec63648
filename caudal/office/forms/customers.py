"""One form for a new customer, and the forms that change what it made."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Account
from caudal.metering.operations.connections import ConnectionData
from caudal.metering.operations.meters import MeterData, Register
from caudal.office.forms.fields import DayField, NumberField
from caudal.registry.identifications import types_for
from caudal.registry.models import Party, Route, Sector
from caudal.registry.operations import PartyData
from caudal.registry.queries import organisation
from caudal.tariffs.models import Service, Tariff
from caudal.workflows.customers import ChosenTariff, NewService

RECURRING = ("metered", "fixed")
NOT_TAKEN = ("", "No lo tiene")

PARTY_ERRORS = {
    "duplicate_identification": "identification",
    "wrong_identification": "identification",
    "unknown_identification_type": "identification_type",
    "nameless_party": "given_names",
    "duplicate_user": "email",
}
SERVICE_ERRORS = {
    **PARTY_ERRORS,
    "duplicate_connection": "connection_number",
    "duplicate_account": "account_number",
    "meter_elsewhere": "serial",
    "meter_needed": "serial",
}


def identification_choices() -> list[tuple[str, str]]:
    """The kinds of identification of the town's country."""
    town = organisation()
    types = types_for(town.country if town else "")
    return [("", "Elija…"), *((kind.code, str(kind.name)) for kind in types)]


class TariffChoice(forms.ModelChoiceField):
    """A tariff, said with its service."""

    def label_from_instance(self, tariff: Tariff) -> str:
        return f"{tariff.service.name} · {tariff.name}"


class PartyForm(forms.Form):
    """Who a customer is."""

    kind = forms.ChoiceField(label="Tipo", choices=Party.KINDS, widget=forms.RadioSelect, initial="natural")
    given_names = forms.CharField(label="Nombres", max_length=120, required=False)
    surnames = forms.CharField(label="Apellidos", max_length=120, required=False)
    legal_name = forms.CharField(
        label="Razón social", max_length=240, required=False, help_text="Solo si es una empresa o asociación."
    )
    identification_type = forms.ChoiceField(
        label="Tipo de identificación", required=False, choices=identification_choices
    )
    identification = forms.CharField(
        label="Identificación", max_length=40, required=False, help_text="Con o sin guiones."
    )
    email = forms.EmailField(
        label="Correo", required=False, help_text="Ahí recibe sus facturas; sin correo se imprimen."
    )
    phone = forms.CharField(label="Teléfono", max_length=60, required=False)
    address = forms.CharField(label="Dirección de la persona", max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        natural = cleaned.get("kind") == "natural"
        needed = "given_names" if natural else "legal_name"
        if not cleaned.get(needed):
            self.add_error(needed, _("This field is required."))
        if cleaned.get("identification") and not cleaned.get("identification_type"):
            self.add_error("identification_type", _("Say what kind of identification it is."))
        return cleaned

    def party(self) -> PartyData:
        """The party as typed."""
        given = {k: v for k, v in self.cleaned_data.items() if k in PartyData.__dataclass_fields__}
        return PartyData(**given)

    @staticmethod
    def initial_of(party: Party) -> dict[str, Any]:
        """The form as the party is now."""
        names = (*PartyForm.base_fields, "version")
        return {name: getattr(party, name) for name in names}


class EditPartyForm(PartyForm):
    """Who a customer is, and how his invoices reach him; whether his user, who is none of the office, gets his address.

    That is proposed where the two were the same.
    """

    sign_in_too = forms.BooleanField(label="Entra al portal con ese mismo correo", required=False)
    delivery = forms.ChoiceField(
        label="Entrega de la factura", choices=Account.DELIVERIES, widget=forms.RadioSelect, required=False
    )

    def __init__(self, *args: Any, party: Party, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = party.user
        if user is None or user.permission_codes:
            del self.fields["sign_in_too"]
            return
        self.initial["sign_in_too"] = bool(user.email) and user.email.lower() == party.email.lower()
        self.fields["sign_in_too"].help_text = (
            f"Con él entra y recupera su contraseña. Hoy: {user.email or 'ninguno'}. "
            "Si cambia, se avisa por correo al de antes y al nuevo."
        )


class PlaceForm(forms.Form):
    """Where a service is given."""

    place = forms.CharField(
        label="Dirección del servicio",
        max_length=300,
        required=False,
        help_text="Como la diría el lector: señas o número de casa.",
    )
    sector = forms.ModelChoiceField(
        Sector.objects.all(), label="Sector", required=False, empty_label="Sin sector"
    )
    route = forms.ModelChoiceField(Route.objects.all(), label="Ruta", required=False, empty_label="Sin ruta")
    route_order = forms.IntegerField(
        label="Orden en la ruta", required=False, min_value=0, max_value=2_000_000_000
    )
    limit = NumberField(
        label="Límite por periodo", required=False, unit="m³", help_text="Lo que pase de ahí es excedente."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("sector", "route"):
            field: Any = self.fields[name]
            in_use = Q(closed_on=None) | Q(pk=self.initial.get(name))
            field.queryset = field.queryset.filter(in_use)

    def connection(self, **kept: Any) -> ConnectionData:
        """The supply point as typed; `kept` is what this form does not change."""
        given = self.cleaned_data
        return ConnectionData(
            address=given["place"],
            sector_id=given["sector"].pk if given["sector"] else None,
            route_id=given["route"].pk if given["route"] else None,
            route_order=given["route_order"],
            limit_m3=given["limit"],
            **kept,
        )


class MeterForm(forms.Form):
    """A device and its first register."""

    serial = forms.CharField(label="Serie del medidor", max_length=40)
    brand = forms.CharField(label="Marca", max_length=60, required=False)
    digits = forms.IntegerField(
        label="Cifras enteras",
        min_value=1,
        max_value=10,
        initial=6,
        help_text="Cuántas muestra antes de la coma.",
    )
    first_register = NumberField(label="Primera lectura", unit="m³")

    def meter(self) -> MeterData | None:
        """The device as typed; None where the form may be left empty and was."""
        given = self.cleaned_data
        if not given["serial"]:
            return None
        return MeterData(serial=given["serial"], brand=given["brand"], digits=given["digits"] or 6)


class NewServiceForm(PlaceForm, MeterForm):
    """Connection, services, meter and first reading of a customer."""

    starts_on = DayField(
        label="Desde", help_text="Desde este día se le cobra; es la fecha de la primera lectura."
    )
    delivery = forms.ChoiceField(
        label="Entrega de la factura", choices=Account.DELIVERIES, widget=forms.RadioSelect, initial="mail"
    )
    account_number = forms.CharField(
        label="Número de cuenta", max_length=20, required=False, help_text="Vacío: el siguiente."
    )
    connection_number = forms.CharField(
        label="Número de abonado",
        max_length=20,
        required=False,
        help_text="Vacío: el siguiente. No cambia nunca.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("serial", "digits", "first_register"):
            self.fields[name].required = False
        self.service_fields: dict[str, Service] = {}
        services = Service.objects.filter(active=True, kind__in=RECURRING, tariffs__isnull=False).distinct()
        for service in services.prefetch_related("tariffs"):
            name = f"tariff_{service.pk}"
            choices = [NOT_TAKEN, *((str(t.pk), t.name) for t in service.tariffs.all())]
            self.fields[name] = forms.ChoiceField(label=service.name, choices=choices, required=False)
            self.service_fields[name] = service

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in self.service_fields):
            self.add_error(None, _("Choose at least one service."))
        if cleaned.get("serial") and cleaned.get("first_register") is None:
            self.add_error("first_register", _("Write what the meter shows today."))
        return cleaned

    def new_service(self, **who: Any) -> NewService:
        """The whole form as typed; `who` is the party, its id, or an account."""
        given = self.cleaned_data
        chosen = (given[name] for name in self.service_fields)
        return NewService(
            starts_on=given["starts_on"],
            connection=self.connection(),
            tariffs=tuple(ChosenTariff(tariff_id=int(pk)) for pk in chosen if pk),
            delivery=given["delivery"],
            meter=self.meter(),
            first_register=given["first_register"],
            account_number=given["account_number"],
            connection_number=given["connection_number"],
            **who,
        )

    def sections(self) -> list[dict[str, Any]]:
        """The fields in the order in which a clerk asks for them."""
        return [
            _section(self, "Conexión", "Dónde se da el servicio.", "place", "sector", "route", "route_order"),
            _section(
                self, "Servicios", "Qué se le cobra, y con cuál tarifa.", *self.service_fields, "starts_on"
            ),
            _section(
                self,
                "Medidor",
                "Si algún servicio se cobra por consumo.",
                "serial",
                "brand",
                "digits",
                "first_register",
                "limit",
            ),
            _section(
                self,
                "Factura",
                "Cómo la recibe, y con qué números.",
                "delivery",
                "account_number",
                "connection_number",
            ),
        ]


class PutMeterForm(MeterForm):
    """Install a meter where none stands."""

    on = DayField(label="Fecha de instalación")


class TakeMeterForm(forms.Form):
    """Take a meter away."""

    on = DayField(label="Fecha")
    final_register = NumberField(label="Última lectura del medidor que se retira", unit="m³")
    rolled_over = forms.BooleanField(
        label="El medidor viejo dio la vuelta",
        required=False,
        help_text="Pasó de 99999 a 00000 desde la última.",
    )

    def final(self) -> Register:
        """The last register of the meter that goes."""
        given = self.cleaned_data
        return Register(given["on"], given["final_register"], given["rolled_over"])


class ReplaceMeterForm(TakeMeterForm, MeterForm):
    """Take a meter away and put another."""


class AddServiceForm(forms.Form):
    """One more service at a connection: for the account that has it, or the one chosen where several do.

    `accounts`: ids with what each is called.
    """

    account = forms.TypedChoiceField(label="Para la cuenta", coerce=int)
    tariff = TariffChoice(
        Tariff.objects.select_related("service").order_by("service__position", "name"),
        label="Servicio y tarifa",
    )
    amount = NumberField(
        label="Monto propio", places=2, required=False, help_text="Solo si no paga el monto de la tarifa."
    )
    starts_on = DayField(label="Desde")

    def __init__(self, *args: Any, accounts: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(accounts) > 1:
            chosen = self.fields["account"]
            assert isinstance(chosen, forms.TypedChoiceField)
            chosen.choices = [("", "Elija…"), *accounts.items()]
        else:
            del self.fields["account"]


class EndServiceForm(forms.Form):
    """The last day of a service."""

    ends_on = DayField(label="Termina el", help_text="Los meses que empiezan ese día o después no se cobran.")

    def __init__(self, *args: Any, started_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.started_on = started_on

    def clean_ends_on(self) -> date:
        ends_on: date = self.cleaned_data["ends_on"]
        if ends_on <= self.started_on:
            raise forms.ValidationError(_("It must be after the day on which it began."))
        return ends_on


class CancelServiceForm(forms.Form):
    """Why a service was added by mistake."""

    reason = forms.CharField(
        label="Motivo", max_length=200, help_text="Por ejemplo: se agregó al cliente equivocado."
    )


def party_sections(form: PartyForm) -> list[dict[str, Any]]:
    """The fields of a person in groups."""
    contact = [n for n in ("email", "sign_in_too", "phone", "address", "delivery") if n in form.fields]
    return [
        _section(
            form,
            "Persona",
            "Como aparece en su documento.",
            "kind",
            "given_names",
            "surnames",
            "legal_name",
            "identification_type",
            "identification",
        ),
        _section(form, "Contacto", "Adónde le llega la factura.", *contact),
    ]


def _section(form: forms.Form, title: str, note: str, *names: str) -> dict[str, Any]:
    return {"title": title, "note": note, "fields": [form[name] for name in names]}
