"""Services taken: who takes which, where, at which tariff, since when and until when."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.db.models import Q

from caudal.billing.models import Account, Charge, Subscription
from caudal.billing.queries.sectors import service_in
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.office.crud import BulkAction, BulkChange, Choice, Column, Entity, Words
from caudal.office.crud.entity import Rows
from caudal.office.entities.parties import EDIT, FAMILY
from caudal.office.entities.sectors import SEE, sector_options
from caudal.office.entities.spans import FROM, TO, still
from caudal.office.finding import find_properties
from caudal.office.forms.fields import DayField
from caudal.office.present.connections import connections_found
from caudal.office.present.customers import holders_found
from caudal.registry.queries import MOST_FOUND
from caudal.tariffs.models import Service, Tariff
from caudal.workflows.properties.many import end_services

STATES: Final = (
    ("now", "Vigentes"),
    ("ended", "Terminados"),
    ("coming", "Por empezar"),
    ("cancelled", "Anulados"),
)
RELATED: Final = (
    "service",
    "tariff",
    "account__holder",
    "connection__sector",
    "property__sector",
    "licence__property__sector",
)


class EndManyForm(forms.Form):
    """The day on which many services end."""

    on = DayField(
        label="Terminan el",
        initial=clock.today,
        help_text="Los meses que empiezan ese día o después no se cobran; los que ya empezaron, sí.",
    )


def _rows(text: str) -> Rows:
    rows = Subscription.objects.select_related(*RELATED)
    if not text:
        return rows
    accounts = list(Account.objects.filter(holder__in=holders_found(text)).values_list("pk", flat=True))
    places = find_properties(text, limit=MOST_FOUND, by_owner=False)
    at = Q(connection__in=connections_found(text)) | Q(property__in=places)
    return rows.filter(Q(account__in=accounts) | at)


def _by_state(rows: Rows, value: str) -> Rows:
    today = clock.today()
    if value == "cancelled":
        return rows.exclude(cancelled_on=None)
    rows = rows.filter(cancelled_on=None)
    if value == "now":
        return rows.filter(still(today))
    return rows.filter(valid_to__lte=today) if value == "ended" else rows.filter(valid_from__gt=today)


def _state(row: Subscription) -> tuple[str, str]:
    today = clock.today()
    if row.cancelled_on is not None:
        return "void", "Anulado"
    if row.valid_to is not None and row.valid_to <= today:
        return "inactive", "Terminado"
    return ("pending", "Por empezar") if row.valid_from > today else ("active", "Vigente")


def _place(row: Subscription) -> str:
    """What it is given at: a supply point, a licence, a property, or nothing."""
    if row.connection is not None:
        return row.connection.number
    return str(row.licence or row.property or "")


def _sector(row: Subscription) -> str:
    of_licence = row.licence.property if row.licence else None
    for place in (row.connection, row.property, of_licence):
        if place is not None and place.sector is not None:
            return place.sector.name
    return ""


def _plan(rows: Sequence[Subscription], given: Mapping[str, Any]) -> list[BulkChange]:
    on = given["on"]
    late = Charge.objects.filter(subscription__in=rows, live=True, covers_to__gt=on)
    beyond = set(late.values_list("subscription_id", flat=True))
    return [
        BulkChange(
            row.pk,
            f"{row.service}, cuenta {row.account} de {row.account.holder}",
            _state(row)[1],
            f"Termina el {on:%d/%m/%Y}" + ("; ya se facturó más allá" if row.pk in beyond else ""),
            _refusal(row, on),
        )
        for row in rows
    ]


def _refusal(row: Subscription, on: Any) -> str:
    if row.valid_to is not None:
        return "Ya terminó, o ya se dijo cuándo termina"
    if row.share_upto is not None:
        return "Es la parte de un dueño: repártalo otra vez desde su página"
    return "" if row.valid_from < on else "Empieza ese día o después"


def _end(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    return end_services(subscription_ids=ids, on=given["on"], by=by)


SUBSCRIPTIONS = Entity(
    key="subscription",
    plural="subscriptions",
    model=Subscription,
    words=Words("servicio contratado", "servicios contratados", "el servicio contratado", "Nuevo servicio"),
    icon="tariff",
    view=SEE,
    edit=EDIT,
    search="Cliente, cuenta, abonado, medidor o propiedad",
    lede="Quién tiene qué servicio, dónde, con qué tarifa y desde cuándo.",
    help="Se agregan en la página del cliente o de la conexión.",
    rows=_rows,
    columns=(
        Column(
            name="service",
            label="Servicio",
            value=lambda r: r.service.name,
            note=lambda r: r.tariff.name,
            place="lead",
        ),
        Column(name="tariff", label="Tarifa", value=lambda r: r.tariff.name, listed=False),
        Column(name="customer", label="Cliente", value=lambda r: r.account.holder.name),
        Column(
            name="account",
            label="Cuenta",
            value=lambda r: r.account.number,
            kind="code",
            sort=("account__number", "pk"),
        ),
        Column(name="place", label="Dónde", value=_place),
        Column(name="sector", label="Sector", value=_sector, place="opt"),
        Column(name="category", label="Categoría", value=lambda r: r.category, listed=False),
        Column(
            name="amount",
            label="Monto propio",
            value=lambda r: r.amount_override,
            kind="money",
            listed=False,
        ),
        Column(name="from", label=FROM.label, value=FROM.value, kind="date"),
        TO,
        Column(name="state", label="Estado", value=_state, kind="state", place="side"),
    ),
    order="account",
    filters=(
        Choice(name="estado", label="Estado", options=lambda: STATES, narrow=_by_state, every="Todos"),
        Choice(
            name="servicio",
            label="Servicio",
            options=lambda: [(str(row.pk), row.name) for row in Service.objects.all()],
            narrow=lambda rows, value: rows.filter(service=int(value)),
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="tarifa",
            label="Tarifa",
            options=lambda: [(str(row.pk), row.name) for row in Tariff.objects.order_by("name", "pk")],
            narrow=lambda rows, value: rows.filter(tariff=int(value)),
            every="Cualquiera",
            chips=False,
        ),
        Choice(
            name="sector",
            label="Sector",
            options=sector_options,
            narrow=lambda rows, value: rows.filter(service_in([int(value)])),
            every="Cualquiera",
            chips=False,
        ),
    ),
    page=False,
    title=lambda r: f"{r.service}, cuenta {r.account}",
    bulk=(
        BulkAction(
            name="terminar",
            label="Terminar servicios",
            permission=EDIT,
            form=EndManyForm,
            plan=_plan,
            apply=_end,
        ),
    ),
    family=FAMILY,
    rail="customers",
)
