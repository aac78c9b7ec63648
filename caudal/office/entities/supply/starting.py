"""A service given at many connections at once, each to the account that has it now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms

from caudal.billing.models import Account, Subscription
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.metering.models import Connection, Installation
from caudal.office.crud import BulkAction, BulkChange
from caudal.office.forms.fields import DayField
from caudal.tariffs.models import Tariff
from caudal.workflows.customers import ChosenTariff
from caudal.workflows.properties.many import start_services

EDIT: Final = "customers.edit"


class StartForm(forms.Form):
    """Which service, at which tariff, from when."""

    tariff = forms.ModelChoiceField(
        Tariff.objects.filter(service__active=True, service__kind__in=("metered", "fixed")),
        label="Servicio y tarifa",
    )
    category = forms.CharField(
        label="Categoría", max_length=40, required=False, help_text="Si la tarifa la pide; si no, vacía."
    )
    on = DayField(label="Desde", initial=clock.today)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["tariff"]
        field.queryset = field.queryset.select_related("service").order_by("service__position", "name")
        field.label_from_instance = lambda row: f"{row.service.name}: {row.name}"


def _taken(rows: Sequence[Connection]) -> dict[int, list[Subscription]]:
    """What is given at each connection now, or will be."""
    found: dict[int, list[Subscription]] = defaultdict(list)
    taken = Subscription.objects.filter(connection__in=rows, valid_to=None)
    for each in taken.select_related("service", "account__holder").order_by("service__position", "pk"):
        assert each.connection_id is not None, "asked of connections"
        found[each.connection_id].append(each)
    return found


def _plan(rows: Sequence[Connection], given: Mapping[str, Any]) -> list[BulkChange]:
    tariff: Tariff = given["tariff"]
    taken = _taken(rows)
    standing = Installation.objects.filter(connection__in=rows, removed_on=None)
    metered = set(standing.values_list("connection_id", flat=True))
    return [
        BulkChange(
            row.pk,
            row.number,
            ", ".join(each.service.name for each in taken[row.pk]),
            f"Además {tariff.service.name} ({tariff.name}) desde el {given['on']:%d/%m/%Y}{_whose(taken[row.pk])}",
            _refusal(row, taken[row.pk], tariff, row.pk in metered),
        )
        for row in rows
    ]


def _whose(taken: Sequence[Subscription]) -> str:
    accounts = _accounts(taken)
    return f", cuenta {accounts[0].number} de {accounts[0].holder}" if len(accounts) == 1 else ""


def _accounts(taken: Sequence[Subscription]) -> list[Account]:
    return list({each.account_id: each.account for each in taken}.values())


def _refusal(row: Connection, taken: Sequence[Subscription], tariff: Tariff, metered: bool) -> str:
    if not row.active:
        return "Está cerrada"
    if not taken:
        return "Nadie la tiene: agréguelo en la página del cliente"
    if any(each.service_id == tariff.service_id for each in taken):
        return "Ya lo tiene"
    if len(_accounts(taken)) > 1:
        return "La tienen varias cuentas: agréguelo en la página del cliente"
    return "Sin medidor instalado" if tariff.service.kind == "metered" and not metered else ""


def _start(ids: Sequence[int], given: Mapping[str, Any], by: Actor) -> int:
    taken = _taken(list(Connection.objects.filter(pk__in=ids)))
    accounts = [(taken[pk][0].account_id, pk) for pk in ids]
    chosen = ChosenTariff(tariff_id=given["tariff"].pk, category=given["category"])
    return start_services(accounts=accounts, chosen=chosen, starts_on=given["on"], by=by)


START: Final = BulkAction(
    name="servicio",
    label="Agregar un servicio",
    permission=EDIT,
    form=StartForm,
    plan=_plan,
    apply=_start,
)
