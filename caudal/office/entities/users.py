"""Users: who enters, with which roles."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.db import transaction

from caudal.access import operations
from caudal.access.models import User
from caudal.access.queries import roles, users
from caudal.approvals.kinds import Proposal
from caudal.approvals.operations import asks, perform
from caudal.approvals.queries import waiting_about
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.ui import formats
from caudal.office.crud import BulkAction, BulkChange, Choice, Column, Entity, Words
from caudal.office.crud.entity import Rows
from caudal.office.entities.parties import NothingAsked
from caudal.office.passwords import send_password_link
from caudal.registry.context import current_town

MANAGE: Final = "users.manage"
# Each is sent while whoever asked waits.
MOST_LINKS: Final = 100
ACTIVE: Final = ("active", "Activo")
INACTIVE: Final = ("inactive", "Desactivado")
KINDS: Final = (("staff", "De la oficina"), ("customers", "Clientes"), ("inactive", "Desactivados"))


def _rows(text: str) -> Rows:
    return users(text=text).select_related("party")


def _of_kind(found: Rows, kind: str) -> Rows:
    if kind == "staff":
        works_here = User.objects.filter(roles__permissions__permission="office.enter")
        return found.filter(pk__in=works_here.values("pk"))
    return found.filter(party__isnull=False) if kind == "customers" else found.filter(is_active=False)


def _state(row: User) -> tuple[str, str]:
    return ACTIVE if row.is_active else INACTIVE


def _party(row: User) -> str:
    party = getattr(row, "party", None)
    return party.name if party else ""


def _last(row: User) -> str:
    return formats.moment(row.last_login, current_town()) if row.last_login else "nunca"


def _plan_out(rows: Sequence[User], _given: Mapping[str, Any]) -> list[BulkChange]:
    mine, own = get_adapter().request.user.pk, "Su propia cuenta la cambia otra persona"
    return [
        BulkChange(row.pk, str(row), _state(row)[1], INACTIVE[1], own if row.pk == mine else "")
        for row in rows
    ]


def _back_in(user_id: int) -> Proposal:
    return Proposal(kind="activate", object_id=user_id, payload={})


def _plan_in(rows: Sequence[User], _given: Mapping[str, Any]) -> list[BulkChange]:
    """Who would be in again: at once, or when another person approves it."""
    waits = set(waiting_about("user", [row.pk for row in rows]))
    return [
        BulkChange(
            row.pk,
            str(row),
            _state(row)[1],
            f"{ACTIVE[1]}, cuando otra persona lo apruebe" if asks(_back_in(row.pk)) else ACTIVE[1],
            "Ya espera a otra persona" if row.pk in waits and not row.is_active else "",
        )
        for row in rows
    ]


@transaction.atomic
def _deactivate(ids: Sequence[int], _given: Mapping[str, Any], by: Actor) -> int:
    for user_id in ids:
        operations.deactivate_user(user_id=user_id, by=by)
    return len(ids)


@transaction.atomic
def _activate(ids: Sequence[int], _given: Mapping[str, Any], by: Actor) -> int:
    """Let them in, or ask for each whose roles need two people; the next page says for how many."""
    asked = 0
    for user_id in ids:
        request = perform(proposal=_back_in(user_id), on=clock.today(), at=clock.now(), by=by)
        asked += request is not None
    if asked:
        said = "1 quedó pedida" if asked == 1 else f"{asked} quedaron pedidas"
        messages.info(get_adapter().request, f"{said}: no entra nadie más hasta que otra persona lo apruebe.")
    return len(ids)


def _plan_links(rows: Sequence[User], _given: Mapping[str, Any]) -> list[BulkChange]:
    sent = 0
    changes = []
    for row in rows:
        refusal = "" if row.is_active else "Está desactivado"
        refusal = refusal or ("" if row.email else "Sin correo: entréguele el enlace desde su página")
        sent += not refusal
        refusal = refusal or (f"Solo van {MOST_LINKS} de una vez" if sent > MOST_LINKS else "")
        changes.append(BulkChange(row.pk, str(row), "", f"Enlace a {row.email}", refusal))
    return changes


def _send_links(ids: Sequence[int], _given: Mapping[str, Any], by: Actor) -> int:
    request = get_adapter().request
    for user in User.objects.filter(pk__in=ids):
        operations.note_password_link(user_id=user.pk, by=by)
        send_password_link(request, user)
    return len(ids)


USERS = Entity(
    key="user",
    plural="users",
    model=User,
    words=Words("usuario", "usuarios", "el usuario", "Nuevo usuario"),
    icon="user",
    view=MANAGE,
    edit=MANAGE,
    search="Nombre, usuario o correo",
    lede="Quién entra, y qué puede hacer.",
    rows=_rows,
    columns=(
        Column(
            name="name",
            label="Nombre",
            value=str,
            note=lambda r: r.email or "(sin correo)",
            sort=("name", "username"),
            place="lead",
        ),
        Column(name="username", label="Usuario", value=lambda r: r.username, sort=("username",)),
        Column(name="roles", label="Rol", value=lambda r: r.role_names or "Ninguno", note=_party),
        Column(
            name="last_login", label="Última entrada", value=_last, sort=("last_login", "pk"), place="opt"
        ),
        Column(name="state", label="Estado", value=_state, kind="state", place="side"),
    ),
    order="name",
    filters=(
        Choice(name="tipo", label="Usuarios", options=lambda: KINDS, narrow=_of_kind, every="Todos"),
        Choice(
            name="rol",
            label="Rol",
            options=lambda: [(role.code, role.name) for role in roles(retired=None)],
            narrow=lambda rows, value: rows.filter(roles__code=value),
            every="Cualquiera",
            chips=False,
        ),
    ),
    page=False,
    begin=("Nuevo usuario", "user_new", MANAGE),
    title=str,
    bulk=(
        BulkAction(
            name="enlace",
            label="Enviar enlace de contraseña",
            permission=MANAGE,
            form=NothingAsked,
            plan=_plan_links,
            apply=_send_links,
        ),
        BulkAction(
            name="desactivar",
            label="Desactivar",
            permission=MANAGE,
            form=NothingAsked,
            plan=_plan_out,
            apply=_deactivate,
        ),
        BulkAction(
            name="reactivar",
            label="Reactivar",
            permission=MANAGE,
            form=NothingAsked,
            plan=_plan_in,
            apply=_activate,
        ),
    ),
    family=(("Usuarios", "users", MANAGE), ("Roles", "roles", MANAGE)),
    rail="users",
)
