"""The statement of an account: what is pending by place, oldest first, then its movements."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.models import Account, Invoice
from caudal.documents.queries.town import issuer
from caudal.documents.spanish.data import StatementData
from caudal.kernel.money import ZERO
from caudal.receivables.queries import Movement, PendingItem, movements, statement
from caudal.registry.models import Property

NOWHERE = "Sin propiedad"


def statement_data(account_id: int, on: date, *, last: int = 60) -> StatementData:
    """The account on a day, with its last movements. Raises Account.DoesNotExist."""
    by = issuer()
    account = Account.objects.select_related("holder").get(pk=account_id)
    owed = statement(account_id=account_id, on=on)
    moves = movements(account_id=account_id, limit=last)[::-1]
    holder = account.holder
    data: StatementData = {
        "kind": "statement",
        "format": by.form,
        "organisation": by.sender,
        "title": "Estado de cuenta",
        "holder": {"name": holder.name},
        "who": f"{by.account.capitalize()} {account.number}. Identificación {holder.identification or '—'}.",
        "as_of": on.isoformat(),
        "first_day": (moves[0].posted_on if moves else on).isoformat(),
        "opening": str(moves[0].balance - moves[0].amount if moves else ZERO),
        "movements": _movements(moves, by.document.capitalize()),
        "pending": _pending(owed.items, on, by.document.capitalize()),
        "credit": str(owed.credit),
        "note": "Los intereses y recargos están calculados a este día.",
    }
    return data


def _movements(moves: Sequence[Movement], document: str) -> list[dict[str, str]]:
    numbers = _numbers(moves, document)
    return [
        {
            "date": move.posted_on.isoformat(),
            "document": numbers[move.invoice_id] if move.invoice_id else f"Comprobante {move.label}",
            "name": _name(move),
            "debit" if move.amount > 0 else "credit": str(abs(move.amount)),
        }
        for move in moves
    ]


def _name(move: Movement) -> str:
    names = {"void": f"Anulación de {move.label}", "payment": "Pago", "reversal": "Reversión del pago"}
    return names.get(move.kind, move.label)


def _numbers(moves: Iterable[Movement], document: str) -> dict[int, str]:
    ids = {move.invoice_id for move in moves if move.invoice_id}
    invoices = Invoice.objects.filter(pk__in=ids).select_related("series").defer("frozen")
    return {invoice.pk: f"{document} {invoice.series.printed(invoice.number)}" for invoice in invoices}


def _pending(items: Sequence[PendingItem], on: date, document: str) -> list[dict[str, Any]]:
    """Items by the property or connection they are for, the place with the oldest first."""
    codes = {item.property_id for item in items if item.property_id}
    places = {place.pk: str(place) for place in Property.objects.filter(pk__in=codes)}
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault(_place(item, places), []).append(_row(item, on, document))
    return [{"name": name, "rows": rows} for name, rows in groups.items()]


def _place(item: PendingItem, places: Mapping[int, str]) -> str:
    if item.property_id and places.get(item.property_id):
        return f"Propiedad {places[item.property_id]}"
    return f"Conexión {item.connection_number}" if item.connection_number else NOWHERE


def _row(item: PendingItem, on: date, document: str) -> dict[str, Any]:
    return {
        "date": item.dated_on.isoformat(),
        "name": item.label,
        "document": f"{document} {item.invoice_number}",
        "due": item.due_date.isoformat(),
        "days": max((on - item.due_date).days, 0),
        "amount": str(item.balance),
        "interest": str(item.interest if item.interest_payable else Decimal(0)),
    }
