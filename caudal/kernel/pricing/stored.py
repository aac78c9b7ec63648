"""A priced charge as JSON, and back: what is stored with an issued charge is enough to compute the same cents
again.

What stands for a tariff in the JSON is the caller's choice: the whole definition, or a reference such as a
version's id.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.kernel.periods import Span
from caudal.kernel.pricing.context import context_from_json, context_to_json
from caudal.kernel.pricing.engine import Priced, Segment, price
from caudal.kernel.pricing.lines import line_from_json, line_to_json
from caudal.kernel.pricing.program import relevant
from caudal.kernel.pricing.tariff import Tariff, parse_tariff, tariff_to_json
from caudal.kernel.pricing.values import plain
from caudal.kernel.pricing.versions import price_versions

Refer = Callable[[Tariff], Any]
Resolve = Callable[[Any], Tariff]


def priced_to_json(priced: Priced, refer: Refer = tariff_to_json) -> dict[str, Any]:
    """Figures, lines and inputs. `refer` says what stands for a tariff."""
    return {
        "net": plain(priced.net),
        "taxable_net": plain(priced.taxable_net),
        "exempt_net": plain(priced.exempt_net),
        "raw": plain(priced.raw),
        "quantity": _text(priced.quantity),
        "unit": priced.unit,
        "unit_price": _text(priced.unit_price),
        "lines": [line_to_json(line) for line in priced.lines],
        "inputs": inputs_to_json(priced, refer),
    }


def inputs_to_json(priced: Priced, refer: Refer = tariff_to_json) -> dict[str, Any]:
    """What the charge was computed from, without what the tariff did not look at."""
    only = priced.segments[0].tariff if len(priced.segments) == 1 else None
    context = relevant(only, priced.context) if only else priced.context
    return {
        "usage": _text(priced.measured),
        "context": context_to_json(context),
        "segments": [_segment_json(each, refer) for each in priced.segments],
    }


def priced_from_json(data: Mapping[str, Any], resolve: Resolve = parse_tariff) -> Priced:
    """The charge that `priced_to_json` wrote."""
    inputs = data["inputs"]
    return Priced(
        net=Decimal(data["net"]),
        taxable_net=Decimal(data["taxable_net"]),
        exempt_net=Decimal(data["exempt_net"]),
        raw=Decimal(data["raw"]),
        quantity=_number(data["quantity"]),
        unit=data["unit"],
        unit_price=_number(data["unit_price"]),
        lines=tuple(line_from_json(line) for line in data["lines"]),
        measured=_number(inputs["usage"]),
        context=context_from_json(inputs["context"]),
        segments=tuple(_segment(each, resolve) for each in inputs["segments"]),
    )


def price_again(inputs: Mapping[str, Any], resolve: Resolve = parse_tariff) -> Priced:
    """Price the stored inputs anew. `resolve` finds the tariff for what stands for it."""
    segments = tuple(_segment(each, resolve) for each in inputs["segments"])
    usage, context = _number(inputs["usage"]), context_from_json(inputs["context"])
    if segments[0].span is None:
        return price(segments[0].tariff, usage, context)
    return price_versions([(each.tariff, each.span) for each in segments if each.span], usage, context)


def recompute(stored: Mapping[str, Any], resolve: Resolve = parse_tariff) -> Decimal:
    """The net of a stored charge computed again from its inputs: it equals the net that was issued."""
    return price_again(stored["inputs"], resolve).net


def _segment_json(segment: Segment, refer: Refer) -> dict[str, Any]:
    written = {"tariff": refer(segment.tariff)}
    if segment.span is None:
        return written
    return {**written, "from": segment.span.start.isoformat(), "to": segment.span.end.isoformat()}


def _segment(data: Mapping[str, Any], resolve: Resolve) -> Segment:
    span = None
    if "from" in data:
        span = Span(date.fromisoformat(data["from"]), date.fromisoformat(data["to"]))
    return Segment(resolve(data["tariff"]), span)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
