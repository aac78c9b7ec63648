"""One invoice: what it says for ever, what the ledger says today, and what a void would do."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, Sum
from django.urls import reverse

from caudal.billing.models import Charge, Invoice
from caudal.common.ui import formats
from caudal.documents.queries.facts import months_billed
from caudal.documents.spanish.sentences import sentences
from caudal.kernel.periods import ONE_DAY
from caudal.notices.models import Message
from caudal.office.present.assumed import credits_before, sides
from caudal.office.present.figures import figures_of
from caudal.office.present.invoices import ORIGIN_WORDS
from caudal.receivables.models import Allocation, InvoiceCredit
from caudal.receivables.queries import assumed_debt, void_effect, with_balance, with_state
from caudal.receivables.queries.effects import of_years_ahead
from caudal.registry.context import Town

ISSUED_BY: Final = {**ORIGIN_WORDS, "run": "Facturación"}
READ_KINDS: Final = {
    "manual": "lectura manual",
    "automatic": "lectura automática",
    "estimated": "estimada",
    "imported": "lectura importada",
}


def invoice_page(invoice_id: int, *, on: date, town: Town) -> dict[str, Any]:
    """The context of the page. Raises Invoice.DoesNotExist."""
    # Any: `balance` and `state` are annotations.
    invoice: Any = (
        with_state(with_balance(Invoice.objects.filter(pk=invoice_id)), on=on)
        .select_related("series", "account__holder", "connection", "batch__run")
        .get()
    )
    charges = list(invoice.charges.select_related("service").order_by("position"))
    assumed = sides(assumed_debt(invoice_id=invoice_id))
    passed = credits_before(invoice_id)
    standing = not (invoice.voided_on or assumed or passed)
    return {
        "invoice": _facts(invoice),
        "customer": {
            "id": invoice.account.holder_id,
            "name": invoice.frozen["holder"]["name"],
            "identification": invoice.frozen["holder"]["identification"],
        },
        "frozen": _frozen(invoice.frozen, town),
        "charges": [_charge(charge) for charge in charges],
        "calculation": _calculation(charges, town),
        "payments": _payments(invoice),
        "favour": _favour(invoice),
        "delivery": _delivery(invoice),
        "assumed": assumed,
        "passed": passed,
        "year_ahead": of_years_ahead(Invoice.objects.filter(pk=invoice_id)).exists(),
        "void": void_effect(invoice_id=invoice_id, on=on) if standing else None,
    }


def _facts(invoice: Any) -> dict[str, Any]:
    run = invoice.batch.run if invoice.batch else None
    return {
        "id": invoice.pk,
        "number": invoice.series.printed(invoice.number),
        "months": months_billed(invoice),
        "dated_on": invoice.dated_on,
        "issued_on": invoice.issued_on,
        "due_date": invoice.due_date,
        "covers_from": invoice.covers_from,
        "covers_to": invoice.covers_to - ONE_DAY,
        "net": invoice.net,
        "tax": invoice.tax,
        "total": invoice.total,
        "balance": invoice.balance,
        "state": invoice.state,
        "origin": ISSUED_BY[invoice.origin],
        "remarks": invoice.remarks,
        "imported": invoice.origin == "imported",
        "voided_on": invoice.voided_on,
        "voided_by": invoice.voided_by,
        "void_reason": invoice.void_reason,
        "account_number": invoice.account.number,
        "account_id": invoice.account_id,
        "connection_number": invoice.connection.number if invoice.connection else "",
        "connection_id": invoice.connection_id,
        "run_id": run.pk if run else None,
        "run": f"{run.dated_on:%d/%m/%Y}" if run else "",
    }


def _frozen(frozen: dict[str, Any], town: Town) -> list[tuple[str, str]]:
    """What the invoice says about people, places and meters, as printed."""
    holder, connection = frozen["holder"], frozen.get("connection") or {}
    said = [
        ("Identificación", holder.get("identification", "")),
        ("Cuenta", frozen.get("account", "")),
        ("Dirección", connection.get("address") or holder.get("address", "")),
        ("Sector", connection.get("sector", "")),
    ]
    for meter in frozen.get("meters") or ():
        said.append(("Medidor", meter["serial"]))
        said.append(("Lecturas", _span(meter, town)))
    for place in frozen.get("places") or ():
        if place["kind"] == "licence":
            said.append(("Patente", f"{place['number']}, {place['activity']}"))
        else:
            said.append(("Propiedad", ", ".join(filter(None, (place["code"], place["address"])))))
            if place.get("value"):
                said.append(("Valor declarado", formats.money(Decimal(place["value"]), town)))
    said += [("Tarifa", tariff["name"]) for tariff in (frozen.get("tariffs") or {}).values()]
    return [(label, value) for label, value in said if value]


def _span(meter: dict[str, Any], town: Town) -> str:
    def said(register: str) -> str:
        return formats.number(Decimal(register), town) if register else formats.NOTHING

    usage = f"{said(meter['usage'])} {meter.get('unit', 'm³')} en {meter['days']} días"
    words = {**READ_KINDS, "customer": f"enviada por el {town.account_word.lower()}"}
    kind = words.get(meter.get("kind", ""), "")
    read = f"{said(meter['previous'])} a {said(meter['current'])}"
    return f"{read}: {usage}{', ' + kind if kind else ''}"


def _charge(charge: Charge) -> dict[str, Any]:
    detail = ""
    if charge.covers_from and charge.covers_to:
        last = charge.covers_to - ONE_DAY if charge.to_reading_id is None else charge.covers_to
        detail = f"{charge.covers_from:%d/%m/%Y} a {last:%d/%m/%Y}"
    return {
        "label": charge.label,
        "detail": detail,
        "quantity": charge.quantity,
        "unit": charge.service.unit,
        "unit_price": charge.unit_price,
        "net": charge.net,
        "tax": charge.tax,
        "total": charge.total,
    }


def _calculation(charges: Iterable[Charge], town: Town) -> list[dict[str, Any]]:
    figures = figures_of(town)
    steps = []
    for charge in charges:
        if lines := charge.explanation.get("lines"):
            told = sentences(lines, str(charge.net), figures)
            result = figures.money(charge.net)
            steps.append({"text": charge.label, "result": result, "note": told, "strong": True})
    return steps


def _payments(invoice: Any) -> list[dict[str, Any]]:
    applied = (
        Allocation.objects.filter(charge__invoice=invoice)
        .values("payment", "payment__series__prefix", "payment__number", "payment__value_on")
        .annotate(amount=Sum("amount"))
        .filter(~Q(amount=0))
        .order_by("payment__value_on", "payment")
    )
    return [
        {
            "id": row["payment"],
            "number": f"{row['payment__series__prefix']}{row['payment__number']}",
            "on": row["payment__value_on"],
            "amount": row["amount"],
        }
        for row in applied
    ]


def _favour(invoice: Any) -> dict[str, Decimal] | None:
    """What it is below zero, and how much of that is still to be used; None for a void one."""
    given = InvoiceCredit.objects.filter(invoice=invoice, payment__reversed_on=None).select_related("payment")
    if (credit := given.first()) is None:
        return None
    used = credit.payment.allocations.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return {"amount": credit.payment.amount, "left": credit.payment.amount - used}


def _delivery(invoice: Any) -> dict[str, Any] | None:
    message = Message.objects.filter(invoice=invoice, kind="invoice_issued").first()
    if message is None:
        return None
    return {
        "id": message.pk,
        "channel": message.get_channel_display(),
        "recipient": message.recipient,
        "state": message.state,
        "at": message.sent_at or message.created_at,
        "href": reverse("office:message", args=[message.pk]),
    }
