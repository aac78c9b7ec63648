"""The box on the bill of a community board: what it collected and spent in the last month that was over."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from caudal.billing.models import Invoice
from caudal.board.queries import BoardMonth, board_month
from caudal.documents.queries.town import Issuer
from caudal.documents.spanish.figures import Figures
from caudal.kernel.money import ZERO
from caudal.kernel.periods import add_months

COMMUNITY_BOARD: Final = "community_board"
TITLE: Final = "Cuentas claras de la junta"
CONCEPTS: Final = 4


class BoardBoxes:
    """The boxes of a batch of bills. A month is asked for once for each instant of issue: once for a batch of a run."""

    def __init__(self, by: Issuer, figures: Figures) -> None:
        self._shown = by.organisation.kind == COMMUNITY_BOARD
        self._figures = figures
        self._known: dict[tuple[date, datetime], dict[str, Any] | None] = {}

    def of(self, invoice: Invoice) -> dict[str, Any] | None:
        """What the bill of an invoice tells, or None where there is nothing to tell."""
        if not self._shown or invoice.origin not in ("run", "one_off"):
            return None
        key = (_month_over(invoice), invoice.issued_at)
        if key not in self._known:
            self._known[key] = _box(board_month(month=key[0], as_of=key[1]), self._figures)
        return self._known[key]


def _month_over(invoice: Invoice) -> date:
    """The month billed, or the one before the issue where that is not over yet."""
    billed = date.fromisoformat(f"{invoice.frozen['period']}-01")
    return min(billed, add_months(invoice.issued_on.replace(day=1), -1))


def _box(month: BoardMonth, figures: Figures) -> dict[str, Any] | None:
    if not (month.received or month.spent):
        return None
    rows = [*_came_in(month), *_went_out(month)]
    if month.received and month.spent:
        rows.append(("Quedó en el mes" if month.left >= 0 else "Faltó en el mes", month.left))
    elif month.spent:
        rows.append(("Gastado en el mes", month.left))
    *parts, (label, total) = rows
    return {
        "title": TITLE,
        "subtitle": figures.month(f"{month.month:%Y-%m}").capitalize(),
        "rows": [
            *({"label": part, "amount": figures.plain(amount)} for part, amount in parts),
            {"label": label, "amount": figures.plain(total), "strong": True},
        ],
    }


def _came_in(month: BoardMonth) -> list[tuple[str, Decimal]]:
    """From how many members; not told where nothing is known of it: a board that begins has its book elsewhere."""
    if not month.received:
        return []
    payers = f"de {month.payers} asociados" if month.payers > 1 else "de 1 asociado"
    return [(f"Recaudado {payers}" if month.payers else "Recaudado", month.received)]


def _went_out(month: BoardMonth) -> list[tuple[str, Decimal]]:
    """The greatest expenses, and the others together."""
    shown, rest = month.spent[:CONCEPTS], month.spent[CONCEPTS:]
    spent = [*shown, ("Otros gastos", sum((amount for _concept, amount in rest), ZERO))] if rest else shown
    return [(concept, -amount) for concept, amount in spent]
