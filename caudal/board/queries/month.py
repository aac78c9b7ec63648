"""How a month of the board went, as it was known at an instant: a reprinted bill says what it said."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from caudal.common import sql
from caudal.kernel.periods import month_span

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BoardMonth:
    """What came in, from how many accounts, and what was spent by concept, the greatest first."""

    month: date
    received: Decimal
    payers: int
    spent: tuple[tuple[str, Decimal], ...]

    @property
    def left(self) -> Decimal:
        """What stayed of the month; below zero where more was spent than came in."""
        return self.received - sum((amount for _concept, amount in self.spent), ZERO)


def board_month(*, month: date, as_of: datetime) -> BoardMonth:
    """The month that a day lies in."""
    span = month_span(month)
    rows = sql.rows("board/month", {"first": span.start, "next": span.end, "as_of": as_of})
    (_all, received, payers), *spent = rows
    return BoardMonth(span.start, received, payers, tuple((concept, amount) for concept, amount, _n in spent))
