"""Late policies as data: what a service may say, and what is refused by name."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.kernel.late_policies import (
    LateKind,
    LatePolicyError,
    parse_late_policies,
)

PARRITA = [
    {
        "kind": "daily",
        "code": "interest",
        "basis": 360,
        "rates": [{"from": "2023-07-01", "percent": "9.87"}, {"from": "2024-01-01", "percent": "8.24"}],
    },
    {"kind": "monthly", "code": "penalty", "cap_percent": "20", "rates": [{"percent": 1}]},
]


def test_a_municipality_may_charge_dated_interest_and_a_capped_penalty():
    interest, penalty = parse_late_policies(PARRITA)
    assert (interest.kind, interest.basis, interest.grace_days) == (LateKind.DAILY, 360, 0)
    assert interest.rate_on(date(2023, 6, 30)) == 0
    assert interest.rate_on(date(2023, 12, 31)) == Decimal("9.87")
    assert interest.rate_on(date(2024, 1, 1)) == Decimal("8.24")
    assert (penalty.cap_percent, penalty.rate_on(date(1999, 1, 1))) == (20, 1)


def test_a_policy_without_a_code_is_called_after_its_kind():
    (fixed,) = parse_late_policies([{"kind": "fixed", "rates": [{"amount": "2.00"}]}])
    assert fixed.code == "fixed"


def test_days_weigh_as_much_as_their_rates():
    interest, _ = parse_late_policies(PARRITA)
    around_new_year = interest.rate_days(date(2024, 1, 2)) - interest.rate_days(date(2023, 12, 30))
    assert around_new_year == Decimal("9.87") + 2 * Decimal("8.24")
    assert interest.rate_days(date(2023, 6, 30)) == 0


def test_a_surcharge_is_posted_on_the_day_after_due_or_after_its_grace():
    (surcharge,) = parse_late_policies([{"kind": "flat", "grace_days": 3, "rates": [{"percent": "5"}]}])
    assert surcharge.first_day(date(2028, 2, 26)) == date(2028, 3, 1)


@pytest.mark.parametrize(
    ("item", "place", "problem"),
    [
        ({"kind": "weekly", "rates": [{"percent": "1"}]}, "[0]", "kind"),
        ({"kind": "daily"}, "[0]", "rates"),
        ({"kind": "daily", "rates": []}, "daily", "rates_not_in_order"),
        ({"kind": "daily", "rates": ["8.24"]}, "[0].rates[0]", "rates"),
        ({"kind": "daily", "rates": [{"percent": 8.24}]}, "[0].rates[0]", "not_a_number"),
        ({"kind": "daily", "rates": [{"percent": "8,24"}]}, "[0].rates[0]", "not_a_number"),
        ({"kind": "daily", "rates": [{"percent": "NaN"}]}, "[0].rates[0]", "not_a_number"),
        ({"kind": "daily", "rates": [{"percent": True}]}, "[0].rates[0]", "not_a_number"),
        ({"kind": "daily", "rates": [{"percent": "-1"}]}, "daily", "negative"),
        ({"kind": "daily", "rates": [{"amount": "1"}]}, "[0].rates[0]", "unknown_key amount"),
        ({"kind": "fixed", "rates": [{"percent": "1"}]}, "[0].rates[0]", "unknown_key percent"),
        ({"kind": "daily", "rates": [{"from": "1/2/24", "percent": "1"}]}, "[0].rates[0]", "from"),
        ({"kind": "daily", "basis": 364, "rates": [{"percent": "1"}]}, "daily", "basis_or_grace"),
        ({"kind": "daily", "basis": "360", "rates": [{"percent": "1"}]}, "[0].basis", "not_a_whole_number"),
        ({"kind": "daily", "grace_days": -1, "rates": [{"percent": "1"}]}, "daily", "basis_or_grace"),
        ({"kind": "daily", "grase_days": 5, "rates": [{"percent": "1"}]}, "[0]", "unknown_key grase_days"),
        (
            {"kind": "daily", "rates": [{"from": "2024-01-01", "percent": "1"}, {"percent": "2"}]},
            "daily",
            "rates_not_in_order",
        ),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused_by_place_and_problem(item, place, problem):
    with pytest.raises(LatePolicyError) as refused:
        parse_late_policies([item])
    assert (refused.value.place, refused.value.problem) == (place, problem)


def test_two_policies_of_one_name_are_refused():
    with pytest.raises(LatePolicyError, match="code_twice"):
        parse_late_policies([PARRITA[0], PARRITA[0]])
