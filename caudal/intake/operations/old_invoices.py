"""Invoices of the system before: documents with their own numbers, owed or paid as they say, void as they say."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from caudal.billing.documents import ChargeDocument, InvoiceDocument
from caudal.billing.models import Account, Subscription
from caudal.billing.operations.imported import (
    Numbered,
    continue_after,
    imported_series,
    issue_imported,
    periods_taken,
)
from caudal.billing.operations.periods import period_of
from caudal.billing.queries.frozen import frozen_of
from caudal.common.text import search_text
from caudal.intake.checks.facts import InvoiceFacts, LineFacts
from caudal.intake.checks.numbers import digits_of, widths
from caudal.intake.operations.applying import Applying
from caudal.kernel.money import quantize_price
from caudal.metering.models import Connection
from caudal.receivables.operations.imported import ImportedPayment, copy_payments
from caudal.receivables.operations.posting import lock_accounts, post_charges
from caudal.receivables.operations.voids import void_invoice
from caudal.tariffs.models import Service

ONE_DAY: Final = timedelta(days=1)
VOID_REASON: Final = "Anulada en el sistema anterior"
PERCENT_PLACES: Final = Decimal("0.0001")


def bring_invoices(applying: Applying) -> None:
    """Issue, post, settle and void the file's invoices; the ordinary series goes on after the last number."""
    invoices = applying.analysis.invoices
    if not invoices:
        return
    applying.tell("invoices", 0, len(invoices))
    accounts = [applying.accounts[one.customer] for one in invoices]
    lock_accounts(first=min(accounts), last=max(accounts))
    documents = _Documents(applying).of(invoices)
    ids = issue_imported(documents=documents, import_id=applying.import_id)
    post_charges(invoice_ids=ids, on=applying.on)
    applying.count("invoices", len(ids))
    payments = _payments(applying, invoices, ids)
    paid = copy_payments(payments=payments, import_id=applying.import_id, on=applying.on, by=applying.by)
    applying.count("payments", paid)
    for invoice_id, one in zip(ids, invoices, strict=True):
        if one.void:
            void_invoice(invoice_id=invoice_id, on=one.issued_on, reason=VOID_REASON, by=applying.by)
            applying.count("voids", 1)
    applying.undo.series = continue_after(number=max(one.number for one in documents))
    applying.tell("invoices", len(invoices), len(invoices))


def _payments(
    applying: Applying, invoices: Sequence[InvoiceFacts], ids: Sequence[int]
) -> list[ImportedPayment]:
    """One payment for each invoice and day on which lines of it were paid."""
    found = []
    for invoice_id, one in zip(ids, invoices, strict=True):
        days: dict[date, set[int]] = {}
        for position, line in enumerate(one.lines, start=1):
            if line.paid_on is not None and not one.void:
                days.setdefault(min(line.paid_on, applying.on), set()).add(position)
        account_id = applying.accounts[one.customer]
        found += [
            ImportedPayment(account_id, invoice_id, one.number, day, frozenset(positions))
            for day, positions in days.items()
        ]
    return found


class _Documents:
    """Turns the file's invoices into documents, with everything that they refer to read once."""

    def __init__(self, applying: Applying) -> None:
        self._applying = applying
        services = {service.code: service for service in Service.objects.all()}
        concepts = applying.answers.concepts
        self._services = {
            search_text(name): services[code] for name, code in concepts.items() if code in services
        }
        ids = {place.connection_id for place in applying.meters.values()}
        self._connections = Connection.objects.select_related("sector", "route").in_bulk(ids)
        self._accounts = Account.objects.select_related("holder").in_bulk(set(applying.accounts.values()))
        found = Subscription.objects.filter(connection_id__in=ids).order_by("valid_to", "id")
        self._subscriptions = {(s.connection_id, s.service_id, s.account_id): s.pk for s in found}
        self._taken = periods_taken(subscription_ids=list(self._subscriptions.values()))
        self._periods: dict[date, int] = {}

    def of(self, invoices: Sequence[InvoiceFacts]) -> list[Numbered]:
        """The documents, in the same order, with their series and numbers."""
        shapes = widths(one.number for one in invoices)
        series = {
            shape: imported_series(prefix=shape[0], width=shape[1], import_id=self._applying.import_id).pk
            for shape in dict.fromkeys(shapes.values())
        }
        return [
            Numbered(series[shapes[one.number]], int(digits_of(one.number)), self._document(one))
            for one in invoices
        ]

    def _document(self, one: InvoiceFacts) -> InvoiceDocument:
        account = self._accounts[self._applying.accounts[one.customer]]
        place = self._applying.meters.get(one.meter)
        connection = self._connections[place.connection_id] if place else None
        frozen = frozen_of(account=account, connection=connection, period=f"{_month(one):%Y-%m}")
        interest_from = self._applying.answers.interest_from
        if interest_from is not None:
            frozen["interest_from"] = interest_from.isoformat()
        return InvoiceDocument(
            account_id=account.pk,
            connection_id=connection.pk if connection else None,
            origin="imported",
            dated_on=one.issued_on,
            issued_on=one.issued_on,
            due_date=one.due_date,
            covers_from=one.covers_from,
            covers_to=one.covers_until + ONE_DAY,
            frozen=frozen,
            charges=tuple(self._charge(one, line, account.pk, connection) for line in one.lines),
            remarks=one.note,
        )

    def _charge(
        self, one: InvoiceFacts, line: LineFacts, account_id: int, connection: Connection | None
    ) -> ChargeDocument:
        service = self._services[search_text(line.concept)]
        place = (connection.pk if connection else 0, service.pk, account_id)
        subscription_id = self._subscriptions.get(place)
        return ChargeDocument(
            service_id=service.pk,
            label=line.concept or service.name,
            net=line.net,
            tax=line.tax,
            total=line.total,
            tax_percent=(line.tax * 100 / line.net).quantize(PERCENT_PLACES) if line.net else Decimal(0),
            quantity=line.quantity,
            unit_price=None if line.unit_price is None else quantize_price(line.unit_price),
            subscription_id=subscription_id,
            period_id=None if one.void else self._period(one, subscription_id),
            covers_from=one.covers_from,
            covers_to=one.covers_until + ONE_DAY,
            explanation={"lines": [], "inputs": {"amount": str(line.net)}},
        )

    def _period(self, one: InvoiceFacts, subscription_id: int | None) -> int | None:
        """The month billed, so that no run bills it again; None where another charge has it already."""
        if subscription_id is None:
            return None
        month = _month(one)
        if month not in self._periods:
            self._periods[month] = period_of(month).pk
        period_id = self._periods[month]
        if (subscription_id, period_id) in self._taken:
            return None
        self._taken.add((subscription_id, period_id))
        return period_id


def _month(one: InvoiceFacts) -> date:
    """The month that most of the invoice's days lie in."""
    middle = one.covers_from + (one.covers_until - one.covers_from) / 2
    return middle.replace(day=1)
