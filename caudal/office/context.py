"""Template context of the office: the rail, with only what the user may do."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from caudal.access.models import User
from caudal.metering.queries.readings import pending
from caudal.office.present.approvals import waiting_count
from caudal.office.reach import seen
from caudal.registry.context import current_town
from caudal.registry.queries import organisation


@dataclass(frozen=True, slots=True)
class Entry:
    """A task of the rail: the address of its first page, and the permission that shows it.

    With a `kind` it is for organisations of that kind alone.
    """

    key: str
    icon: str
    label: str
    name: str
    permission: str
    kind: str = ""


RAIL: Final = (
    Entry("home", "home", "Inicio", "home", "office.enter"),
    Entry("approvals", "check", "Por aprobar", "approvals", "office.enter"),
    Entry("readings", "meter", "Lecturas", "reading_panel", "readings.view"),
    Entry("runs", "invoice", "Facturación", "runs", "runs.view"),
    Entry("invoices", "file", "Facturas", "invoices", "invoices.view"),
    Entry("payments", "till", "Cobros", "payments", "payments.view"),
    Entry("customers", "people", "Clientes", "customers", "customers.view"),
    Entry("properties", "land", "Propiedades", "properties", "customers.view"),
    Entry("connections", "valve", "Conexiones", "connections", "meters.view"),
    Entry("board", "people", "Junta", "board", "board.manage", "community_board"),
    Entry("tariffs", "tariff", "Tarifas y servicios", "tariffs", "services.view"),
    Entry("imports", "upload", "Importar", "imports", "imports.run"),
    Entry("outbox", "mail", "Correos", "outbox", "outbox.view"),
    Entry("history", "report", "Bitácora", "history", "audit.view"),
    Entry("users", "user", "Usuarios", "users", "users.manage"),
    Entry("settings", "gear", "Configuración", "settings", "settings.manage"),
)


def office(request: HttpRequest) -> dict[str, Any]:
    """Template context: `rail`, `search_url` and `demo`; empty for those who do not work here."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.can("office.enter"):
        return {"rail": [], "demo": settings.DEMO}
    kind = current_town().kind
    hidden = "" if _decides(user) else "approvals"
    shown = (
        entry
        for entry in RAIL
        if user.can(entry.permission) and entry.kind in ("", kind) and entry.key != hidden
    )
    entries = [_entry(entry, user) for entry in shown]
    return {"rail": entries, "search_url": reverse("office:search"), "demo": settings.DEMO}


def _decides(user: User) -> bool:
    """Whether the organisation wants two people for anything that this user may decide."""
    town = organisation()
    if town is None:
        return False
    wanted = [*town.second_person, *(["runs.approve"] if town.second_approval else [])]
    return any(user.can(permission) for permission in wanted)


def _waiting(entry: Entry, user: User) -> int:
    if entry.key == "approvals":
        return waiting_count(user)
    return seen(user, pending()).count() if entry.key == "readings" and user.can("readings.review") else 0


def _entry(entry: Entry, user: User) -> dict[str, Any]:
    return {
        "key": entry.key,
        "icon": entry.icon,
        "label": entry.label,
        "href": reverse(f"office:{entry.name}"),
        "count": _waiting(entry, user),
    }
