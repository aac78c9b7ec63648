"""Prices one case: (tariff, usage, context) in, rounded net and the lines that explain it out. Pure, and the
only engine.

A tariff is compiled once into a tuple of functions; pricing a bill calls them in order. The same functions
price one bill, a simulation and a million.
"""

from decimal import Decimal
from typing import NamedTuple

from caudal.kernel.periods import Span
from caudal.kernel.pricing import lines as explain
from caudal.kernel.pricing.component import TOTAL, Share, Work
from caudal.kernel.pricing.context import EMPTY, Context, Facts
from caudal.kernel.pricing.excess import exceeding
from caudal.kernel.pricing.lines import Line
from caudal.kernel.pricing.problems import CannotPrice
from caudal.kernel.pricing.program import Program, compile_tariff
from caudal.kernel.pricing.tariff import SEASON, Tariff
from caudal.kernel.pricing.values import ONE, ZERO, Attributes, rounded
from caudal.kernel.pricing.volumes import round_volume


class Segment(NamedTuple):
    """A version of a tariff and the days of a charge that it prices; no days: all of them."""

    tariff: Tariff
    span: Span | None = None


class Priced(NamedTuple):
    """A charge before tax. `net` = `taxable_net` + `exempt_net`, rounded; `raw` is what `lines` add up to.

    `unit_price` is there when one price explains it all. `measured`, `context` and `segments` are what it was
    computed
    from: nothing else is needed to compute it again.
    """

    net: Decimal
    taxable_net: Decimal
    exempt_net: Decimal
    raw: Decimal
    quantity: Decimal | None
    unit: str
    unit_price: Decimal | None
    lines: tuple[Line, ...]
    measured: Decimal | None
    context: Context
    segments: tuple[Segment, ...]


class Sums(NamedTuple):
    """What a version of a tariff charges: by its lines, and as it is rounded by its rule."""

    raw: Decimal
    charged: Decimal
    exempt: Decimal


def price(tariff: Tariff, usage: Decimal | int | None, context: Context = EMPTY) -> Priced:
    """The charge of one service for one case.

    usage: units used, None for services without a meter. Raises CannotPrice, with a code, for a case that the
    tariff has no price for; it never answers zero instead.
    """
    program = compile_tariff(tariff)
    work = begin(tariff, program, checked_usage(program, usage), context)
    return finished((Segment(tariff),), run(tariff, program, work), work)


def begin(tariff: Tariff, program: Program, usage: Decimal | None, context: Context) -> Work:
    """The case before its components are priced: season, scale, billed usage, and the lines that say so."""
    work = Work(context, season_attributes(tariff, context), usage, tariff.unit)
    if tariff.scale != "none" or context.fixed_billed:
        scale_case(tariff, work)
    if usage is not None:
        check_members(work)
        if not program.as_measured:
            bill_by_rule(tariff, program, work)
        if program.metered:
            tell_usage(tariff, work)
        split_excess(program, work)
    return work


def checked_usage(program: Program, usage: Decimal | int | None) -> Decimal | None:
    """The usage as a number that can be priced, None when the tariff needs none and there is none."""
    if usage is None:
        if program.metered:
            raise CannotPrice("missing_usage")
        return None
    if isinstance(usage, int):
        usage = Decimal(usage)
    if not isinstance(usage, Decimal) or not usage.is_finite():
        raise CannotPrice("bad_usage", usage=usage)
    if usage < 0:
        raise CannotPrice("negative_usage", usage=usage)
    return usage


def season_attributes(tariff: Tariff, context: Context) -> Attributes:
    """The attributes with the season of the span's last day; a season that they name themselves stands."""
    if not tariff.seasons or SEASON in context.attributes:
        return context.attributes
    if context.last_day is None:
        raise CannotPrice("missing_date")
    return Facts({**context.attributes, SEASON: tariff.season_on(context.last_day)})


def scale_case(tariff: Tariff, work: Work) -> None:
    """Scale limits and fixed amounts to the periods or days that the case covers, and say so."""
    factor, unpaid = periods_of(tariff, work.context)
    if factor != ONE:
        work.limits = Share(ZERO, factor)
    if unpaid != ONE or before_of(tariff, work.context):
        work.fixed = fixed_share(tariff, work.context, ZERO, unpaid)
    billed = work.context.fixed_billed or None
    if factor == ONE and billed is None:
        return
    if tariff.scale == "days":
        work.lines.append(
            explain.ScaleDays(work.context.days or 0, _period_days(tariff, work.context), billed)
        )
    else:
        work.lines.append(explain.Scale(factor, billed))


def periods_of(tariff: Tariff, context: Context) -> tuple[Decimal, Decimal]:
    """How many periods the case covers, and for how many of them fixed amounts are still due."""
    billed = context.fixed_billed
    if context.periods <= 0 or billed < 0:
        raise CannotPrice("bad_periods", periods=context.periods if context.periods <= 0 else billed)
    factor = ONE
    if tariff.scale == "periods":
        factor = context.periods
    elif tariff.scale == "days":
        if context.days is None:
            raise CannotPrice("missing_days")
        if context.days <= 0:
            raise CannotPrice("bad_days", days=context.days)
        factor = Decimal(context.days) / _period_days(tariff, context)
    return factor, max(factor - billed, ZERO)


def before_of(tariff: Tariff, context: Context) -> Decimal:
    """The periods that another holder paid just before, where fixed amounts go by days."""
    if tariff.scale != "days" or not context.days_before:
        return ZERO
    if context.days_before < 0:
        raise CannotPrice("bad_days", days=context.days_before)
    return Decimal(context.days_before) / _period_days(tariff, context)


def fixed_share(tariff: Tariff, context: Context, start: Decimal, end: Decimal) -> Share:
    """The part of fixed amounts for a stretch of the periods still due, after those of another holder."""
    before = before_of(tariff, context)
    if not before:
        return Share(start, end)
    return Share(before + start, before + end, tariff.minor_units)


def _period_days(tariff: Tariff, context: Context) -> int:
    days = tariff.period_days or context.period_days
    if not days:
        raise CannotPrice("missing_period_days")
    return days


def bill_by_rule(tariff: Tariff, program: Program, work: Work) -> None:
    """Bring the measured usage to what is billed: rounded, and no less than the least."""
    if work.usage is None:
        return
    whole = round_volume(work.usage, tariff.usage.rounding, tariff.usage.decimals)
    if whole != work.usage:
        work.lines.append(explain.Rounded(work.usage, whole, tariff.unit, tariff.usage.rounding))
    least = program.least(work) or ZERO
    if whole < least:
        work.lines.append(explain.LeastUsage(whole, least, tariff.unit))
    work.usage = max(whole, least)


def tell_usage(tariff: Tariff, work: Work) -> None:
    """The lines that say what was used, by whom, and in which season."""
    if tariff.seasons:
        work.lines.append(explain.Season(work.attributes[SEASON]))
    work.lines.append(explain.Usage(work.usage or ZERO, tariff.unit, work.context.days))
    if work.context.connections:
        work.lines += [
            explain.Member(each.name, each.usage, tariff.unit) for each in work.context.connections
        ]


def check_members(work: Work) -> None:
    """An account uses what its connections use, as measured: what is billed may be rounded, or the least."""
    if work.context.connections:
        used = sum((each.usage for each in work.context.connections), ZERO)
        if used != work.measured:
            raise CannotPrice("members_do_not_add_up", members=used, usage=work.measured)


def split_excess(program: Program, work: Work) -> None:
    """Set apart what is excess, so that no unit is charged twice."""
    work.billed = work.usage or ZERO
    if program.excess is not None:
        work.billed -= sum((above for _, _, above in exceeding(work, program.excess)), ZERO)


def run(tariff: Tariff, program: Program, work: Work) -> Sums:
    """Price the components in order; every amount is kept for the percentages that follow."""
    by_line, units = tariff.rounding == "line", tariff.minor_units
    raw = exempt = ZERO
    for code, step, taxable in program.steps:
        amount = step(work, work.billed, work.lines)
        raw += amount
        if by_line:
            amount = rounded(amount, units)
        work.amounts[code] = amount
        work.total += amount
        if not taxable:
            exempt += amount
    if program.factor is None:
        return Sums(raw, work.total, exempt)
    factor = program.factor(work)
    added = work.total * (factor - ONE)
    work.lines.append(explain.Factor(TOTAL, factor, work.total, added))
    return Sums(raw + added, work.total + added, exempt * factor)


def finished(segments: tuple[Segment, ...], sums: Sums, work: Work) -> Priced:
    """Round once, and say what the charge is made of."""
    tariff = segments[-1].tariff
    net = rounded(sums.charged, tariff.minor_units)
    exempt = rounded(sums.exempt, tariff.minor_units) if sums.exempt else ZERO
    quantity, unit_price = single_price(work)
    return Priced(
        net,
        net - exempt,
        exempt,
        sums.raw,
        quantity,
        tariff.unit,
        unit_price,
        tuple(work.lines),
        work.measured,
        work.context,
        segments,
    )


def single_price(work: Work) -> tuple[Decimal | None, Decimal | None]:
    """Quantity, and the unit price when one block or one fixed amount is all there is."""
    paying = [line for line in work.lines if hasattr(line, "amount")]
    only = paying[0] if len(paying) == 1 else None
    if work.usage is None:
        return (ONE, only.amount) if isinstance(only, explain.Flat) else (None, None)
    if isinstance(only, explain.Block) and only.quantity == work.usage:
        return work.usage, only.unit_price
    return work.usage, None
