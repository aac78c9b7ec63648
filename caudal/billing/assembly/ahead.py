"""The rest of a year on one invoice: the parts that are not billed yet, less a discount for paying them now."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.assembly.bills import Item, labelled
from caudal.billing.assembly.rating import number
from caudal.billing.documents import ChargeDocument
from caudal.kernel.money import ZERO, round_half_up
from caudal.kernel.periods import day_in_month
from caudal.kernel.taxes import Taxable, TaxRounding, tax_of_charges

PERCENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Discount:
    """What paying ahead takes off, in percent, and the last day on which it does."""

    percent: Decimal
    until: date


def discount_on(discounts: Sequence[Mapping[str, str]], *, year: int, on: date) -> Discount | None:
    """The discount that a service gives on a day to who pays the rest of a year, or None.

    `discounts` are those of the service: {"until": "MM-DD", "percent": "10"}, in order of the year.
    """
    for each in discounts:
        month, day = map(int, each["until"].split("-"))
        until = day_in_month(date(year, month, 1), day)
        if on <= until:
            return Discount(Decimal(each["percent"]), until)
    return None


def charges_ahead(
    items: Sequence[Item], discount: Discount | None, *, tax_rounding: str, minor_units: int
) -> tuple[ChargeDocument, ...]:
    """The charges of the parts, in order, and last the discount as a charge below zero, taxed together."""
    nets = [item.rated.net for item in items]
    bases = [Taxable(i.rated.taxable, i.rule.tax_percent, i.rule.tax_name) for i in items]
    if discount is not None:
        off = _off(nets, discount, minor_units)
        taxed = _off([item.rated.taxable for item in items], discount, minor_units)
        nets.append(off)
        bases.append(Taxable(taxed, items[-1].rule.tax_percent, items[-1].rule.tax_name))
    taxes = tax_of_charges(bases, rounding=TaxRounding(tax_rounding), minor_units=minor_units)
    found = [_charge(item, tax) for item, tax in zip(items, taxes, strict=False)]
    if discount is not None and nets[-1]:
        found.append(_discount(items[-1], discount, nets[-1], taxes[-1]))
    return tuple(found)


def _off(amounts: Sequence[Decimal], discount: Discount, minor_units: int) -> Decimal:
    return -round_half_up(sum(amounts, ZERO) * discount.percent / PERCENT, minor_units)


def _charge(item: Item, tax: Decimal) -> ChargeDocument:
    rule, rated = item.rule, item.rated
    return ChargeDocument(
        service_id=rule.id,
        label=f"{labelled(rule.name, item.due.place)}, cuota {rule.part} de {rule.parts} de {rule.span.start.year}",
        net=rated.net,
        tax=tax,
        total=rated.net + tax,
        tax_percent=rule.tax_percent,
        quantity=_number(rated.quantity),
        unit_price=_number(rated.unit_price),
        subscription_id=item.due.id,
        period_id=rule.period_id,
        tariff_version_id=item.version_id,
        covers_from=item.covers_from,
        covers_to=item.covers_to,
        explanation=explained(rated.explanation),
    )


def _discount(item: Item, discount: Discount, net: Decimal, tax: Decimal) -> ChargeDocument:
    percent = f"{discount.percent.normalize():f}".replace(".", ",")
    return ChargeDocument(
        service_id=item.rule.id,
        label=f"Descuento del {percent} % por pago adelantado hasta el {discount.until:%d/%m/%Y}",
        net=net,
        tax=tax,
        total=net + tax,
        tax_percent=item.rule.tax_percent,
        subscription_id=item.due.id,
        explanation={"lines": [], "inputs": {"amount": number(net)}},
    )


def explained(copied: str) -> dict[str, Any]:
    """An explanation out of its COPY text."""
    found: dict[str, Any] = json.loads(copied.replace("\\\\", "\\"))
    return found


def _number(copied: str) -> Decimal | None:
    return None if copied == "\\N" else Decimal(copied)
