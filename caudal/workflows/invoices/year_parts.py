"""The parts of a year that a service bills by its calendar, each as its run would bill it, on a single invoice."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.assembly.ahead import Discount, charges_ahead
from caudal.billing.assembly.assemble import RETAINED, Assembler
from caudal.billing.assembly.bills import Item
from caudal.billing.documents import InvoiceDocument
from caudal.billing.models import Charge, Invoice, Subscription
from caudal.billing.queries.due import AccountRange, calendar_of, load_slice, plan_for
from caudal.billing.queries.frozen import frozen_of
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.periods import ONE_DAY, month_of
from caudal.notices.operations.enqueue import enqueue_invoice_messages
from caudal.receivables.operations.posting import apply_credit, post_charges
from caudal.receivables.operations.voids import void_with_interest
from caudal.registry.context import current_town
from caudal.registry.models import Organisation

REASON_SIZE: Final = 300


class PartWithoutPrice(DomainError):
    """A part of a year cannot be priced now. Facts: `service`, `day` it is dated."""

    code = "part_without_price"
    template = _("What is billed of %(service)s on %(day)s has no price: publish one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What the invoice of some parts says of itself."""

    dated_on: date
    on: date
    discount: Discount | None = None
    remarks: str = ""


def parts_of(subscription: Subscription, *, dates: Sequence[date], on: date) -> list[Item]:
    """What the subscription is charged on nominal dates and no invoice has. Raises PartWithoutPrice."""
    service = subscription.service
    accounts = AccountRange(subscription.account_id, subscription.account_id)
    found = []
    for dated_on in dates:
        plan = plan_for(services=[service], dated_on=dated_on, issued_on=on)
        assembled = Assembler(plan).assemble(load_slice(plan, accounts), only=frozenset([subscription.pk]))
        if assembled.count(RETAINED):
            raise PartWithoutPrice(service=service.name, day=dated_on)
        found += [item for bill in assembled.bills for item in bill.items]
    return found


def invoice_of(subscription: Subscription, items: Sequence[Item], *, issue: Issue) -> InvoiceDocument:
    """The invoice of some parts, due with the first of them."""
    town = Organisation.objects.get()
    tariffs = {items[0].rule.code: {"name": items[0].tariff, "version": items[0].version_id}}
    return InvoiceDocument(
        account_id=subscription.account_id,
        connection_id=subscription.connection_id,
        origin="one_off",
        dated_on=issue.dated_on,
        issued_on=issue.on,
        due_date=items[0].rule.due_date,
        covers_from=min(item.covers_from for item in items),
        covers_to=max(item.covers_to for item in items),
        frozen=frozen_of(
            account=subscription.account,
            period=f"{items[-1].rule.span.last_day:%Y-%m}",
            category=subscription.category,
            tariffs=tariffs,
        )
        | {"places": [json.loads(place) for place in dict.fromkeys(i.due.place for i in items) if place]},
        charges=charges_ahead(
            items, issue.discount, tax_rounding=town.tax_rounding, minor_units=town.minor_units
        ),
        remarks=issue.remarks,
    )


def take_back_year(*, invoice_id: int, receipt: str, on: date, reason: str, by: Actor) -> None:
    """The year on an invoice is no longer paid ahead, for its payment, `receipt`, was reversed: undo the invoice.

    It is void with its discount. Parts whose day has come are billed at once, each as its run would have, for those
    runs passed them over; the rest by their runs. The account is locked by the caller. Raises PartWithoutPrice,
    and billing's PeriodClosed, NumbersExhausted.
    """
    invoice = Invoice.objects.select_related("series").get(pk=invoice_id)
    charges = list(Charge.objects.filter(invoice=invoice).exclude(period=None).select_related("period"))
    of_it = Subscription.objects.filter(charges__invoice=invoice).distinct()
    subscription = of_it.select_related("service", "account__holder").get()
    why = f"Se reversó el comprobante {receipt}: {reason}"[:REASON_SIZE]
    void_with_interest(invoice=invoice, on=on, reason=why, by=by)
    months = {charge.period.month for charge in charges if charge.period}
    for dated_on in _days_come(subscription, months, on):
        items = parts_of(subscription, dates=[dated_on], on=on)
        if items:
            bill = current_town().bill
            printed = invoice.series.printed(invoice.number)
            remarks = f"En lugar de {bill.the} {printed}, que fue anulad{bill.end}."
            issue = Issue(dated_on=dated_on, on=on, remarks=remarks)
            _issue(invoice_of(subscription, items, issue=issue), invoice, by)


def _days_come(subscription: Subscription, months: Collection[date], on: date) -> list[date]:
    """The nominal dates up to a day on which some months are billed. None lies before its month."""
    calendar = calendar_of(subscription.service)
    dates = calendar.nominal_dates(after=min(months) - ONE_DAY, upto=on)
    return [day for day in dates if month_of(calendar.month_billed(day)) in months]


def _issue(document: InvoiceDocument, instead: Invoice, by: Actor) -> None:
    invoice = billing.issue_invoice(document=document)
    post_charges(invoice_ids=[invoice.pk], on=document.issued_on)
    apply_credit(invoice_ids=[invoice.pk], on=document.issued_on)
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    facts = {"number": invoice.number, "total": str(invoice.total), "instead_of": instead.number}
    audit.record(by=by, kind="billing.issue", object_type="invoice", object_id=invoice.pk, after=facts)
