"""The declaration of an entity: what its screens are made from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django import forms
from django.db.models import Model, QuerySet

from caudal.common.actor import Actor
from caudal.office.crud.forms import CrudForm, EndForm

Kind = Literal["text", "code", "date", "money", "quantity", "count", "percent", "state"]
Place = Literal["", "lead", "side", "opt"]
Rows = QuerySet[Any]
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Words:
    """How people say it: «sector», «sectores», «el sector», «Nuevo sector»."""

    one: str
    many: str
    the: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the list and of its exports.

    `value` gets a row and answers what `kind` shows: a date, a Decimal, a share (0.5 is 50 %), a state as
    (code, word), a count up to one more than `lists.CEILING`, a code (never
    broken), or text. `sort` are the fields to order by, best
    covered by an index; none: it cannot be asked. `place` is where a phone shows it: lead (the link), side (the
    right), opt (only where there is room). What is not `listed` is in the files only.
    """

    name: str
    label: str
    value: Callable[[Any], Any]
    kind: Kind = "text"
    sort: tuple[str, ...] = ()
    place: Place = ""
    note: Callable[[Any], str] | None = None
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A filter with options (value, word); shown as chips, or as a box where there are many. None: not shown."""

    name: str
    label: str
    options: Callable[[], Options]
    narrow: Callable[[Rows, str], Rows]
    every: str = "Todo"
    chips: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A filter by a date: from a day, until a day, both included."""

    name: str
    label: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A word and an address, for those who have the permission; `post` for what changes something at once."""

    label: str
    href: str
    permission: str
    post: bool = False


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A line of a panel: what it is, what is told of it, where it leads, and what can be done to it."""

    title: str
    note: str = ""
    href: str = ""
    side: Any = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What hangs on a row: a few lines, and the words for none. Only links that the user may follow are shown."""

    title: str
    rows: Callable[[Any, date], Sequence[PanelRow]]
    empty: str
    links: Callable[[Any], Sequence[Link]] = lambda _row: ()


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that ends with a row: what, and sentences about what comes of it."""

    title: str
    lines: tuple[str, ...]
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a row ends. What has history is closed, the rest is deleted, and the page says which beforehand.

    `hanging` tells what holds the row back from being deleted: (what, how many, address); `effect(row, on)` what else
    ends with it on that day, line by line. `end(row, given, by)` takes the values of `form`, `version` and `on` among
    them, and answers whether the row was deleted; `reopen(row, version, by)`, None where there is no way back. Fields
    of the form beyond these two are asked only where there is an effect; `dated` is whether a day is.
    `closed(row)` is the day since when it is, or whether it is; `says` what closing does. It takes the entity's
    permission to edit, or a `permission` of its own.
    """

    hanging: Callable[[Any], Sequence[tuple[str, int, str]]]
    end: Callable[[Any, Mapping[str, Any], Actor], bool]
    reopen: Callable[[Any, int, Actor], Any] | None
    never_deleted: bool = False
    form: type[CrudForm] = EndForm
    effect: Callable[[Any, date], Sequence[Effect]] = lambda _row, _on: ()
    closed: Callable[[Any], Any] = lambda row: getattr(row, "closed_on", None)
    says: str = "Deja de ofrecerse en los formularios, y lo que ya tiene sigue como está."
    dated: bool = True
    permission: str = ""


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What a bulk change does to one row: before and after, or why it leaves the row alone."""

    pk: int
    title: str
    before: str
    after: str
    refusal: str = ""

    @property
    def state(self) -> str:
        """changes, same or refused."""
        if self.refusal:
            return "refused"
        return "same" if self.before == self.after else "changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAction:
    """A change of many rows at once: its form, what it would do, and doing it.

    `apply(ids, given, by)` owns one transaction, and answers how many rows it changed.
    """

    name: str
    label: str
    permission: str
    form: type[forms.Form]
    plan: Callable[[Sequence[Any], Mapping[str, Any]], Sequence[BulkChange]]
    apply: Callable[[Sequence[int], Mapping[str, Any], Actor], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One table as people see it.

    `key` and `plural` name the addresses: `plural` the list, `key` a row's page, `key_new`, `key_edit`,
    `key_close`, `key_reopen`, `plural_bulk`. `rows(text)` are the rows that a search finds, all of them for
    none. `with_page(rows)` may add to the rows of a page what they show, in a constant number of queries.
    `save(given, row, by)` makes a row (None) or changes it; `given` are the form's values with the `version`
    that was shown; its refusals are shown at the fields that `errors` names by their codes.
    Without a `form` nothing is made or edited here; with a `begin` (label, address, permission) rows are made
    there. `page` is False where the page `key` is written by hand.
    `template` and `context` let a page show more than facts and panels.
    """

    key: str
    plural: str
    model: type[Model]
    words: Words
    icon: str
    view: str
    edit: str
    search: str
    rows: Callable[[str], Rows]
    columns: tuple[Column, ...]
    order: str
    form: type[CrudForm] | None = None
    save: Callable[[dict[str, Any], Any, Actor], Any] | None = None
    begin: tuple[str, str, str] | None = None
    page: bool = True
    title: Callable[[Any], str] = str
    lede: str = ""
    help: str = ""
    filters: tuple[Choice | Days, ...] = ()
    with_page: Callable[[Sequence[Any]], Sequence[Any]] = lambda rows: rows
    facts: Callable[[Any], Sequence[tuple[str, Any]]] = lambda _row: ()
    panels: tuple[Panel, ...] = ()
    ending: Ending | None = None
    bulk: tuple[BulkAction, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    family: tuple[tuple[str, str, str], ...] = ()
    rail: str = ""
    template: str = "office/crud/page.html"
    context: Callable[[Any, Any], Mapping[str, Any]] = lambda _request, _row: {}
