"""The user's places: properties, and supply points of none, each with its services and what it owes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse

from caudal.billing.models import Account, Subscription
from caudal.common.spoken import spanish
from caudal.metering.models import Connection
from caudal.receivables.queries import PendingItem
from caudal.registry.context import Town
from caudal.registry.models import Property

ZERO = Decimal(0)
ELSEWHERE = "otros"


@dataclass(slots=True)
class Place:
    """Where services are given. `key` names it in addresses; `state` is empty where nobody here pays anything."""

    key: str
    home: Property | None = None
    subscriptions: list[Subscription] = field(default_factory=list)
    connections: dict[int, Connection] = field(default_factory=dict)
    items: list[PendingItem] = field(default_factory=list)
    holder: str = ""
    word: str = ""

    @property
    def title(self) -> str:
        """As its neighbours would say it."""
        first = next(iter(self.connections.values()), None)
        address = (self.home.address if self.home else "") or (first.address if first else "")
        if address:
            return address
        if self.home is not None:
            return spanish("Propiedad %(number)s") % {"number": self.home.cadastral_code}
        return f"{self.word} {first.number}" if first else spanish("Sin propiedad")

    @property
    def note(self) -> str:
        """Its numbers, and in whose name it is when that is somebody represented."""
        numbers = ", ".join(c.number for c in self.connections.values())
        code = self.home.cadastral_code if self.home else ""
        told = (
            f"{self.word} {numbers}" if numbers else "",
            spanish("Propiedad %(number)s") % {"number": code} if code else "",
            self.holder,
        )
        return " · ".join(part for part in told if part)

    @property
    def icon(self) -> str:
        return "house" if self.connections or self.key == ELSEWHERE else "land"

    @property
    def href(self) -> str:
        return reverse("portal:place", args=[self.key])

    @property
    def balance(self) -> Decimal:
        """What settles it today."""
        return sum((item.payable for item in self.items), ZERO)

    @property
    def overdue(self) -> Decimal:
        return sum((item.payable for item in self.items if item.overdue), ZERO)

    @property
    def next_due(self) -> date | None:
        """The first due date still to come."""
        return min((item.due_date for item in self.items if not item.overdue), default=None)

    @property
    def state(self) -> str:
        if self.items:
            return "overdue" if self.overdue else "pending"
        return "account.paid" if self.subscriptions else ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the places are made of: accounts with the name of whom they are held for, and properties seen besides."""

    holders: dict[int, str]
    properties: Sequence[Property]
    items: Sequence[PendingItem]


def places_of(accounts: Sequence[Account], known: Known, *, on: date, town: Town) -> list[Place]:
    """All places of these accounts and properties on a day: those that owe first, then by name."""
    taken = Subscription.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on), account__in=accounts)
    subscriptions = taken.select_related("service", "connection__property", "property", "account")
    found: dict[str, Place] = {}
    for subscription in subscriptions.order_by("connection__number", "service__name"):
        _add(found, subscription, known)
    for home in known.properties:
        found.setdefault(_key(home.pk, None), Place(_key(home.pk, None), home))
    _owe(found, known.items)
    for place in found.values():
        place.word = town.account_word
    return sorted(found.values(), key=lambda place: (not place.items, place.key == ELSEWHERE, place.title))


def _add(found: dict[str, Place], subscription: Subscription, known: Known) -> None:
    connection = subscription.connection
    home = subscription.property or (connection.property if connection else None)
    key = _key(home.pk if home else None, connection.pk if connection else None)
    place = found.setdefault(key, Place(key, home))
    place.subscriptions.append(subscription)
    place.holder = place.holder or known.holders.get(subscription.account_id, "")
    if connection is not None:
        place.connections[connection.pk] = connection


def _owe(found: dict[str, Place], items: Iterable[PendingItem]) -> None:
    """Hang each item on its place, also where the service ended and the debt stayed."""
    gone: list[Place] = []
    for item in items:
        key = _key(item.property_id, item.connection_id)
        if key not in found:
            found[key] = Place(key)
            gone.append(found[key])
        found[key].items.append(item)
    homes = Property.objects.in_bulk({p.items[0].property_id for p in gone if p.items[0].property_id})
    pipes = Connection.objects.in_bulk({p.items[0].connection_id for p in gone if p.items[0].connection_id})
    for place in gone:
        first = place.items[0]
        place.home = homes.get(first.property_id) if first.property_id else None
        if first.connection_id is not None and first.connection_id in pipes:
            place.connections[first.connection_id] = pipes[first.connection_id]


def _key(property_id: int | None, connection_id: int | None) -> str:
    if property_id is not None:
        return f"p{property_id}"
    return ELSEWHERE if connection_id is None else f"c{connection_id}"
