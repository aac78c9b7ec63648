"""What is typed about a property: its owners, its value, who may see it, and its change of owner."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from caudal.metering.models import Installation
from caudal.office.forms.fields import DayField, NumberField
from caudal.office.forms.parties import PartyField, PropertyField, UserField
from caudal.registry.models import Ownership, PropertyAccess
from caudal.workflows.properties import Agreed, Transfer

WHOLE: Final = Decimal(100)
SMALLEST: Final = Decimal("0.0001")
OWNER_ERRORS: Final = {
    "shares_above_whole": "share",
    "owns_already": "party",
    "ownership_ended": "valid_to",
}
VALUE_ERRORS: Final = {"negative_value": "amount", "resolution_needed": "resolution"}
ACCESS_ERRORS: Final = {"access_granted": "valid_from", "access_ended": "valid_to"}
TRANSFER_ERRORS: Final = {
    "nobody_ends": "leaving",
    "owns_already": "new_owner",
    "ownership_ended": "on",
    "debt_left": "debt",
    "no_account_of_owner": "services",
    "service_began_later": "on",
    "no_agreement": "agreement",
}


class OwnerForm(forms.Form):
    """One more owner."""

    party = PartyField(label="Dueño")
    share = NumberField(
        label="Parte",
        places=4,
        least=SMALLEST,
        most=WHOLE,
        unit="%",
        help_text="Las partes de todos los dueños de un mismo día suman a lo más 100 %.",
    )
    valid_from = DayField(label="Desde")
    valid_to = DayField(label="Hasta", required=False, help_text="Vacío: sigue siendo dueño.")


class EndForm(forms.Form):
    """The day on which something ends."""

    on = DayField(label="Hasta", help_text="Ese día ya no; el anterior todavía sí.")


class ValueForm(forms.Form):
    """What an owner declares, or a resolution orders."""

    amount = NumberField(label="Valor declarado", places=2, most=Decimal("99999999999999"))
    received_on = DayField(
        label="Recibido el", help_text="Cuenta desde el 1 de enero del año siguiente, como manda la ley."
    )
    resolution = forms.CharField(
        label="Resolución n.º",
        max_length=80,
        required=False,
        help_text="Solo si una resolución ordena que cuente antes.",
    )
    counts_from = DayField(
        label="Por resolución, cuenta desde",
        required=False,
        help_text="Desde el trimestre que empieza ese día o después. Lo ya cobrado no cambia.",
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("resolution") and not given.get("counts_from"):
            self.add_error("counts_from", "Diga desde qué día cuenta por la resolución.")
        return given


class AccessForm(forms.Form):
    """Who may see a property that is not his."""

    user = UserField(label="Usuario")
    valid_from = DayField(label="Desde")
    valid_to = DayField(label="Hasta", required=False, help_text="Vacío: sin fecha de término.")


class UserAccessForm(forms.Form):
    """Which property a user may see."""

    place = PropertyField(label="Propiedad")
    valid_from = DayField(label="Desde")
    valid_to = DayField(label="Hasta", required=False, help_text="Vacío: sin fecha de término.")


class TransferForm(forms.Form):
    """A change of owner, and what happens to services, accounts, debt and the meter."""

    leaving = forms.MultipleChoiceField(label="Quién deja de ser dueño", widget=forms.CheckboxSelectMultiple)
    new_owner = PartyField(label="Dueño nuevo")
    on = DayField(label="Fecha del cambio", help_text="Desde este día es del dueño nuevo.")
    services = forms.ChoiceField(
        label="Servicios",
        widget=forms.RadioSelect,
        initial="new",
        choices=[
            ("new", "Pasan a una cuenta nueva del dueño nuevo"),
            ("existing", "Pasan a la cuenta que el dueño nuevo ya tiene"),
            ("stay", "Los sigue pagando quien los paga hoy (por ejemplo, un inquilino)"),
        ],
    )
    debt = forms.ChoiceField(
        label="Lo que se debe",
        widget=forms.RadioSelect,
        initial="stays",
        choices=[
            ("stays", "Queda en la cuenta vieja, a nombre de quien la debe"),
            ("settled", "Tiene que estar pagado: si algo se debe, no se hace el cambio"),
            ("passes", "La asume el dueño nuevo, por acuerdo escrito: pasa a su cuenta"),
        ],
        help_text="Las facturas emitidas no cambian de nombre en ningún caso.",
    )
    agreement = forms.CharField(
        label="Acuerdo",
        max_length=200,
        required=False,
        help_text="Solo si la asume el dueño nuevo: la escritura, el contrato o la carta donde consta.",
    )
    debt_due_on = DayField(
        label="La deuda asumida vence el",
        required=False,
        help_text="Solo si la asume el dueño nuevo. Los intereses del vendedor llegan hasta hoy.",
    )
    close_accounts = forms.BooleanField(
        label="Cerrar la cuenta vieja si queda sin servicios",
        required=False,
        initial=True,
        help_text="Lo que debe se puede seguir pagando.",
    )

    end_grants = forms.BooleanField(label="Terminar los accesos concedidos", required=False, initial=True)

    def __init__(
        self,
        *args: Any,
        owners: Sequence[Ownership],
        meters: Sequence[Installation],
        grants: Sequence[PropertyAccess],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        leaving: Any = self.fields["leaving"]
        leaving.choices = [
            (str(o.pk), f"{o.party.name}, {(o.share * WHOLE).normalize():f}\N{NO-BREAK SPACE}%")
            for o in owners
        ]
        self.granted = bool(grants)
        names = ", ".join(dict.fromkeys(str(one.user) for one in grants))
        self.fields["end_grants"].help_text = f"Desde ese día ya no la ven en el portal: {names}."
        self.meters = {f"register_{stay.pk}": stay for stay in meters}
        for name, stay in self.meters.items():
            self.fields[name] = NumberField(
                label=f"Lectura final del medidor {stay.meter.serial}",
                unit="m³",
                required=False,
                help_text=_last_reading(stay),
            )

    def clean_leaving(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["leaving"]]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("debt") == "passes" and given.get("services") == "stay":
            self.add_error("debt", _("The debt can only pass with the services."))
        return given

    def transfer(self, property_id: int, *, today: date) -> Transfer:
        """The change as typed; a debt that passes does so today."""
        given = self.cleaned_data
        passes = given["services"] != "stay"
        registers = {stay.pk: given[name] for name, stay in self.meters.items() if given[name] is not None}
        return Transfer(
            property_id=property_id,
            ownership_ids=tuple(given["leaving"]),
            new_owner_id=given["new_owner"].pk,
            on=given["on"],
            services=given["services"],
            debt=given["debt"],
            agreed=Agreed(paper=given["agreement"], on=today, due_date=given["debt_due_on"] or today),
            close_old_accounts=given["close_accounts"],
            end_grants=given["end_grants"],
            final_registers=registers if passes else {},
        )

    def sections(self) -> list[dict[str, Any]]:
        """The questions in the order in which a clerk asks them."""
        groups: list[tuple[str, str, tuple[str, ...]]] = [
            (
                "Dueños",
                "Quién vende, quién compra y desde cuándo.",
                ("leaving", "new_owner", "on", *(("end_grants",) if self.granted else ())),
            ),
            (
                "Servicios y cuentas",
                "Los contratos de la cuenta vieja terminan ese día y siguen en la otra. Lo que ya se le facturó y lo "
                "fijo del mes que ya empezó los paga la cuenta vieja. La parte de un dueño que se queda no pasa.",
                ("services", "debt", "agreement", "debt_due_on", "close_accounts"),
            ),
        ]
        if self.meters:
            note = (
                "Lo que se gastó hasta ella lo paga la cuenta vieja. Sin lectura final, el consumo se parte en la "
                "última lectura aceptada antes de ese día."
            )
            groups.append(("Lectura final", note, tuple(self.meters)))
        return [
            {"title": title, "note": text, "fields": [self[name] for name in names]}
            for title, text, names in groups
        ]


def _last_reading(stay: Installation) -> str:
    last = stay.readings.filter(state="accepted").order_by("-read_on", "-pk").first()
    if last is None:
        return ""
    return f"La última: {last.register.normalize():f}, del {_day(last.read_on)}."


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
