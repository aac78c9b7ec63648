"""Rounding and splitting: the cents of docs/rounding.md, and what holds for any amount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.money import parts, quantize_price, round_half_up, steps

CENT = Decimal("0.01")
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
exact_amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=7)
weights = st.lists(st.decimals(min_value=0, max_value=10**6, places=3), min_size=1, max_size=12).filter(any)


def split_by(text: str) -> int | list[Decimal]:
    return (
        int(text.removesuffix(" equal"))
        if text.endswith("equal")
        else [Decimal(word) for word in text.split()]
    )


def test_amounts_round_as_the_policy_shows(rounding_tables):
    rows = rounding_tables["Half up"]
    computed = [str(round_half_up(Decimal(row["amount"]), int(row["decimals"]))) for row in rows]
    assert computed == [row["rounded"] for row in rows]


def test_wholes_split_as_the_policy_shows(rounding_tables):
    rows = rounding_tables["Parts of a whole"]
    computed = [
        " ".join(
            str(p) for p in parts(Decimal(row["whole"]), split_by(row["split by"]), int(row["decimals"]))
        )
        for row in rows
    ]
    assert computed == [row["parts"] for row in rows]


def test_zero_is_never_printed_with_a_minus():
    assert str(round_half_up(Decimal("-0.001"))) == "0.00"
    assert str(round_half_up(Decimal("-0"))) == "0.00"


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        round_half_up(Decimal(text))


def test_a_unit_price_keeps_six_decimals():
    assert str(quantize_price(Decimal("0.4123455"))) == "0.412346"
    assert str(quantize_price(Decimal(1))) == "1.000000"


@pytest.mark.parametrize("weights", [0, -1, [], [Decimal(0), Decimal(0)], [Decimal(2), Decimal(-1)]])
def test_nothing_to_split_by_is_refused(weights):
    with pytest.raises(ValueError, match="cannot split"):
        parts(Decimal("1.00"), weights)


@given(exact_amounts, st.integers(0, 6))
def test_rounding_moves_by_at_most_half_a_unit_and_the_sign_does_not_matter(amount, places):
    rounded = round_half_up(amount, places)
    assert abs(rounded - amount) * 2 <= Decimal(1).scaleb(-places)
    assert round_half_up(-amount, places) == -rounded
    assert round_half_up(rounded, places) == rounded


@given(amounts, st.integers(1, 48))
def test_equal_parts_sum_to_the_whole_and_differ_by_at_most_a_cent(total, n):
    shares = parts(total, n)
    assert len(shares) == n
    assert sum(shares) == total
    assert max(shares) - min(shares) <= CENT


@given(amounts, weights)
def test_weighted_parts_sum_to_the_whole_and_stay_within_a_cent_of_their_share(total, weights):
    shares = parts(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * weight / sum(weights)) <= CENT
        assert weight or not share


@given(st.lists(exact_amounts, max_size=20))
def test_steps_sum_to_the_last_running_total(running):
    assert sum(steps(running)) == (round_half_up(running[-1]) if running else 0)
