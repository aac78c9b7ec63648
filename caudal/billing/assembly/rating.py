"""Prices what is due by the kernel, and remembers: in a town, most months cost what another customer's month cost."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from caudal.billing.assembly.plan import Due, RunPlan, ServiceRule, Supply, TariffRule
from caudal.kernel.money import ZERO, parts, quantize_price, round_half_up, steps
from caudal.kernel.periods import Span
from caudal.kernel.pricing import (
    Connection,
    Context,
    Facts,
    Priced,
    Tariff,
    attribute_text,
    inputs_to_json,
    line_to_json,
    price,
    price_again,
    price_versions,
)

ONE = Decimal(1)
USUAL_MONTH_DAYS = Decimal("30.4375")
REMEMBERED = 20_000
VOLUME_DECIMALS = 3
SHARE_DECIMALS = 4


class Held(Exception):
    """A subscription cannot be billed: the code and the facts of its exception."""

    def __init__(self, code: str, **detail: str) -> None:
        self.code, self.detail = code, detail
        super().__init__(code)


class Rated(NamedTuple):
    """A price as the charge stores it; quantity, unit price and explanation are COPY text (see `operations.batch`)."""

    net: Decimal
    taxable: Decimal
    volume: Decimal
    quantity: str
    unit_price: str
    explanation: str


class Measured(NamedTuple):
    """The usage to price: the days it spans, `[start, end)`, and what was charged provisionally of it.

    `handed_from`: the days from then to the start are on the bill of who had the service before.
    """

    volume: Decimal
    start: date
    end: date
    provisional_net: Decimal = ZERO
    provisional_volume: Decimal = ZERO
    provisional_ends: tuple[date, ...] = ()
    estimated_days: int = 0
    handed_from: date | None = None


class Case(NamedTuple):
    """All that a price of this run depends on, cheap to compare: two subscriptions of one case cost the same."""

    tariff_id: int
    service_id: int
    attributes: str
    limit_m3: Decimal | None
    category: str
    declared_value: Decimal | None
    bases: tuple[tuple[str, Decimal], ...]
    used: Measured | None
    fixed_paid: bool = False

    @property
    def context(self) -> Context:
        """The case as the kernel asks for it, still without its days."""
        return Context(
            attributes=_attributes(self.attributes, self.category, self.declared_value),
            bases=Facts(dict(self.bases)),
        )


class Rater:
    """Prices one run. Its memory is bounded, so that a million accounts take no more of it than ten thousand."""

    def __init__(self, plan: RunPlan) -> None:
        self.plan = plan
        versions = [version for each in plan.tariffs.values() for version in each]
        self.now = {v.tariff_id: v for v in versions if v.holds_on(plan.dated_on)}
        self.needs = {version.version_id: sorted(version.tariff.services) for version in versions}
        self.version_ids = {version.tariff: version.version_id for version in versions}
        self.followers = plan.followers
        self.names = {rule.code: rule.name for rule in plan.rules.values()}
        self._fixed = lru_cache(maxsize=REMEMBERED)(self._price_fixed)
        self._metered = lru_cache(maxsize=REMEMBERED)(self._price_metered)

    def version(self, due: Due) -> TariffRule:
        """The version of the subscription's tariff on the run's date. Raises Held when there is none."""
        found = self.now.get(due.tariff_id)
        if found is None:
            raise Held("no_tariff", day=self.plan.dated_on.isoformat())
        return found

    def rate_fixed(
        self, due: Due, rule: ServiceRule, supply: Supply | None, nets: Mapping[str, Decimal]
    ) -> Rated:
        """A service without a meter, for the run's month; of a co-owner, his share of it."""
        if due.amount_override is None:
            whole = self._fixed(self._case(due, supply, nets, None))
        elif rule.kind == "licence":
            whole = _in_parts(due.amount_override, rule, self.plan.minor_units)
        else:
            whole = _overridden(due.amount_override, rule.name)
        return whole if due.share is None else _shared(whole, due.share, self.plan.minor_units)

    def rate_metered(self, due: Due, supply: Supply, nets: Mapping[str, Decimal], used: Measured) -> Rated:
        """A metered service, for the days between two readings; a change of version inside them splits the usage."""
        return self._metered(self._case(due, supply, nets, used))

    def _case(
        self, due: Due, supply: Supply | None, nets: Mapping[str, Decimal], used: Measured | None
    ) -> Case:
        bases = []
        for code in self.needs[self.version(due).version_id]:
            if code not in nets:
                raise Held("base_held", service=code)
            bases.append((code, nets[code]))
        return Case(
            due.tariff_id,
            due.service_id,
            supply.attributes if supply else "{}",
            supply.limit_m3 if supply else None,
            due.category,
            due.declared_value,
            tuple(bases),
            used,
            due.fixed_paid and used is None and due.tariff_id in self.followers,
        )

    def _price_fixed(self, case: Case) -> Rated:
        rule, version = self.plan.rules[case.service_id], self.now[case.tariff_id]
        days = rule.span.days
        context = case.context._replace(
            days=days,
            last_day=rule.span.last_day,
            period_days=days,
            part=rule.part,
            fixed_billed=ONE if case.fixed_paid else ZERO,
        )
        return self._stored([price(version.tariff, None, context)])

    def _price_metered(self, case: Case) -> Rated:
        used = case.used
        assert used is not None
        whole = Span(used.start, used.end)
        if not used.provisional_ends:
            return self._stored([self.price_span(case, whole, used.volume)], used)
        # Each month estimated is priced again with its share of what was really used: so fixed amounts and blocks count
        # once a month, whatever the tariff scales by.
        spans = whole.split(used.provisional_ends)
        shares = parts(used.volume, [Decimal(span.days) for span in spans], VOLUME_DECIMALS)
        return self._stored(list(map(self.price_span, repeat(case), spans, shares)), used)

    def price_span(
        self, case: Case, span: Span, volume: Decimal, connections: tuple[Connection, ...] = ()
    ) -> Priced:
        """The price of one stretch of days; versions that change inside it split its volume.

        `connections`: those of an account that are priced as one.
        """
        rule = self.plan.rules[case.service_id]
        context = case.context._replace(
            period_days=rule.span.days,
            periods=_periods(span.days, rule),
            part=rule.part,
            allowances=Facts({"limit": case.limit_m3}),
            connections=connections,
        )
        versions = self._versions_over(case.tariff_id, span)
        if case.used and case.used.handed_from and span.start == case.used.start:
            days_before = (span.start - case.used.handed_from).days
            context = _after_another(context, span.days, days_before, rule, versions[-1][0].scale)
        usage = volume if any(tariff.metered for tariff, _ in versions) else None
        if len(versions) > 1:
            return price_versions(versions, usage, context)
        return price(versions[0][0], usage, context.over(span))

    def _versions_over(self, tariff_id: int, span: Span) -> list[tuple[Tariff, Span]]:
        """The versions that hold in the span, oldest first; days before the first of all are the first one's."""
        versions = self.plan.tariffs[tariff_id]
        cuts = [v.start for v in versions[1:] if span.start < v.start < span.end]
        return [(_at(versions, part.start).tariff, part) for part in span.split(cuts)]

    def _stored(self, priced: Sequence[Priced], used: Measured | None = None) -> Rated:
        """Prices as their charge keeps them: what stands for a tariff is the id of its version."""
        settled = used.provisional_net if used else ZERO
        lines = self.told(priced)
        if used is not None:
            lines += _notes(used, priced[0].unit)
        net = sum((each.net for each in priced), ZERO) - settled
        only = priced[0] if len(priced) == 1 else None
        unit_price = only.unit_price if only else None
        volume = sum((each.measured or ZERO for each in priced), ZERO)
        return Rated(
            net=net,
            taxable=net - sum((each.exempt_net for each in priced), ZERO),
            volume=volume,
            quantity=column(only.quantity if only else volume),
            unit_price=column(None if unit_price is None else quantize_price(unit_price)),
            explanation=explained(lines, self._inputs(priced, settled)),
        )

    def told(self, priced: Sequence[Priced]) -> list[dict[str, Any]]:
        """The lines as the bill says them: a percentage of a service names the service, not its code."""
        lines: Iterable[dict[str, Any]] = (line_to_json(line) for each in priced for line in each.lines)
        return [{**x, "of": self.names[x["of"]]} if x.get("of") in self.names else x for x in lines]

    def inputs(self, priced: Priced) -> dict[str, Any]:
        """What a price was computed from; what stands for a tariff is the id of its version."""
        return inputs_to_json(priced, self.version_ids.__getitem__)

    def _inputs(self, priced: Sequence[Priced], settled: Decimal) -> dict[str, Any]:
        found = [self.inputs(each) for each in priced]
        return found[0] if len(found) == 1 else {"stretches": found, "provisional_net": number(settled)}


def _periods(days: int, rule: ServiceRule) -> Decimal:
    """The usual periods of a service that some days are."""
    months = max(ONE, round_half_up(days / USUAL_MONTH_DAYS, 0))
    return max(ONE, round_half_up(months * USUAL_MONTH_DAYS / rule.span.days, 0))


def _after_another(context: Context, days: int, days_before: int, rule: ServiceRule, scale: str) -> Context:
    """The case of who took a service over: with the fixed amounts of who had it before, his are those of one holder.

    By days each pays his own. Else a period is paid by who had the service when it began, as other fixed amounts are.
    """
    if days_before <= 0:
        return context
    if scale == "days":
        return context._replace(days_before=days_before)
    due = _periods(days_before + days, rule) - _periods(days_before, rule)
    own = context.periods if scale == "periods" else ONE
    return context._replace(fixed_billed=own - min(max(due, ZERO), own))


def _at(versions: Sequence[TariffRule], day: date) -> TariffRule:
    for version in versions:
        if version.holds_on(day):
            return version
    return versions[0] if day < versions[0].start else versions[-1]


@lru_cache(maxsize=REMEMBERED)
def _attributes(text: str, category: str, declared_value: Decimal | None) -> Facts[str]:
    """What lookups may ask: the connection's attributes, the subscription's category, the declared value."""
    found = {name: attribute_text(value) for name, value in json.loads(text).items()}
    if category:
        found["category"] = category
    if declared_value is not None:
        found["declared_value"] = format(declared_value, "f")
    return Facts(found)


def _notes(used: Measured, unit: str) -> list[dict[str, Any]]:
    """The lines that billing adds to the kernel's: an estimate, or the settling of earlier ones."""
    if used.estimated_days:
        months = round(used.estimated_days / USUAL_MONTH_DAYS)
        told = {"code": "estimate", "reason": "no_reading", "months": months}
        return [{**told, "quantity": number(used.volume), "unit": unit}]
    if used.provisional_ends:
        told = {"code": "trueup", "estimated": number(used.provisional_volume), "real": number(used.volume)}
        return [{**told, "unit": unit, "amount": number(-used.provisional_net)}]
    return []


def explained(lines: list[dict[str, Any]], inputs: dict[str, Any]) -> str:
    """The explanation as COPY text of JSON: a backslash of JSON is two of COPY."""
    return json.dumps({"lines": lines, "inputs": inputs}, ensure_ascii=False).replace("\\", "\\\\")


def _overridden(amount: Decimal, name: str) -> Rated:
    """An amount agreed with this customer in place of the tariff's."""
    line = {"code": "flat", "name": name, "amount": number(amount)}
    return Rated(amount, amount, ZERO, "1", number(amount), explained([line], {"amount": number(amount)}))


def _in_parts(annual: Decimal, rule: ServiceRule, minor_units: int) -> Rated:
    """A licence's own amount is a year's: charged in as many parts as its calendar has, which add up to it."""
    amount = parts(annual, rule.parts, minor_units)[rule.part - 1]
    line = {
        "code": "part",
        "name": rule.name,
        "annual": number(annual),
        "parts": rule.parts,
        "part": rule.part,
    }
    told = [{**line, "amount": number(amount)}]
    return Rated(amount, amount, ZERO, "1", number(amount), explained(told, {"amount": number(amount)}))


def _shared(whole: Rated, share: Sequence[Decimal], minor_units: int) -> Rated:
    """A co-owner's part of an amount, by the parts rule: those of all co-owners sum to the whole."""
    _before, net = steps((whole.net * upto for upto in share), minor_units)
    _before, taxable = steps((whole.taxable * upto for upto in share), minor_units)
    found = json.loads(whole.explanation.replace("\\\\", "\\"))
    percent = round_half_up((share[1] - share[0]) * 100, SHARE_DECIMALS)
    line = {"code": "share", "percent": number(percent), "base": number(whole.net), "amount": number(net)}
    inputs = {**found["inputs"], "share": [number(part) for part in share]}
    return Rated(net, taxable, ZERO, "1", number(net), explained([*found["lines"], line], inputs))


def column(value: Decimal | None) -> str:
    """A number as COPY text; none is null."""
    return "\\N" if value is None else number(value)


def number(value: Decimal) -> str:
    """A number as text: digits and a point, never an exponent."""
    return format(value, "f")


def recompute(inputs: Mapping[str, Any], resolve: Callable[[Any], Tariff], minor_units: int = 2) -> Decimal:
    """The net of an issued charge, computed again from the `inputs` of its explanation.

    `resolve` finds the tariff of a version's id. An amount typed by hand is itself.
    """
    if "account" in inputs:
        of = inputs["account"]
        whole = price_again({k: v for k, v in inputs.items() if k != "account"}, resolve).net
        left = whole - Decimal(of["billed"])
        return parts(left, [Decimal(weight) for weight in of["weights"]], minor_units)[of["place"]]
    if "share" in inputs:
        whole = recompute({k: v for k, v in inputs.items() if k != "share"}, resolve, minor_units)
        return steps((whole * Decimal(upto) for upto in inputs["share"]), minor_units)[1]
    if "amount" in inputs:
        return Decimal(inputs["amount"])
    if "unit_price" in inputs:
        return round_half_up(Decimal(inputs["usage"]) * Decimal(inputs["unit_price"]), minor_units)
    stretches = inputs.get("stretches", [inputs])
    nets = (price_again(stretch, resolve).net for stretch in stretches)
    return sum(nets, ZERO) - Decimal(inputs.get("provisional_net", 0))
