"""Writes a batch of complete bills by COPY: invoices, charges, and the readings that nobody took.

Rows are laid out as COPY text here rather than adapted field by field: at a million invoices the adapting costs more
than the pricing. Keys are reserved first, so that rows that point at each other travel without a round trip.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count

from caudal.billing.assembly.bills import Bill, Item, labelled
from caudal.billing.documents import ChargeDocument
from caudal.billing.operations.numbering import INVOICES, take_numbers
from caudal.common.sql import copy_lines, reserve_ids

_INVOICE = (
    "id, series_id, number, issued_at, conditions, account_id, connection_id, batch_id, origin, dated_on, issued_on, "
    "due_date, covers_from, covers_to, net, tax, total, frozen, remarks, voided_by, void_reason"
)
_CHARGE = (
    "id, invoice_id, position, service_id, subscription_id, period_id, tariff_version_id, label, quantity, unit_price, "
    "net, tax, tax_percent, total, covers_from, covers_to, from_reading_id, to_reading_id, explanation, "
    "origin_kind, origin_id, origin_part, live"
)
ReadingIds = Mapping[tuple[int, date], int]


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """Bills laid out as COPY text, lacking only what is known at the last moment: number, instant, batch.

    `payers` and `tails` are an invoice's row before and after its batch; `charges` are whole rows.
    """

    invoice_ids: list[int]
    payers: list[str]
    tails: list[str]
    charges: list[str]


def copy_text(value: str) -> str:
    """A text as COPY reads it."""
    if "\\" in value or "\n" in value or "\t" in value or "\r" in value:
        value = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return value


def prepare_batch(
    bills: Sequence[Bill], *, dated_on: date, issued_on: date, reading_ids: ReadingIds
) -> PreparedBatch:
    """Lay the bills out for COPY. `reading_ids`: the reserved keys of the estimated readings by meter and day."""
    invoice_ids = reserve_ids("billing_invoice", len(bills))
    charge_ids = iter(
        reserve_ids("billing_charge", sum(len(bill.items) + len(bill.extras) for bill in bills))
    )
    dates = f"{dated_on}\t{issued_on}"
    tails, charges = [], []
    for invoice_id, bill in zip(invoice_ids, bills, strict=True):
        tails.append(
            f"run\t{dates}\t{bill.due_date}\t{bill.covers_from}\t{bill.covers_to}\t{bill.net}\t{bill.tax}\t"
            f"{bill.total}\t{copy_text(bill.frozen)}\t\t\t\n"
        )
        for position, item, tax in zip(count(1), bill.items, bill.taxes, strict=False):
            head = f"{next(charge_ids)}\t{invoice_id}\t{position}\t"
            charges.append(head + _charge_row(item, tax, reading_ids))
        for position, extra in enumerate(bill.extras, start=len(bill.items) + 1):
            charges.append(f"{next(charge_ids)}\t{invoice_id}\t{position}\t{_extra_row(extra)}")
    return PreparedBatch(
        invoice_ids=invoice_ids,
        payers=[f"{bill.account_id}\t{_or_null(bill.connection_id)}" for bill in bills],
        tails=tails,
        charges=charges,
    )


def _or_null(value: object) -> object:
    return "\\N" if value is None else value


def _readings(item: Item, reading_ids: ReadingIds) -> tuple[object, object]:
    """The keys of the readings that a charge lies between, as COPY reads them."""
    guess = item.estimated
    if guess is None:
        return _or_null(item.from_reading_id), _or_null(item.to_reading_id)
    return reading_ids[guess.after.key] if guess.after else guess.first_id, reading_ids[guess.key]


def _charge_row(item: Item, tax: Decimal, reading_ids: ReadingIds) -> str:
    due, rule, rated = item.due, item.rule, item.rated
    label = copy_text(labelled(rule.name, due.place))
    from_reading, to_reading = _readings(item, reading_ids)
    return (
        f"{rule.id}\t{due.id}\t{rule.period_id}\t{item.version_id}\t{label}\t{rated.quantity}\t"
        f"{rated.unit_price}\t{rated.net}\t{tax}\t{rule.tax_percent}\t{rated.net + tax}\t{item.covers_from}\t"
        f"{item.covers_to}\t{from_reading}\t{to_reading}\t{rated.explanation}\t\t\\N\t\\N\tt\n"
    )


def _extra_row(extra: ChargeDocument) -> str:
    explanation = copy_text(json.dumps(extra.explanation, ensure_ascii=False))
    return (
        f"{extra.service_id}\t{_or_null(extra.subscription_id)}\t\\N\t\\N\t{copy_text(extra.label)}\t\\N\t\\N\t"
        f"{extra.net}\t{extra.tax}\t{extra.tax_percent}\t{extra.total}\t{extra.covers_from}\t{extra.covers_to}\t"
        f"\\N\t\\N\t{explanation}\t{extra.origin_kind}\t{extra.origin_id}\t{extra.origin_part}\tt\n"
    )


def write_batch(prepared: PreparedBatch, *, batch_id: int, issued_on: date) -> None:
    """Number the invoices and COPY them with their charges, in the caller's transaction.

    The series' counter row is held from here to the commit: a batch is small enough that nobody at a counter notices.
    """
    if not prepared.invoice_ids:
        return
    numbers = take_numbers(series_code=INVOICES, count=len(prepared.invoice_ids), on=issued_on)
    issued = f"{numbers.taken_at.isoformat()}\t{numbers.conditions}"
    invoices = (
        f"{invoice_id}\t{numbers.series_id}\t{number}\t{issued}\t{payer}\t{batch_id}\t{tail}"
        for invoice_id, number, payer, tail in zip(
            prepared.invoice_ids, count(numbers.first), prepared.payers, prepared.tails, strict=False
        )
    )
    copy_lines("billing_invoice", _INVOICE.split(", "), invoices)
    copy_lines("billing_charge", _CHARGE.split(", "), prepared.charges)
