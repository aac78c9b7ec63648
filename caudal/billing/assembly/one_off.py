"""The one-off invoice of a form: a reading priced by hand, and concepts with amounts, become charges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.assembly.rating import number
from caudal.billing.documents import ChargeDocument
from caudal.kernel.money import ZERO, round_half_up
from caudal.kernel.periods import ONE_DAY
from caudal.kernel.taxes import Taxable, TaxRounding, tax_of_charges

ONE_OFF = "one_off"


@dataclass(frozen=True, slots=True)
class Consumption:
    """A reading to bill: the chain it closes, and the price of a unit."""

    subscription_id: int
    period_id: int | None
    from_reading_id: int
    to_reading_id: int
    start: date
    end: date
    volume: Decimal
    unit: str
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Concept:
    """One line of the form: what for, how much before tax, and the service it belongs to."""

    service_id: int
    label: str
    amount: Decimal
    tax_name: str = ""
    tax_percent: Decimal = ZERO
    consumption: Consumption | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A one-off that goes onto an invoice: what its charge says, and the row it comes from."""

    one_off_id: int
    account_id: int
    connection_id: int | None
    dated_on: date
    concept: Concept

    def charge(self, tax: Decimal) -> ChargeDocument:
        """Its charge; no second one of the same origin can live."""
        return replace(
            _charge(self.concept, tax),
            covers_from=self.dated_on,
            covers_to=self.dated_on + ONE_DAY,
            origin_kind=ONE_OFF,
            origin_id=self.one_off_id,
            origin_part=1,
        )


def metered_concept(
    *, service_id: int, label: str, tax: tuple[str, Decimal], consumption: Consumption, minor_units: int
) -> Concept:
    """The charge of a reading at a price per unit: volume × price, rounded once."""
    amount = round_half_up(consumption.volume * consumption.unit_price, minor_units)
    return Concept(service_id, label, amount, tax[0], tax[1], consumption)


def charges_of(
    concepts: Sequence[Concept], *, tax_rounding: str, minor_units: int
) -> tuple[ChargeDocument, ...]:
    """The charges of a form's concepts, taxed together by the document's rule."""
    bases = [Taxable(c.amount, c.tax_percent, c.tax_name) for c in concepts]
    taxes = tax_of_charges(bases, rounding=TaxRounding(tax_rounding), minor_units=minor_units)
    return tuple(_charge(concept, tax) for concept, tax in zip(concepts, taxes, strict=True))


def _charge(concept: Concept, tax: Decimal) -> ChargeDocument:
    charge = ChargeDocument(
        service_id=concept.service_id,
        label=concept.label,
        net=concept.amount,
        tax=tax,
        total=concept.amount + tax,
        tax_percent=concept.tax_percent,
        quantity=Decimal(1),
        unit_price=concept.amount,
        explanation={"lines": [], "inputs": {"amount": number(concept.amount)}},
    )
    return charge if concept.consumption is None else _with_consumption(charge, concept.consumption)


def _with_consumption(charge: ChargeDocument, used: Consumption) -> ChargeDocument:
    return replace(
        charge,
        quantity=used.volume,
        unit_price=used.unit_price,
        subscription_id=used.subscription_id,
        period_id=used.period_id,
        covers_from=used.start,
        covers_to=used.end,
        from_reading_id=used.from_reading_id,
        to_reading_id=used.to_reading_id,
        explanation=_explained(used),
    )


def _explained(used: Consumption) -> Mapping[str, Any]:
    quantity, price = number(used.volume), number(used.unit_price)
    amount = number(used.volume * used.unit_price)
    return {
        "lines": [
            {"code": "usage", "quantity": quantity, "unit": used.unit, "days": (used.end - used.start).days},
            {"code": "block", "quantity": quantity, "unit": used.unit, "unit_price": price, "amount": amount},
        ],
        "inputs": {"usage": quantity, "unit_price": price},
    }
