"""What is owed as its payer chooses from it: by account, place and service, oldest first."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.template.defaultfilters import capfirst
from django.utils.html import format_html
from django.utils.safestring import SafeString

from caudal.billing.models import Account
from caudal.common.spoken import as_written, spanish, spanish_lazy
from caudal.common.ui.formats import long_date, money, month_name
from caudal.common.ui.templatetags.caudal_ui import money as figure
from caudal.kernel.late_policies import ONCE
from caudal.kernel.periods import ONE_DAY
from caudal.receivables.queries import Movement, PendingItem, pending_items_of
from caudal.receivables.queries.interest import late_debts
from caudal.registry.context import Town

ZERO = Decimal(0)
NO_PLACE = spanish_lazy("Sin propiedad")


class Entry(NamedTuple):
    """An item to choose. `name`, and the same as the page's `label`; `when` it falls due; `split`: what is left of the
    charge and its interest to date, where it is not simply the charge.

    `needs` are the items that have to be paid with it or before it, `origin` the one it is the interest of.
    """

    id: int
    name: str
    label: str
    when: str
    split: str
    state: str
    total: Decimal
    chosen: bool
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


class Step(NamedTuple):
    """A movement of the account."""

    on: date
    title: str
    note: str
    state: str
    charge: Decimal | None
    credit: Decimal | None
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of every item: looked up in the language of the page once, and not row by row."""

    due: str = field(default_factory=lambda: spanish("Vence el %(day)s"))
    was_due: str = field(default_factory=lambda: spanish("Venció el %(day)s"))
    left: str = field(default_factory=lambda: spanish("Resto %(left)s"))
    left_with_interest: str = field(default_factory=lambda: spanish("Resto %(left)s + interés %(interest)s"))
    with_interest: str = field(default_factory=lambda: spanish("%(left)s + interés %(interest)s"))


@dataclass(frozen=True, slots=True)
class MovementWords:
    """The same of movements. `{what}` and `{number}` are put in by format_html."""

    void: str = field(default_factory=lambda: spanish("Anulación: {what}"))
    payment: str = field(default_factory=lambda: spanish("Pago, comprobante {number}"))
    reversal: str = field(default_factory=lambda: spanish("Reversión del comprobante {number}"))
    dated: str = field(default_factory=lambda: spanish("Con fecha %(day)s"))


@dataclass(frozen=True, slots=True)
class Naming:
    """How places are called. `masked`: by their numbers only, for who has no account here."""

    town: Town
    masked: bool = False
    said: Said = field(default_factory=Said)

    def site(self, item: PendingItem) -> str:
        """The place of an item, as its neighbours would say it."""
        if self.masked:
            return self.service_at(item) or (spanish("Propiedad") if item.property_id else str(NO_PLACE))
        address = item.property_address or item.connection_address
        if item.property_id and not address:
            return _property(item.property_code)
        return address or self.service_at(item) or str(NO_PLACE)

    def service_at(self, item: PendingItem) -> str:
        """The supply point's number, or the property's code."""
        if item.connection_number:
            return f"{self.town.account_word} {item.connection_number}"
        return _property(item.property_code) if item.property_code and not self.masked else ""


def _property(code: str | None) -> str:
    return spanish("Propiedad %(number)s") % {"number": code}


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
        group.entries.append(_entry(item, chosen is None or item.charge_id in chosen, names))
        site.total += item.payable
        total += item.payable
    placed = sorted(sites.items(), key=lambda pair: pair[0] is None)
    return Section(account.number, holder, tuple(site for _key, site in placed), total)


def _place_key(item: PendingItem) -> object:
    if item.property_id:
        return "property", item.property_id
    return ("connection", item.connection_id) if item.connection_id else None


def _is_month(item: PendingItem) -> bool:
    """Whether an item is called by the month of its service; anything else is by its concept."""
    return item.subscription_id is not None and item.origin_id is None


def late_total(items: Collection[PendingItem], due: date) -> Decimal | None:
    """What some items cost the day after a due date, where a surcharge falls then; None where nothing does."""
    wanted, accounts = {item.charge_id for item in items}, {item.account_id for item in items}
    late = late_debts(on=due + ONE_DAY, account_ids=accounts)
    policies = [policy for debt in late if debt.charge_id in wanted for policy in debt.policies]
    if not any(policy.kind in ONCE for policy in policies):
        return None
    after = pending_items_of(account_ids=accounts, on=due + ONE_DAY)
    total = sum((item.payable for item in after if item.charge_id in wanted), ZERO)
    return total if total > sum((item.payable for item in items), ZERO) else None


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


def _concept(item: PendingItem, town: Town) -> SafeString:
    service = capfirst(item.service)
    if _is_month(item):
        return format_html("{}, {}", as_written(service), month_name(item.month, town))
    return as_written(service if item.label == item.service else f"{service}, {item.label}")


def steps_of(movements: Iterable[Movement], town: Town) -> list[Step]:
    """An account's movements, the latest first."""
    said = MovementWords()
    return [
        Step(
            on=m.posted_on,
            title=_title(m, said),
            note="" if m.value_on == m.posted_on else said.dated % {"day": long_date(m.value_on, town)},
            state=m.kind,
            charge=m.amount if m.amount > 0 else None,
            credit=-m.amount if m.amount < 0 else None,
            balance=m.balance,
        )
        for m in movements
    ]


def _title(movement: Movement, said: MovementWords) -> SafeString:
    if movement.kind == "charge":
        return as_written(movement.label)
    if movement.kind == "void":
        return format_html(said.void, what=as_written(movement.label))
    if movement.kind == "payment":
        return format_html(said.payment, number=movement.label)
    return format_html(said.reversal, number=movement.label)


def _entry(item: PendingItem, chosen: bool, names: Naming) -> Entry:
    town, said = names.town, names.said
    name = month_name(item.month, town) if _is_month(item) else item.label
    return Entry(
        id=item.charge_id,
        name=name,
        label=capfirst(name) if _is_month(item) else as_written(capfirst(name)),
        when=(said.was_due if item.overdue else said.due) % {"day": long_date(item.due_date, town)},
        split=_split(item, said, town),
        state="overdue" if item.overdue else "pending",
        total=item.payable,
        chosen=chosen,
        needs=item.blocked_by,
        origin=item.origin_id,
    )


def _split(item: PendingItem, said: Said, town: Town) -> str:
    """What is left of a charge that was paid in part, and its interest to date; nothing where there is neither."""
    interest, partial = item.payable - item.balance, item.balance != item.total
    if not interest and not partial:
        return ""
    sentence = said.left if not interest else said.left_with_interest if partial else said.with_interest
    # Of safe parts alone: format_html would escape them once more, for each of hundreds of rows.
    return SafeString(sentence % {"left": figure(item.balance, town), "interest": figure(interest, town)})


def _detail(item: PendingItem, names: Naming, *, place: str) -> str:
    interest = item.payable - item.balance
    split = spanish("%(left)s más %(interest)s de intereses a hoy") % {
        "left": money(item.balance, names.town),
        "interest": money(interest, names.town),
    }
    return ". ".join(part for part in (place, split if interest else "") if part)
