"""The bars of thirteen months, on a scale that people can read off."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.common.ui.charts import Bar, draw, scale_top

OCTOBER = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("highest", "top"),
    [("36", "40"), ("92", "100"), ("100", "100"), ("101", "200"), ("0.7", "0.8"), ("5", "5")],
)
def test_the_scale_ends_at_a_round_number(highest: str, top: str) -> None:
    assert scale_top([Decimal(highest)]) == Decimal(top)


def test_a_chart_without_consumption_still_has_a_scale() -> None:
    top, drawn = draw([Bar(OCTOBER, Decimal(0)), Bar(OCTOBER, None)])
    assert top == 1
    assert [d.top for d in drawn] == ["100.0", "100.0"]


def test_a_full_bar_reaches_the_top_and_half_of_it_the_middle() -> None:
    _, drawn = draw([Bar(OCTOBER, Decimal(40), past=Decimal(20))])
    assert drawn[0].top == "0.0"
    assert drawn[0].past_top == "50.0"


def test_what_is_out_of_the_ordinary_is_marked_before_what_is_estimated() -> None:
    _, drawn = draw(
        [
            Bar(OCTOBER, Decimal(1)),
            Bar(OCTOBER, Decimal(1), estimated=True),
            Bar(OCTOBER, Decimal(1), estimated=True, unusual=True),
        ]
    )
    assert [d.tone for d in drawn] == ["now", "guess", "bad"]


@given(st.lists(st.decimals(min_value=-100, max_value=10**6, places=3), min_size=1, max_size=13))
def test_no_bar_leaves_the_plot(volumes: list[Decimal]) -> None:
    _, drawn = draw([Bar(OCTOBER, volume) for volume in volumes])
    assert all(0 <= float(d.top) <= 100 for d in drawn)
    assert float(drawn[-1].past_right) <= len(volumes) * 10
