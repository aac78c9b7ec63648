"""Charges become invoices: grouped by presentation, taxed as a whole, frozen as JSON text."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from caudal.billing.assembly.one_off import Waiting
from caudal.billing.assembly.plan import Due, Estimated, RunPlan, ServiceRule, Slice
from caudal.billing.assembly.rating import Rated
from caudal.billing.documents import ChargeDocument
from caudal.kernel.money import ZERO
from caudal.kernel.taxes import Taxable, TaxRounding, tax_of_charges

LABEL_SIZE: Final = 200
ADDRESS_SIZE: Final = 60


class Item(NamedTuple):
    """A charge before its invoice. `meter` is its line in the invoice's frozen meters, as JSON text, or empty."""

    due: Due
    rule: ServiceRule
    rated: Rated
    version_id: int
    tariff: str
    covers_from: date
    covers_to: date
    from_reading_id: int | None = None
    to_reading_id: int | None = None
    estimated: Estimated | None = None
    meter: str = ""
    before: Decimal | None = None


class Bill(NamedTuple):
    """An invoice before its number: its charges with their taxes, and what it freezes, as JSON text.

    `extras` are charges that the run does not expect: interest, and the `one_offs` that waited for an invoice.
    """

    account_id: int
    connection_id: int | None
    due_date: date
    covers_from: date
    covers_to: date
    items: tuple[Item, ...]
    taxes: tuple[Decimal, ...]
    net: Decimal
    tax: Decimal
    frozen: str
    sector: str
    extras: tuple[ChargeDocument, ...] = ()
    one_offs: tuple[Waiting, ...] = ()

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


def with_extras(bills: Sequence[Bill], extras: Mapping[int, Sequence[ChargeDocument]]) -> list[Bill]:
    """The bills with each account's extra charges on its first one; whoever gets no bill is not charged them now."""
    left = dict(extras)
    return [_extended(bill, tuple(left.pop(bill.account_id, ()))) for bill in bills]


def _extended(bill: Bill, extras: tuple[ChargeDocument, ...]) -> Bill:
    if not extras:
        return bill
    return bill._replace(
        extras=bill.extras + extras,
        net=bill.net + sum((e.net for e in extras), ZERO),
        tax=bill.tax + sum((e.tax for e in extras), ZERO),
    )


def with_one_offs(plan: RunPlan, bills: Sequence[Bill], waiting: Iterable[Waiting]) -> list[Bill]:
    """The bills with what waited for them: on the one of the same connection, else on the account's first.

    Taxes are still those of each invoice as a whole. Whoever gets no bill is not charged now.
    """
    by_account: dict[int, list[Waiting]] = {}
    for each in waiting:
        by_account.setdefault(each.account_id, []).append(each)
    found = list(bills)
    places: dict[int, list[int]] = {}
    for place, bill in enumerate(bills):
        if bill.account_id in by_account:
            places.setdefault(bill.account_id, []).append(place)
    for account_id, own in places.items():
        for each in by_account[account_id]:
            same = (n for n in own if each.connection_id and bills[n].connection_id == each.connection_id)
            place = next(same, own[0])
            found[place] = _with_one_off(plan, found[place], each)
    return found


def _with_one_off(plan: RunPlan, bill: Bill, waiting: Waiting) -> Bill:
    concepts = [e.concept for e in bill.one_offs] + [waiting.concept]
    bases = [Taxable(i.rated.taxable, i.rule.tax_percent, i.rule.tax_name) for i in bill.items]
    bases += [Taxable(c.amount, c.tax_percent, c.tax_name) for c in concepts]
    taxes = tax_of_charges(bases, rounding=TaxRounding(plan.tax_rounding), minor_units=plan.minor_units)
    # Each tax is a step of a running total, so that those of the charges before stay as they are.
    return _extended(bill._replace(one_offs=(*bill.one_offs, waiting)), (waiting.charge(taxes[-1]),))


def bills_of(plan: RunPlan, known: Slice, account_id: int, items: Iterable[Item]) -> list[Bill]:
    """The invoices of one account: one for all, one per connection, or one per service, as each service says."""
    groups: dict[tuple[date, int, int], list[Item]] = {}
    for item in items:
        groups.setdefault(_group_of(item), []).append(item)
    return [_bill(plan, known, account_id, group) for group in groups.values()]


def _group_of(item: Item) -> tuple[date, int, int]:
    due, rule = item.due, item.rule
    if rule.presentation == "connection":
        return rule.due_date, due.connection_id or 0, 0
    if rule.presentation == "service":
        return rule.due_date, due.connection_id or 0, due.id
    return rule.due_date, 0, 0


def _bill(plan: RunPlan, known: Slice, account_id: int, items: list[Item]) -> Bill:
    items.sort(key=_place)
    taxes = _taxes(plan, items)
    connection_id = _only_connection(items)
    supply = known.supplies.get(connection_id) if connection_id else None
    holder = known.holders[account_id]
    frozen = (
        f'{{"holder": {holder.frozen}, "account": {holder.number}, '
        f'"connection": {supply.frozen if supply else "null"}, '
        f'"meters": [{", ".join(dict.fromkeys(i.meter for i in items if i.meter))}], '
        f'"category": {json.dumps(items[0].due.category)}, '
        f'"tariffs": {_tariffs(tuple((i.rule.code, i.tariff, i.version_id) for i in items))}, '
        f'"places": [{", ".join(dict.fromkeys(i.due.place for i in items if i.due.place))}], '
        f"{_assembly(items)}"
        f'"period": "{_period(items):%Y-%m}"}}'
    )
    return Bill(
        account_id=account_id,
        connection_id=connection_id,
        due_date=items[0].rule.due_date,
        covers_from=min(i.rule.span.start for i in items),
        covers_to=max(i.rule.span.end for i in items),
        items=tuple(items),
        taxes=taxes,
        net=sum((i.rated.net for i in items), ZERO),
        tax=sum(taxes, ZERO),
        frozen=frozen,
        sector=supply.sector if supply else "",
    )


def _place(item: Item) -> tuple[int, int, int]:
    return item.due.connection_id or 0, item.rule.position, item.due.id


def _taxes(plan: RunPlan, items: Sequence[Item]) -> tuple[Decimal, ...]:
    if not any(i.rule.tax_percent for i in items):
        return (ZERO,) * len(items)
    bases = [Taxable(i.rated.taxable, i.rule.tax_percent, i.rule.tax_name) for i in items]
    return tax_of_charges(bases, rounding=TaxRounding(plan.tax_rounding), minor_units=plan.minor_units)


def _only_connection(items: Sequence[Item]) -> int | None:
    """The connection of all charges that have one, or None when there are several."""
    found = {i.due.connection_id for i in items if i.due.connection_id}
    return found.pop() if len(found) == 1 else None


def _assembly(items: Sequence[Item]) -> str:
    """When the members meet, as a key of its own where the month says so."""
    days = [i.rule.assembly_on for i in items if i.rule.assembly_on]
    return f'"assembly_on": "{max(days)}", ' if days else ""


def _period(items: Sequence[Item]) -> date:
    """The month the bill is called after: the last one that any of its charges covers."""
    return max(i.rule.span.last_day for i in items)


@lru_cache(maxsize=1024)
def _tariffs(names: tuple[tuple[str, str, int], ...]) -> str:
    """The tariffs by service code, as JSON text; a town has few combinations, so each is written once."""
    by_service = {code: {"name": name, "version": version} for code, name, version in names}
    return json.dumps(by_service, ensure_ascii=False)


def labelled(name: str, place: str | None) -> str:
    """A charge's name with the property or licence that it is for: bill, statement and receipt all name it.

    «Impuesto sobre bienes inmuebles, propiedad 6-125900», «Patente P-0017, Pulpería»; the name alone without a place.
    """
    if place is None:
        return name
    known = json.loads(place)
    return f"{name}{place_said(known)}"[:LABEL_SIZE]


def place_said(place: Mapping[str, Any]) -> str:
    """How the name of a charge goes on where it is for a property or a licence, as its invoice froze it."""
    if place["kind"] == "licence":
        return f" {place['number']}, {place['activity']}"
    if place["code"]:
        return f", propiedad {place['code']}"
    return f", {place['address'][:ADDRESS_SIZE]}" if place["address"] else ""
