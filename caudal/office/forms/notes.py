"""A note about a customer."""

from django import forms


class NoteForm(forms.Form):
    """One box."""

    text = forms.CharField(
        label="Nota nueva",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Queda con su nombre y la hora. No se puede cambiar ni borrar.",
    )
