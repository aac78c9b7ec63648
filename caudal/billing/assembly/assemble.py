"""A slice of accounts becomes bills and exceptions: each expected subscription ends as exactly one of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from caudal.billing.assembly.bills import Bill, Item, bills_of
from caudal.billing.assembly.plan import (
    Chain,
    Due,
    Estimated,
    Provisional,
    RunPlan,
    ServiceRule,
    Slice,
    Usual,
)
from caudal.billing.assembly.rating import Held, Measured, Rated, Rater
from caudal.billing.assembly.together import Group, Together
from caudal.kernel.pricing import CannotPrice
from caudal.kernel.readings import usual_volume

RETAINED, EXCUSED = "retained", "excused"
NO_GROUPS: Mapping[int, Group] = {}


class Excused(Exception):
    """A subscription that the run expected and that owes nothing this time."""

    def __init__(self, code: str, **detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(code)


class Unbilled(NamedTuple):
    """A subscription without a charge: retained with the reason to mend, or excused."""

    subscription_id: int
    outcome: str
    code: str
    detail: dict[str, str]


@dataclass(slots=True)
class Assembled:
    """The bills of a slice, and what it expected but did not bill. expected = charges + unbilled."""

    bills: list[Bill] = field(default_factory=list)
    unbilled: list[Unbilled] = field(default_factory=list)
    expected: int = 0

    @property
    def billed(self) -> int:
        return sum(len(bill.items) for bill in self.bills)

    def count(self, outcome: str) -> int:
        return sum(1 for each in self.unbilled if each.outcome == outcome)


class Assembler:
    """Assembles the slices of one run."""

    def __init__(self, plan: RunPlan) -> None:
        self.plan = plan
        self.rater = Rater(plan)
        self.together = Together(plan, self.rater)
        self.order = _service_order(plan)

    def assemble(self, known: Slice, *, only: frozenset[int] | None = None) -> Assembled:
        """Bills and exceptions of a slice. `only`: the subscriptions of a retry, others are not expected."""
        found = Assembled()
        if known.usual:
            known = replace(known, estimates=_estimates(self.plan, known, only))
        for account_id, of_account in groupby(known.due, key=attrgetter("account_id")):
            dues = list(of_account)
            expected = dues if only is None else [due for due in dues if due.id in only]
            found.expected += len(expected)
            groups = self.together.groups(known, dues, expected) if self.together.tariffs else NO_GROUPS
            items = list(self._items(known, expected, found.unbilled, groups))
            if items:
                found.bills += bills_of(self.plan, known, account_id, items)
        return found

    def _items(
        self, known: Slice, expected: list[Due], unbilled: list[Unbilled], groups: Mapping[int, Group]
    ) -> Iterator[Item]:
        """The charges of one account, in an order in which each percentage finds its base.

        `groups`: of the subscriptions whose tariff prices several connections as one.
        """
        expected.sort(key=lambda due: self.order[due.service_id])
        nets: dict[int | None, dict[str, Decimal]] = {}
        for due in expected:
            place = nets.setdefault(due.connection_id, {})
            try:
                if due.id in groups:
                    rated = self.together.rate(known, due, groups[due.id], nets)
                    item = self._read_item(due, rated, known.chains[due.id])
                else:
                    item = self._item(known, due, place)
            except (Held, CannotPrice) as held:
                detail = (
                    held.detail if isinstance(held, Held) else {k: str(v) for k, v in held.params.items()}
                )
                unbilled.append(Unbilled(due.id, RETAINED, held.code, detail))
            except Excused as excused:
                unbilled.append(Unbilled(due.id, EXCUSED, excused.code, excused.detail))
            else:
                place[item.rule.code] = item.rated.net
                yield item

    def _item(self, known: Slice, due: Due, nets: dict[str, Decimal]) -> Item:
        rule = self.plan.rules[due.service_id]
        if due.billed:
            raise Excused("already_billed")
        supply = known.supplies.get(due.connection_id) if due.connection_id else None
        if rule.kind == "metered":
            return self._metered(known, due, rule, nets)
        rated = self.rater.rate_fixed(due, rule, supply, nets)
        version = self.rater.version(due)
        return Item(due, rule, rated, version.version_id, version.name, rule.span.start, rule.span.end)

    def _metered(self, known: Slice, due: Due, rule: ServiceRule, nets: dict[str, Decimal]) -> Item:
        if due.connection_id is None:
            raise Held("no_connection")
        chain = known.chains.get(due.id)
        if chain is None or chain.to_on <= chain.from_on:
            return self._unread(known, due, rule, nets, chain)
        settled = known.provisional.get(due.id) if chain.provisional else None
        used = _used(chain, settled)
        supply = known.supplies[due.connection_id]
        return self._read_item(due, self.rater.rate_metered(due, supply, nets, used), chain, settled)

    def _read_item(self, due: Due, rated: Rated, chain: Chain, settled: Provisional | None = None) -> Item:
        version = self.rater.version(due)
        return Item(
            due,
            self.plan.rules[due.service_id],
            rated,
            version.version_id,
            version.name,
            chain.from_on,
            chain.to_on,
            from_reading_id=chain.from_id,
            to_reading_id=chain.to_id,
            meter=_meter(chain, settled, chain.volume + settled.volume if settled else chain.volume),
            before=chain.before,
        )

    def _unread(
        self, known: Slice, due: Due, rule: ServiceRule, nets: dict[str, Decimal], chain: Chain | None
    ) -> Item:
        """No reading since the last billed one: estimated, retained until there is one, or left for the next month."""
        if chain is not None and due.valid_to is not None and chain.from_on >= due.valid_to:
            raise Excused("billed_to_the_end", last=chain.from_on.isoformat())
        if chain is not None and (
            rule.without_reading == "wait"
            or (rule.without_reading == "estimate" and _takes_over_later(due, chain, self.plan))
        ):
            raise Excused("waits_for_reading", last=chain.to_on.isoformat())
        guess = known.estimates.get(due.id)
        if rule.without_reading != "estimate" or guess is None or due.connection_id is None:
            raise Held("no_reading", last=chain.to_on.isoformat() if chain else "")
        usual = known.usual[due.id]
        begins = guess.after.read_on if guess.after else usual.last_on
        handed = chain.handed_from if chain else None
        used = Measured(guess.volume, begins, guess.read_on, estimated_days=usual.days, handed_from=handed)
        rated = self.rater.rate_metered(due, known.supplies[due.connection_id], nets, used)
        version = self.rater.version(due)
        return Item(
            due,
            rule,
            rated,
            version.version_id,
            version.name,
            begins,
            guess.read_on,
            from_reading_id=None if guess.after else guess.first_id,
            estimated=guess,
            meter=_estimated_meter(usual, guess),
        )


def _service_order(plan: RunPlan) -> dict[int, int]:
    """The place of each service, after those that any version of its tariffs takes a percentage of."""
    codes = {rule.code: rule.id for rule in plan.rules.values()}
    bases: dict[int, set[int]] = {rule_id: set() for rule_id in plan.rules}
    for version in (v for versions in plan.tariffs.values() for v in versions):
        bases[version.service_id] |= {codes[c] for c in version.tariff.services if c in codes}
    order: dict[int, int] = {}
    waiting = sorted(bases, key=lambda rule_id: (plan.rules[rule_id].position, rule_id))
    while waiting:
        ready = [rule_id for rule_id in waiting if bases[rule_id] <= order.keys()] or waiting
        order |= {rule_id: len(order) + n for n, rule_id in enumerate(ready)}
        waiting = [rule_id for rule_id in waiting if rule_id not in order]
    return order


def _used(chain: Chain, settled: Provisional | None) -> Measured:
    """The usage of a chain; after estimates it reaches back to the last real reading and settles what they charged."""
    if settled is None:
        return Measured(chain.volume, chain.from_on, chain.to_on, handed_from=chain.handed_from)
    return Measured(
        settled.volume + chain.volume,
        settled.from_on,
        chain.to_on,
        provisional_net=settled.net,
        provisional_volume=settled.volume,
        provisional_ends=tuple(settled.ends),
        handed_from=chain.handed_from,
    )


def _estimates(plan: RunPlan, known: Slice, only: frozenset[int] | None) -> dict[int, Estimated]:
    """What each service that nobody read is estimated to show at its end, by subscription; without a day, none.

    Who leaves comes before who follows, and each begins where the one before was estimated to. Who took over begins on
    that day, whether the one before is billed now, elsewhere or with the next run.
    """
    unread = [due for due in known.due if due.id in known.usual and (only is None or due.id in only)]
    found: dict[int, Estimated] = {}
    latest: dict[tuple[int, int], Estimated] = {}
    for due in sorted(unread, key=lambda due: (due.valid_to or date.max, due.valid_from, due.id)):
        usual, chain = known.usual[due.id], known.chains.get(due.id)
        place = usual.installation_id, due.service_id
        before = latest.get(place)
        if chain is not None and chain.handed_from is not None:
            if _takes_over_later(due, chain, plan):
                continue
            before = _estimate(usual, before, due.valid_from) or before
        guess = _estimate(usual, before, min(plan.read_until, due.valid_to or plan.read_until))
        if guess is not None:
            found[due.id] = latest[place] = guess
    return found


def _takes_over_later(due: Due, chain: Chain, plan: RunPlan) -> bool:
    """Whether a service passed to this account after all the days that the run looks at."""
    return chain.handed_from is not None and due.valid_from >= plan.read_until


def _estimate(usual: Usual, after: Estimated | None, until: date) -> Estimated | None:
    """The usual daily volume, in whole units, for the days since the last reading or estimate; None without."""
    start = after.read_on if after else usual.last_on
    days = (until - start).days
    if days <= 0:
        return None
    volume = usual_volume(usual.volume, days=usual.days, wanted=days)
    register = after.register if after else usual.last_register
    return Estimated(usual.installation_id, usual.last_id, until, register + volume, volume, after)


def _meter(chain: Chain, settled: Provisional | None, volume: Decimal) -> str:
    """The meter as the invoice freezes it: readings, dates, days and usage, as JSON text."""
    start: Chain | Provisional = settled or chain
    days = (chain.to_on - start.from_on).days
    return (
        f'{{"serial": {_text(chain.serial)}, "unit": {_text(chain.unit)}, '
        f'"previous": "{start.from_register if chain.same_meter else ""}", "previous_on": "{start.from_on}", '
        f'"current": "{chain.to_register}", "current_on": "{chain.to_on}", "days": {days}, "usage": "{volume}", '
        f'"kind": "{chain.source}", "from_reading": {start.from_id}, "to_reading": {chain.to_id}}}'
    )


def _estimated_meter(usual: Usual, guess: Estimated) -> str:
    after = guess.after
    start, register = (after.read_on, after.register) if after else (usual.last_on, usual.last_register)
    first = "" if after else f', "from_reading": {guess.first_id}'
    return (
        f'{{"serial": {_text(usual.serial)}, "unit": {_text(usual.unit)}, '
        f'"previous": "{register}", "previous_on": "{start}", '
        f'"current": "{guess.register}", "current_on": "{guess.read_on}", "days": {(guess.read_on - start).days}, '
        f'"usage": "{guess.volume}", "kind": "estimated"{first}}}'
    )


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
