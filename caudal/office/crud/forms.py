"""The form of an entity: groups of fields, and the version that was shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db.models import Model

from caudal.office.forms.fields import DayField


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together, with a word and a sentence about them."""

    title: str
    note: str
    names: tuple[str, ...]


class CrudForm(forms.Form):
    """A form whose fields are named as the row's columns are, in `groups`."""

    groups: ClassVar[tuple[Group, ...]] = ()
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @classmethod
    def initial_of(cls, row: Model) -> dict[str, Any]:
        """The form as the row is now."""
        return {name: getattr(row, f"{name}_id", getattr(row, name, None)) for name in cls.base_fields}

    def sections(self) -> list[dict[str, Any]]:
        """The fields in their groups, as the part `form_sections` shows them."""
        return [
            {
                "title": group.title,
                "note": group.note,
                "fields": [self[n] for n in group.names if n in self.fields],
            }
            for group in self.groups
        ]


class EndForm(CrudForm):
    """The day from which a row is closed."""

    on = DayField(label="Desde", help_text="Lo de antes queda como está.")


def typed_otherwise(form: forms.Form, now: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and present value of the fields in which a row, as it is `now`, differs from what was typed."""
    return [
        (str(field.label), _as_text(field, now.get(name)))
        for name, field in form.fields.items()
        if name != "version" and field.has_changed(now.get(name), form[name].data)
    ]


def _as_text(field: forms.Field, value: Any) -> str:
    """A stored value as the form's page says it."""
    if value in (None, "", []):
        return "nada"
    if isinstance(value, bool):
        return "sí" if value else "no"
    several = value if isinstance(value, list) else [value]
    if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
        found = field.queryset.model._default_manager.filter(pk__in=several)
        return ", ".join(str(row) for row in found)
    if isinstance(field, forms.ChoiceField):
        words = {str(code): str(word) for code, word in field.widget.choices}
        return ", ".join(words.get(str(one), str(one)) for one in several)
    return str(field.prepare_value(value))
