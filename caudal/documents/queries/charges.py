"""The charges of a bill and what they say, from the rows as they were issued."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from caudal.billing.assembly.bills import place_said
from caudal.billing.models import Charge as ChargeRow
from caudal.documents.spanish.data import Charge, Tax
from caudal.kernel.money import ZERO, round_half_up
from caudal.tariffs.models import Service

HUNDRED = Decimal(100)


def charges_of(rows: Sequence[ChargeRow]) -> list[Charge]:
    """In the order of the invoice; grouped by place when there are several."""
    places = {place_of(row) for row in rows}
    return [_charge(row, place_of(row) if len(places) > 1 else "") for row in rows]


def _charge(row: ChargeRow, group: str) -> Charge:
    charge: Charge = {
        "group": group,
        "name": row.label,
        "subtotal": str(row.net),
        "tax": str(row.tax),
        "total": str(row.total),
        "lines": row.explanation.get("lines", []),
    }
    if row.quantity is not None:
        charge["quantity"] = str(row.quantity)
        charge["unit"] = _unit(row.service, row.quantity)
    if row.unit_price is not None:
        charge["unit_price"] = str(row.unit_price)
    return charge


def _unit(service: Service, quantity: Decimal) -> str:
    if service.unit:
        return service.unit
    months = service.kind == "fixed" and len(service.billing_months) > 4
    return ("mes" if quantity == 1 else "meses") if months else ""


def place_of(row: ChargeRow, spoken: Callable[[str], str] = str) -> str:
    """The connection or property that a charge is for, as a bill says it; `spoken` says it in another language."""
    subscription = row.subscription
    if subscription is not None and subscription.connection is not None:
        return spoken("Conexión %(number)s") % {"number": subscription.connection.number}
    if subscription is not None and subscription.property is not None:
        return spoken("Propiedad %(number)s") % {"number": _frozen_place(row) or subscription.property}
    return spoken("Otros cargos")


def _frozen_place(row: ChargeRow) -> str:
    """The property's code or address as the invoice froze it beside the charge's name; empty on older ones."""
    known = (p for p in row.invoice.frozen.get("places", ()) if p["kind"] == "property")
    return next((p["code"] or p["address"] for p in known if row.label.endswith(place_said(p))), "")


def taxes_of(rows: Sequence[ChargeRow]) -> list[Tax]:
    """Taxes by name and rate; the base is left out where only a part of a charge is taxed."""
    sums: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for row in rows:
        if row.tax:
            key = (row.service.tax_name or "Impuesto", row.tax_percent)
            base, tax = sums.get(key, (ZERO, ZERO))
            sums[key] = (base + row.net, tax + row.tax)
    return [_tax(name, percent, base, tax) for (name, percent), (base, tax) in sums.items()]


def _tax(name: str, percent: Decimal, base: Decimal, tax: Decimal) -> Tax:
    told: Tax = {"name": name, "rate": str(percent), "amount": str(tax)}
    if abs(round_half_up(base * percent / HUNDRED) - tax) < 1:
        told["base"] = str(base)
    return told
