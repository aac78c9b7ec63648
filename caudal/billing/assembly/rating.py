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
    inputs_to_json,
    line_to_json,
    price,
    price_versions,
    relevant,
)

USUAL_MONTH_DAYS = Decimal("30.4375")
REMEMBERED = 20_000
ANY_DAY = date.min


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


class Rater:
    """Prices one run. Its memory is bounded, so that a million accounts take no more of it than ten thousand."""

    def __init__(self, plan: RunPlan) -> None:
        self.plan = plan
        versions = [version for each in plan.tariffs.values() for version in each]
        self.needs = {version.version_id: version.tariff.services for version in versions}
        self.version_ids = {version.tariff: version.version_id for version in versions}
        self._price = lru_cache(maxsize=REMEMBERED)(self._priced)

    def version_on(self, due: Due, day: date) -> TariffRule:
        """The version of the subscription's tariff that holds on a day. Raises Held when none does."""
        for version in self.plan.tariffs.get(due.tariff_id, ()):
            if version.holds_on(day):
                return version
        raise Held("no_tariff", day=day.isoformat())

    def rate_fixed(
        self, due: Due, rule: ServiceRule, supply: Supply | None, nets: Mapping[str, Decimal]
    ) -> Rated:
        """A service without a meter, for the run's month."""
        if due.amount_override is not None:
            return _overridden(due.amount_override, rule.name)
        version = self.version_on(due, self.plan.dated_on)
        context = self._context(due, supply, version, nets)._replace(
            days=rule.span.days, last_day=rule.span.last_day, period_days=rule.span.days, part=rule.part
        )
        return self._price(version.tariff, relevant(version.tariff, context), None)

    def rate_metered(
        self, due: Due, rule: ServiceRule, supply: Supply, nets: Mapping[str, Decimal], used: Measured
    ) -> Rated:
        """A metered service, for the days between two readings; a change of version inside them splits the usage."""
        now = self.version_on(due, self.plan.dated_on)
        if now.tariff.aggregate == "account":
            raise Held("priced_by_account")
        span = Span(used.start, used.end)
        months = max(Decimal(1), round_half_up(span.days / USUAL_MONTH_DAYS, 0))
        context = self._context(due, supply, now, nets)._replace(
            days=span.days,
            last_day=span.last_day,
            period_days=rule.span.days,
            periods=max(Decimal(1), round_half_up(months * USUAL_MONTH_DAYS / rule.span.days, 0)),
            allowances=Facts({"limit": supply.limit_m3}),
        )
        versions = self.plan.tariffs[due.tariff_id]
        cuts = [v.start for v in versions[1:] if span.start < v.start < span.end]
        if cuts:
            parts = [(self._at(versions, part.start).tariff, part) for part in span.split(cuts)]
            return self._stored(price_versions(parts, used.volume, context), used)
        tariff = self._at(versions, span.start).tariff
        return self._price(tariff, relevant(tariff, context), used._replace(start=ANY_DAY, end=ANY_DAY))

    def _priced(self, tariff: Tariff, context: Context, used: Measured | None) -> Rated:
        return self._stored(price(tariff, used.volume if used else None, context), used)

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

    @staticmethod
    def _at(versions: Sequence[TariffRule], day: date) -> TariffRule:
        for version in versions:
            if version.holds_on(day):
                return version
        return versions[0] if day < versions[0].start else versions[-1]

    def _context(
        self, due: Due, supply: Supply | None, version: TariffRule, nets: Mapping[str, Decimal]
    ) -> Context:
        attributes = _attributes(supply.attributes if supply else "{}", due.category, due.declared_value)
        needed = self.needs[version.version_id]
        for code in needed:
            if code not in nets:
                raise Held("base_held", service=code)
        return Context(attributes=attributes, bases=Facts({code: nets[code] for code in needed}))


@lru_cache(maxsize=REMEMBERED)
def _attributes(text: str, category: str, declared_value: Decimal | None) -> Facts[str]:
    """What lookups may ask: the connection's attributes, the subscription's category, the declared value."""
    found = {name: str(value) for name, value in json.loads(text).items()}
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
