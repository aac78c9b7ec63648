"""What the columns of the records hold: what is longer or larger is told in its row, before an apply could fail of it.

Identifiers and numbers that do not fit make a row wrong; of other texts the beginning comes in, and that is told.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from caudal.common.text import identification_key
from caudal.intake.checks.scope import Scope
from caudal.intake.sheets.findings import Finding
from caudal.intake.sheets.rows import finding
from caudal.intake.sheets.tables import Table
from caudal.kernel.money import round_half_up

ByField = Mapping[str, Mapping[str, int]]

# By kind of sheet and field, in signs. An address of mail is judged with its form (see customers).
IDENTIFIERS: Final[ByField] = {"customers": {"identification": 40}, "meters": {"serial": 40}}
SIGNS: Final[ByField] = {
    "customers": {
        "given_names": 120,
        "surnames": 120,
        "full_name": 240,
        "phone": 60,
        "address": 300,
    },
    "meters": {"sector": 100, "address": 300, "brand": 60},
    "readings": {"note": 300},
    "invoices": {"concept": 200, "note": 500},
}
EMAIL: Final = 254
# By kind of sheet and field: digits before the decimals, and decimals.
VOLUME: Final = (11, 3)
MONEY: Final = (12, 2)
PRICE: Final = (12, 6)
NUMBERS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "readings": {"current": VOLUME, "previous": VOLUME, "consumption": VOLUME},
    "invoices": {
        "unit_price": PRICE,
        "quantity": VOLUME,
        "subtotal": MONEY,
        "tax": MONEY,
        "total": MONEY,
    },
}
# A charge keeps its tax as a percentage below this.
TAX_PERCENT: Final = 1_000


def everything_fits(table: Table, _scope: Scope) -> Iterator[Finding]:
    """Nothing is longer or larger than what the records hold; registers are compared as these keep them."""
    for name, limit in IDENTIFIERS.get(table.kind, {}).items():
        for position in _longer(table, name, limit):
            yield finding(table, position, name, "too_long", limit=limit)
    for name, limit in SIGNS.get(table.kind, {}).items():
        for position in _longer(table, name, limit):
            yield finding(table, position, name, "cut_short", limit=limit)
    for name, (digits, decimals) in NUMBERS.get(table.kind, {}).items():
        yield from _larger(table, name, digits, decimals)
        if (digits, decimals) == VOLUME and table.kind == "readings" and table.has(name):
            table.values[name] = _rounded(table.column(name), decimals)


def too_large(number: Decimal, size: tuple[int, int]) -> bool:
    """Whether a number, rounded to its decimals, has more digits before them than fit."""
    return abs(number) >= _limit(*size)


def _limit(digits: int, decimals: int) -> Decimal:
    """The smallest number that rounds to one digit too many."""
    return 10**digits - Decimal(5).scaleb(-decimals - 1)


def _rounded(values: list[Any], decimals: int) -> list[Any]:
    least = -decimals
    fine = {one for one in values if one is not None and one.as_tuple().exponent < least}
    return [round_half_up(one, decimals) if one in fine else one for one in values] if fine else values


def _longer(table: Table, name: str, limit: int) -> Iterator[int]:
    texts = table.column(name)
    # Capitals may be longer than their small letters, and keys are written in capitals.
    long = {text for text in set(texts) if text and max(len(text), len(identification_key(text))) > limit}
    return (position for position, text in enumerate(texts) if text in long) if long else iter(())


def _larger(table: Table, name: str, digits: int, decimals: int) -> Iterator[Finding]:
    """What is too large is also taken out of the column: no rule could reckon with it."""
    numbers, limit = table.column(name), _limit(digits, decimals)
    said = [one for one in numbers if one is not None]
    if not said or (-limit < min(said) and max(said) < limit):
        return
    large = {position for position, one in enumerate(numbers) if one is not None and abs(one) >= limit}
    table.values[name] = [None if position in large else one for position, one in enumerate(numbers)]
    for position in sorted(large):
        yield finding(table, position, name, "too_large", digits=digits)
