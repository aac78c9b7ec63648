"""What is typed about what somebody else asked for."""

from django import forms


class DeclineForm(forms.Form):
    """Why something is not approved."""

    reason = forms.CharField(
        label="Por qué no",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Lo lee quien lo pidió, y queda en la bitácora.",
    )
