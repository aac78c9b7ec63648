"""Charges over several periods, and over a change of prices."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from caudal.kernel.periods import Span
from caudal.kernel.pricing import CannotPrice, Connection, Context, Facts, Tariff, price, price_versions
from tests.unit.kernel.pricing.build import RIO_CLARO, at, blocks, fixed, flat, percent, tariff, told

OCTOBER = Span(date(2026, 10, 1), date(2026, 11, 1))
FIRST, REST = OCTOBER.split([date(2026, 10, 11)])


def split(old: Tariff, new: Tariff) -> list[tuple[Tariff, Span]]:
    """Ten days of old prices, twenty-one of new ones."""
    return [(old, FIRST), (new, REST)]


def test_two_months_have_twice_the_limits_and_twice_the_fixed_amount() -> None:
    scaled = tariff(fixed("2450"), blocks(*RIO_CLARO), scale="periods")
    priced = price(scaled, 40, Context(periods=Decimal(2)))
    # 4,900 + 30 × 412.35 + 10 × 618.525
    assert str(priced.net) == "23455.75"
    assert told(priced)[0] == {"code": "scale", "periods": "2"}


def test_fixed_amounts_already_billed_are_not_billed_again() -> None:
    scaled = tariff(fixed("2450"), blocks(*RIO_CLARO), scale="periods")
    priced = price(scaled, 40, Context(periods=Decimal(3), fixed_billed=Decimal(2)))
    assert str(priced.net) == "18944.00"  # 2,450 once, 40 × 412.35 within 45
    assert told(priced)[0] == {"code": "scale", "periods": "3", "billed": "2"}


def test_a_tariff_that_does_not_scale_keeps_its_limits_but_never_bills_a_fixed_amount_twice() -> None:
    unscaled = tariff(fixed("2450"), blocks(*RIO_CLARO))
    assert str(price(unscaled, 15, Context(periods=Decimal(2))).net) == "8635.25"
    assert str(price(unscaled, 15, Context(fixed_billed=Decimal(1))).net) == "6185.25"


def test_45_days_of_30_are_one_and_a_half_of_limits_and_fixed_amounts() -> None:
    by_days = tariff(fixed("2000"), blocks(*RIO_CLARO), scale="days", period_days=30)
    priced = price(by_days, 24, Context(days=45))
    # 3,000 + 22.5 × 412.35 + 1.5 × 618.525
    assert str(priced.net) == "13205.66"
    assert told(priced)[0] == {"code": "scale_days", "days": 45, "period_days": 30}


@example(amount=Decimal("1.05"), days=(1, 15, 1))  # 0.04 + 0.52 + 0.04: 17 days of 30 are 0.595
@given(
    amount=st.decimals("0.01", "9999.99", places=2),
    days=st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60)),
)
def test_fixed_amounts_by_days_of_holders_one_after_another_are_those_of_one(
    amount: Decimal, days: tuple[int, int, int]
) -> None:
    by_days = tariff(fixed(str(amount)), scale="days", period_days=30)
    parts = [price(by_days, None, Context(days=n, days_before=sum(days[:k]))).net for k, n in enumerate(days)]
    assert sum(parts) == price(by_days, None, Context(days=sum(days))).net


def test_a_change_of_prices_after_another_holder_divides_what_is_left() -> None:
    """5.01 for 30 days after 15 of another: 2.50, of which ten days cost 1.67 and five 0.83."""
    one = tariff(fixed("5.01"), scale="days", period_days=30)
    cut = Span(date(2026, 10, 16), date(2026, 10, 31)).split([date(2026, 10, 26)])
    priced = price_versions([(one, cut[0]), (one, cut[1])], None, Context(days_before=15))
    assert [line["amount"] for line in told(priced) if line["code"] == "flat"] == ["1.67", "0.83"]
    assert str(priced.net) == "2.50"


def test_days_before_that_cannot_be_are_refused() -> None:
    with pytest.raises(CannotPrice):
        price(tariff(fixed("5"), scale="days", period_days=30), None, Context(days=10, days_before=-1))


def test_an_amount_per_bill_is_never_scaled() -> None:
    per_bill = tariff(fixed("100", per="bill"), scale="periods")
    assert str(price(per_bill, None, Context(periods=Decimal(3))).net) == "100.00"


def test_a_change_of_prices_splits_usage_by_days_and_scales_limits_and_fixed_amounts() -> None:
    old, new = (tariff(fixed(amount), flat(each), name=name) for amount, each, name in
                (("3.10", "1", "2025"), ("6.20", "2", "2026")))  # fmt: skip
    priced = price_versions(split(old, new), 31)
    # ten days: 1.00 + 10 × 1; twenty-one days: 4.20 + 21 × 2
    assert str(priced.net) == "57.20"
    assert told(priced) == [
        {"code": "usage", "quantity": "31", "unit": "m³", "days": 31},
        {"code": "version", "tariff": "2025", "from": "2026-10-01", "until": "2026-10-10", "days": 10, "of_days": 31,
         "quantity": "10.000", "unit": "m³"},
        {"code": "flat", "name": "fijo", "amount": "1.000000"},
        {"code": "block", "quantity": "10.000", "unit": "m³", "unit_price": "1", "amount": "10.000"},
        {"code": "version", "tariff": "2026", "from": "2026-10-11", "until": "2026-10-31", "days": 21, "of_days": 31,
         "quantity": "21.000", "unit": "m³"},
        {"code": "flat", "name": "fijo", "amount": "4.200000"},
        {"code": "block", "quantity": "21.000", "unit": "m³", "unit_price": "2", "amount": "42.000"},
    ]  # fmt: skip


def test_parts_of_usage_and_limits_add_up_to_the_thousandth() -> None:
    same = tariff(blocks(*RIO_CLARO))
    priced = price_versions(split(same, same), Decimal("24.5"))
    told_usage = [line["quantity"] for line in told(priced) if line["code"] == "version"]
    assert told_usage == ["7.903", "16.597"]
    inner = [line for line in told(priced) if line["code"] == "block"]
    assert [line.get("to") for line in inner] == ["4.839", "8.065", "10.161", "16.935"]


def test_two_versions_with_equal_prices_charge_what_one_does() -> None:
    same = tariff(fixed("2450"), blocks(*RIO_CLARO), percent("5", "total"))
    assert price_versions(split(same, same), 24).net == price(same, 24, Context().over(OCTOBER)).net


def test_the_base_of_another_service_is_split_by_days_too() -> None:
    old, new = (
        tariff({"kind": "percent", "code": "alc", "percent": each, "service": "water"})
        for each in ("10", "20")
    )
    base = Context(bases=Facts({"water": Decimal("31.00")}))
    assert str(price_versions(split(old, new), None, base).net) == "5.20"


def test_yearly_parts_and_amounts_per_bill_are_charged_by_their_days_not_twice() -> None:
    yearly = tariff(fixed("12400", parts=4), fixed("31", "cuota", per="bill"))
    assert str(price_versions(split(yearly, yearly), None, Context(part=1)).net) == "3131.00"


def test_daily_amounts_count_the_days_of_each_version() -> None:
    old, new = (tariff(fixed(each, per="day")) for each in ("1", "2"))
    assert str(price_versions(split(old, new), None).net) == "52.00"


def test_the_connections_of_an_account_are_split_with_it() -> None:
    shared = tariff(flat("1"), {"kind": "excess", "code": "excedente", "price": "10"})
    members = (Connection("A", Decimal(41), Decimal(31)), Connection("B", Decimal(7), None))
    assert str(price_versions(split(shared, shared), 48, Context(connections=members)).net) == "138.00"


def test_usage_is_rounded_once_before_it_is_split() -> None:
    floored = tariff(flat("1"), usage={"rounding": "floor"})
    assert str(price_versions(split(floored, floored), Decimal("31.9")).net) == "31.00"


def test_usage_with_many_decimals_is_not_lost_in_the_split() -> None:
    cheap = tariff(flat("1000000"))
    assert str(price_versions(split(cheap, cheap), Decimal("0.12345678")).net) == "123456.78"


def test_the_season_is_that_of_the_whole_span() -> None:
    by_season = flat({"by": ["season"], "values": [[["a"], "1"], [["b"], "2"]]})
    seasonal = tariff(by_season, seasons=[{"name": "a", "from": "01-01"}, {"name": "b", "from": "10-20"}])
    assert str(price_versions(split(seasonal, seasonal), 31).net) == "62.00"


def test_one_version_is_no_split() -> None:
    priced = price_versions([(tariff(flat("1")), OCTOBER)], 31)
    assert [line["code"] for line in told(priced)] == ["usage", "block"]


def test_versions_must_tile_the_days() -> None:
    later = Span(date(2026, 10, 12), date(2026, 11, 1))
    with pytest.raises(CannotPrice) as held:
        price_versions([(tariff(flat("1")), FIRST), (tariff(flat("1")), later)], 31)
    assert (held.value.code, held.value.params) == ("segments_do_not_tile", {"day": "2026-10-12"})
    with pytest.raises(CannotPrice, match="no tariff for these days"):
        price_versions([], 31)


def test_a_metered_version_needs_usage_even_when_the_last_one_does_not() -> None:
    with pytest.raises(CannotPrice, match="usage is missing"):
        price_versions(split(tariff(flat("1")), tariff(fixed("5"))), None)


def test_an_attribute_that_only_the_old_version_asks_for_is_still_needed() -> None:
    old = tariff(flat({"by": ["size"], "values": [[["1"], "1"]]}))
    with pytest.raises(CannotPrice, match="“size” is missing"):
        price_versions(split(old, tariff(flat("1"))), 31)
    assert str(price_versions(split(old, tariff(flat("1"))), 31, at(size="1")).net) == "31.00"
