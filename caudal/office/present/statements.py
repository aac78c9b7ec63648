"""A statement on the screen: of a customer, of part of what he owes, or of a property whoever pays for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from caudal.billing.models import Account, Subscription
from caudal.documents.queries import headed_statement, move_words
from caudal.documents.queries.statements import Headed
from caudal.kernel.periods import add_months, day_in_month, month_of
from caudal.receivables.queries import Move, PendingItem, Scope
from caudal.registry.models import Licence, Party, Property
from caudal.registry.queries import properties_of

PAYDAY = 30
PAID_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Chosen:
    """A statement that can be asked for: its scope, and how its address and its chip name it."""

    scope: Scope
    label: str
    query: Mapping[str, str]


def choices_of(party: Party) -> list[Chosen]:
    """All that a customer owes, each account where there are several, property and licence, and what is for none."""
    accounts = list(Account.objects.filter(holder=party).order_by("number"))
    ids = tuple(account.pk for account in accounts)
    found = [Chosen(Scope(ids), "Todo", {})]
    if len(accounts) > 1:
        found += [Chosen(Scope((a.pk,)), f"Cuenta {a.number}", {"cuenta": str(a.pk)}) for a in accounts]
    places = _places(ids)
    found += [
        Chosen(Scope(ids, property_id=p.pk), f"Propiedad {p}", {"propiedad": str(p.pk)}) for p in places
    ]
    licences = Licence.objects.filter(subscriptions__account__in=ids).distinct().order_by("number")
    found += [
        Chosen(Scope(ids, licence_id=lic.pk), f"Patente {lic}", {"patente": str(lic.pk)}) for lic in licences
    ]
    if len(found) > 1:
        found.append(Chosen(Scope(ids, nowhere=True), "Sin propiedad", {"propiedad": "ninguna"}))
    return found


def chosen_of(choices: Sequence[Chosen], asked: Mapping[str, str]) -> Chosen | None:
    """The one that an address asks for; None when there is no such statement."""
    wanted = {name: asked[name] for name in ("cuenta", "propiedad", "patente") if asked.get(name)}
    return next((choice for choice in choices if dict(choice.query) == wanted), None)


def chips_of(choices: Sequence[Chosen], chosen: Chosen, on: date | None) -> list[dict[str, Any]]:
    """The choices as links that keep the day; nothing where there is but one."""
    day = {"al": on.isoformat()} if on else {}
    return [
        {
            "label": choice.label,
            "href": f"?{urlencode(dict(choice.query) | day)}",
            "current": choice is chosen,
        }
        for choice in choices
        if len(choices) > 1
    ]


def owned_elsewhere(party: Party, choices: Sequence[Chosen], *, on: date) -> list[dict[str, str]]:
    """Links to the statements of the properties that he owns and somebody else pays for."""
    known = {choice.scope.property_id for choice in choices}
    return [
        {"label": f"Propiedad {place}", "href": reverse("office:property_statement", args=[place.pk])}
        for place in properties_of(party_ids=[party.pk], on=on).order_by("cadastral_code", "pk")
        if place.pk not in known
    ]


def payday(today: date) -> date:
    """The next 30th after a day; the last day of a month that is shorter."""
    month = month_of(today)
    this = day_in_month(month, PAYDAY)
    return this if this > today else day_in_month(add_months(month, 1), PAYDAY)


def statement_page(scope: Scope, *, on: date, pay_on: Sequence[date], word: str) -> dict[str, Any]:
    """The context of the page. `word` is what the town calls an invoice."""
    headed = headed_statement(scope=scope, on=on, pay_on=pay_on)
    owed = headed.owed
    return {
        "owed": owed,
        "headed": headed,
        "later": any(not item.interest_payable for item in owed.pending) and owed.interest > 0,
        "pending": [_pending(headed, item) for item in owed.pending],
        "paid": [
            {**_item(headed, paid.item), "on": paid.settled_on or paid.item.dated_on}
            for paid in owed.paid[:PAID_SHOWN]
        ],
        "paid_count": len(owed.paid),
        "entries": [_entry(move, word) for move in reversed(owed.moves)],
    }


def _item(headed: Headed, item: PendingItem) -> dict[str, Any]:
    return {
        "dated_on": item.dated_on,
        "label": item.label,
        "number": item.invoice_number,
        "place": headed.place(item),
        "due_date": item.due_date,
        "total": item.total,
        "href": reverse("office:invoice", args=[item.invoice_id]),
    }


def _pending(headed: Headed, item: PendingItem) -> dict[str, Any]:
    return {
        **_item(headed, item),
        "balance": item.balance,
        "interest": item.interest,
        "payable": item.payable,
        "state": "overdue" if item.overdue else "pending",
    }


def _entry(move: Move, word: str) -> dict[str, Any]:
    title, note = move_words(move, word)
    href = reverse("office:payment", args=[move.payment_id]) if move.payment_id else ""
    if move.invoice_id:
        href = reverse("office:invoice", args=[move.invoice_id])
    return {
        "on": move.on,
        "title": title,
        "note": note,
        "charge": move.amount if move.amount > 0 else None,
        "credit": -move.amount if move.amount < 0 else None,
        "balance": move.balance,
        "href": href,
    }


def _places(account_ids: Sequence[int]) -> list[Property]:
    taken = Subscription.objects.filter(account__in=account_ids)
    ids = set(taken.exclude(property=None).values_list("property_id", flat=True))
    ids |= set(taken.exclude(connection__property=None).values_list("connection__property_id", flat=True))
    return list(Property.objects.filter(pk__in=ids).order_by("cadastral_code", "pk"))
