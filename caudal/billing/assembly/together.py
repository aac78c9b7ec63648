"""Tariffs by account: what its connections of one unit used is summed, priced once, and spread over them again.

What a connection has above its own limit is its own; the rest is spread by usage. The charges of a sum add up to its
price, also when some were issued before and others come later (one of three invoices was voided, say).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import compress
from typing import Any, NamedTuple

from caudal.billing.assembly.plan import Chain, Due, RunPlan, Slice
from caudal.billing.assembly.rating import Case, Held, Rated, Rater, column, explained, number
from caudal.kernel.money import ZERO, parts, round_half_up
from caudal.kernel.periods import Span
from caudal.kernel.pricing import CannotPrice, Connection, Priced
from caudal.kernel.pricing.lines import Excess

WEIGHT_DECIMALS = 6


class Part(NamedTuple):
    """A connection in a sum: its usage, its days, and what it was charged of the sum before, if it was."""

    due: Due
    connection: Connection
    span: Span
    billed: Decimal | None = None


@dataclass(slots=True)
class Group:
    """Connections of an account that a tariff prices as one; priced when the first of them is asked for."""

    parts: list[Part] = field(default_factory=list)
    unread: list[Due] = field(default_factory=list)
    rated: dict[int, Rated] = field(default_factory=dict)
    refused: Held | CannotPrice | None = None


class Together:
    """Prices the groups of one run."""

    def __init__(self, plan: RunPlan, rater: Rater) -> None:
        self.plan, self.rater, self.tariffs = plan, rater, plan.by_account

    def groups(self, known: Slice, dues: Iterable[Due], expected: Sequence[Due]) -> dict[int, Group]:
        """The group of each expected connection that has others beside it; one by itself is priced as any other.

        `dues`: all of the account's, those billed before too.
        """
        wanted = {due.id for due in expected}
        found: dict[tuple[int, str], Group] = {}
        never_read = []
        for due in dues:
            if due.tariff_id not in self.tariffs or due.connection_id is None:
                continue
            if (part := _billed_part(known, due)) is not None:
                found.setdefault((due.tariff_id, known.beside[due.id].unit), Group()).parts.append(part)
            elif due.billed or due.id not in wanted or self.plan.rules[due.service_id].kind != "metered":
                continue
            elif (chain := known.chains.get(due.id)) is None:
                never_read.append(due)
            else:
                _put(found.setdefault((due.tariff_id, chain.unit), Group()), known, due, chain)
        for due in never_read:
            same = [group for (tariff_id, _unit), group in found.items() if tariff_id == due.tariff_id]
            for group in same or [found.setdefault((due.tariff_id, ""), Group())]:
                group.unread.append(due)
        return {due.id: group for group in found.values() for due in self._open(group)}

    def _open(self, group: Group) -> list[Due]:
        """Those that are priced or held as a group; where all wait for the next reading, each just waits."""
        waits = any(self.plan.rules[due.service_id].without_reading == "wait" for due in group.unread)
        if len(group.parts) + len(group.unread) < 2 or (waits and not group.parts):
            return []
        return [part.due for part in group.parts if part.billed is None] + group.unread

    def rate(
        self, known: Slice, due: Due, group: Group, nets: Mapping[int | None, Mapping[str, Decimal]]
    ) -> Rated:
        """What a connection is charged of its group's price. Raises Held and CannotPrice, for all of a group alike."""
        if group.unread:
            raise _unread(known, due, group)
        if group.refused is None and not group.rated:
            try:
                group.rated = self._spread(group, self._priced(known, group, nets))
            except (Held, CannotPrice) as refused:
                group.refused = refused
        if group.refused is not None:
            raise group.refused
        return group.rated[due.id]

    def _priced(self, known: Slice, group: Group, nets: Mapping[int | None, Mapping[str, Decimal]]) -> Priced:
        members = tuple(part.connection for part in group.parts)
        span = Span(min(part.span.start for part in group.parts), max(part.span.end for part in group.parts))
        case, differing = self._case(known, [part.due for part in group.parts], nets)
        try:
            return self.rater.price_span(case, span, sum((each.usage for each in members), ZERO), members)
        except CannotPrice as refused:
            if refused.params.get("attribute") in differing:
                raise Held("account_differs", attribute=str(refused.params["attribute"])) from None
            raise

    def _case(
        self, known: Slice, dues: Sequence[Due], nets: Mapping[int | None, Mapping[str, Decimal]]
    ) -> tuple[Case, frozenset[str]]:
        """The case of a group, and the names of what its connections do not have in common: no price may ask for it."""
        supplies = [known.supplies[due.connection_id] for due in dues if due.connection_id]
        each_has = [json.loads(supply.attributes).items() for supply in supplies]
        common = {k: v for k, v in each_has[0] if all((k, v) in others for others in each_has)}
        categories = {due.category for due in dues}
        limits = [supply.limit_m3 for supply in supplies if supply.limit_m3 is not None]
        case = Case(
            dues[0].tariff_id,
            dues[0].service_id,
            json.dumps(common),
            sum(limits, ZERO) if len(limits) == len(supplies) else None,
            dues[0].category if len(categories) == 1 else "",
            None,
            self._bases(dues, nets),
            None,
        )
        differing = {name for items in each_has for name, _value in items} - common.keys()
        return case, frozenset(differing | ({"category"} if len(categories) > 1 else set()))

    def _bases(
        self, dues: Sequence[Due], nets: Mapping[int | None, Mapping[str, Decimal]]
    ) -> tuple[tuple[str, Decimal], ...]:
        """What percentages of other services are of: the sum over the connections."""
        bases = []
        for code in self.rater.needs[self.rater.version(dues[0]).version_id]:
            if not all(code in nets.get(due.connection_id, {}) for due in dues):
                raise Held("base_held", service=code)
            bases.append((code, sum((nets[due.connection_id][code] for due in dues), ZERO)))
        return tuple(bases)

    def _spread(self, group: Group, whole: Priced) -> dict[int, Rated]:
        """The price of the sum, less what was charged of it before, as one charge for each connection that is left."""
        open_ = [part.billed is None for part in group.parts]
        billed = sum((part.billed for part in group.parts if part.billed is not None), ZERO)
        weights = list(compress(_weights(whole, [part.connection for part in group.parts]), open_))
        if not any(weights):
            weights = [Decimal(1)] * len(weights)
        left = whole.net - billed
        if left < 0:
            raise Held("account_overbilled")
        units = self.plan.minor_units
        taxable = left if not whole.exempt_net else round_half_up(left * whole.taxable_net / whole.net, units)
        lines, inputs = self._lines(whole, group), self.rater.inputs(whole)
        of_all = {"weights": [number(weight) for weight in weights], "billed": number(billed)}
        shares = zip(
            compress(group.parts, open_),
            parts(left, weights, units),
            parts(taxable, weights, units),
            strict=True,
        )
        found = {}
        for place, (part, net, taxed) in enumerate(shares):
            usage = part.connection.usage
            own = {"account": {**of_all, "place": place, "usage": number(usage)}}
            told = _told(part, net, lines, whole)
            found[part.due.id] = Rated(
                net, taxed, usage, column(usage), column(None), explained(told, {**inputs, **own})
            )
        return found

    def _lines(self, whole: Priced, group: Group) -> list[dict[str, Any]]:
        """The lines of the whole without who used what: each charge tells its own. An excess says whose it is."""
        names = {part.connection.name for part in group.parts}
        found = []
        for line in self.rater.told([whole]):
            if line["code"] == "excess" and line.get("name") in names:
                found.append({**line, "connection": line["name"]})
            elif line["code"] not in ("usage", "member"):
                found.append(line)
        return found


def _billed_part(known: Slice, due: Due) -> Part | None:
    before = known.beside.get(due.id)
    if before is None:
        return None
    return Part(
        due, _connection(known, due, before.usage), Span(before.covers_from, before.covers_to), before.net
    )


def _put(group: Group, known: Slice, due: Due, chain: Chain) -> None:
    """Into the sum with what was used since the last billed reading, or among those that hold it up."""
    if chain.to_on <= chain.from_on:
        group.unread.append(due)
    else:
        connection = _connection(known, due, chain.volume)
        group.parts.append(Part(due, connection, Span(chain.from_on, chain.to_on)))


def _connection(known: Slice, due: Due, usage: Decimal) -> Connection:
    assert due.connection_id is not None
    supply = known.supplies[due.connection_id]
    return Connection(json.loads(supply.frozen)["number"], usage, supply.limit_m3)


def _unread(known: Slice, due: Due, group: Group) -> Held:
    """Who lacks the reading is told so; the others, whom they wait for."""
    if due in group.unread:
        chain = known.chains.get(due.id)
        return Held("no_reading", last=chain.to_on.isoformat() if chain else "")
    missing = (_connection(known, each, ZERO).name for each in group.unread)
    return Held("account_unread", connections=", ".join(sorted(missing)))


def _weights(whole: Priced, members: Sequence[Connection]) -> list[Decimal]:
    """What each connection makes of the price: its own excess, and of the rest its part by usage."""
    own = {each.name: ZERO for each in members}
    for line in whole.lines:
        if isinstance(line, Excess) and line.name in own:
            own[line.name] += line.amount
    rest = max(whole.raw - sum(own.values(), ZERO), ZERO)
    used = [max(each.usage, ZERO) for each in members]
    total = sum(used, ZERO)
    if not total:
        return [Decimal(1)] * len(members)
    return [
        round_half_up(rest * usage / total + own[each.name], WEIGHT_DECIMALS)
        for each, usage in zip(members, used, strict=True)
    ]


def _told(part: Part, net: Decimal, lines: list[dict[str, Any]], whole: Priced) -> list[dict[str, Any]]:
    """The lines of one connection's charge: its usage of the account's, how that was priced, and its part of it."""
    used = {"quantity": number(part.connection.usage), "unit": whole.unit}
    members = whole.context.connections
    of = {"of": number(whole.measured or ZERO), "connections": len(members)}
    last = {"code": "of_price", "base": number(whole.net), "amount": number(net)}
    return [{"code": "of_account", **used, **of}, *lines, last]
