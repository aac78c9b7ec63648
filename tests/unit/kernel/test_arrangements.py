"""Overdue debt turned into instalments, and what comes back when the arrangement is broken."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.arrangements import (
    ArrangedDebt,
    Carried,
    ServiceYear,
    left_when_broken,
    monthly_due_dates,
    plan,
)

D = Decimal
WATER_AND_REFUSE = (
    ArrangedDebt(1, "water", 2024, D("20000.00")),
    ArrangedDebt(2, "water", 2024, D("11240.00")),
    ArrangedDebt(3, "refuse", 2024, D("9000.00")),
    ArrangedDebt(4, "refuse", 2025, D("9760.04")),
)
TWELVE_MONTHS = monthly_due_dates(date(2026, 8, 31), 12)


def test_instalments_come_out_as_the_policy_shows(rounding_tables):
    for row in rounding_tables["Instalments of an arrangement"]:
        debts = [ArrangedDebt(1, "water", 2025, D(row["debt"]))]
        due_dates = monthly_due_dates(date(2026, 1, 15), int(row["instalments"]))
        instalments = plan(debts, due_dates=due_dates)
        assert " ".join(str(i.amount) for i in instalments) == row["amounts"]
        assert " ".join(str(i.left) for i in instalments) == row["left after each"]


def test_the_third_of_twelve_says_what_it_carries_and_what_is_left():
    third = plan(WATER_AND_REFUSE, due_dates=TWELVE_MONTHS)[2]
    assert (third.part, third.parts, third.due_date) == (3, 12, date(2026, 10, 31))
    assert (third.amount, third.left) == (D("4166.67"), D("37500.03"))
    assert third.covers == (ServiceYear("water", 2024, D("4166.67")),)


def test_an_instalment_across_services_and_years_names_each():
    last_two = plan(WATER_AND_REFUSE, due_dates=TWELVE_MONTHS[:2])[1]
    assert last_two.carries == (
        Carried(2, D("6239.98")),
        Carried(3, D("9000.00")),
        Carried(4, D("9760.04")),
    )
    assert last_two.covers == (
        ServiceYear("water", 2024, D("6239.98")),
        ServiceYear("refuse", 2024, D("9000.00")),
        ServiceYear("refuse", 2025, D("9760.04")),
    )


def test_the_31st_is_the_last_day_of_a_shorter_month_and_comes_back():
    assert TWELVE_MONTHS[1:3] == (date(2026, 9, 30), date(2026, 10, 31))
    assert monthly_due_dates(date(2027, 12, 31), 3)[2] == date(2028, 2, 29)


def test_a_larger_first_payment_is_a_weight():
    amounts = [
        i.amount
        for i in plan(WATER_AND_REFUSE, due_dates=TWELVE_MONTHS[:4], weights=[D(7), D(1), D(1), D(1)])
    ]
    assert amounts == [D("35000.03"), D("5000.00"), D("5000.01"), D("5000.00")]


def test_broken_after_one_payment_the_originals_come_back_for_what_is_left():
    assert left_when_broken(WATER_AND_REFUSE, paid=D("25000.02")) == (
        Carried(2, D("6239.98")),
        Carried(3, D("9000.00")),
        Carried(4, D("9760.04")),
    )


def test_a_paid_arrangement_brings_nothing_back():
    assert left_when_broken(WATER_AND_REFUSE, paid=D("50000.04")) == ()


@pytest.mark.parametrize("paid", [D("-0.01"), D("50000.05")])
def test_more_than_was_arranged_cannot_have_been_paid(paid):
    with pytest.raises(ValueError, match="was not paid"):
        left_when_broken(WATER_AND_REFUSE, paid=paid)


@pytest.mark.parametrize(
    ("debts", "due_dates", "message"),
    [
        ([], TWELVE_MONTHS, "only positive debt"),
        ([ArrangedDebt(1, "water", 2025, D(0))], TWELVE_MONTHS, "only positive debt"),
        ([ArrangedDebt(1, "water", 2025, D("0.11"))], TWELVE_MONTHS, "too little"),
        (WATER_AND_REFUSE, TWELVE_MONTHS[::-1], "rise"),
        (WATER_AND_REFUSE, TWELVE_MONTHS[:1] * 2, "rise"),
        (WATER_AND_REFUSE, (), "cannot split"),
    ],
)
def test_an_arrangement_that_makes_no_sense_is_refused(debts, due_dates, message):
    with pytest.raises(ValueError, match=message):
        plan(debts, due_dates=due_dates)


amounts = st.decimals(min_value=1, max_value=10_000, places=2)
debt_lists = st.lists(amounts, min_size=1, max_size=8).map(
    lambda found: [ArrangedDebt(key, "water", 2020 + key, amount) for key, amount in enumerate(found)]
)


@given(debt_lists, st.integers(1, 24))
def test_instalments_carry_each_debt_exactly_once(debts, count):
    instalments = plan(debts, due_dates=monthly_due_dates(date(2026, 1, 31), count))
    for instalment in instalments:
        assert instalment.amount == sum(c.amount for c in instalment.carries)
        assert instalment.amount == sum(c.amount for c in instalment.covers)
    carried = {debt.key: D(0) for debt in debts}
    for instalment in instalments:
        for part in instalment.carries:
            carried[part.key] += part.amount
    assert carried == {debt.key: debt.amount for debt in debts}
    assert instalments[-1].left == 0


@given(debt_lists, st.integers(1, 24), st.integers(0, 24))
def test_what_was_paid_and_what_comes_back_is_the_whole_debt(debts, count, paid_instalments):
    instalments = plan(debts, due_dates=monthly_due_dates(date(2026, 1, 31), count))
    paid = sum((i.amount for i in instalments[:paid_instalments]), D(0))
    back = left_when_broken(debts, paid=paid)
    unpaid = [carried for i in instalments[paid_instalments:] for carried in i.carries]
    assert paid + sum(c.amount for c in back) == sum(debt.amount for debt in debts)
    assert sum(c.amount for c in unpaid) == sum(c.amount for c in back)
    assert {c.key for c in unpaid} == {c.key for c in back}
