"""A change of prices inside the days of one charge: usage, limits and fixed amounts are split by days.

Policy. The usage rule (rounding) of the version in force at the end is applied first, to the whole. Usage and
block limits are then split by days into parts of three decimals (or as many as the usage has) that add up to
the whole; fixed amounts and the bases of percentages into parts of six decimals. The season is that of the
last day of the whole span. Nothing else is rounded before the sum, so that two versions with equal prices
charge what one would, except for the thousandths of a unit that may fall on the other side of a block's
limit.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate, pairwise

from caudal.kernel.money import PRICE_DECIMALS, parts
from caudal.kernel.periods import Span
from caudal.kernel.pricing import lines as explain
from caudal.kernel.pricing.component import VOLUME_DECIMALS, Share, Work
from caudal.kernel.pricing.context import EMPTY, Connection, Context
from caudal.kernel.pricing.engine import (
    Priced,
    Segment,
    Sums,
    begin,
    checked_usage,
    finished,
    fixed_share,
    periods_of,
    price,
    run,
    season_attributes,
    split_excess,
)
from caudal.kernel.pricing.problems import CannotPrice
from caudal.kernel.pricing.program import compile_tariff
from caudal.kernel.pricing.tariff import Tariff
from caudal.kernel.pricing.values import ZERO


def price_versions(
    segments: Sequence[tuple[Tariff, Span]], usage: Decimal | int | None, context: Context = EMPTY
) -> Priced:
    """The charge of one service for days in which its prices changed.

    segments: the versions in order, their spans tiling the days of the charge, which replace those of the
    context. Raises CannotPrice for a hole, and for whatever `price` would refuse.
    """
    versions = tuple(Segment(tariff, span) for tariff, span in segments)
    context = context.over(_whole(tuple(span for _, span in segments)))
    if len(versions) == 1:
        return price(versions[0].tariff, usage, context)._replace(segments=versions)
    programs = [compile_tariff(tariff) for tariff, _ in versions]
    measured = checked_usage(max(programs, key=lambda program: program.metered), usage)
    last = versions[-1].tariff
    work = begin(last, programs[-1], measured, context)
    sums = Sums(ZERO, ZERO, ZERO)
    for version, part in zip(versions, _parts(versions, work), strict=True):
        program = compile_tariff(version.tariff)
        if part.usage is not None:
            split_excess(program, part)
        found = run(version.tariff, program, part)
        sums = Sums(*(before + more for before, more in zip(sums, found, strict=True)))
        work.lines += part.lines
    return finished(versions, sums, work)


def _whole(spans: tuple[Span, ...]) -> Span:
    if not spans:
        raise CannotPrice("no_segments")
    for before, after in pairwise(spans):
        if before.end != after.start:
            raise CannotPrice("segments_do_not_tile", day=after.start)
    return Span(spans[0].start, spans[-1].end)


def _parts(versions: tuple[Segment, ...], whole: Work) -> tuple[Work, ...]:
    """The case as each version sees it: its days, its part of the usage, its shares of limits and amounts."""
    spans = [version.span for version in versions if version.span]
    days = [Decimal(span.days) for span in spans]
    connections = _split_connections(whole.context.connections, days)
    usages = _split_usage(whole.usage, days, connections)
    total = sum(days, ZERO)
    found = []
    for n, (upto, version) in enumerate(zip(accumulate(days), versions, strict=True)):
        start, end = (upto - days[n]) / total, upto / total
        context = whole.context._replace(days=spans[n].days, connections=connections[n])
        part = Work(context, season_attributes(version.tariff, whole.context), usages[n], version.tariff.unit)
        factor, unpaid = periods_of(version.tariff, whole.context)
        part.bills = Share(start, end)
        part.limits = Share(factor * start, factor * end)
        part.fixed = fixed_share(version.tariff, whole.context, unpaid * start, unpaid * end)
        part.lines.append(_told(version.tariff, spans[n], int(total), usages[n]))
        found.append(part)
    return tuple(found)


def _told(tariff: Tariff, span: Span, of_days: int, usage: Decimal | None) -> explain.Version:
    start, end = span.start.isoformat(), span.last_day.isoformat()
    return explain.Version(
        tariff.name, start, end, span.days, of_days, usage, "" if usage is None else tariff.unit
    )


def _split_connections(
    connections: tuple[Connection, ...], days: list[Decimal]
) -> list[tuple[Connection, ...]]:
    usages = [_split(each.usage, days) for each in connections]
    return [
        tuple(each._replace(usage=used[n]) for each, used in zip(connections, usages, strict=True))
        for n in range(len(days))
    ]


def _split_usage(
    usage: Decimal | None, days: list[Decimal], connections: list[tuple[Connection, ...]]
) -> list[Decimal | None]:
    if usage is None:
        return [None] * len(days)
    members = [sum((each.usage for each in part), ZERO) for part in connections]
    if sum(members, ZERO) == usage:
        return list(members)
    return list(_split(usage, days))


def _split(usage: Decimal, days: list[Decimal]) -> tuple[Decimal, ...]:
    """Parts by days that add up to the usage, however many decimals it has."""
    written = -int(usage.as_tuple().exponent)
    found = parts(usage, days, min(max(VOLUME_DECIMALS, written), PRICE_DECIMALS))[:-1]
    return (*found, usage - sum(found, ZERO))
