"""What is owed as its payer chooses from it: by service and place, oldest first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from caudal.common.ui.formats import long_date, money, month_name
from caudal.receivables.queries import Movement, PendingItem
from caudal.registry.context import Town
from caudal.registry.models import Property

ZERO = Decimal(0)
NO_PLACE = "Sin propiedad"


@dataclass(frozen=True, slots=True)
class Entry:
    """An item to choose. `partial`: what is left of a charge that was paid in part."""

    id: int
    label: str
    due_date: date
    state: str
    principal: Decimal
    interest: Decimal
    total: Decimal
    chosen: bool
    partial: bool


@dataclass(slots=True)
class Group:
    """Items of one service at one place."""

    title: str
    note: str
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """An item to be paid, on the page that confirms it."""

    id: int
    label: str
    detail: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """A movement of the account."""

    on: date
    title: str
    note: str
    state: str
    charge: Decimal | None
    credit: Decimal | None
    balance: Decimal


def groups_of(items: Iterable[PendingItem], *, chosen: Collection[int] | None, town: Town) -> list[Group]:
    """Items by service and place in the order they come; everything is chosen until a choice is made."""
    known = list(items)
    places = places_of(known)
    groups: dict[object, Group] = {}
    for item in known:
        group = groups.setdefault(item.open_item.group, Group(item.service, place_of(item, places, town)))
        group.entries.append(_entry(item, chosen is None or item.charge_id in chosen, town))
    return list(groups.values())


def places_of(items: Iterable[PendingItem]) -> Mapping[int, Property]:
    """The properties that items hang on."""
    return Property.objects.in_bulk({item.property_id for item in items if item.property_id})


def place_of(item: PendingItem, places: Mapping[int, Property], town: Town) -> str:
    """Where the service is given, in words."""
    if item.connection_number:
        return f"{town.account_word} {item.connection_number}"
    found = places.get(item.property_id) if item.property_id else None
    return str(found) if found else NO_PLACE


def label_of(item: PendingItem, town: Town) -> str:
    """The month of a service; the concept of anything else."""
    if item.subscription_id is None or item.origin_id is not None:
        return item.label
    return month_name(item.month, town)


def lines_of(items: Iterable[PendingItem], town: Town) -> list[Line]:
    """What will be paid, with the interest told."""
    return [
        Line(item.charge_id, f"{item.service}, {label_of(item, town)}", _detail(item, town), item.payable)
        for item in items
    ]


def steps_of(movements: Iterable[Movement], town: Town) -> list[Step]:
    """An account's movements, the latest first."""
    return [
        Step(
            on=m.posted_on,
            title=_TITLES[m.kind].format(m.label),
            note="" if m.value_on == m.posted_on else f"Con fecha {long_date(m.value_on, town)}",
            state=m.kind,
            charge=m.amount if m.amount > 0 else None,
            credit=-m.amount if m.amount < 0 else None,
            balance=m.balance,
        )
        for m in movements
    ]


_TITLES = {
    "charge": "{}",
    "void": "Anulación: {}",
    "payment": "Pago, comprobante {}",
    "reversal": "Reversión del comprobante {}",
}


def _entry(item: PendingItem, chosen: bool, town: Town) -> Entry:
    return Entry(
        id=item.charge_id,
        label=label_of(item, town),
        due_date=item.due_date,
        state="overdue" if item.overdue else "pending",
        principal=item.balance,
        interest=item.payable - item.balance,
        total=item.payable,
        chosen=chosen,
        partial=item.balance != item.total,
    )


def _detail(item: PendingItem, town: Town) -> str:
    interest = item.payable - item.balance
    if not interest:
        return ""
    return f"{money(item.balance, town)} más {money(interest, town)} de intereses a hoy"
