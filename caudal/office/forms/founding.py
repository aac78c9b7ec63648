"""What is asked on the first day: which organisation this is, and who administers it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from caudal.workflows.founding import TITLES, AdministratorData, NewTown, countries


class FoundingForm(forms.Form):
    """The organisation and its first user."""

    kind = forms.ChoiceField(label="Qué es", choices=tuple(TITLES.items()), widget=forms.RadioSelect)
    country = forms.ChoiceField(label="País", help_text="Decide moneda, formatos, palabras y feriados.")
    name = forms.CharField(label="Nombre", max_length=200, help_text="Como saldrá en las facturas.")
    identification = forms.CharField(label="Identificación fiscal", max_length=40, required=False)
    email = forms.EmailField(label="Correo", required=False, help_text="Adonde escriben los clientes.")
    person = forms.CharField(label="Su nombre", max_length=150)
    username = forms.CharField(
        label="Usuario", max_length=150, widget=forms.TextInput(attrs={"autocapitalize": "none"})
    )
    password = forms.CharField(
        label="Contraseña",
        help_text="Doce caracteres o más.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Contraseña otra vez", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country: Any = self.fields["country"]
        country.choices = tuple(countries().items())

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("password") != given.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return given

    @property
    def town(self) -> NewTown:
        """The organisation as it was described."""
        given = self.cleaned_data
        return NewTown(
            kind=given["kind"],
            name=given["name"],
            locale=f"es-{given['country']}",
            identification=given["identification"],
            email=given["email"],
        )

    @property
    def administrator(self) -> AdministratorData:
        """Who filled it in."""
        given = self.cleaned_data
        return AdministratorData(
            username=given["username"],
            name=given["person"],
            email="",
            password=given["password"],
        )

    def sections(self) -> list[dict[str, Any]]:
        """The fields in groups."""
        groups = (
            ("La organización", "", ("kind", "country", "name", "identification", "email")),
            ("Quién la administra", "", ("person", "username", "password", "again")),
        )
        return [
            {"title": title, "note": note, "fields": [self[name] for name in names]}
            for title, note, names in groups
        ]
