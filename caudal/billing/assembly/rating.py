"""Prices what is due by the kernel, and remembers: in a town, most months cost what another customer's month cost."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from caudal.billing.assembly.plan import Due, RunPlan, ServiceRule, Supply, TariffRule
from caudal.kernel.money import ZERO, quantize_price, round_half_up
from caudal.kernel.periods import Span
from caudal.kernel.pricing import (
    Context,
    Facts,
    Priced,
    Tariff,
    attribute_text,
    inputs_to_json,
    line_to_json,
    price,
    price_versions,
)

USUAL_MONTH_DAYS = Decimal("30.4375")
REMEMBERED = 20_000


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
    """The usage to price: the days it spans, `[start, end)`, and what was charged provisionally of it."""

    volume: Decimal
    start: date
    end: date
    provisional_net: Decimal = ZERO
    provisional_volume: Decimal = ZERO
    provisional_periods: int = 0
    estimated_days: int = 0


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
        """A service without a meter, for the run's month."""
        if due.amount_override is not None:
            return _overridden(due.amount_override, rule.name)
        return self._fixed(self._case(due, supply, nets, None))

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
        )

    def _price_fixed(self, case: Case) -> Rated:
        rule, version = self.plan.rules[case.service_id], self.now[case.tariff_id]
        days = rule.span.days
        context = case.context._replace(
            days=days, last_day=rule.span.last_day, period_days=days, part=rule.part
        )
        return self._stored(price(version.tariff, None, context), None)

    def _price_metered(self, case: Case) -> Rated:
        used, rule = case.used, self.plan.rules[case.service_id]
        assert used is not None
        if self.now[case.tariff_id].tariff.aggregate == "account":
            raise Held("priced_by_account")
        span = Span(used.start, used.end)
        months = max(Decimal(1), round_half_up(span.days / USUAL_MONTH_DAYS, 0))
        context = case.context._replace(
            period_days=rule.span.days,
            periods=max(Decimal(1), round_half_up(months * USUAL_MONTH_DAYS / rule.span.days, 0)),
            allowances=Facts({"limit": case.limit_m3}),
        )
        parts = self._versions_over(case.tariff_id, span)
        if len(parts) > 1:
            return self._stored(price_versions(parts, used.volume, context), used)
        return self._stored(price(parts[0][0], used.volume, context.over(span)), used)

    def _versions_over(self, tariff_id: int, span: Span) -> list[tuple[Tariff, Span]]:
        """The versions that hold in the span, oldest first; days before the first of all are the first one's."""
        versions = self.plan.tariffs[tariff_id]
        cuts = [v.start for v in versions[1:] if span.start < v.start < span.end]
        return [(_at(versions, part.start).tariff, part) for part in span.split(cuts)]

    def _stored(self, priced: Priced, used: Measured | None) -> Rated:
        """A price as its charge keeps it: what stands for the tariff is the id of its version."""
        lines = [line_to_json(line) for line in priced.lines]
        inputs = inputs_to_json(priced, self.version_ids.__getitem__)
        settled = ZERO
        if used is not None:
            lines += _notes(used, priced.unit)
            settled = used.provisional_net
        if settled:
            inputs["provisional_net"] = number(settled)
        return Rated(
            net=priced.net - settled,
            taxable=priced.taxable_net - settled,
            volume=priced.measured or ZERO,
            quantity=_column(priced.quantity),
            unit_price=_column(None if priced.unit_price is None else quantize_price(priced.unit_price)),
            explanation=_explained(lines, inputs),
        )


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
    if used.provisional_periods:
        told = {"code": "trueup", "estimated": number(used.provisional_volume), "real": number(used.volume)}
        return [{**told, "unit": unit, "amount": number(-used.provisional_net)}]
    return []


def _explained(lines: list[dict[str, Any]], inputs: dict[str, Any]) -> str:
    """The explanation as COPY text of JSON: a backslash of JSON is two of COPY."""
    return json.dumps({"lines": lines, "inputs": inputs}, ensure_ascii=False).replace("\\", "\\\\")


def _overridden(amount: Decimal, name: str) -> Rated:
    """An amount agreed with this customer in place of the tariff's."""
    line = {"code": "flat", "name": name, "amount": number(amount)}
    return Rated(amount, amount, ZERO, "1", number(amount), _explained([line], {"amount": number(amount)}))


def _column(value: Decimal | None) -> str:
    return "\\N" if value is None else number(value)


def number(value: Decimal) -> str:
    """A number as text: digits and a point, never an exponent."""
    return format(value, "f")
