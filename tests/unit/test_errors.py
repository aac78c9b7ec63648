"""What a refusal says, with its facts as people write them."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from caudal.common.errors import DomainError


class TooLittle(DomainError):
    """Facts: `amount`, `day`."""

    template = "%(amount)s on %(day)s"


@pytest.mark.parametrize(
    ("amount", "written"),
    [("1204.000", "1204"), ("12.5", "12.50"), ("0.4567", "0.4567"), ("1E+3", "1000"), ("-3.10", "-3.10")],
)
def test_a_refusal_writes_figures_without_idle_zeros_and_dates_day_first(amount: str, written: str) -> None:
    refusal = TooLittle(amount=Decimal(amount), day=date(2026, 10, 5))
    assert refusal.message == f"{written} on 05/10/2026"
    assert refusal.facts["amount"] == Decimal(amount)


def test_a_date_in_an_english_refusal_names_its_month() -> None:
    """5 October and 10 May are written alike by halves of those who read English."""
    with translation.override("en"):
        assert TooLittle(amount=Decimal(7), day=date(2026, 10, 5)).message == "7 on October 5, 2026"
