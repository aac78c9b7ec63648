"""What the payment slip's barcode holds, and what a scanner reads back from it.

GS1 application identifiers: 415 who collects (where there is a location number), 8020 the reference, 390n the
amount with n decimals, 96 the due date.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from caudal.kernel.money import round_half_up

REFERENCE_DIGITS = 12
AMOUNT_DIGITS = 10
_SEPARATOR = "\x1d"
_SCANNED = re.compile(
    r"^(?:\]C1)?(?:\(?415\)?\d{13})?\(?8020\)?(?P<reference>\d{12})\x1d?"
    r"\(?390(?P<decimals>\d)\)?(?P<amount>\d{10,15})\x1d?\(?96\)?(?P<due>\d{8})$"
)


@dataclass(frozen=True, slots=True)
class Slip:
    """What a bill asked for: the invoice's number, the amount, and until when."""

    number: int
    amount: Decimal
    due: date


def payment_pairs(slip: Slip, *, minor_units: int, gln: str = "") -> list[list[str]]:
    """The pairs of identifier and value, in the order of the bars."""
    units = int(round_half_up(slip.amount, minor_units).scaleb(minor_units))
    pairs = [["415", gln]] if gln else []
    return [
        *pairs,
        ["8020", f"{slip.number:0{REFERENCE_DIGITS}}"],
        [f"390{minor_units}", f"{units:0{AMOUNT_DIGITS}}"],
        ["96", f"{slip.due:%Y%m%d}"],
    ]


def scanned(text: str) -> Slip | None:
    """What a scanner typed, with or without its prefix, parentheses and separators; None when it is no slip."""
    found = _SCANNED.match(text.strip().strip(_SEPARATOR))
    if found is None:
        return None
    due = found["due"]
    try:
        day = date(int(due[:4]), int(due[4:6]), int(due[6:]))
    except ValueError:
        return None
    return Slip(int(found["reference"]), Decimal(found["amount"]).scaleb(-int(found["decimals"])), day)
