"""What a role is called, and what whoever has it may do."""

from typing import Any

from django import forms

from caudal.access.models import Role
from caudal.access.permissions import PERMISSIONS
from caudal.office.present.roles import grouped

PREFIX = "group"


class RoleForm(forms.Form):
    """A role: a name, and a box for each permission, in groups."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label="Nombre", max_length=60, help_text="Como se llama el puesto: «Caja», «Bodega»."
    )

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups: list[tuple[str, str]] = []
        for number, (title, codes) in enumerate([] if fixed else grouped()):
            name = f"{PREFIX}{number}"
            self.groups.append((title, name))
            self.fields[name] = forms.MultipleChoiceField(
                label=title,
                required=False,
                choices=[(code, PERMISSIONS[code]) for code in codes],
                widget=forms.CheckboxSelectMultiple,
                initial=self.initial.get("permissions", ()),
            )

    @staticmethod
    def initial_of(role: Role) -> dict[str, Any]:
        """The form as the role is now."""
        held = [p.permission for p in role.permissions.all()]
        return {"version": role.version, "name": role.name, "permissions": held}

    def permissions(self) -> list[str]:
        """The boxes that were ticked."""
        return [code for _title, name in self.groups for code in self.cleaned_data[name]]

    def boxes(self) -> list[forms.BoundField]:
        """The boxes, a field for each group."""
        return [self[name] for _title, name in self.groups]
