"""The one place that rounds money and splits it: Decimals in and out, and the parts make the whole.

The policy, with its tables of cents, is docs/rounding.md; its tables are read by the tests of this module.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate

ZERO = Decimal(0)
PRICE_DECIMALS = 6
_STEP = tuple(Decimal(1).scaleb(-places) for places in range(PRICE_DECIMALS + 1))


def round_half_up(amount: Decimal, minor_units: int = 2) -> Decimal:
    """Round to `minor_units` decimals (0 to 6), half away from zero, also below it; never answers −0.00.

    Raises ValueError for NaN and infinity, so that neither can travel on as an amount.
    """
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount")
    rounded = amount.quantize(_STEP[minor_units], ROUND_HALF_UP)
    return rounded or abs(rounded)


def quantize_price(price: Decimal) -> Decimal:
    """A unit price keeps six decimals."""
    return round_half_up(price, PRICE_DECIMALS)


def parts(total: Decimal, n_or_weights: int | Sequence[Decimal], minor_units: int = 2) -> tuple[Decimal, ...]:
    """Split `total` into n equal parts, or in proportion to weights, so that they sum to the rounded total.

    Part k = round(total·W(k)/W) − round(total·W(k−1)/W) with W(k) the sum of the first k weights: no part is
    more than one minor unit from its exact share, and the same question always has the same answer. Raises
    ValueError when there is nothing to split by: no part, a negative weight, or weights that sum to zero.
    """
    weights = (Decimal(1),) * n_or_weights if isinstance(n_or_weights, int) else tuple(n_or_weights)
    whole = sum(weights, ZERO)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(f"cannot split {total} by {n_or_weights}")
    return steps((total * upto / whole for upto in accumulate(weights)), minor_units)


def steps(cumulative: Iterable[Decimal], minor_units: int = 2) -> tuple[Decimal, ...]:
    """The rounded differences of exact running totals: they sum to the last running total, rounded."""
    found = []
    before = ZERO
    for running in cumulative:
        now = round_half_up(running, minor_units)
        found.append(now - before)
        before = now
    return tuple(found)
