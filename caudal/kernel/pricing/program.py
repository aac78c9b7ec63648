"""A tariff compiled: its components as functions, and the list of what it looks at in a context."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from caudal.kernel.pricing import lines as explain
from caudal.kernel.pricing.blocks import BlockTable
from caudal.kernel.pricing.component import Build, Component, Step, Work, getter, parts_of
from caudal.kernel.pricing.context import Context, Facts
from caudal.kernel.pricing.excess import Excess
from caudal.kernel.pricing.fixed import Fixed
from caudal.kernel.pricing.lines import Line
from caudal.kernel.pricing.relative import Percent
from caudal.kernel.pricing.tariff import SEASON, Tariff
from caudal.kernel.pricing.valuation import AdValorem
from caudal.kernel.pricing.values import ONE, ZERO, FromAttribute, Lookup
from caudal.kernel.pricing.volumes import Allowance, FindLimit, find_limit

MOST_COMPILED = 4096
FindFactor = Callable[[Work], Decimal]


class Placed(NamedTuple):
    """A compiled component."""

    code: str
    step: Step
    taxable: bool


class Reads(NamedTuple):
    """What of a context a tariff looks at."""

    attributes: frozenset[str]
    allowances: frozenset[str]
    bases: frozenset[str]
    days: bool
    part: bool


class Program(NamedTuple):
    """A tariff compiled. `as_measured`: billed as it comes; `excess`: the limit above which it is apart."""

    steps: tuple[Placed, ...]
    metered: bool
    as_measured: bool
    least: FindLimit
    excess: FindLimit | None
    factor: FindFactor | None
    reads: Reads


@lru_cache(maxsize=MOST_COMPILED)
def compile_tariff(tariff: Tariff) -> Program:
    """The tariff as functions; compiled once for each tariff object."""
    names: dict[str, str] = {}
    steps: dict[str, Step] = {}
    placed = []
    for component in tariff.components:
        step = _with_factor(component, component.step(Build(names, steps, tariff.minor_units)))
        names |= component.codes()
        steps[component.code] = step
        placed.append(Placed(component.code, step, component.taxable))
    limits = [each.limit for each in tariff.components if isinstance(each, Excess)]
    return Program(
        steps=tuple(placed),
        metered=tariff.metered,
        as_measured=tariff.usage.rounding == "none" and tariff.usage.least == ZERO,
        least=find_limit(tariff.usage.least),
        excess=find_limit(limits[0]) if limits else None,
        factor=None if tariff.factor == ONE else getter(tariff.factor),
        reads=_reads(tariff),
    )


def relevant(tariff: Tariff, context: Context) -> Context:
    """The context without what the tariff does not look at, and with its season named.

    Two cases with equal usage and equal relevant contexts have the same price and the same lines: with the
    tariff they are the key of a memory of prices.
    """
    reads = compile_tariff(tariff).reads
    attributes = {name: context.attributes[name] for name in reads.attributes if name in context.attributes}
    if tariff.seasons and SEASON not in attributes and context.last_day is not None:
        attributes[SEASON] = tariff.season_on(context.last_day)
    by_days = tariff.scale == "days"
    return Context(
        attributes=Facts(attributes),
        days=context.days if reads.days else None,
        periods=context.periods if tariff.scale == "periods" else ONE,
        period_days=context.period_days if by_days and not tariff.period_days else None,
        fixed_billed=context.fixed_billed,
        allowances=Facts({n: context.allowances[n] for n in reads.allowances if n in context.allowances}),
        bases=Facts({n: context.bases[n] for n in reads.bases if n in context.bases}),
        part=context.part if reads.part else None,
        connections=context.connections,
        days_before=context.days_before if by_days else 0,
    )


def _with_factor(component: Component, step: Step) -> Step:
    """A component whose amount is multiplied, with a line that says so."""
    if component.factor == ONE:
        return step
    find, label = getter(component.factor), component.label

    def factored(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
        amount, factor = step(work, quantity, lines), find(work)
        added = amount * (factor - ONE)
        lines.append(explain.Factor(label, factor, amount, added))
        return amount + added

    return factored


def _reads(tariff: Tariff) -> Reads:
    parts = tuple(part for _, part in parts_of((tariff.components, tariff.usage, tariff.factor)))
    names = {name for part in parts if isinstance(part, Lookup | BlockTable) for name in part.by}
    names |= {part.attribute for part in parts if isinstance(part, FromAttribute)}
    daily = any(isinstance(part, Fixed) and part.per == "day" for part in parts)
    return Reads(
        attributes=frozenset(names | ({SEASON} if tariff.seasons else set())),
        allowances=frozenset(part.allowance for part in parts if isinstance(part, Allowance)),
        bases=frozenset(part.service for part in parts if isinstance(part, Percent) and part.service),
        days=daily or tariff.metered or tariff.scale == "days",
        part=any(isinstance(part, Fixed | AdValorem) and part.parts > 1 for part in parts),
    )
