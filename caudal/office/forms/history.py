"""What the history is searched by: all of it in the address, so that a search can be sent as a link."""

from typing import Any, Final

from django import forms

from caudal.access.models import User
from caudal.office.forms.fields import DayField
from caudal.office.present.history.kinds import AREAS, KINDS
from caudal.office.present.history.search import Wanted
from caudal.office.present.history.things import THINGS

# Who is no user: the worker, the commands, and whoever wrote to the database by hand.
NOBODY: Final = "0"


class HistoryForm(forms.Form):
    """User, kind, kind of object (and the one with a number), first and last day."""

    usuario = forms.ChoiceField(label="Quién", required=False)
    tipo = forms.ChoiceField(label="Qué pasó", required=False)
    objeto = forms.ChoiceField(label="A qué", required=False)
    id = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    desde = DayField(label="Desde", required=False)
    hasta = DayField(label="Hasta", required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self._choices("usuario", [("", "Cualquiera"), (NOBODY, "El sistema"), *self._users()])
        self._choices("tipo", [("", "Todo"), *_kinds()])
        self._choices("objeto", [("", "Cualquier cosa"), *_things()])

    def _choices(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField), "three selects"
        field.choices = choices

    def _users(self) -> list[tuple[str, str]]:
        """Who works here; a citizen only where he is asked for: there may be thousands."""
        staff = User.objects.filter(roles__isnull=False).distinct()
        asked = self.data.get("usuario", "")
        if asked.isascii() and asked.isdigit() and len(asked) < 19:
            staff = staff | User.objects.filter(pk=int(asked)).distinct()
        return sorted(((str(user.pk), str(user)) for user in staff), key=lambda pair: pair[1].casefold())

    def wanted(self) -> Wanted:
        """What to look for; what makes no sense narrows nothing."""
        self.full_clean()
        said = self.cleaned_data
        return Wanted(
            actor=int(said["usuario"]) if said.get("usuario") else None,
            kind=said.get("tipo", ""),
            first=said.get("desde"),
            last=said.get("hasta"),
            of=said.get("objeto", ""),
            pk=said.get("id"),
        )


def _kinds() -> list[Any]:
    """By area: all of it, or one kind."""
    return [
        (word, [(area, f"{word}: todo"), *((k, w) for k, w in KINDS.items() if k.startswith(f"{area}."))])
        for area, (word, _icon) in AREAS.items()
    ]


def _things() -> list[tuple[str, str]]:
    return sorted(((name, thing.word) for name, thing in THINGS.items()), key=lambda pair: pair[1])
