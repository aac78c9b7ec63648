"""What a record or a row was before and is after, fact by fact, as people write it: never JSON."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

from django.db.models import DateField

from caudal.access.models import Role
from caudal.access.permissions import PERMISSIONS
from caudal.common.ui import formats
from caudal.office.present.history.kinds import DEEDS
from caudal.office.present.history.things import THINGS, Names
from caudal.office.present.history.words import MONEY, POINTS_AT, field_word, plain_name
from caudal.registry.context import Town
from caudal.tariffs.models import Service, Tariff

Facts = Mapping[str, Any]
NOTHING: Final = "(nada)"
# Facts that are days and stand in no column; the others are those of the objects' columns of dates.
DAYS: Final = frozenset(
    {"cut_over", "due_on", "from", "holidays", "interest_from", "on", "to", "until", "upto"}
)
# Values too long or too deep for a line: that they are others is what matters.
WHOLE: Final = frozenset({"definition", "late_policies", "logo_svg", "password"})
# Facts that name a service, a tariff, a role or a table by its code.
CODES: Final = frozenset(
    {
        "deed",
        "permission",
        "permissions",
        "role",
        "roles",
        "second_person",
        "service",
        "services",
        "tables",
        "tariff",
    }
)
# What only the program needs.
HIDDEN: Final = frozenset({"id", "identification_key", "search_text", "singleton", "sort_key", "version"})
LONGEST: Final = 300
DAY_LENGTH: Final = len("2026-01-31")
FEW: Final = 6


@dataclass(frozen=True, slots=True)
class Change:
    """One fact: `before` and `after` as text; None where there is no such side."""

    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None or self.after is None:
            return f"{self.name}: {self.after if self.before is None else self.before}"
        return f"{self.name}: {self.before} → {self.after}"


def _names_of_codes() -> dict[str, str]:
    tables = {thing.model._meta.db_table: thing.word for thing in THINGS.values()}
    named = (model.objects.values_list("code", "name") for model in (Tariff, Service, Role))
    permissions = {code: str(word) for code, word in PERMISSIONS.items()}
    return {**DEEDS, **tables, **permissions, **{code: name for some in named for code, name in some}}


@dataclass(slots=True)
class Teller:
    """Tells facts of any object in the town's formats. `names` must have learnt what the facts point at."""

    town: Town
    names: Names
    codes: dict[str, str] = field(default_factory=_names_of_codes)

    def changes(self, of: str, before: Facts | None, after: Facts | None) -> list[Change]:
        """What differs where there are both sides; else the facts of the side there is, blanks left out."""
        if before and after:
            known = [key for key in {**before, **after} if key not in HIDDEN]
            keys = [key for key in known if before.get(key) != after.get(key) or key in WHOLE]
            return [self._change(of, key, before.get(key), after.get(key)) for key in _in_order(of, keys)]
        facts = after or before or {}
        facts = {key: facts[key] for key in _in_order(of, facts)}
        told = [
            (key, value)
            for key, value in facts.items()
            if key not in HIDDEN and value not in (None, "", [], {})
        ]
        if of == "reading" and "sha256" in facts:
            return [Change("Foto", None, "agregada")]
        if before:
            return [Change(self._name(key), self.value(of, key, value), None) for key, value in told]
        return [Change(self._name(key), None, self.value(of, key, value)) for key, value in told]

    def _name(self, key: str) -> str:
        """The fact's word; what is told of each of several persons stands under their numbers."""
        return self.names.of("party", key).label if key.isdigit() else field_word(key)

    def _change(self, of: str, key: str, before: Any, after: Any) -> Change:
        if key in WHOLE:
            return Change(field_word(key), "como estaba", "otra" if key == "password" else "con cambios")
        if isinstance(before, list) and isinstance(after, list) and max(len(before), len(after)) > FEW:
            # Of many, those that are gone and those that are new; the rest is no news.
            before, after = ([x for x in before if x not in after], [x for x in after if x not in before])
        return Change(self._name(key), self.value(of, key, before), self.value(of, key, after))

    def value(self, of: str, key: str, value: Any) -> str:
        """One value: money with its symbol, dates day first, codes and numbers of objects by their names."""
        if value is None or value == "" or value == [] or value == {}:
            return NOTHING
        if isinstance(value, bool):
            return "Sí" if value else "No"
        if key in WHOLE:
            return "guardado"
        if isinstance(value, Mapping):
            return "; ".join(f"{field_word(k)}: {self.value(of, k, v)}" for k, v in value.items())[:LONGEST]
        if isinstance(value, list):
            return self._list(of, key, value)
        return self._scalar(of, plain_name(key), value)

    def _list(self, of: str, key: str, values: list[Any]) -> str:
        if any(isinstance(value, list | dict) for value in values):
            return "1 línea" if len(values) == 1 else f"{len(values)} líneas"
        return ", ".join(self.value(of, key, value) for value in values)[:LONGEST]

    def _scalar(self, of: str, key: str, value: Any) -> str:
        if key in POINTS_AT and isinstance(value, int):
            return self.names.of(POINTS_AT[key], value).label
        if key in MONEY and (amount := _decimal(value)) is not None:
            return formats.money(amount, self.town)
        if key in ("share", "tax_percent") and (rate := _decimal(value)) is not None:
            return formats.percent(rate / 100 if key == "tax_percent" else rate, self.town)
        if isinstance(value, str):
            return self._text(of, key, value)
        return formats.number(_decimal(value), self.town) if key != "number" else str(value)

    def _text(self, of: str, key: str, value: str) -> str:
        if word := _choices(of, key).get(value) or (key in CODES and self.codes.get(value)):
            return str(word)
        if key in _day_names() and (day := self._day(value)):
            return day
        if (
            key in ("register", "volume", "limit_m3", "unit_price")
            and (figure := _decimal(value)) is not None
        ):
            return formats.number(figure, self.town)
        return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"

    def _day(self, value: str) -> str:
        """A day or an instant as people write it; empty where the text is none, whatever it looks like."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return ""
        if moment.tzinfo is not None:
            return formats.moment(moment, self.town)
        return f"{moment:%d/%m/%Y}" if len(value) == DAY_LENGTH else ""


def references(facts: Facts | None) -> Iterator[tuple[str, object]]:
    """The objects that facts name by number: (kind of object, id)."""
    for key, told in (facts or {}).items():
        for value in told if isinstance(told, list) else [told]:
            if isinstance(value, int) and not isinstance(value, bool) and plain_name(key) in POINTS_AT:
                yield POINTS_AT[plain_name(key)], value
        if key.isdigit():
            yield "party", int(key)


def _in_order(of: str, keys: Iterable[str]) -> list[str]:
    """As the object's own columns stand, the rest by their words: the database keeps facts in no order."""
    thing = THINGS.get(of)
    columns = [column.attname for column in thing.model._meta.fields] if thing else []
    place = {name: n for n, column in enumerate(columns) for name in (column, plain_name(column))}
    return sorted(keys, key=lambda key: (place.get(key, len(columns)), field_word(key)))


@cache
def _day_names() -> frozenset[str]:
    """The facts that are days by their field. What somebody typed elsewhere may look like one and be none."""
    columns = (column for thing in THINGS.values() for column in thing.model._meta.fields)
    return DAYS | {column.name for column in columns if isinstance(column, DateField)}


@cache
def _choices(of: str, key: str) -> dict[str, str]:
    """The words of a code: of the object's own field, or of the one field of that name that any object has."""
    own = THINGS.get(of)
    others = [own, *THINGS.values()] if own else list(THINGS.values())
    for thing in others:
        for column in thing.model._meta.fields if thing else ():
            if column.name == key and column.choices:
                return {str(code): str(word) for code, word in column.flatchoices}
    return {}


def _decimal(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
