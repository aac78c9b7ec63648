"""List, page, form and end of an entity."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import resolve, reverse

from caudal.access.models import User
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.versions import ChangedMeanwhile
from caudal.office.access import StaffRequest
from caudal.office.crud.entity import BulkAction, Entity, Link, Panel
from caudal.office.crud.forms import CrudForm, typed_otherwise
from caudal.office.crud.listing import (
    exported_rows,
    filters_shown,
    found_rows,
    in_order,
    many,
    table,
    words_of_filters,
)
from caudal.office.exports import export_asked, exported
from caudal.office.forms.parties import NamedField
from caudal.office.lists import page_of, whole
from caudal.office.reach import PAGES, narrowed, seen, surely
from caudal.registry.context import current_town
from caudal.registry.models import Route, Sector

# Filters by a place, by their name in the address: who is limited to sectors is offered his own.
PLACES: Final[dict[str, type[Sector] | type[Route]]] = {"sector": Sector, "ruta": Route}

LOOK: Final = "look"  # the button that shows what ending would do on another day, and does nothing


class Screens:
    """The screens of one entity; each method is a view."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity

    def listing(self, request: StaffRequest) -> HttpResponseBase:
        """The rows that the address asks for, as a page or as a file."""
        entity = self.entity
        found = in_order(entity, request, seen(request.user, found_rows(entity, request.GET)))
        if export_asked(request):
            return exported(
                request,
                name=entity.words.many,
                columns=[column.label for column in entity.columns],
                rows=exported_rows(entity, found),
                title=entity.words.many.capitalize(),
                filters=words_of_filters(entity, request.GET),
            )
        page = page_of(request, found, surely=surely(request.user, found))
        context = {
            **self._shared(request),
            "page": page,
            "table": table(entity, list(page.object_list), current_town()),
            "filters": _within_reach(filters_shown(entity, request.GET), request.user),
            "filtered": any(value for name, value in request.GET.items() if name not in ("orden", "p")),
            "bulk": self._bulk(request),
            "new": self._new(request),
        }
        return render(request, "office/crud/list.html", context)

    def page(self, request: StaffRequest, pk: int) -> HttpResponse:
        """One row: its facts, what hangs on it, and what happened to it."""
        entity, row = self.entity, self._row(request, pk)
        panels = [panel_shown(request, panel, row) for panel in entity.panels]
        context = {
            **self._shared(request),
            "row": row,
            "title": entity.title(row),
            "facts": entity.facts(row),
            "panels": panels,
            "history_of": entity.model._meta.model_name,
            **self._to_edit(request, row),
            **self._end_of(request, row),
            **entity.context(request, row),
        }
        return render(request, entity.template, context)

    def create(self, request: StaffRequest) -> HttpResponse:
        """The form of a new row; the address may fill in fields."""
        assert self.entity.form is not None
        form = self.entity.form(request.POST or None, initial=self._prefilled(request))
        return self._form(request, form, None)

    def edit(self, request: StaffRequest, pk: int) -> HttpResponse:
        """The form of a row that there is."""
        row, made = self._row(request, pk), self.entity.form
        assert made is not None
        form = made(request.POST or None, initial=made.initial_of(row))
        return self._form(request, form, row)

    def close(self, request: StaffRequest, pk: int) -> HttpResponse:
        """What ending a row does, and the button that does it."""
        entity, row = self.entity, self._row(request, pk)
        assert entity.ending is not None
        ending, back = entity.ending, reverse(f"office:{entity.key}", args=[pk])
        on = clock.today()
        form = ending.form(request.POST or None, initial={"on": on, "version": row.version})
        if not ending.dated:
            form.fields["on"].widget = forms.HiddenInput()
        if request.method == "POST" and form.is_valid():
            on = form.cleaned_data["on"]
        if request.method == "POST" and form.is_valid() and request.POST.get("do") != LOOK:
            try:
                deleted = ending.end(row, form.cleaned_data, request.user.actor)
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                done = "Se borró" if deleted else "Se cerró"
                messages.success(request, f"{done} {entity.words.the} {entity.title(row)}.")
                return redirect(f"office:{entity.plural}" if deleted else back)
        hanging, effect = ending.hanging(row), ending.effect(row, on)
        context = {
            **self._shared(request),
            "title": entity.title(row),
            "form": form,
            "fields": [form[n] for n in form.fields if n != "version" and (effect or n == "on")],
            "hanging": [(what, many(count, current_town()), href) for what, count, href in hanging],
            "effect": effect,
            "effect_on": on,
            "deletes": not hanging and not ending.never_deleted,
            "says": ending.says,
            "back": back,
        }
        return render(request, "office/crud/end.html", context)

    def reopen(self, request: StaffRequest, pk: int) -> HttpResponse:
        """Take the end of a row back."""
        row = self._row(request, pk)
        assert self.entity.ending is not None
        assert self.entity.ending.reopen is not None
        try:
            self.entity.ending.reopen(row, row.version, request.user.actor)
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, f"{self.entity.title(row)} vuelve a usarse.")
        return redirect(f"office:{self.entity.key}", pk)

    def _form(self, request: StaffRequest, form: CrudForm, row: Any) -> HttpResponse:
        entity, words = self.entity, self.entity.words
        assert entity.save is not None
        narrowed(form, request.user)
        changed: list[tuple[str, str]] | None = None
        if request.method == "POST" and form.is_valid():
            try:
                saved = entity.save(form.cleaned_data, row, request.user.actor)
            except ChangedMeanwhile:
                form, changed = self._again(request, row.pk)
            except DomainError as refusal:
                name = entity.errors.get(refusal.code)
                form.add_error(name if name in form.fields else None, refusal.message)
            else:
                messages.success(request, f"Se guardó {words.the} {entity.title(saved)}.")
                return redirect(f"office:{entity.key}", saved.pk)
        back = reverse(f"office:{entity.key}", args=[row.pk]) if row else reverse(f"office:{entity.plural}")
        context = {
            **self._shared(request),
            "title": f"Editar {words.one}" if row else words.new,
            "row_title": entity.title(row) if row else "",
            "form": form,
            "sections": form.sections(),
            "back": back,
            "changed": changed,
        }
        return render(request, "office/crud/form.html", context)

    def _prefilled(self, request: StaffRequest) -> dict[str, Any]:
        assert self.entity.form is not None
        fields = self.entity.form.base_fields
        given = {name: value for name, value in request.GET.items() if name in fields}
        rows = {name: whole(request, name) for name in given if isinstance(fields[name], NamedField)}
        return {"version": 1} | given | rows

    def _again(self, request: StaffRequest, pk: int) -> tuple[CrudForm, list[tuple[str, str]]]:
        """What was typed, on top of the row as somebody else left it; and where the two differ."""
        row, made = self._row(request, pk), self.entity.form
        assert made is not None
        now = made.initial_of(row)
        data = request.POST.copy()
        data["version"] = str(now["version"])
        form = made(data, initial=now)
        narrowed(form, request.user)
        return form, typed_otherwise(form, now)

    def _row(self, request: StaffRequest, pk: int) -> Any:
        found = seen(request.user, self.entity.rows("")).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _end_of(self, request: StaffRequest, row: Any) -> dict[str, Any]:
        """Since when a row is closed, and the address that closes it or opens it again."""
        ending, key = self.entity.ending, self.entity.key
        if ending is None:
            return {}
        closed = ending.closed(row)
        found = {"closed_on": closed, "ends": "Cerrar" if ending.never_deleted else "Cerrar o borrar"}
        step = "reopen" if closed else "close"
        if request.user.can(ending.permission or self.entity.edit) and (ending.reopen or not closed):
            found[step] = reverse(f"office:{key}_{step}", args=[row.pk])
        return found

    def _to_edit(self, request: StaffRequest, row: Any) -> dict[str, Any]:
        if not self.entity.form or not request.user.can(self.entity.edit):
            return {}
        return {"edit": reverse(f"office:{self.entity.key}_edit", args=[row.pk])}

    def _new(self, request: StaffRequest) -> Link | None:
        """Where a row is made: here, or where the entity says."""
        label, name, permission = self.entity.begin or (
            self.entity.words.new,
            f"{self.entity.key}_new",
            self.entity.edit,
        )
        made = self.entity.begin or self.entity.form
        if not made or not request.user.can(permission):
            return None
        return Link(label=label, href=reverse(f"office:{name}"), permission=permission)

    def _bulk(self, request: StaffRequest) -> list[BulkAction]:
        """The changes of many rows that the user may do."""
        beyond = request.user.sector_ids and f"{self.entity.plural}_bulk" not in PAGES
        if beyond or not request.user.can(self.entity.edit):
            return []
        return [action for action in self.entity.bulk if request.user.can(action.permission)]

    def _shared(self, request: StaffRequest) -> dict[str, Any]:
        entity = self.entity
        family = [
            {
                "label": label,
                "href": reverse(f"office:{name}"),
                "current": name == entity.plural,
            }
            for label, name, permission in entity.family
            if request.user.can(permission)
        ]
        return {
            "entity": entity,
            "all": reverse(f"office:{entity.plural}"),
            "family": family,
            "active": entity.rail or entity.plural,
        }


def _within_reach(filters: dict[str, Any], user: User) -> dict[str, Any]:
    """The filters of a list without the places beyond the sectors that somebody is limited to; none: all stay."""
    for box in filters["boxes"]:
        if user.sector_ids and box["name"] in PLACES:
            mine = {
                str(pk) for pk in seen(user, PLACES[box["name"]].objects.all()).values_list("pk", flat=True)
            }
            box["options"] = [(value, word) for value, word in box["options"] if value in mine]
    return filters


def panel_shown(request: StaffRequest, panel: Panel, row: Any) -> dict[str, Any]:
    """A panel with the links that the user may follow."""
    user = request.user

    def allowed(links: Sequence[Link]) -> list[Link]:
        return [link for link in links if user.can(link.permission) and _opens(user, link.href)]

    rows = [
        (each, each.href if each.href and _opens(user, each.href) else "", allowed(each.links))
        for each in panel.rows(row, clock.today())
    ]
    return {"title": panel.title, "rows": rows, "empty": panel.empty, "links": allowed(panel.links(row))}


def _opens(user: User, href: str) -> bool:
    """Whether an address of the office is one that the user's roles, and his sectors, let him open."""
    found = resolve(href.partition("?")[0])
    within = not user.sector_ids or found.url_name in PAGES
    return within and user.can(getattr(found.func, "permission", ""))
