"""What is charged once: entered, and withdrawn while it waits for an invoice."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from caudal.billing.assembly.one_off import ONE_OFF
from caudal.billing.models import Charge, OneOff
from caudal.billing.operations.runs import hold_readings_of_runs
from caudal.billing.queries.readings import being_billed
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.tariffs.models import Service


class NoLongerWaiting(DomainError):
    """It was billed or withdrawn before. Fact: `text`."""

    code = "no_longer_waiting"
    template = _("“%(text)s” no longer waits: it was billed or withdrawn. Void its invoice instead.")


class BeingBilled(DomainError):
    """A run that is being issued may have taken it up. Fact: `text`."""

    code = "one_off_being_billed"
    template = _("“%(text)s” is being billed right now. Wait until the run is issued.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOneOff:
    """A concept to charge once: amount before tax, in the currency; an empty `text` is the service's name.

    `waits`: for the account's next invoice dated on or after `dated_on`; else it is issued at once.
    """

    account_id: int
    service_id: int
    amount: Decimal
    dated_on: date
    text: str = ""
    connection_id: int | None = None
    property_id: int | None = None
    waits: bool = False


def create_one_off(*, data: NewOneOff, service: Service, by: Actor) -> OneOff:
    """Keep what was entered."""
    return create_one_offs(data=[data], service=service, by=by)[0]


def create_one_offs(*, data: Sequence[NewOneOff], service: Service, by: Actor) -> tuple[OneOff, ...]:
    """Keep many that are charged as one service, in their order."""
    return tuple(
        OneOff.objects.bulk_create(
            OneOff(
                account_id=new.account_id,
                service=service,
                connection_id=new.connection_id,
                property_id=new.property_id,
                text=new.text.strip() or service.name,
                amount=new.amount,
                dated_on=new.dated_on,
                waits=new.waits,
                created_by=by.label,
            )
            for new in data
        )
    )


def hold_waiting(*, one_offs: Collection[OneOff]) -> None:
    """Make sure that all still wait, and will until the transaction ends. Their accounts are locked by the caller.

    Raises NoLongerWaiting, BeingBilled.
    """
    hold_readings_of_runs(shared=True)
    asked = [one_off.pk for one_off in one_offs]
    charged = Charge.objects.filter(origin_kind=ONE_OFF, origin_id__in=asked, live=True)
    billed = set(charged.values_list("origin_id", flat=True))
    still = OneOff.objects.filter(pk__in=asked, waits=True, withdrawn_on=None)
    free = set(still.values_list("pk", flat=True)) - billed
    for one_off in one_offs:
        if one_off.pk not in free:
            raise NoLongerWaiting(text=one_off.text)
    at_work = being_billed(account_ids={one_off.account_id for one_off in one_offs})
    for one_off in one_offs:
        if one_off.account_id in at_work:
            raise BeingBilled(text=one_off.text)


def withdraw(*, one_offs: Collection[OneOff], on: date) -> None:
    """They are not charged any more; `hold_waiting` came before."""
    OneOff.objects.filter(pk__in=[one_off.pk for one_off in one_offs]).update(withdrawn_on=on)
