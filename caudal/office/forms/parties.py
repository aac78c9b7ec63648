"""Fields that name a person or a property by what a clerk has at hand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from caudal.access.models import User
from caudal.access.queries import users
from caudal.common.text import identification_key
from caudal.office.finding import find_licences, find_parties, find_properties
from caudal.office.reach import sectors_asked, within_reach
from caudal.registry.models import Licence, Party, Property
from caudal.registry.queries import MOST_FOUND

CANDIDATES = 5
# Between what something is called and what tells it apart.
MARK = " · "


class NamedField(forms.Field):
    """A row written as «name · what tells it apart»; any part of that finds it, if it is the only one."""

    widget = forms.TextInput(attrs={"autocomplete": "off"})
    none = _("Nothing was found.")

    def prepare_value(self, value: Any) -> Any:
        """A row's id as it is written; what was typed stays as typed."""
        if not isinstance(value, int):
            return value
        row = self.by_id(value)
        return self.written(row) if row else ""

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        found = self.found(text)
        if not found:
            raise ValidationError(self.none)
        if len(found) > 1:
            told = "; ".join(self.written(row) for row in found[:CANDIDATES])
            raise ValidationError(
                _("There are several: %(told)s. Write one of them whole."), params={"told": told}
            )
        return found[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "").strip()

    def found(self, text: str) -> list[Any]:
        """The rows that a text may mean, the one it surely means alone."""
        *_before, last = text.split(MARK)
        if last.startswith("#") and last[1:].isascii() and last[1:].isdigit():
            row = self.by_id(int(last[1:]))
            return [row] if row else []
        return self.exactly(last) or self.searched(text.split(MARK, maxsplit=1)[0])

    def by_id(self, pk: int) -> Any:
        """The row, or None."""
        raise NotImplementedError

    def exactly(self, text: str) -> list[Any]:
        """The row that has just this identification or code."""
        raise NotImplementedError

    def searched(self, text: str) -> list[Any]:
        """Rows that a search finds."""
        raise NotImplementedError

    def written(self, row: Any) -> str:
        """The row so that it is found again."""
        raise NotImplementedError


class PartyField(NamedField):
    """A person or company, by identification or name; by the whole identification also one of another sector."""

    none = _("Nobody has that name or identification.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"help_text": "Identificación o nombre."} | kwargs))

    def by_id(self, pk: int) -> Party | None:
        return within_reach(Party.objects.filter(pk=pk)).first()

    def exactly(self, text: str) -> list[Party]:
        key = identification_key(text)
        return list(Party.objects.filter(identification_key=key)) if key else []

    def searched(self, text: str) -> list[Party]:
        return list(find_parties(text, limit=CANDIDATES + 1))

    def written(self, row: Party) -> str:
        return f"{row.name}{MARK}{row.identification or f'#{row.pk}'}"


class PropertyField(NamedField):
    """A property, by cadastral code or address."""

    none = _("No property has that code or address.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"help_text": "Código catastral o dirección."} | kwargs))

    def by_id(self, pk: int) -> Property | None:
        return within_reach(Property.objects.filter(pk=pk)).first()

    def exactly(self, text: str) -> list[Property]:
        return list(within_reach(Property.objects.filter(cadastral_code=text))) if text else []

    def searched(self, text: str) -> list[Property]:
        return list(Property.objects.filter(pk__in=find_properties(text, limit=CANDIDATES + 1)))

    def written(self, row: Property) -> str:
        return row.cadastral_code or f"{row.address}{MARK}#{row.pk}"


class UserField(NamedField):
    """A user, by his name, user name or mail."""

    none = _("No user has that name or mail.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"help_text": "Usuario, correo o nombre."} | kwargs))

    def by_id(self, pk: int) -> User | None:
        return None if sectors_asked() else User.objects.filter(pk=pk).first()

    def exactly(self, text: str) -> list[User]:
        return list(User.objects.filter(Q(username=text) | Q(email__iexact=text)))

    def searched(self, text: str) -> list[User]:
        # Who is limited to sectors names a user as a whole: the names of the others are not his to browse.
        return [] if sectors_asked() else list(users(text=text, active=True)[: CANDIDATES + 1])

    def written(self, row: User) -> str:
        return f"{row.name or row.username}{MARK}{row.username}"


class LicenceField(NamedField):
    """A licence, by its number, its activity or its holder."""

    none = _("No licence has that number or holder.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"help_text": "Número, actividad o titular."} | kwargs))

    def by_id(self, pk: int) -> Licence | None:
        return within_reach(Licence.objects.filter(pk=pk)).first()

    def exactly(self, text: str) -> list[Licence]:
        return list(within_reach(Licence.objects.filter(number=text))) if text else []

    def searched(self, text: str) -> list[Licence]:
        return list(Licence.objects.filter(pk__in=find_licences(text, limit=MOST_FOUND))[: CANDIDATES + 1])

    def written(self, row: Licence) -> str:
        return row.number
