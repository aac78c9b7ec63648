"""What a board writes down: assemblies, fines, quotas and expenses."""

from decimal import Decimal

from django import forms

from caudal.office.forms.fields import DayField, MonthField, NumberField

CENT = Decimal("0.01")


class AssemblyForm(forms.Form):
    """On which day members meet."""

    on = DayField(label="Día de la asamblea")


class FineForm(forms.Form):
    """What missing the assembly costs."""

    amount = NumberField(label="Multa por persona", places=2, least=CENT)


class QuotaForm(forms.Form):
    """A special quota, as the minutes say it."""

    concept = forms.CharField(
        label="Para qué es", max_length=100, help_text="Como se leerá en la factura: «Bomba nueva»."
    )
    minutes_number = forms.CharField(label="Acta n.º", max_length=40)
    minutes_on = DayField(label="Fecha del acta", help_text="Pagan quienes eran asociados ese día.")
    amount = NumberField(
        label="Monto por asociado", places=2, least=CENT, help_text="Todas las partes juntas."
    )
    instalments = forms.IntegerField(
        label="En cuántas partes", min_value=1, max_value=36, initial=1, help_text="Una por mes."
    )
    first_month = MonthField(
        label="Desde el mes", help_text="La primera parte va en las facturas con fecha de ese mes."
    )


class SocialQuotaForm(forms.Form):
    """How much of the social quota an account has pending."""

    account = forms.CharField(label="Número de cuenta", max_length=20)
    amount = NumberField(
        label="Cuota social pendiente",
        places=2,
        help_text="Todo lo que debe de cuota social. Cero si ya no debe. Sale en su próxima factura.",
    )


class ExpenseForm(forms.Form):
    """Money that was spent."""

    spent_on = DayField(label="Fecha")
    concept = forms.CharField(label="En qué", max_length=120)
    amount = NumberField(label="Monto", places=2, least=CENT)
