"""The view of a statement: what is pending first, then each movement with its running balance."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from caudal.documents.spanish.data import StatementData
from caudal.documents.spanish.figures import Figures, must_be_equal
from caudal.kernel.money import ZERO

View = dict[str, Any]


class Owed(NamedTuple):
    """Sums of pending items."""

    items: int
    principal: Decimal
    interest: Decimal

    @property
    def total(self) -> Decimal:
        """With interest."""
        return self.principal + self.interest


def statement(data: StatementData) -> View:
    """What statement.typ prints: strings only.

    Raises DoesNotAddUp when the movements do not end at what is pending.
    """
    figures = Figures(data["format"])
    groups = data["pending"]
    owed = _owed(row for group in groups for row in group["rows"])
    movements, balance = _movements(data, figures)
    credit = Decimal(data.get("credit", 0))
    must_be_equal(balance, owed.principal - credit, "movements")
    day, total = figures.numeric_day(data["as_of"]), figures.money(owed.total)
    sums = {k: sum((Decimal(m.get(k, 0)) for m in data["movements"]), ZERO) for k in ("debit", "credit")}
    note = f"{_items(owed.items)}; {figures.money(owed.principal)} más {figures.money(owed.interest)} de intereses."
    if credit:
        note += f" Tiene {figures.money(credit)} a favor sin aplicar."
    return {
        "paper": data["format"]["paper"],
        "symbol": figures.symbol,
        "lang_region": data["format"]["region"],
        "org": data["organisation"],
        "title": data["title"],
        "holder": data["holder"],
        "who": data["who"],
        "as_of": day,
        "first_day": figures.numeric_day(data["first_day"]),
        "pending": [_group(group, figures) for group in groups],
        "paid": [_paid(row, figures) for row in data.get("paid", ())],
        "if_paid": [
            f"Si paga el {figures.numeric_day(row['on'])}: {figures.money(row['amount'])}"
            for row in data.get("if_paid", ())
        ],
        "movements": movements,
        "opening": figures.plain(data["opening"]),
        "sums": {k: figures.plain(v) for k, v in {**sums, "balance": balance}.items()},
        "note": data.get("note", ""),
        "total": {
            "amount": total,
            "plain": figures.plain(owed.total),
            "principal": figures.plain(owed.principal),
            "interest": figures.plain(owed.interest),
            "count": _items(owed.items),
            "note": note,
        },
        "pay": data.get("pay", {}),
        "spoken": f"{data['title']} de {data['holder']['name']} al {day}: debe {total}.",
    }


def _owed(rows: Iterable[Mapping[str, Any]]) -> Owed:
    listed = list(rows)
    principal = sum((Decimal(row["amount"]) for row in listed), ZERO)
    interest = sum((Decimal(row["interest"]) for row in listed), ZERO)
    return Owed(len(listed), principal, interest)


def _group(group: Mapping[str, Any], figures: Figures) -> View:
    owed = _owed(group["rows"])
    return {
        "name": group["name"],
        "rows": [_row(row, figures) for row in group["rows"]],
        "count": _items(owed.items),
        "amount": figures.plain(owed.principal),
        "interest": figures.plain(owed.interest),
        "total": figures.plain(owed.total),
    }


def _row(row: Mapping[str, Any], figures: Figures) -> View:
    interest = Decimal(row["interest"])
    return {
        "date": figures.numeric_day(row["date"]),
        "name": row["name"],
        "document": row["document"],
        "due": figures.numeric_day(row["due"]),
        "days": str(row["days"]) if row.get("days") else "",
        "amount": figures.plain(row["amount"]),
        "interest": figures.plain(interest) if interest else "",
        "total": figures.plain(Decimal(row["amount"]) + interest),
    }


def _paid(row: Mapping[str, str], figures: Figures) -> View:
    return {
        "date": figures.numeric_day(row["date"]),
        "name": row["name"],
        "document": row["document"],
        "amount": figures.plain(row["amount"]),
        "on": figures.numeric_day(row["on"]),
    }


def _movements(data: StatementData, figures: Figures) -> tuple[list[View], Decimal]:
    balance, rows = Decimal(data["opening"]), []
    for move in data["movements"]:
        debit, credit = move.get("debit"), move.get("credit")
        balance += Decimal(debit or 0) - Decimal(credit or 0)
        rows.append(
            {
                "date": figures.numeric_day(move["date"]),
                "document": move["document"],
                "name": move["name"],
                "debit": figures.plain(debit) if debit else "",
                "credit": figures.plain(credit) if credit else "",
                "balance": figures.plain(balance),
            }
        )
    return rows, balance


def _items(count: int) -> str:
    return "1 concepto" if count == 1 else f"{count} conceptos"
