"""Pricing: (tariff, usage, context) → a charge with the lines that explain it. Standard library only,
Decimal, pure.

A tariff is a JSON file (docs/tariffs.md), parsed and checked in `tariff`, compiled in `program`, priced in
`engine`, over a change of prices in `versions`; `stored` writes a charge so that it can be computed again.
Components are in `fixed`, `metered`, `excess`, `relative` and `valuation`; the lines and their codes in
`lines`.
"""

from caudal.kernel.pricing.context import (
    Connection,
    Context,
    Facts,
    attribute_text,
    context_from_json,
    context_to_json,
)
from caudal.kernel.pricing.engine import Priced, Segment, price
from caudal.kernel.pricing.lines import ADDS, Line, amount_of, line_from_json, line_to_json
from caudal.kernel.pricing.problems import CannotPrice, InvalidTariff, Problem
from caudal.kernel.pricing.program import relevant
from caudal.kernel.pricing.services import check_percentages, pricing_order
from caudal.kernel.pricing.stored import (
    inputs_to_json,
    price_again,
    priced_from_json,
    priced_to_json,
    recompute,
)
from caudal.kernel.pricing.tariff import Tariff, load_tariff, parse_tariff, tariff_problems, tariff_to_json
from caudal.kernel.pricing.versions import price_versions

__all__ = [
    "ADDS",
    "CannotPrice",
    "Connection",
    "Context",
    "Facts",
    "InvalidTariff",
    "Line",
    "Priced",
    "Problem",
    "Segment",
    "Tariff",
    "amount_of",
    "attribute_text",
    "check_percentages",
    "context_from_json",
    "context_to_json",
    "inputs_to_json",
    "line_from_json",
    "line_to_json",
    "load_tariff",
    "parse_tariff",
    "price",
    "price_again",
    "price_versions",
    "priced_from_json",
    "priced_to_json",
    "pricing_order",
    "recompute",
    "relevant",
    "tariff_problems",
    "tariff_to_json",
]
