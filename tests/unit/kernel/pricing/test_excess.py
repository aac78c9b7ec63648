"""Usage above a connection's limit, and the connections of an account priced as a whole."""

from decimal import Decimal

import pytest

from caudal.kernel.pricing import CannotPrice, Connection, Context, price
from tests.unit.kernel.pricing.build import allowed, blocks, flat, tariff, told

LITRES = tariff(flat("0.05"), {"kind": "excess", "code": "excedente", "price": "0.15"}, unit="L")


def test_the_excess_of_12042_over_6000_costs_906_30() -> None:
    priced = price(LITRES, 12042, allowed(limit="6000"))
    assert told(priced)[-1] == {
        "code": "excess", "limit": "6000", "unit": "L", "quantity": "6042", "unit_price": "0.15", "amount": "906.30",
    }  # fmt: skip
    assert str(priced.net) == "1206.30"  # 6,000 × 0.05 + 906.30: no unit is charged twice


def test_a_register_of_12042_after_11018_is_below_the_limit() -> None:
    assert str(price(LITRES, 12042 - 11018, allowed(limit="6000")).net) == "51.20"


def test_who_has_no_limit_has_no_excess() -> None:
    assert str(price(LITRES, 12042, allowed(limit=None)).net) == "602.10"


def test_a_limit_that_nobody_knows_is_not_taken_for_none() -> None:
    with pytest.raises(CannotPrice) as held:
        price(LITRES, 12042)
    assert (held.value.code, held.value.params) == ("missing_allowance", {"allowance": "limit"})


def test_a_limit_may_be_the_tariffs_own() -> None:
    own = tariff(flat("1"), {"kind": "excess", "code": "excedente", "price": "10", "limit": "30"})
    assert str(price(own, 32).net) == "50.00"


SHARED = tariff(
    blocks({"upto": "100", "price": "1"}, {"price": "2"}),
    {"kind": "excess", "code": "excedente", "price": "10"},
    aggregate="account",
)
TWO = (Connection("Casa", Decimal(90), Decimal(80)), Connection("Local", Decimal(40), Decimal(50)))


def test_blocks_fall_on_the_account_and_excess_on_each_connection() -> None:
    priced = price(SHARED, 130, Context(connections=TWO))
    # 80 + 40 within the limits: 100 at 1, 20 at 2; and 10 above the limit of one
    assert str(priced.net) == "240.00"
    assert [line for line in told(priced) if line["code"] in ("member", "excess")] == [
        {"code": "member", "name": "Casa", "quantity": "90", "unit": "m³"},
        {"code": "member", "name": "Local", "quantity": "40", "unit": "m³"},
        {"code": "excess", "limit": "80", "unit": "m³", "quantity": "10", "unit_price": "10", "amount": "100",
         "name": "Casa"},
    ]  # fmt: skip


def test_a_connection_without_limit_has_no_excess_beside_one_that_has() -> None:
    members = (TWO[0], TWO[1]._replace(usage=Decimal(400), limit=None))
    assert str(price(SHARED, 490, Context(connections=members)).net) == "960.00"  # 100 + 380 × 2 + 10 × 10


def test_an_account_must_use_what_its_connections_use() -> None:
    with pytest.raises(CannotPrice, match="use 130, the account 131"):
        price(SHARED, 131, Context(connections=TWO))
