"""The statement on paper: what is pending by place, oldest first, what was paid, then the movements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from caudal.billing.models import Account
from caudal.documents.queries.town import Issuer, issuer
from caudal.documents.spanish.data import StatementData
from caudal.kernel.money import ZERO
from caudal.receivables.queries import Move, PaidItem, PastStatement, PendingItem, Scope, statement_as_of
from caudal.registry.models import Licence, Ownership, Property

NOWHERE = "Sin propiedad"
FAVOUR = "Saldo a favor"
MOVES = 60
PAID = 24


@dataclass(frozen=True, slots=True)
class Headed:
    """A statement with what its head says: of whom or what, and who that is."""

    owed: PastStatement
    title: str
    name: str
    who: str
    places: Mapping[int, str]
    licences: Mapping[int, str]
    numbers: Mapping[int, str]

    def place(self, item: PendingItem) -> str:
        """The licence, property or connection that an item is for, and the account where there are several."""
        found = NOWHERE
        if licence_id := self.owed.licences.get(item.charge_id):
            found = f"Patente {self.licences[licence_id]}"
        elif item.property_id and self.places.get(item.property_id):
            found = f"Propiedad {self.places[item.property_id]}"
        elif item.connection_number:
            found = f"Conexión {item.connection_number}"
        return f"{found} · cuenta {self.numbers[item.account_id]}" if len(self.numbers) > 1 else found


def headed_statement(*, scope: Scope, on: date, pay_on: Sequence[date] = ()) -> Headed:
    """The statement of a scope as every form of it begins. A constant number of queries.

    Raises Account.DoesNotExist for accounts that there are not.
    """
    owed = statement_as_of(scope=scope, on=on, pay_on=pay_on)
    items = [*owed.pending, *(paid.item for paid in owed.paid)]
    ids = {*scope.account_ids, *(item.account_id for item in items)}
    accounts = list(Account.objects.filter(pk__in=ids).select_related("holder").order_by("number"))
    named = {scope.property_id, *(item.property_id for item in items)}
    places = {place.pk: str(place) for place in Property.objects.filter(pk__in=[pk for pk in named if pk])}
    title, name, who = _head(scope, accounts, places, on)
    licences = {lic.pk: str(lic) for lic in Licence.objects.filter(pk__in=set(owed.licences.values()))}
    return Headed(owed, title, name, who, places, licences, {a.pk: a.number for a in accounts})


def statement_data(
    scope: Scope, on: date, *, pay_on: Sequence[date] = (), last: int = MOVES
) -> StatementData:
    """The statement on a day, with its last movements. Raises Account.DoesNotExist."""
    by = issuer()
    headed = headed_statement(scope=scope, on=on, pay_on=pay_on)
    owed, document = headed.owed, by.document.capitalize()
    moves = owed.moves[-last:]
    return {
        "kind": "statement",
        "format": by.form,
        "organisation": by.sender,
        "title": headed.title,
        "holder": {"name": headed.name},
        "who": headed.who,
        "as_of": on.isoformat(),
        "first_day": (moves[0].on if moves else on).isoformat(),
        "opening": str(moves[0].balance - moves[0].amount if moves else ZERO),
        "movements": [_movement(move, document) for move in moves],
        "pending": _pending(headed, document),
        "paid": [_paid(paid, document) for paid in owed.paid[:PAID]],
        "if_paid": [{"on": day.isoformat(), "amount": str(amount)} for day, amount in owed.if_paid],
        "credit": str(owed.credit),
        "note": _note(owed, by),
    }


def move_words(move: Move, document: str) -> tuple[str, str]:
    """A movement's document and what it was; a correction says when it was made."""
    kinds = {"payment": "Comprobante", "reversal": "Comprobante", "credit": FAVOUR, "to_credit": FAVOUR}
    number = f"{kinds.get(move.kind, document)} {move.document}"
    made = f", hecha el {move.posted_on:%d/%m/%Y}"
    names = {
        "payment": "Pago",
        "credit": "Saldo a favor aplicado",
        "to_credit": "Pasa al saldo a favor de la cuenta",
        "reversal": f"Reversión del pago{made}",
        "void": f"Anulación de {move.label}{made}",
    }
    return number, names.get(move.kind, move.label)


def _head(
    scope: Scope, accounts: Sequence[Account], places: Mapping[int, str], on: date
) -> tuple[str, str, str]:
    if scope.property_id is not None and not scope.account_ids:
        place = Property.objects.get(pk=scope.property_id)
        who = f"{_owners(place, on)}. {place.address}" if place.address else _owners(place, on)
        return "Estado de cuenta de la propiedad", str(place), f"{who}."
    if scope.licence_id is not None and not scope.account_ids:
        licence = Licence.objects.select_related("party").get(pk=scope.licence_id)
        return "Estado de cuenta de la patente", str(licence), f"{licence.party.name}."
    if not accounts:
        raise Account.DoesNotExist
    holder = accounts[0].holder
    numbers = ", ".join(account.number for account in accounts)
    word = "Cuenta" if len(accounts) == 1 else "Cuentas"
    who = f"{word} {numbers}. Identificación {holder.identification or '—'}."
    if scope.nowhere:
        who = f"Solo lo que no es de ninguna propiedad ni patente. {who}"
    elif scope.licence_id is not None:
        who = f"Solo la patente {Licence.objects.get(pk=scope.licence_id)}. {who}"
    elif scope.property_id is not None:
        who = f"Solo la propiedad {places.get(scope.property_id, '—')}. {who}"
    return "Estado de cuenta", holder.name, who


def _owners(place: Property, on: date) -> str:
    owned = Ownership.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), property=place, valid_from__lte=on
    )
    names = ", ".join(ownership.party.name for ownership in owned.select_related("party").order_by("pk"))
    return f"Propietario: {names}" if names else "Sin propietario registrado"


def _note(owed: PastStatement, by: Issuer) -> str:
    said = "Los intereses y recargos están calculados a este día."
    if owed.interest and not any(item.interest_payable for item in owed.pending):
        said = f"Los intereses a este día, que son aparte, se cobran en {by.bill.the_next}."
    return said


def _movement(move: Move, document: str) -> dict[str, str]:
    number, name = move_words(move, document)
    return {
        "date": move.on.isoformat(),
        "document": number,
        "name": name,
        "debit" if move.amount > 0 else "credit": str(abs(move.amount)),
    }


def _pending(headed: Headed, document: str) -> list[dict[str, Any]]:
    """Items by the place that they are for, the place with the oldest first."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in headed.owed.pending:
        groups.setdefault(headed.place(item), []).append(_row(item, headed.owed.on, document))
    return [{"name": name, "rows": rows} for name, rows in groups.items()]


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


def _paid(paid: PaidItem, document: str) -> dict[str, str]:
    return {
        "date": paid.item.dated_on.isoformat(),
        "name": paid.item.label,
        "document": f"{document} {paid.item.invoice_number}",
        "amount": str(paid.item.total),
        "on": (paid.settled_on or paid.item.dated_on).isoformat(),
    }
