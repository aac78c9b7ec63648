"""What is charged once: entered, and withdrawn while it waits for an invoice."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from caudal.billing.assembly.one_off import ONE_OFF
from caudal.billing.models import Charge, OneOff
from caudal.billing.operations.runs import hold_readings_of_runs
from caudal.billing.queries.readings import are_being_billed
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
    return OneOff.objects.create(
        account_id=data.account_id,
        service=service,
        connection_id=data.connection_id,
        property_id=data.property_id,
        text=data.text.strip() or service.name,
        amount=data.amount,
        dated_on=data.dated_on,
        waits=data.waits,
        created_by=by.label,
    )


def hold_waiting(*, one_off: OneOff) -> None:
    """Make sure that it still waits, and will until the transaction ends. The account is locked by the caller.

    Raises NoLongerWaiting, BeingBilled.
    """
    hold_readings_of_runs(shared=True)
    billed = Charge.objects.filter(origin_kind=ONE_OFF, origin_id=one_off.pk, live=True).exists()
    still = OneOff.objects.filter(pk=one_off.pk, waits=True, withdrawn_on=None).exists()
    if billed or not still:
        raise NoLongerWaiting(text=one_off.text)
    if are_being_billed(account_ids=[one_off.account_id]):
        raise BeingBilled(text=one_off.text)


def withdraw(*, one_off: OneOff, on: date) -> None:
    """It is not charged any more; `hold_waiting` came before."""
    OneOff.objects.filter(pk=one_off.pk).update(withdrawn_on=on)
