"""Geometry of the bar chart: this year in front of the year before, on a scale that people can read off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

HEIGHT: Final = 100
STEP: Final = 10
NICE: Final = (Decimal(1), Decimal(2), Decimal(4), Decimal(5), Decimal(8), Decimal(10))


@dataclass(frozen=True, slots=True)
class Bar:
    """A month of the chart; None where there is no figure. `estimated` and `unusual` mark the bar."""

    month: date
    value: Decimal | None
    past: Decimal | None = None
    estimated: bool = False
    unusual: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar with its places in a plot that is 10 wide a month and 100 high, y downwards."""

    bar: Bar
    left: str
    right: str
    past_left: str
    past_right: str
    top: str
    past_top: str
    tone: str


def scale_top(values: Sequence[Decimal]) -> Decimal:
    """The smallest round number (1, 2, 4, 5, 8 times a power of ten) that holds all; 1 for none."""
    highest = max(values, default=Decimal(0))
    if highest <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(highest.adjusted())
    return next(step * power for step in NICE if step * power >= highest)


def draw(bars: Sequence[Bar]) -> tuple[Decimal, tuple[Drawn, ...]]:
    """The top of the scale and every bar's place under it; what is below zero is told in the table alone."""
    top = scale_top([v for bar in bars for v in (bar.value, bar.past) if v is not None])
    return top, tuple(_drawn(bar, STEP * index, top) for index, bar in enumerate(bars))


def _drawn(bar: Bar, x: int, top: Decimal) -> Drawn:
    tone = "bad" if bar.unusual else "guess" if bar.estimated else "now"
    return Drawn(
        bar=bar,
        left=f"{x + 3}",
        right=f"{x + 7}",
        past_left=f"{x + 1.2:g}",
        past_right=f"{x + 8.8:g}",
        top=_y(bar.value, top),
        past_top=_y(bar.past, top),
        tone=tone,
    )


def _y(value: Decimal | None, top: Decimal) -> str:
    share = max(value or Decimal(0), Decimal(0)) / top
    return f"{float(HEIGHT - share * HEIGHT):.1f}"
