"""Paying the year ahead: the rest of it is issued, discounted and paid in one go, or nothing happens."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.assembly.ahead import Discount, discount_on
from caudal.billing.assembly.bills import Item
from caudal.billing.documents import InvoiceDocument
from caudal.billing.models import Invoice, Subscription
from caudal.billing.operations.sent import require_shown
from caudal.billing.queries.due import calendar_of
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.money import ZERO
from caudal.kernel.periods import ONE_DAY, year_span
from caudal.notices.operations.enqueue import enqueue_invoice_messages
from caudal.receivables.models import Payment
from caudal.receivables.operations.posting import apply_credit, lock_account, post_charges
from caudal.receivables.queries import pending_items
from caudal.tariffs.models import Service
from caudal.workflows.invoices.year_parts import Issue, invoice_of, parts_of
from caudal.workflows.payments import PaymentRequest, take_payment

AHEAD = ("ad_valorem", "licence", "fixed")


class NothingAhead(DomainError):
    """Nothing of the year is left to bill, or the service has no amount that is known before. Fact: `service`."""

    code = "nothing_ahead"
    template = _("Nothing of %(service)s is left to pay ahead.")


class TenderedTooLittle(DomainError):
    """The discount is for who pays all of it at once. Facts: `tendered`, `needed`."""

    code = "tendered_too_little"
    template = _("%(tendered)s is not enough: the year ahead is paid whole, with %(needed)s.")


@dataclass(frozen=True, slots=True)
class YearAhead:
    """What paying the rest of a year comes to: the invoice it would be, and the discount of the day."""

    year: int
    discount: Discount | None
    document: InvoiceDocument

    @property
    def total(self) -> Decimal:
        return self.document.total


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadRequest:
    """A year to be paid ahead on a day. `shown` is the total the payer agreed to; `key` makes it happen once."""

    subscription_id: int
    year: int
    shown: Decimal
    on: date
    method: str
    key: str
    tendered: Decimal | None = None
    payer: str = ""


def year_ahead(*, subscription_id: int, on: date) -> YearAhead:
    """The rest of this year, or of the next where nothing is left of this. Raises NothingAhead, PartWithoutPrice."""
    subscription = Subscription.objects.select_related("service", "account__holder").get(pk=subscription_id)
    for year in (on.year, on.year + 1):
        items = _items(subscription, year, on)
        if items:
            return _ahead(subscription, items, year, on)
    raise NothingAhead(service=subscription.service.name)


def _items(subscription: Subscription, year: int, on: date) -> list[Item]:
    """The charges of the year that no invoice has and whose day has not passed. Raises PartWithoutPrice."""
    service = subscription.service
    if service.kind not in AHEAD:
        return []
    return parts_of(subscription, dates=_dates_left(service, year, on), on=on)


def _dates_left(service: Service, year: int, on: date) -> tuple[date, ...]:
    span = year_span(year)
    return calendar_of(service).nominal_dates(after=max(span.start, on) - ONE_DAY, upto=span.last_day)


def _open_months(subscription_id: int, year: int, on: date) -> None:
    """Make the periods that an issue needs; a look does without."""
    service = Service.objects.get(subscriptions=subscription_id)
    for dated_on in _dates_left(service, year, on):
        billing.period_of(calendar_of(service).month_billed(dated_on))


def _ahead(subscription: Subscription, items: list[Item], year: int, on: date) -> YearAhead:
    discount = discount_on(subscription.service.ahead_discounts, year=year, on=on)
    issue = Issue(dated_on=on, on=on, discount=discount)
    return YearAhead(year, discount, invoice_of(subscription, items, issue=issue))


def pay_year_ahead(*, request: AheadRequest, by: Actor) -> Payment | None:
    """Issue the rest of the year with its discount and take the money for it: both or neither.

    The same key answers with the payment there is; None where the account's credit paid all of it. Older bills of
    the service come first: SelectionRefused. Raises NothingAhead, where the year was paid meanwhile too,
    PartWithoutPrice, ShownOtherwise, TenderedTooLittle, and as `take_payment`.
    """
    with transaction.atomic():
        account_id = Subscription.objects.values_list("account_id", flat=True).get(pk=request.subscription_id)
        lock_account(account_id)
        if known := Payment.objects.filter(idempotency_key=request.key, account=account_id).first():
            return known
        found = year_ahead(subscription_id=request.subscription_id, on=request.on)
        if found.year != request.year:
            raise NothingAhead(service=Service.objects.get(subscriptions=request.subscription_id).name)
        require_shown(total=found.total, shown=request.shown)
        _open_months(request.subscription_id, found.year, request.on)
        found = year_ahead(subscription_id=request.subscription_id, on=request.on)
        invoice = _issue(found, request.on, by)
        return _take(request, account_id, invoice, by)


def _issue(found: YearAhead, on: date, by: Actor) -> Invoice:
    invoice = billing.issue_invoice(document=found.document)
    post_charges(invoice_ids=[invoice.pk], on=on)
    apply_credit(invoice_ids=[invoice.pk], on=on)
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    off = (
        {"discount": str(found.discount.percent), "until": found.discount.until.isoformat()}
        if found.discount
        else {}
    )
    audit.record(
        by=by,
        kind="billing.issue",
        object_type="invoice",
        object_id=invoice.pk,
        after={"number": invoice.number, "total": str(invoice.total), "year": found.year, **off},
    )
    return invoice


def _take(request: AheadRequest, account_id: int, invoice: Invoice, by: Actor) -> Payment | None:
    items = pending_items(account_id=account_id, on=request.on)
    left = [item for item in items if item.invoice_id == invoice.pk]
    if not left:
        return None
    needed = sum((item.payable for item in left), ZERO)
    if request.tendered is not None and request.tendered < needed:
        raise TenderedTooLittle(tendered=request.tendered, needed=needed)
    return take_payment(
        request=PaymentRequest(
            account_id=account_id,
            method=request.method,
            value_on=request.on,
            posted_on=request.on,
            idempotency_key=request.key,
            charge_ids=tuple(item.charge_id for item in left),
            tendered=request.tendered,
            payer=request.payer,
        ),
        by=by,
    )
