"""What holds for any tariff and any usage."""

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.periods import Span
from caudal.kernel.pricing import (
    Context,
    Facts,
    Tariff,
    amount_of,
    parse_tariff,
    price,
    price_versions,
    priced_to_json,
    recompute,
    tariff_to_json,
)
from caudal.kernel.pricing.lines import Block
from tests.unit.kernel.pricing.build import blocks, file, fixed, flat, percent

CENT, THOUSANDTH = Decimal("0.01"), Decimal("0.001")
prices = st.decimals(0, 1000, places=3, allow_nan=False)
amounts = st.decimals(0, 10000, places=2, allow_nan=False)
usages = st.decimals(0, 2000, places=3, allow_nan=False)
widths = st.decimals(0, 60, places=1, allow_nan=False)
START = date(2026, 1, 1)


@st.composite
def block_lists(draw: st.DrawFn) -> list[dict[str, str]]:
    limits = accumulate(draw(st.lists(widths, max_size=4)))
    listed = [{"upto": str(limit), "price": str(draw(prices))} for limit in limits]
    return [*listed, {"price": str(draw(prices))}]


@st.composite
def components(draw: st.DrawFn) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [blocks(*draw(block_lists()))]
    if draw(st.booleans()):
        found[0]["minimum"] = {"amount": str(draw(amounts)), "included": str(draw(widths))}
    if draw(st.booleans()):
        found.append(
            fixed({"by": ["size"], "values": [[["15"], str(draw(amounts))]]}, taxable=draw(st.booleans()))
        )
    if draw(st.booleans()):
        found.append(flat(str(draw(prices)), "otra", factor=str(draw(prices))))
    if draw(st.booleans()):
        found.append({"kind": "excess", "code": "excedente", "price": str(draw(prices))})
    if draw(st.booleans()):
        found.append(percent(str(draw(prices)), "total"))
    if draw(st.booleans()):
        found.append({"kind": "at_least", "code": "minimo", "amount": str(draw(amounts))})
    return found


@st.composite
def tariffs(draw: st.DrawFn, rounding: str = "total") -> Tariff:
    scale = draw(st.sampled_from(["none", "periods"]))
    return parse_tariff(file(*draw(components()), rounding=rounding, scale=scale))


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    limit = draw(st.none() | widths)
    periods = Decimal(draw(st.integers(1, 4)))
    return Context(Facts({"size": "15"}), periods=periods, allowances=Facts({"limit": limit}))


@given(tariffs(), usages, contexts())
def test_the_lines_add_up_to_the_charge_before_it_is_rounded(
    tariff: Tariff, usage: Decimal, case: Context
) -> None:
    priced = price(tariff, usage, case)
    assert sum(map(amount_of, priced.lines)) == priced.raw
    assert abs(priced.raw - priced.net) <= CENT / 2


@given(tariffs("line"), usages, contexts())
def test_rounded_lines_miss_the_exact_sum_by_half_a_cent_each(
    tariff: Tariff, usage: Decimal, case: Context
) -> None:
    priced = price(tariff, usage, case)
    assert abs(priced.raw - priced.net) <= CENT / 2 * len(tariff.components)


@given(tariffs(), usages, contexts())
def test_taxable_and_exempt_make_the_net(tariff: Tariff, usage: Decimal, case: Context) -> None:
    priced = price(tariff, usage, case)
    assert priced.taxable_net + priced.exempt_net == priced.net


@given(block_lists(), usages, usages)
def test_who_uses_more_pays_no_less(listed: list[dict[str, str]], one: Decimal, other: Decimal) -> None:
    tariff = parse_tariff(file(blocks(*listed)))
    less, more = sorted((one, other))
    assert price(tariff, less).net <= price(tariff, more).net


@given(block_lists(), usages)
def test_every_unit_is_in_one_block(listed: list[dict[str, str]], usage: Decimal) -> None:
    priced = price(parse_tariff(file(blocks(*listed))), usage)
    assert sum(line.quantity for line in priced.lines if isinstance(line, Block)) == usage


@given(tariffs(), usages, contexts())
def test_what_is_stored_gives_the_same_cents(tariff: Tariff, usage: Decimal, case: Context) -> None:
    priced = price(tariff, usage, case)
    assert recompute(json.loads(json.dumps(priced_to_json(priced)))) == priced.net


@given(tariffs())
def test_a_file_reads_back_as_the_same_file(tariff: Tariff) -> None:
    written = json.loads(json.dumps(tariff_to_json(tariff)))
    assert tariff_to_json(parse_tariff(written)) == written


@given(block_lists(), amounts, usages, st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_versions_with_equal_prices_charge_what_one_does_but_for_thousandths_of_a_unit(
    listed: list[dict[str, str]], amount: Decimal, usage: Decimal, days: list[int]
) -> None:
    tariff = parse_tariff(file(fixed(str(amount)), blocks(*listed)))
    ends = list(accumulate(days))
    cuts = [START + timedelta(days=end) for end in ends]
    segments = [(tariff, span) for span in Span(START, cuts[-1]).split(cuts)]
    whole, split = price(tariff, usage), price_versions(segments, usage)
    dearest = max(Decimal(block["price"]) for block in listed)
    moved = THOUSANDTH * len(days) * len(listed) * dearest
    assert abs(split.raw - whole.raw) <= moved
    assert abs(split.net - whole.net) <= moved + CENT


@given(prices, amounts, usages, st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_versions_with_one_equal_price_charge_exactly_what_one_does(
    unit_price: Decimal, amount: Decimal, usage: Decimal, days: list[int]
) -> None:
    tariff = parse_tariff(file(fixed(str(amount)), flat(str(unit_price)), percent("7.5", "total")))
    ends = list(accumulate(days))
    cuts = [START + timedelta(days=end) for end in ends]
    segments = [(tariff, span) for span in Span(START, cuts[-1]).split(cuts)]
    assert price_versions(segments, usage).net == price(tariff, usage).net
