"""Something charged once to one person: issued at once as an invoice, or added to the next one."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.assembly.one_off import ONE_OFF, charges_of
from caudal.billing.assembly.rating import number
from caudal.billing.documents import InvoiceDocument
from caudal.billing.models import Account, Invoice, OneOff
from caudal.billing.operations.one_offs import NewOneOff, create_one_off, hold_waiting, withdraw
from caudal.billing.operations.sent import Pressed, keep_sent, require_shown, sent_before
from caudal.billing.queries.due import calendar_of, working_days
from caudal.billing.queries.frozen import frozen_of
from caudal.billing.queries.one_off import waiting_of
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.periods import month_span
from caudal.metering.models import Connection
from caudal.notices.operations.enqueue import enqueue_invoice_messages
from caudal.receivables.operations.credit import use_credit
from caudal.receivables.operations.posting import lock_account, post_charges
from caudal.registry.models import Organisation
from caudal.tariffs.models import Service


class NotAOneOff(DomainError):
    """The service bills by its calendar. Fact: `service`."""

    code = "not_a_one_off"
    template = _("%(service)s is not charged once: choose a concept that is.")


@dataclass(frozen=True, slots=True)
class Charged:
    """What was entered, and the invoice where it was issued at once."""

    one_off: OneOff
    invoice: Invoice | None


def charge_once(*, data: NewOneOff, on: date, by: Actor, pressed: Pressed | None = None) -> Charged:
    """Charge a concept to one account: issue its invoice now, or let it wait for the account's next one.

    `pressed`: the button, which said what it comes to (`preview_once`); the same one again answers with what there
    is. Raises NotAOneOff, ShownOtherwise, SentOtherwise, NumbersExhausted, PeriodClosed.
    """
    service = Service.objects.get(pk=data.service_id)
    if service.kind != "one_off":
        raise NotAOneOff(service=service.name)
    said = {name: str(value) for name, value in asdict(data).items()}
    with transaction.atomic():
        lock_account(data.account_id)
        known = sent_before(key=pressed.key, said=said) if pressed else None
        if known is not None and known.one_off is not None:
            return Charged(known.one_off, known.invoice)
        charged = _charge(data, service, on, by)
        if pressed is not None:
            require_shown(total=preview_once(data=data, on=on), shown=pressed.shown)
            keep_sent(key=pressed.key, said=said, invoice=charged.invoice, one_off=charged.one_off)
    return charged


def _charge(data: NewOneOff, service: Service, on: date, by: Actor) -> Charged:
    one_off = create_one_off(data=data, service=service, by=by)
    invoice = None if data.waits else _issue(one_off, on)
    audit.record(
        by=by,
        kind="billing.issue" if invoice else "billing.one_off",
        object_type="invoice" if invoice else "account",
        object_id=invoice.pk if invoice else data.account_id,
        after={
            "text": one_off.text,
            "amount": number(data.amount),
            "dated_on": data.dated_on.isoformat(),
            **({"number": invoice.number, "total": number(invoice.total)} if invoice else {}),
        },
    )
    return Charged(one_off, invoice)


def preview_once(*, data: NewOneOff, on: date) -> Decimal:
    """What the concept comes to with its tax."""
    service = Service.objects.get(pk=data.service_id)
    town = Organisation.objects.get()
    concept = waiting_of(
        OneOff(service=service, account_id=data.account_id, text=data.text, amount=data.amount, dated_on=on)
    ).concept
    (charge,) = charges_of([concept], tax_rounding=town.tax_rounding, minor_units=town.minor_units)
    return charge.total


def document_of(*, one_off: OneOff, on: date) -> InvoiceDocument:
    """The invoice that a one-off alone would be, issued on a day."""
    town = Organisation.objects.get()
    waiting = waiting_of(one_off)
    (taxed,) = charges_of([waiting.concept], tax_rounding=town.tax_rounding, minor_units=town.minor_units)
    month = month_span(one_off.dated_on)
    due = calendar_of(one_off.service).due_date(
        one_off.dated_on, issued_on=on, working_days=working_days(town)
    )
    account = Account.objects.select_related("holder").get(pk=one_off.account_id)
    return InvoiceDocument(
        account_id=account.pk,
        connection_id=one_off.connection_id,
        origin=ONE_OFF,
        dated_on=one_off.dated_on,
        issued_on=on,
        due_date=due,
        covers_from=month.start,
        covers_to=month.end,
        frozen=frozen_of(account=account, connection=_connection(one_off), period=f"{month.start:%Y-%m}"),
        charges=(waiting.charge(taxed.tax),),
    )


def _connection(one_off: OneOff) -> Connection | None:
    if one_off.connection_id is None:
        return None
    return Connection.objects.select_related("sector", "route").get(pk=one_off.connection_id)


def _issue(one_off: OneOff, on: date) -> Invoice:
    invoice = billing.issue_invoice(document=document_of(one_off=one_off, on=on))
    post_charges(invoice_ids=[invoice.pk], on=on)
    use_credit(invoice_ids=[invoice.pk], on=on)
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    return invoice


def withdraw_one_off(*, one_off_id: int, on: date, by: Actor) -> None:
    """Take back what still waits for an invoice. Raises NoLongerWaiting, BeingBilled."""
    with transaction.atomic():
        one_off = OneOff.objects.select_related("service").get(pk=one_off_id)
        lock_account(one_off.account_id)
        hold_waiting(one_offs=[one_off])
        withdraw(one_offs=[one_off], on=on)
        audit.record(
            by=by,
            kind="billing.withdraw_one_off",
            object_type="account",
            object_id=one_off.account_id,
            before={"text": one_off.text, "amount": number(one_off.amount)},
        )
