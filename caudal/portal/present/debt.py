"""What is owed as its payer chooses from it: by account, place and service, oldest first."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from caudal.billing.models import Account
from caudal.common.ui.formats import long_date, money, month_name
from caudal.receivables.queries import Movement, PendingItem
from caudal.registry.context import Town

ZERO = Decimal(0)
NO_PLACE = "Sin propiedad"


@dataclass(frozen=True, slots=True)
class Entry:
    """An item to choose. `partial`: what is left of a charge that was paid in part.

    `needs` are the items that have to be paid with it or before it, `origin` the one it is the interest of.
    """

    id: int
    label: str
    due_date: date
    state: str
    principal: Decimal
    interest: Decimal
    total: Decimal
    chosen: bool
    partial: bool
    needs: tuple[int, ...]
    origin: int | None


@dataclass(slots=True)
class Group:
    """Items of one service at one place."""

    title: str
    note: str
    entries: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Site:
    """What one place owes: a property, a supply point of none, or neither."""

    title: str
    total: Decimal = ZERO
    groups: dict[object, Group] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """What one account owes. `holder`: in whose name it is, empty when it is the user's own."""

    number: str
    holder: str
    sites: tuple[Site, ...]
    total: Decimal


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


@dataclass(frozen=True, slots=True)
class Naming:
    """How places are called. `masked`: by their numbers only, for who has no account here."""

    town: Town
    masked: bool = False

    def site(self, item: PendingItem) -> str:
        """The place of an item, as its neighbours would say it."""
        if self.masked:
            return self.service_at(item) or ("Propiedad" if item.property_id else NO_PLACE)
        address = item.property_address or item.connection_address
        if item.property_id and not address:
            return f"Propiedad {item.property_code}"
        return address or self.service_at(item) or NO_PLACE

    def service_at(self, item: PendingItem) -> str:
        """The supply point's number, or the property's code."""
        if item.connection_number:
            return f"{self.town.account_word} {item.connection_number}"
        return f"Propiedad {item.property_code}" if item.property_code and not self.masked else ""


def section_of(
    account: Account,
    items: Iterable[PendingItem],
    *,
    holder: str,
    chosen: Collection[int] | None,
    names: Naming,
) -> Section:
    """An account's items by place and service, in the order they come; all are chosen until one chooses."""
    sites: dict[object, Site] = {}
    total = ZERO
    for item in items:
        site = sites.setdefault(_place_key(item), Site(names.site(item)))
        group = site.groups.setdefault(item.open_item.group, Group(item.service, names.service_at(item)))
        group.entries.append(_entry(item, chosen is None or item.charge_id in chosen, names.town))
        site.total += item.payable
        total += item.payable
    placed = sorted(sites.items(), key=lambda pair: pair[0] is None)
    return Section(account.number, holder, tuple(site for _key, site in placed), total)


def _place_key(item: PendingItem) -> object:
    if item.property_id:
        return "property", item.property_id
    return ("connection", item.connection_id) if item.connection_id else None


def label_of(item: PendingItem, town: Town) -> str:
    """The month of a service; the concept of anything else."""
    if item.subscription_id is None or item.origin_id is not None:
        return item.label
    return month_name(item.month, town)


def lines_of(items: Iterable[PendingItem], names: Naming) -> list[Line]:
    """What will be paid, with the interest told, and the place where there are several."""
    known = list(items)
    several = len({_place_key(item) for item in known}) > 1
    return [
        Line(
            item.charge_id,
            _concept(item, names.town),
            _detail(item, names, place=names.service_at(item) if several else ""),
            item.payable,
        )
        for item in known
    ]


def _concept(item: PendingItem, town: Town) -> str:
    label = label_of(item, town)
    return label if label == item.service else f"{item.service}, {label}"


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
        needs=item.blocked_by,
        origin=item.origin_id,
    )


def _detail(item: PendingItem, names: Naming, *, place: str) -> str:
    interest = item.payable - item.balance
    split = f"{money(item.balance, names.town)} más {money(interest, names.town)} de intereses a hoy"
    return ". ".join(part for part in (place, split if interest else "") if part)
