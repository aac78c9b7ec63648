"""Who works here, and what he may do."""

from typing import Any

from django import forms

from caudal.access.models import User
from caudal.access.queries import roles
from caudal.registry.models import Sector


def role_choices() -> list[tuple[str, str]]:
    """Every role, by code."""
    return [(role.code, role.name) for role in roles()]


class UserForm(forms.Form):
    """A user. His password is his own: he sets it through a link."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label="Nombre", max_length=200)
    username = forms.CharField(label="Usuario", max_length=150, help_text="Con el que entra.")
    email = forms.EmailField(label="Correo", required=False, help_text="También puede entrar con él.")
    roles = forms.MultipleChoiceField(
        label="Roles", choices=role_choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    sectors = forms.ModelMultipleChoiceField(
        Sector.objects.all(),
        label="Solo estos sectores",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Sin marcar ninguno, ve todo. Con alguno, no ve nada de los demás, ni lo que es de todo el pueblo: "
        "facturación, importaciones, correos, configuración.",
    )

    def __init__(self, *args: Any, is_self: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_self:
            del self.fields["roles"], self.fields["sectors"]

    @staticmethod
    def initial_of(user: User) -> dict[str, Any]:
        """The form as the user is now; a role out of use is none that could be given."""
        return {
            "version": user.version,
            "name": user.name,
            "username": user.username,
            "email": user.email,
            "roles": [role.code for role in user.roles.all() if not role.retired],
            "sectors": user.sector_ids,
        }
