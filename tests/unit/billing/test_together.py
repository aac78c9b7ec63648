"""Tariffs by account: one price for the sum of an account's connections, spread over them. Worked in cents."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.billing.assembly.assemble import Assembled, Assembler
from caudal.billing.assembly.plan import Beside, RunPlan, Slice, Supply, TariffRule
from caudal.billing.assembly.rating import recompute
from caudal.kernel.money import round_half_up
from caudal.kernel.pricing import price
from tests.unit.billing.test_assembly import SEWERAGE, SHARE, WATER, chain, due, known, plan, rule, tariff

FIXED = {"kind": "fixed", "code": "base", "amount": "5.01"}
BLOCKS = {
    "kind": "blocks",
    "code": "usage",
    "blocks": [{"upto": "15", "price": "1"}, {"upto": "30", "price": "2"}, {"price": "3.5"}],
}
EXCESS = {"kind": "excess", "code": "excess", "price": "10"}


def by_account(*components: dict[str, Any], **more: Any) -> TariffRule:
    return tariff(WATER, *(components or (FIXED, BLOCKS)), aggregate="account", **more)


def the_plan(version: TariffRule | None = None, **water: Any) -> RunPlan:
    return plan(rule(WATER, "water", "metered", **water), tariffs={WATER: (version or by_account(),)})


def supply(number: int, limit: str | None = None, attributes: str = "{}") -> Supply:
    return Supply(f'{{"number": "{number:06}"}}', attributes, Decimal(limit) if limit else None, "Centro")


def house(*volumes: str | None, **more: Any) -> Slice:
    """An account with a connection for each volume, numbered from 9; None was not read."""
    given_: dict[str, Any] = {
        "chains": {n: chain(v, to_id=100 + n) for n, v in enumerate(volumes, start=1) if v is not None},
        "supplies": {8 + n: supply(8 + n) for n in range(1, len(volumes) + 1)},
    }
    dues = [due(n, WATER, connection_id=8 + n) for n in range(1, len(volumes) + 1)]
    return known(*more.pop("dues", dues), **{**given_, **more})


def nets(found: Assembled) -> list[str]:
    return [str(item.rated.net) for bill in found.bills for item in bill.items]


def lines_of(found: Assembled, place: int = 0) -> list[dict[str, Any]]:
    items = [item for bill in found.bills for item in bill.items]
    return list(json.loads(items[place].rated.explanation)["lines"])


def test_blocks_fall_on_the_sum_and_the_lines_add_up_to_its_price() -> None:
    found = Assembler(the_plan()).assemble(house("12", "8", "20"))
    # 40 m³: 5.01 + 15 × 1 + 15 × 2 + 10 × 3.50 = 85.01; by usage 25.503, 17.002 and 42.505
    assert nets(found) == ["25.50", "17.01", "42.50"]
    assert (len(found.bills), found.bills[0].total) == (1, Decimal("85.01"))


def test_each_line_says_its_part_of_the_accounts_usage_and_of_its_price() -> None:
    found = Assembler(the_plan()).assemble(house("12", "8", "20"))
    first, *_priced, last = lines_of(found)
    assert first == {"code": "of_account", "quantity": "12", "unit": "m³", "of": "40", "connections": 3}
    assert last == {"code": "of_price", "base": "85.01", "amount": "25.50"}


def test_each_line_is_computed_again_from_what_it_stored() -> None:
    version = by_account()
    found = Assembler(the_plan(version)).assemble(house("12", "8", "20"))
    for item in found.bills[0].items:
        inputs = json.loads(item.rated.explanation)["inputs"]
        assert recompute(inputs, {version.version_id: version.tariff}.__getitem__) == item.rated.net


def test_an_excess_is_its_own_connections() -> None:
    supplies = {9: supply(9, "10"), 10: supply(10, "30"), 11: supply(11)}
    slice_ = house("12", "8", "20", supplies=supplies)
    found = Assembler(the_plan(by_account(BLOCKS, EXCESS))).assemble(slice_)
    # 38 m³ within the limits: 15 + 30 + 28 = 73.00, by usage 21.90, 14.60 and 36.50; and 2 × 10 of the first
    assert nets(found) == ["41.90", "14.60", "36.50"]
    assert [line["connection"] for line in lines_of(found) if line["code"] == "excess"] == ["000009"]


@pytest.mark.parametrize(("presentation", "invoices"), [("account", 1), ("connection", 3), ("service", 3)])
def test_the_price_is_the_same_however_it_is_presented(presentation: str, invoices: int) -> None:
    found = Assembler(the_plan(presentation=presentation)).assemble(house("12", "8", "20"))
    assert len(found.bills) == invoices
    assert sum(bill.net for bill in found.bills) == Decimal("85.01")


@pytest.mark.parametrize("without_reading", ["retain", "estimate", "wait"])
def test_a_missing_reading_holds_the_whole_account_and_is_named(without_reading: str) -> None:
    found = Assembler(the_plan(without_reading=without_reading)).assemble(house("12", None, "20"))
    assert found.bills == []
    assert [(u.subscription_id, u.outcome, u.code, u.detail) for u in found.unbilled] == [
        (1, "retained", "account_unread", {"connections": "000010"}),
        (2, "retained", "no_reading", {"last": ""}),
        (3, "retained", "account_unread", {"connections": "000010"}),
    ]


def test_where_all_wait_for_the_next_reading_nothing_is_held() -> None:
    before = {n: chain("0", to_on=date(2026, 10, 1)) for n in (1, 2)}
    found = Assembler(the_plan(without_reading="wait")).assemble(house("1", "1", chains=before))
    assert [(u.outcome, u.code) for u in found.unbilled] == [("excused", "waits_for_reading")] * 2


def test_other_units_and_other_accounts_are_other_sums() -> None:
    slice_ = house("12", "8", "20", chains={1: chain("12"), 2: chain("8"), 3: chain("20", unit="L")})
    # 20 m³: 5.01 + 15 + 10 = 30.01 for two; 20 L by itself is priced as any other
    assert nets(Assembler(the_plan()).assemble(slice_)) == ["18.01", "12.00", "30.01"]


def test_a_single_connection_is_priced_and_explained_as_any_other() -> None:
    found = Assembler(the_plan()).assemble(house("20"))
    assert nets(found) == ["30.01"]
    assert lines_of(found)[0]["code"] != "of_account"


def test_nobody_used_anything_and_the_fixed_amount_is_spread_evenly() -> None:
    assert nets(Assembler(the_plan()).assemble(house("0", "0"))) == ["2.51", "2.50"]


def test_a_percentage_takes_each_connections_part() -> None:
    rules = (rule(WATER, "water", "metered"), rule(SEWERAGE, "sewerage", "fixed"))
    both = plan(*rules, tariffs={WATER: (by_account(),), SEWERAGE: (tariff(SEWERAGE, SHARE),)})
    dues = [
        due(1, WATER, connection_id=9),
        due(2, WATER, connection_id=10),
        due(3, SEWERAGE, connection_id=10),
    ]
    found = Assembler(both).assemble(house("12", "8", dues=dues))
    assert nets(found) == ["18.01", "12.00", "7.20"]


def test_a_tariff_that_asks_for_what_the_connections_do_not_share_is_held() -> None:
    by_size = {**FIXED, "amount": {"by": ["size"], "values": [[["15"], "2"], [["25"], "9"]]}}
    supplies = {9: supply(9, attributes='{"size": "15"}'), 10: supply(10, attributes='{"size": "25"}')}
    found = Assembler(the_plan(by_account(by_size, BLOCKS))).assemble(house("1", "2", supplies=supplies))
    assert [(u.code, u.detail) for u in found.unbilled] == [("account_differs", {"attribute": "size"})] * 2


def test_what_was_billed_before_is_taken_off_the_price_of_the_sum() -> None:
    dues = [due(1, WATER, connection_id=9), due(2, WATER, connection_id=10, billed=True)]
    beside = {2: Beside("m³", Decimal(28), Decimal("59.51"), date(2026, 10, 1), date(2026, 11, 1))}
    slice_ = house("12", "28", dues=dues, beside=beside)
    found = Assembler(the_plan()).assemble(slice_, only=frozenset([1]))
    assert nets(found) == ["25.50"]  # 85.01 for 40 m³, less 59.51
    slice_ = replace(slice_, beside={2: beside[2]._replace(net=Decimal("90.00"))})
    found = Assembler(the_plan()).assemble(slice_, only=frozenset([1]))
    assert [(u.code, u.detail) for u in found.unbilled] == [("account_overbilled", {})]


volumes = st.lists(st.decimals(0, 5000, places=3), min_size=2, max_size=9)
limits = st.lists(st.none() | st.decimals(0, 300, places=0), min_size=9, max_size=9)


@given(volumes, limits, st.sampled_from(["none", "floor", "half_up"]))
def test_the_lines_add_up_to_the_price_of_the_sum(
    used: list[Decimal], most: list[Decimal | None], rounding: str
) -> None:
    version = by_account(FIXED, BLOCKS, EXCESS, usage={"rounding": rounding, "least": "3"})
    supplies = {9 + n: supply(9 + n, None if m is None else str(m)) for n, m in enumerate(most)}
    found = Assembler(the_plan(version)).assemble(house(*map(str, used), supplies=supplies))
    items = found.bills[0].items
    inputs = json.loads(items[0].rated.explanation)["inputs"]
    whole = recompute({k: v for k, v in inputs.items() if k != "account"}, lambda _id: version.tariff)
    assert sum(item.rated.net for item in items) == whole
    assert all(item.rated.net >= 0 for item in items)
    for item in items:
        stored = json.loads(item.rated.explanation)["inputs"]
        assert recompute(stored, lambda _id: version.tariff) == item.rated.net


@given(st.lists(st.decimals(0, 5000, places=3), min_size=2, max_size=9))
def test_the_price_of_the_sum_is_that_of_one_connection_that_used_it_all(used: list[Decimal]) -> None:
    version = by_account()
    found = Assembler(the_plan(version)).assemble(house(*map(str, used)))
    assert found.bills[0].net == price(version.tariff, sum(used)).net
    assert found.bills[0].net == round_half_up(found.bills[0].net)
