"""What co-owners owe of one amount is the whole of it, to the cent, whatever their shares are."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from caudal.billing.assembly.rating import recompute
from caudal.workflows.invoices.co_owners import tiles

shares = st.lists(st.decimals("0.000001", "1", places=6), min_size=1, max_size=12)


def owed(amount: Decimal, given: list[Decimal]) -> list[Decimal]:
    """Each one's part, as his charge computes it from what it stores."""
    places = tiles(given)
    return [
        recompute({"amount": str(amount), "share": [str(a), str(b)]}, lambda _id: None) for a, b in places
    ]


def test_three_thirds_of_a_hundred_are_a_hundred() -> None:
    third = Decimal("0.333333")
    assert list(map(str, owed(Decimal("100.00"), [third] * 3))) == ["33.33", "33.34", "33.33"]


@given(amount=st.decimals("0", "9999999.99", places=2), shares=shares)
def test_the_parts_are_the_whole_and_none_is_off_by_more_than_a_cent(
    amount: Decimal, shares: list[Decimal]
) -> None:
    parts = owed(amount, shares)
    assert sum(parts) == amount
    fair = [amount * share / sum(shares) for share in shares]
    # A cent, and what ten decimals of a share are of the amount.
    assert all(abs(part - due) <= Decimal("0.0121") for part, due in zip(parts, fair, strict=True))
