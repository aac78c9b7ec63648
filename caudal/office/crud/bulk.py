"""A change of many rows: what it would do to each, and then doing just that."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from caudal.common.errors import DomainError
from caudal.office.access import StaffRequest
from caudal.office.crud.entity import BulkAction, BulkChange, Entity
from caudal.office.crud.listing import found_rows
from caudal.office.reach import narrowed, seen

MOST: Final = 5_000
SHOWN: Final = 100
STATES: Final = ("changes", "same", "refused")


class BulkScreen:
    """Choosing, looking, doing: three steps of one address."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity

    def show(self, request: StaffRequest) -> HttpResponse:
        """The form of the change, what it would do, or its doing."""
        back = f"{reverse(f'office:{self.entity.plural}')}?{request.POST.get('filtro', '')}"
        action = self._action(request)
        if action is None:
            return redirect(back)
        rows = self._rows(request)
        if not rows or len(rows) > MOST:
            said = (
                f"Son más de {MOST}: filtre la lista y vaya por partes."
                if rows
                else "No eligió ninguna fila."
            )
            messages.warning(request, said)
            return redirect(back)
        step = request.POST.get("paso", "")
        looked = bool(step) or not action.form.base_fields
        form = action.form(request.POST if looked else None)
        narrowed(form, request.user)
        changes: Sequence[BulkChange] = ()
        if looked and form.is_valid():
            changes = action.plan(rows, form.cleaned_data)
            if (
                step == "hacer"
                and (done := self._done(request, action, form.cleaned_data, changes)) is not None
            ):
                messages.success(request, f"{action.label}: {done} de {len(rows)} {self.entity.words.many}.")
                return redirect(back)
        context = {
            "entity": self.entity,
            "active": self.entity.rail or self.entity.plural,
            "action": action,
            "form": form,
            "back": back,
            "all": reverse(f"office:{self.entity.plural}"),
            "rows": len(rows),
            "kept": self._kept(request.POST),
            **_preview(changes),
        }
        return render(request, "office/crud/bulk.html", context)

    def _action(self, request: StaffRequest) -> BulkAction | None:
        named = {action.name: action for action in self.entity.bulk if request.user.can(action.permission)}
        return named.get(request.POST.get("accion", ""))

    def _rows(self, request: StaffRequest) -> list[Any]:
        """The rows ticked, or all that the list's filter leaves; of those that the user may see."""
        posted = request.POST
        if posted.get("todas"):
            rows = found_rows(self.entity, QueryDict(posted.get("filtro", "")))
        else:
            ids = [int(pk) for pk in posted.getlist("fila") if pk.isascii() and pk.isdigit() and len(pk) < 19]
            rows = self.entity.rows("").filter(pk__in=ids)
        return list(seen(request.user, rows).order_by("pk")[: MOST + 1])

    def _done(
        self, request: StaffRequest, action: BulkAction, given: dict[str, Any], changes: Sequence[BulkChange]
    ) -> int | None:
        """How many rows changed; None when what was looked at is no longer what there is."""
        if request.POST.get("visto") != _seal(changes):
            messages.warning(request, "Mientras tanto algo cambió: mire otra vez qué se haría.")
            return None
        ids = [change.pk for change in changes if change.state == "changes"]
        try:
            return action.apply(ids, given, request.user.actor)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return None

    def _kept(self, posted: QueryDict) -> list[tuple[str, str]]:
        """What the next step has to know again."""
        names = ("accion", "filtro", "todas", "fila")
        return [(name, value) for name in names for value in posted.getlist(name)]


def _preview(changes: Sequence[BulkChange]) -> dict[str, Any]:
    if not changes:
        return {}
    by_state = {state: [c for c in changes if c.state == state] for state in STATES}
    told = [*by_state["changes"], *by_state["refused"]]
    return {
        "seal": _seal(changes),
        "counts": {state: len(found) for state, found in by_state.items()},
        "told": told[:SHOWN],
        "untold": max(0, len(told) - SHOWN),
    }


def _seal(changes: Sequence[BulkChange]) -> str:
    """What was shown, so short that it can be sent back: the next step does this or nothing."""
    said = "\n".join(f"{c.pk}\t{c.before}\t{c.after}\t{c.refusal}" for c in changes)
    return hashlib.sha256(said.encode()).hexdigest()
