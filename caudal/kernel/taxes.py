"""Taxes of one invoice: per tax and rate, rounded once and spread over the charges, so that each adds up.

tax of a rate = round(sum of bases × rate). Charge k gets round(B(k) × rate) − round(B(k−1) × rate), B(k)
being the sum of the first k bases: the parts rule, which stays sane when a credit makes some bases negative
or their sum zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate

from caudal.kernel.money import ZERO, round_half_up, steps

PERCENT = Decimal(100)


class TaxRounding(StrEnum):
    """Whether a tax is rounded once per invoice and rate, or on each charge."""

    DOCUMENT = "document"
    CHARGE = "charge"


@dataclass(frozen=True, slots=True)
class Taxable:
    """One charge as the tax sees it: what is taxed of it, which tax, and its rate (18 for 18 %)."""

    base: Decimal
    percent: Decimal = ZERO
    tax: str = ""


def tax_of_charges(
    charges: Sequence[Taxable], *, rounding: TaxRounding = TaxRounding.DOCUMENT, minor_units: int = 2
) -> tuple[Decimal, ...]:
    """The tax of each charge, in order; net + tax is its total, and the taxes sum to the invoice's."""
    if rounding is TaxRounding.CHARGE:
        return tuple(round_half_up(c.base * c.percent / PERCENT, minor_units) for c in charges)
    taxes = [ZERO] * len(charges)
    for (_, percent), places in _by_rate(charges).items():
        bases = accumulate(charges[place].base for place in places)
        shares = steps((base * percent / PERCENT for base in bases), minor_units)
        for place, share in zip(places, shares, strict=True):
            taxes[place] = share
    return tuple(taxes)


def _by_rate(charges: Iterable[Taxable]) -> dict[tuple[str, Decimal], list[int]]:
    """The places of the charges under each tax and rate."""
    groups: dict[tuple[str, Decimal], list[int]] = {}
    for place, charge in enumerate(charges):
        groups.setdefault((charge.tax, charge.percent), []).append(place)
    return groups
