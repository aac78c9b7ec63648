"""What is asked of a statement: the day it is of, and the day on which it would be paid."""

from django import forms

from caudal.office.forms.fields import DayField


class StatementForm(forms.Form):
    """Both are in the address, so that a statement can be sent as a link."""

    al = DayField(label="Al día", required=False)
    pago = DayField(label="¿Y si paga el…?", required=False)
