"""The bill that the customer holds, as of the ledger's order of its own debit: a reprint says the same."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.models import Charge as ChargeRow
from caudal.billing.models import Invoice
from caudal.billing.queries.conditions import ConditionsBook
from caudal.board.queries.levies import SOCIAL_SERVICE
from caudal.common import sql
from caudal.documents.queries.board import BoardBoxes
from caudal.documents.queries.charges import charges_of, taxes_of
from caudal.documents.queries.facts import document_of, facts_of, holder_of, readings_of
from caudal.documents.queries.late import Owed, after_due
from caudal.documents.queries.links import bill_url
from caudal.documents.queries.pending import Older, by_invoice, credit_used, pending_before, policies_of
from caudal.documents.queries.slip import Slip, payment_pairs
from caudal.documents.queries.town import Issuer, help_boxes, issuer_of
from caudal.documents.spanish.data import BillData, Carried, Due, History, Pay, Reading
from caudal.documents.spanish.figures import Figures
from caudal.kernel.money import ZERO
from caudal.kernel.periods import add_months, months_between
from caudal.registry.context import BillWords
from caudal.registry.models import Organisation

LISTED = 3
PAID_BY_CREDIT = "Su saldo a favor cubrió esta cuenta. No tiene que presentarse a pagar."
NOTHING_TO_PAY = "No hay nada que pagar."
IN_FAVOUR = "No tiene que pagar nada. Este saldo se usa solo en lo que deba y en lo próximo que se le cobre."


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice with what its bill is made of: services and `town` as they were when it was issued."""

    invoice: Invoice
    charges: Sequence[ChargeRow]
    older: tuple[Older, ...]
    credit: Decimal
    town: Organisation
    history: Sequence[tuple[date, Decimal, bool]]


def bill_data(invoice_id: int) -> BillData:
    """The bill of one invoice. Raises Invoice.DoesNotExist."""
    found = bills_data([invoice_id])
    if not found:
        raise Invoice.DoesNotExist
    return found[0]


def bills_data(invoice_ids: Sequence[int]) -> list[BillData]:
    """The bills of these invoices, in this order; a constant number of queries."""
    hands: dict[int, _Hand] = {}
    found = []
    for issued in _issued(invoice_ids):
        if (state := id(issued.town)) not in hands:
            hands[state] = _Hand(issued.town)
        hand = hands[state]
        found.append(_bill(issued, hand.by, hand.figures, hand.boxes))
    return found


class _Hand:
    """How an organisation, as it was at some time, writes its bills."""

    def __init__(self, town: Organisation) -> None:
        self.by = issuer_of(town)
        self.figures = Figures(self.by.form)
        self.boxes = BoardBoxes(self.by, self.figures)


def _issued(invoice_ids: Sequence[int]) -> Iterable[Issued]:
    invoices = Invoice.objects.select_related("series", "account").in_bulk(list(invoice_ids))
    charges: dict[int, list[ChargeRow]] = defaultdict(list)
    rows = ChargeRow.objects.filter(invoice_id__in=invoices).order_by("invoice_id", "position")
    for row in rows.select_related("subscription__connection", "subscription__property"):
        charges[row.invoice_id].append(row)
    book = ConditionsBook(service_ids={row.service_id for own in charges.values() for row in own})
    for own in charges.values():
        for row in own:
            row.invoice = invoices[row.invoice_id]
            row.service = book.service(row.service_id, row.invoice.conditions)
    older, credit = pending_before(invoice_ids=invoices), credit_used(invoice_ids=invoices)
    history = _histories(invoices)
    for invoice_id in invoice_ids:
        if invoice_id in invoices:
            own = charges[invoice_id]
            yield Issued(
                invoices[invoice_id],
                own,
                _payable_with(invoices[invoice_id], own, older.get(invoice_id, ())),
                credit.get(invoice_id, ZERO),
                book.organisation(invoices[invoice_id].conditions),
                history.get(invoice_id, ()),
            )


def _payable_with(invoice: Invoice, own: Sequence[ChargeRow], older: tuple[Older, ...]) -> tuple[Older, ...]:
    """What is asked for together with the invoice: the older ones of what it presents.

    A bill per account carries all of the account; one per connection that of the connection and what hangs on
    none; a receipt per service that of its subscriptions. A one-off carries nothing.
    """
    subscriptions = {row.subscription_id for row in own if row.subscription_id}
    if not subscriptions:
        return ()
    shown = {row.service.presentation for row in own if row.subscription_id}
    if shown == {"service"}:
        return tuple(row for row in older if row.subscription_id in subscriptions)
    if shown == {"connection"}:
        return tuple(row for row in older if row.connection_id in (None, invoice.connection_id))
    return older


def _histories(invoice_ids: Collection[int]) -> dict[int, list[tuple[date, Decimal, bool]]]:
    found: dict[int, list[tuple[date, Decimal, bool]]] = defaultdict(list)
    rows = sql.rows("documents/history", {"invoice_ids": list(invoice_ids)})
    for invoice_id, month, volume, estimated in rows:
        found[invoice_id].append((month, volume, estimated))
    return found


def _bill(issued: Issued, by: Issuer, figures: Figures, boxes: BoardBoxes) -> BillData:
    invoice, frozen = issued.invoice, issued.invoice.frozen
    interest = _interest(issued, by)
    carried = _carried(issued, interest, by.bill, figures)
    until_due = invoice.total + sum((Decimal(row["amount"]) for row in carried), ZERO)
    due = _due(issued, interest, until_due, by.bill, figures)
    bill: BillData = {
        "kind": "bill",
        "format": by.form,
        "organisation": by.sender,
        "words": {"account": f"N.º de {by.account}", "document": by.document},
        "document": document_of(invoice, issued.charges, by, figures),
        "holder": holder_of(frozen),
        "connection": {"number": str(frozen.get("account") or invoice.account.number)},
        "facts": facts_of(invoice, by, figures),
        "charges": charges_of(issued.charges),
        "taxes": taxes_of(issued.charges),
        "carried": carried,
        "totals": {"invoice": str(invoice.total), "until_due": str(until_due)},
        "due": due,
        "readings": readings_of(frozen),
        "help": help_boxes(by),
        "pay": _pay(invoice, until_due, by),
    }
    if surcharge := due.get("after", {}).get("amount"):
        bill["totals"]["after_due"] = str(until_due + Decimal(surcharge))
    assembly = _assembly(frozen, figures)
    if box := boxes.of(invoice):
        bill["board"] = {**box, "assembly": f"Asamblea: {assembly}." if assembly else ""}
    elif assembly:
        # No «es»: it may be over by the time that bills go out.
        bill["messages"] = [{"title": "Asamblea:", "text": f"{assembly}."}]
    if issued.history:
        bill["history"] = _history(issued, bill["readings"])
    return bill


def _assembly(frozen: Mapping[str, Any], figures: Figures) -> str:
    """The day on which the members of a board meet, as it was known at issue."""
    day = frozen.get("assembly_on")
    return figures.long_day(day) if day else ""


def _interest(issued: Issued, by: Issuer) -> Decimal:
    """Lateness of the older bills up to the day of issue; on the next invoice it is a charge instead."""
    town = by.organisation
    if town.interest_mode != "at_payment":
        return ZERO
    costs = (row.interest_on(issued.invoice.issued_on, town.minor_units) for row in issued.older)
    return sum(costs, ZERO)


def _carried(issued: Issued, interest: Decimal, words: BillWords, figures: Figures) -> list[Carried]:
    social = [row for row in issued.older if row.service_code == SOCIAL_SERVICE]
    bills = [row for row in issued.older if row.service_code != SOCIAL_SERVICE]
    rows: list[Carried] = []
    if social:
        rows.append({"label": "Cuota social pendiente", "amount": _sum(social), "note": ""})
    if bills:
        rows.append(
            {
                "label": f"{words.many.capitalize()} pendientes",
                "amount": _sum(bills),
                "note": _named(bills, words, figures),
            }
        )
    if interest:
        day = figures.day(issued.invoice.issued_on.isoformat())
        rows.append({"label": f"Intereses y recargos al {day}", "amount": str(interest)})
    if issued.credit:
        rows.append({"label": "Saldo a favor aplicado", "amount": str(-issued.credit)})
    return rows


def _sum(older: Iterable[Older]) -> str:
    return str(sum((row.balance for row in older), ZERO))


def _named(older: Sequence[Older], words: BillWords, figures: Figures) -> str:
    """«n.º 4391 ($7.65) y 4558 ($8.89)», or how many there are."""
    bills = by_invoice(older)
    if len(bills) > LISTED:
        return f"{len(bills)} {words.many}; {words.article} más viej{words.end} es {words.article} n.º {bills[0][0]}"
    named = [f"{number} ({figures.money(balance)})" for number, balance in bills]
    return "n.º " + " y ".join(filter(None, (", ".join(named[:-1]), named[-1])))


def _due(issued: Issued, interest: Decimal, until_due: Decimal, words: BillWords, figures: Figures) -> Due:
    invoice = issued.invoice
    born_paid = issued.credit and issued.credit >= invoice.total
    nothing = PAID_BY_CREDIT if born_paid else NOTHING_TO_PAY
    due: Due = {
        "on": invoice.due_date.isoformat(),
        "after": after_due(_owed(issued), due=invoice.due_date, figures=figures),
        "zero_text": IN_FAVOUR if until_due < 0 else nothing,
    }
    late = [row for row in issued.older if row.due_date < invoice.issued_on]
    if late:
        count = len({row.invoice_id for row in late})
        amount = figures.money(Decimal(_sum(late)) + interest)
        due["overdue"] = f"Incluye {amount} de {count} {words.overdue(count)}."
    return due


def _owed(issued: Issued) -> list[Owed]:
    """The invoice's own charges less its discounts, which the last ones take, and the credit they were born with."""
    discount = sum((-row.total for row in issued.charges if row.total < 0), ZERO)
    payable = []
    for row in reversed([row for row in issued.charges if row.total > 0]):
        payable.append((row, row.total - min(row.total, discount)))
        discount -= min(row.total, discount)
    left, found = issued.credit, []
    for row, amount in reversed(payable):
        used = min(left, amount)
        left -= used
        policies = () if row.origin_kind == "interest" else policies_of(json.dumps(row.service.late_policies))
        found.append(Owed(row.service.name, amount - used, policies))
    return found


def _history(issued: Issued, readings: Sequence[Reading]) -> History:
    """Thirteen months up to the last one billed, or as many as there are; a month without a bill is empty."""
    volumes = {month: (volume, estimated) for month, volume, estimated in issued.history}
    first, last = min(volumes), max(volumes)
    months = [add_months(first, k) for k in range(months_between(first, last) + 1)]
    days = sum(reading["days"] for reading in readings)
    history: History = {
        "unit": readings[0]["unit"] if readings else "m3",
        "months": [
            {"month": f"{month:%Y-%m}", "value": str(volume), "estimated": estimated}
            for month in months
            for volume, estimated in [volumes.get(month, (ZERO, False))]
        ],
    }
    if days:
        history["per_day"] = str(sum((Decimal(r["usage"]) for r in readings), ZERO) / days)
    return history


def _pay(invoice: Invoice, until_due: Decimal, by: Issuer) -> Pay:
    """The link always; the barcode where there is something to pay."""
    link = bill_url(invoice_id=invoice.pk, issued_on=invoice.issued_on, base_url=by.organisation.base_url)
    pay: Pay = {"qr": link, "key": by.site, "text": "No hay nada que pagar con este documento."}
    if until_due > 0:
        slip = Slip(invoice.number, until_due, invoice.due_date)
        gln = str(by.organisation.vocabulary.get("gln", ""))
        pay["gs1"] = payment_pairs(slip, minor_units=by.organisation.minor_units, gln=gln)
    return pay
