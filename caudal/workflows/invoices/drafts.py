"""One-off invoices: a draft that can be edited and thrown away, its issue, and the void of what was issued."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.assembly.one_off import Concept, Consumption, charges_of, metered_concept
from caudal.billing.assembly.rating import number
from caudal.billing.documents import InvoiceDocument
from caudal.billing.models import Account, Invoice, InvoiceDraft, Period, Subscription
from caudal.billing.operations.sent import Pressed, keep_sent, require_shown, sent_before
from caudal.billing.queries.frozen import frozen_of
from caudal.billing.queries.one_off import NothingToBill, Span, metered_subscription, unbilled_span
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.periods import month_span
from caudal.notices.operations.enqueue import enqueue_invoice_messages
from caudal.receivables.operations import voids
from caudal.receivables.operations.credit import use_credit
from caudal.receivables.operations.posting import lock_account, post_charges
from caudal.receivables.queries import VoidEffect
from caudal.registry.models import Organisation
from caudal.tariffs.models import Service


class DraftChanged(DomainError):
    """Somebody else saved the draft since it was opened."""

    code = "draft_changed"
    template = _("Somebody else changed this draft meanwhile. Open it again to see the changes.")


class EmptyInvoice(DomainError):
    """A form without a reading and without a concept."""

    code = "empty_invoice"
    template = _("The invoice has nothing to charge: choose a reading or add a concept.")


class WrongSpan(DomainError):
    """The readings of the form are not the ones that would be billed now."""

    code = "wrong_span"
    template = _("The readings changed since the form was filled in: it is now from %(start)s to %(end)s.")


class DueInThePast(DomainError):
    """The last day to pay would be over when the invoice is issued. Facts: `due_on`, `on`."""

    code = "due_in_the_past"
    template = _("An invoice of %(on)s cannot fall due on %(due_on)s: choose a later day, or none.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOffForm:
    """What is typed into the form of document 001; JSON-able by `as_json`.

    connection_id and month: the reading to bill (`to_reading_id` guards against a newer one) at `unit_price`;
    lines: (service id, text, amount before tax). due_on: the last day to pay, or None for the service's days.
    """

    account_id: int
    connection_id: int | None = None
    month: date | None = None
    to_reading_id: int | None = None
    unit_price: Decimal | None = None
    lines: tuple[tuple[int, str, Decimal], ...] = ()
    due_on: date | None = None
    remarks: str = ""

    def as_json(self) -> dict[str, Any]:
        """As a draft keeps it: dates ISO, amounts as text."""
        kept = asdict(self)
        kept["month"] = self.month.isoformat() if self.month else None
        kept["due_on"] = self.due_on.isoformat() if self.due_on else None
        kept["unit_price"] = number(self.unit_price) if self.unit_price is not None else None
        kept["lines"] = [[service, text, number(amount)] for service, text, amount in self.lines]
        return kept

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "OneOffForm":
        """What `as_json` wrote."""
        return cls(
            account_id=kept["account_id"],
            connection_id=kept["connection_id"],
            month=date.fromisoformat(kept["month"]) if kept["month"] else None,
            to_reading_id=kept["to_reading_id"],
            unit_price=Decimal(kept["unit_price"]) if kept["unit_price"] is not None else None,
            lines=tuple((service, text, Decimal(amount)) for service, text, amount in kept["lines"]),
            due_on=date.fromisoformat(kept["due_on"]) if kept["due_on"] else None,
            remarks=kept["remarks"],
        )


def save_draft(*, form: OneOffForm, by: Actor, draft_id: int | None = None, version: int = 0) -> InvoiceDraft:
    """Keep a form as a draft, new or changed. Raises DraftChanged when `version` is no longer the draft's."""
    if draft_id is None:
        return InvoiceDraft.objects.create(
            account_id=form.account_id, form=form.as_json(), created_by_id=by.id or 0, created_by=by.label
        )
    changed = InvoiceDraft.objects.filter(pk=draft_id, version=version).update(
        account_id=form.account_id, form=form.as_json(), updated_at=Now(), version=version + 1
    )
    if not changed:
        raise DraftChanged()
    return InvoiceDraft.objects.get(pk=draft_id)


def discard_draft(*, draft_id: int, by: Actor) -> None:
    """Throw a draft away; it had no number, so none is missing."""
    with transaction.atomic():
        draft = InvoiceDraft.objects.select_for_update().get(pk=draft_id)
        audit.record(
            by=by, kind="billing.discard_draft", object_type="draft", object_id=draft_id, before=draft.form
        )
        draft.delete()


def preview(*, form: OneOffForm, on: date) -> InvoiceDocument:
    """The document that issuing the form on a day would make; nothing is written.

    A month that has no period yet is left out. Raises NothingToBill, WrongSpan, EmptyInvoice, DueInThePast.
    """
    return _document(form, on, _known_period)


def _known_period(month: date) -> int | None:
    return Period.objects.filter(month=month.replace(day=1)).values_list("pk", flat=True).first()


def _made_period(month: date) -> int:
    return billing.period_of(month).pk


def _document(form: OneOffForm, on: date, period: Callable[[date], int | None]) -> InvoiceDocument:
    if form.due_on is not None and form.due_on < on:
        raise DueInThePast(due_on=form.due_on, on=on)
    account = Account.objects.select_related("holder").get(pk=form.account_id)
    organisation = Organisation.objects.get()
    subscription = (
        metered_subscription(connection_id=form.connection_id, account_id=account.pk)
        if form.connection_id
        else None
    )
    span = _span(form, subscription, on) if subscription else None
    concepts = []
    if subscription and span:
        period_id = period(form.month or span.to_on)
        concepts.append(_metered(form, subscription, span, period_id, organisation))
    concepts += [_concept(*line) for line in form.lines]
    if not concepts:
        raise EmptyInvoice()
    month = month_span(form.month or on)
    return InvoiceDocument(
        account_id=account.pk,
        connection_id=form.connection_id,
        origin="one_off",
        dated_on=on,
        issued_on=on,
        due_date=form.due_on or on + timedelta(days=_days_to_pay(concepts)),
        covers_from=month.start,
        covers_to=month.end,
        frozen=frozen_of(
            account=account,
            connection=subscription.connection if subscription else None,
            meters=[_meter(span)] if span else [],
            period=f"{month.start:%Y-%m}",
            category=subscription.category if subscription else "",
        )
        | _assembly(month.start),
        charges=charges_of(
            concepts, tax_rounding=organisation.tax_rounding, minor_units=organisation.minor_units
        ),
        remarks=form.remarks,
    )


def _assembly(month: date) -> dict[str, str]:
    """When the members of a board meet, where the month says so."""
    day = Period.objects.filter(month=month).values_list("assembly_on", flat=True).first()
    return {"assembly_on": day.isoformat()} if day else {}


def _span(form: OneOffForm, subscription: Subscription, on: date) -> Span | None:
    if form.unit_price is None:
        return None
    span = unbilled_span(subscription=subscription, until=on)
    if span is None or span.to_on <= span.from_on:
        raise NothingToBill(last=span.to_on if span else "—")
    if form.to_reading_id not in (None, span.to_reading_id):
        raise WrongSpan(start=span.from_on, end=span.to_on)
    return span


def _metered(
    form: OneOffForm,
    subscription: Subscription,
    span: Span,
    period_id: int | None,
    organisation: Organisation,
) -> Concept:
    assert form.unit_price is not None
    service = subscription.service
    consumption = Consumption(
        subscription_id=subscription.pk,
        period_id=period_id,
        from_reading_id=span.from_reading_id,
        to_reading_id=span.to_reading_id,
        start=span.from_on,
        end=span.to_on,
        volume=span.volume,
        unit=span.unit,
        unit_price=form.unit_price,
    )
    return metered_concept(
        service_id=service.pk,
        label=service.name,
        tax=(service.tax_name, service.tax_percent),
        consumption=consumption,
        minor_units=organisation.minor_units,
    )


def _concept(service_id: int, text: str, amount: Decimal) -> Concept:
    service = Service.objects.get(pk=service_id)
    return Concept(service.pk, text or service.name, amount, service.tax_name, service.tax_percent)


def _days_to_pay(concepts: list[Concept]) -> int:
    services = Service.objects.filter(pk__in=[c.service_id for c in concepts])
    return max(services.values_list("days_to_pay", flat=True), default=0)


def _meter(span: Span) -> dict[str, Any]:
    return {
        "serial": span.serial,
        "unit": span.unit,
        "previous": number(span.from_register),
        "previous_on": span.from_on.isoformat(),
        "current": number(span.to_register),
        "current_on": span.to_on.isoformat(),
        "days": (span.to_on - span.from_on).days,
        "usage": number(span.volume),
        "kind": span.source,
        "from_reading": span.from_reading_id,
        "to_reading": span.to_reading_id,
    }


def issue_form(
    *, form: OneOffForm, pressed: Pressed, on: date, by: Actor, draft_id: int | None = None, version: int = 0
) -> Invoice:
    """Keep a form as its draft and issue it for the total that was shown; refused, neither happens.

    The same form sent again answers with the invoice there is. Raises what `save_draft` and `issue_draft` raise,
    ShownOtherwise and SentOtherwise.
    """
    said = form.as_json()
    with transaction.atomic():
        if draft_id is not None:  # before the account, as where a draft is issued by itself
            list(InvoiceDraft.objects.select_for_update().filter(pk=draft_id).values_list("pk"))
        lock_account(form.account_id)
        known = sent_before(key=pressed.key, said=said)
        if known is not None and known.invoice is not None:
            return known.invoice
        draft = save_draft(form=form, by=by, draft_id=draft_id, version=version)
        invoice = issue_draft(draft_id=draft.pk, on=on, by=by)
        require_shown(total=invoice.total, shown=pressed.shown)
        keep_sent(key=pressed.key, said=said, invoice=invoice)
    return invoice


def issue_draft(*, draft_id: int, on: date, by: Actor) -> Invoice:
    """Issue a draft: number, charges, ledger, credit, message, audit in one transaction; the draft is gone.

    Raises what `preview` raises, AlreadyBilled and PeriodClosed.
    """
    with transaction.atomic():
        draft = InvoiceDraft.objects.select_for_update().get(pk=draft_id)
        lock_account(draft.account_id)
        document = _document(OneOffForm.from_json(draft.form), on, _made_period)
        invoice = billing.issue_invoice(document=document)
        post_charges(invoice_ids=[invoice.pk], on=on)
        use_credit(invoice_ids=[invoice.pk], on=on)
        enqueue_invoice_messages(invoice_ids=[invoice.pk])
        audit.record(
            by=by,
            kind="billing.issue",
            object_type="invoice",
            object_id=invoice.pk,
            after={"number": invoice.number, "total": str(invoice.total)},
        )
        draft.delete()
    return invoice


def void_invoice(*, invoice_id: int, on: date, reason: str, by: Actor) -> VoidEffect:
    """Void an issued invoice: its charges can be billed again, what was paid of it becomes credit.

    Consumption is billed again only where no later one of the same service lives (`VoidEffect.later_numbers`).
    `receivables.queries.effects.void_effect` says the same numbers beforehand. Raises AlreadyVoid,
    PassedToAnother where another account owes it now, and InterestStandsWithPayment for an interest invoice.
    """
    with transaction.atomic():
        return voids.void_invoice(invoice_id=invoice_id, on=on, reason=reason, by=by)
