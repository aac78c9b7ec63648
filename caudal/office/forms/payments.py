"""What is typed at the till."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from caudal.office.forms.fields import NumberField
from caudal.receivables.models import Payment

METHODS = tuple(
    (code, word) for code, word in Payment.METHODS if code in ("cash", "card", "transfer", "cheque")
)


class WholeNumbers(forms.Field):
    """Ids of rows, as many boxes as are ticked; the domain says whether they are there."""

    widget = forms.MultipleHiddenInput
    default_error_messages: ClassVar[dict[str, Any]] = {"required": _("Choose at least one item to pay.")}

    def to_python(self, value: Any) -> list[int]:
        given = value or []
        if not all(pk.isascii() and pk.isdigit() and len(pk) < 19 for pk in given):
            raise forms.ValidationError(_("Choose at least one item to pay."))
        return [int(pk) for pk in given]


class TillForm(forms.Form):
    """Who pays how much and how; the items are checked by the domain."""

    customer = forms.IntegerField()
    key = forms.CharField(max_length=100)
    item = WholeNumbers()
    method = forms.ChoiceField(choices=METHODS)
    tendered = NumberField(label="Paga con", required=False, places=2, least=Decimal("0.01"))
    payer = forms.CharField(max_length=200, required=False)


class ReversalForm(forms.Form):
    """Why a payment is reversed."""

    reason = forms.CharField(
        label="Motivo",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Queda en la bitácora.",
    )
