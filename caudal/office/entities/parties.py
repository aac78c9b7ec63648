"""Everybody whom the office knows: customers, owners, representatives, people and companies."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef

from caudal.billing.models import Account, Subscription
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.office.crud import BulkAction, BulkChange, Choice, Column, Entity, Words
from caudal.office.crud.entity import Rows
from caudal.office.entities.sectors import SEE
from caudal.office.entities.spans import still
from caudal.office.finding import find_parties
from caudal.receivables.models import OpenInvoice
from caudal.registry.models import Ownership, Party, Representation
from caudal.registry.queries import MOST_FOUND
from caudal.workflows.citizens.users import invite
from caudal.workflows.properties.many import change_delivery

EDIT: Final = "customers.edit"
FAMILY: Final = (
    ("Clientes", "customers", SEE),
    ("Todas las personas", "people", SEE),
    ("Servicios contratados", "subscriptions", SEE),
)
KINDS: Final = (("natural", "Físicas"), ("juridical", "Jurídicas"))
ROLES: Final = (
    ("owner", "Dueños"),
    ("customer", "Clientes"),
    ("representative", "Apoderados"),
    ("represented", "Con apoderado"),
    ("unrepresented", "Jurídicas sin apoderado"),
)
LACKS: Final = (
    ("unverified", "Identificación por verificar"),
    ("email", "Sin correo"),
    ("user", "Sin usuario del portal"),
)


def _rows(text: str) -> Rows:
    rows = Party.objects.all()
    if not text:
        return rows
    return rows.filter(pk__in=[party.pk for party in find_parties(text, limit=MOST_FOUND)])


def _in_role(rows: Rows, value: str) -> Rows:
    today = clock.today()
    acting = Representation.objects.filter(still(today))
    represented = Exists(acting.filter(represented=OuterRef("pk")))
    if value == "owner":
        return rows.filter(Exists(Ownership.objects.filter(still(today), party=OuterRef("pk"))))
    if value == "customer":
        return rows.filter(Exists(Account.objects.filter(holder=OuterRef("pk"))))
    if value == "representative":
        return rows.filter(Exists(acting.filter(representative=OuterRef("pk"))))
    return rows.filter(represented) if value == "represented" else rows.filter(~represented, kind="juridical")


def _lacking(rows: Rows, value: str) -> Rows:
    if value == "unverified":
        return rows.filter(identification_verified=False)
    return rows.filter(email="") if value == "email" else rows.filter(user=None)


def _owing(rows: Rows, value: str) -> Rows:
    late = OpenInvoice.objects.filter(invoice__due_date__lt=clock.today())
    open_ones = late if value == "late" else OpenInvoice.objects.all()
    return rows.filter(pk__in=Account.objects.filter(pk__in=open_ones.values("account")).values("holder"))


def _with_page(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows with `owns` (how many properties) and `others` (who acts for them, or for whom they act)."""
    today = clock.today()
    owns: dict[int, int] = defaultdict(int)
    owned = Ownership.objects.filter(still(today), party__in=rows)
    for party_id in owned.values_list("party_id", flat=True):
        owns[party_id] += 1
    others: dict[int, list[str]] = defaultdict(list)
    acting = Representation.objects.filter(still(today)).select_related("represented", "representative")
    for one in acting.filter(represented__in=rows):
        others[one.represented_id].append(one.representative.name)
    for one in acting.filter(representative__in=rows):
        others[one.representative_id].append(one.represented.name)
    for row in rows:
        row.owns, row.others = owns[row.pk], ", ".join(others[row.pk])
    return rows


def _verified(row: Party) -> tuple[str, str]:
    if not row.identification:
        return ("held", "Sin identificación")
    return ("active", "Verificada") if row.identification_verified else ("pending", "Por verificar")


class DeliveryForm(forms.Form):
    """How the bills of many customers come."""

    delivery = forms.ChoiceField(
        label="Las facturas les llegan",
        choices=[("mail", "Por correo"), ("print", "Impresas, en la ruta"), ("counter", "En ventanilla")],
        widget=forms.RadioSelect,
    )


class NothingAsked(forms.Form):
    """A change that asks nothing more."""


def _plan_invitation(rows: Sequence[Party], _given: Mapping[str, Any]) -> list[BulkChange]:
    return [
        BulkChange(row.pk, row.name, "Sin usuario", f"Enlace a {row.email}", _not_invitable(row))
        for row in rows
    ]


def _not_invitable(row: Party) -> str:
    if row.user_id is not None:
        return "Ya tiene usuario"
    if not row.email:
        return "Sin correo"
    known = row.identification_key and row.identification_verified
    return "" if known else "Identificación por verificar"


def _plan_delivery(rows: Sequence[Party], given: Mapping[str, Any]) -> list[BulkChange]:
    words, chosen = dict(Account.DELIVERIES), given["delivery"]
    now: dict[int, set[str]] = defaultdict(set)
    for holder_id, delivery in Account.objects.filter(holder__in=rows).values_list("holder_id", "delivery"):
        now[holder_id].add(words[delivery])
    supplied = Subscription.objects.filter(account__holder__in=rows, valid_to=None, connection__isnull=False)
    placed = set(supplied.values_list("account__holder_id", flat=True))
    refusals = {"mail": _not_mailable, "print": lambda row: _not_printable(row, row.pk in placed)}
    refuse = refusals.get(chosen, lambda _row: "")
    return [
        BulkChange(
            row.pk,
            row.name,
            ", ".join(sorted(now[row.pk])),
            words[chosen],
            refuse(row) if now[row.pk] else "No tiene ninguna cuenta",
        )
        for row in rows
    ]


def _not_mailable(row: Party) -> str:
    try:
        validate_email(row.email)
    except ValidationError:
        return "Su correo no es válido" if row.email else "Sin correo"
    return ""


def _not_printable(row: Party, placed: bool) -> str:
    """A printed bill goes to the customer's address, or to his supply point."""
    return "" if row.address or placed else "Sin dirección donde entregarla"


def _deliver(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    return change_delivery(party_ids=ids, delivery=given["delivery"], by=by)


def _delivered(rows: Rows, value: str) -> Rows:
    return rows.filter(Exists(Account.objects.filter(holder=OuterRef("pk"), delivery=value)))


@transaction.atomic
def _invite(ids: Sequence[int], _given: Mapping[str, Any], by: Actor) -> int:
    for party_id in ids:
        invite(party_id=party_id, by=by)
    return len(ids)


PEOPLE = Entity(
    key="customer",
    plural="people",
    model=Party,
    words=Words("persona", "personas", "la persona", "Nueva persona"),
    icon="people",
    view=SEE,
    edit=EDIT,
    search="Nombre, identificación o correo",
    lede="Clientes, dueños y apoderados, también quienes no tienen ningún servicio.",
    help="Aparecen con el primer cliente, o con el padrón que importe.",
    rows=_rows,
    with_page=_with_page,
    columns=(
        Column(
            name="name",
            label="Nombre",
            value=lambda r: r.name,
            note=lambda r: r.identification,
            sort=("sort_key", "pk"),
            place="lead",
        ),
        Column(name="kind", label="Persona", value=lambda r: dict(KINDS)[r.kind][:-1], place="opt"),
        Column(name="email", label="Correo", value=lambda r: r.email),
        Column(name="phone", label="Teléfono", value=lambda r: r.phone, listed=False),
        Column(name="owns", label="Propiedades", value=lambda r: r.owns or None, kind="quantity"),
        Column(name="others", label="Representación", value=lambda r: r.others, place="opt"),
        Column(name="state", label="Identificación", value=_verified, kind="state", place="side"),
    ),
    order="name",
    filters=(
        Choice(
            name="tipo",
            label="Persona",
            options=lambda: KINDS,
            narrow=lambda rows, value: rows.filter(kind=value),
            every="Todas",
        ),
        Choice(
            name="papel", label="Quiénes", options=lambda: ROLES, narrow=_in_role, every="Todos", chips=False
        ),
        Choice(
            name="falta",
            label="Qué falta",
            options=lambda: LACKS,
            narrow=_lacking,
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="entrega",
            label="Sus facturas",
            options=lambda: Account.DELIVERIES,
            narrow=_delivered,
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="deuda",
            label="Deuda",
            options=lambda: (("open", "Deben"), ("late", "Deben y está vencido")),
            narrow=_owing,
            every="Con o sin",
            chips=False,
        ),
    ),
    page=False,
    begin=("Nuevo cliente", "customer_new", EDIT),
    title=lambda r: r.name,
    bulk=(
        BulkAction(
            name="entrega",
            label="Cambiar la entrega",
            permission=EDIT,
            form=DeliveryForm,
            plan=_plan_delivery,
            apply=_deliver,
        ),
        BulkAction(
            name="invitar",
            label="Invitar al portal",
            permission=EDIT,
            form=NothingAsked,
            plan=_plan_invitation,
            apply=_invite,
        ),
    ),
    family=FAMILY,
    rail="customers",
)
