"""What was billed for a connection, month by month, for whoever asks why it went up."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from caudal.common import sql
from caudal.documents.queries.town import issuer
from caudal.documents.spanish.figures import Figures
from caudal.documents.spanish.why import BilledMonth, why
from caudal.kernel.periods import add_months

ZERO: Final = Decimal(0)
A_YEAR: Final = 13


def billed_months(*, connection_id: int) -> tuple[BilledMonth, ...]:
    """The months billed for a connection, the latest first, until the same month of the year before."""
    rows = sql.rows("documents/billed_months", {"connection_id": connection_id, "months": A_YEAR})
    return tuple(_month(month, list(charges)) for month, charges in groupby(rows, key=lambda row: row[0]))


def why_it_changed(*, connection_id: int) -> tuple[str, ...]:
    """Why the last bill of a connection differs, in sentences; none where nothing was billed."""
    months = billed_months(connection_id=connection_id)
    if not months:
        return ()
    last, *earlier = months
    before = earlier[0] if earlier else None
    year_ago = next((m for m in earlier[1:] if m.month == add_months(last.month, -12)), None)
    return why(last, before, year_ago, Figures(issuer().form))


def _month(month: date, rows: Sequence[Sequence[Any]]) -> BilledMonth:
    measured = [row for row in rows if row[1]]
    starts = [row[6] for row in measured if row[6]]
    ends = [row[7] for row in measured if row[7]]
    volumes = [row[5] for row in measured if row[5] is not None]
    return BilledMonth(
        month=month,
        usage_total=sum((row[4] for row in measured), ZERO),
        others=tuple((row[2], row[4]) for row in rows if not row[1]),
        volume=sum(volumes, ZERO) if volumes else None,
        unit=next((row[3] for row in measured if row[3]), "m³"),
        days=(max(ends) - min(starts)).days if starts and ends else 0,
        estimated=any(row[10] for row in measured),
        tariffs=frozenset(row[8] for row in measured if row[8]),
        tariff_from=max((row[9] for row in measured if row[9]), default=None),
    )
