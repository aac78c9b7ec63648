"""What being late costs: the cents of docs/rounding.md, their explanation, their indifference to order."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.interest import Debt, InterestToDay, interest_to, late_charges, still_to_charge
from caudal.kernel.late_policies import ALWAYS, DatedRate, LateKind, LatePolicy
from caudal.kernel.money import round_half_up
from caudal.kernel.periods import ONE_DAY, months_later

D = Decimal
NEW_YEAR = date(2026, 1, 1)


def rates(percent: str) -> tuple[DatedRate, ...]:
    return (DatedRate(ALWAYS, D(percent)),)


A_TENTH_OF_A_PERCENT_A_DAY = LatePolicy(LateKind.DAILY, "interest", rates("36.5"))
PARRITA = (
    LatePolicy(LateKind.DAILY, "interest", rates("8.24"), basis=360),
    LatePolicy(LateKind.MONTHLY, "penalty", rates("1"), cap_percent=D(20)),
)


def debt_of(row: dict[str, str]) -> Debt:
    payments = (payment.split(" on ") for payment in row["paid"].split(", ") if payment)
    settled = tuple((date.fromisoformat(on), D(amount)) for amount, on in payments)
    return Debt(D(row["principal"]), date.fromisoformat(row["due"]), settled)


def test_interest_by_the_day_comes_out_as_the_policy_shows(rounding_tables):
    for row in rounding_tables["Interest by the day"]:
        policy = LatePolicy(
            LateKind.DAILY, "interest", rates(row["percent"]), int(row["basis"]), int(row["grace"])
        )
        cost = interest_to(debt_of(row), [policy], day=date.fromisoformat(row["up to"]))
        assert str(cost.quantize(D("0.01"))) == row["interest"], row


def test_other_late_costs_come_out_as_the_policy_shows(rounding_tables):
    for row in rounding_tables["Other late costs"]:
        cap = D(row["cap"]) if row["cap"] else None
        policy = LatePolicy(LateKind(row["kind"]), "cost", rates(row["value"]), cap_percent=cap)
        cost = interest_to(debt_of(row), [policy], day=date.fromisoformat(row["up to"]))
        assert str(cost.quantize(D("0.01"))) == row["cost"], row


def test_payments_entered_in_any_order_leave_the_piecewise_sum():
    paid = [(10, D(400)), (20, D(300)), (30, D(300))]
    payments = [(NEW_YEAR + timedelta(day), amount) for day, amount in paid]
    for entered in permutations(payments):
        debt = Debt(D(1000), NEW_YEAR, entered)
        assert interest_to(debt, [A_TENTH_OF_A_PERCENT_A_DAY], day=date(2026, 6, 1)) == D("19.00")


def test_a_payment_lowers_the_base_from_the_day_after():
    debt = Debt(D(1000), NEW_YEAR, ((date(2026, 1, 11), D(400)),))
    assert debt.outstanding_on(date(2026, 1, 11)) == 1000
    assert debt.outstanding_on(date(2026, 1, 12)) == 600


def test_a_payment_that_comes_to_light_late_leaves_interest_to_give_back():
    charged = interest_to(Debt(D(1000), NEW_YEAR), [A_TENTH_OF_A_PERCENT_A_DAY], day=date(2026, 1, 31))
    known_now = Debt(D(1000), NEW_YEAR, ((date(2026, 1, 11), D(400)),))
    cumulative = interest_to(known_now, [A_TENTH_OF_A_PERCENT_A_DAY], day=date(2026, 1, 31))
    assert (charged, cumulative) == (D(30), D(22))
    assert still_to_charge(cumulative, charged=charged) == D(-8)


def test_parrita_charges_interest_and_a_penalty_side_by_side():
    debt = Debt(D(10000), date(2024, 1, 31))
    interest, penalty = late_charges(debt, PARRITA, day=date(2024, 3, 16))
    assert (interest.policy.code, interest.amount) == ("interest", D(103))
    assert (penalty.policy.code, penalty.amount) == ("penalty", D(200))
    assert interest_to(debt, PARRITA, day=date(2024, 3, 16)) == D(303)


def test_the_explanation_of_interest_names_base_rate_days_and_basis():
    policy = LatePolicy(LateKind.DAILY, "interest", rates("8.24"))
    (charge,) = late_charges(Debt(D(6325), date(2026, 9, 20)), [policy], day=date(2026, 11, 4))
    assert charge.lines == (
        {
            "code": "interest",
            "base": "6325",
            "rate": "8.24",
            "days": 45,
            "basis": 365,
            "from": "2026-09-21",
            "until": "2026-11-04",
            "amount": "64.25506849315068493150684932",
        },
    )
    assert charge.amount == D("64.26")


def test_a_change_of_rate_and_a_payment_each_begin_a_new_line():
    policy = LatePolicy(
        LateKind.DAILY, "interest", (DatedRate(ALWAYS, D(10)), DatedRate(date(2026, 1, 16), D(12)))
    )
    debt = Debt(D(365), NEW_YEAR, ((date(2026, 1, 21), D(65)),))
    (charge,) = late_charges(debt, [policy], day=date(2026, 1, 31))
    assert [(line["base"], line["rate"], line["days"]) for line in charge.lines] == [
        ("365", "10", 14),
        ("365", "12", 6),
        ("300", "12", 10),
    ]
    assert charge.amount == D("3.11")


def test_days_after_the_debt_was_paid_are_not_told():
    debt = Debt(D(1000), NEW_YEAR, ((date(2026, 1, 11), D(1000)),))
    (charge,) = late_charges(debt, [A_TENTH_OF_A_PERCENT_A_DAY], day=date(2026, 6, 1))
    assert [(line["until"], line["days"]) for line in charge.lines] == [("2026-01-11", 10)]


def test_a_rate_that_begins_on_the_first_late_day_makes_one_line():
    policy = LatePolicy(
        LateKind.DAILY, "interest", (DatedRate(ALWAYS, D(10)), DatedRate(date(2026, 1, 2), D(12)))
    )
    (charge,) = late_charges(Debt(D(365), NEW_YEAR), [policy], day=date(2026, 1, 11))
    assert [(line["rate"], line["days"]) for line in charge.lines] == [("12", 10)]


def test_the_penalty_counts_months_and_says_where_its_cap_cut_it():
    debt = Debt(D(10000), date(2022, 1, 31))
    (penalty,) = late_charges(debt, PARRITA[1:], day=date(2024, 3, 1))
    assert penalty.lines == (
        {"code": "penalty", "base": "10000", "rate": "1", "months": 26, "amount": "2600"},
        {"code": "cap", "percent": "20", "base": "10000", "amount": "2000"},
    )
    assert penalty.amount == D(2000)


def test_the_board_adds_five_percent_once_and_explains_it():
    policy = LatePolicy(LateKind.FLAT, "surcharge", rates("5"))
    debt = Debt(D("12.35"), date(2026, 6, 15))
    assert late_charges(debt, [policy], day=date(2026, 6, 15)) == ()
    (surcharge,) = late_charges(debt, [policy], day=date(2026, 12, 31))
    assert surcharge.lines == ({"code": "surcharge", "base": "12.35", "rate": "5", "amount": "0.6175"},)


def test_a_fixed_fee_is_charged_as_it_stood_on_the_day_after_due():
    fees = (DatedRate(ALWAYS, D("2.00")), DatedRate(date(2026, 6, 17), D("3.00")))
    policy = LatePolicy(LateKind.FIXED, "late_fee", fees)
    (fee,) = late_charges(Debt(D("12.35"), date(2026, 6, 15)), [policy], day=date(2026, 12, 31))
    assert (fee.amount, fee.lines) == (D(2), ({"code": "late_fee", "amount": "2.00"},))


def test_days_before_a_cut_over_cost_nothing():
    policies = (
        *PARRITA,
        LatePolicy(LateKind.FLAT, "surcharge", rates("5")),
        LatePolicy(LateKind.FIXED, "late_fee", rates("2")),
    )
    imported = Debt(D(10000), date(2024, 1, 31), counts_from=date(2024, 3, 7))
    charges = {c.policy.code: c.amount for c in late_charges(imported, policies, day=date(2024, 4, 5))}
    assert charges == {"interest": D("68.67"), "penalty": D("100.00")}


def test_without_a_rate_in_force_there_is_no_interest():
    policy = LatePolicy(LateKind.DAILY, "interest", (DatedRate(date(2026, 1, 11), D("36.5")),))
    assert interest_to(Debt(D(1000), NEW_YEAR), [policy], day=date(2026, 1, 10)) == 0
    assert interest_to(Debt(D(1000), NEW_YEAR), [policy], day=date(2026, 1, 11)) == 1


def test_a_currency_without_cents_owes_whole_interest():
    debt = Debt(D(6325), date(2026, 9, 20))
    policy = LatePolicy(LateKind.DAILY, "interest", rates("8.24"))
    assert interest_to(debt, [policy], day=date(2026, 11, 4), minor_units=0) == 64


START = date(2027, 10, 1)
days_on = st.integers(0, 200).map(lambda days: START + timedelta(days))
money = st.decimals(min_value=1, max_value=100_000, places=2)
percents = st.decimals(min_value=0, max_value=60, places=2)
dated_rates = st.dictionaries(days_on, percents, min_size=1, max_size=4).map(
    lambda found: tuple(DatedRate(day, found[day]) for day in sorted(found))
)
policies = st.builds(
    LatePolicy,
    kind=st.sampled_from(LateKind),
    code=st.just("cost"),
    rates=dated_rates,
    basis=st.sampled_from([360, 365]),
    grace_days=st.integers(0, 9),
    cap_percent=st.none() | percents,
)
debts = st.builds(
    Debt,
    principal=money,
    due_date=days_on,
    settled=st.lists(st.tuples(days_on, money), max_size=5).map(tuple),
    counts_from=st.just(date.min) | days_on,
)


def day_by_day(debt: Debt, policy: LatePolicy, upto: date) -> Decimal:
    """The formula of the policy page, one day at a time."""
    first = debt.due_date + timedelta(policy.grace_days) + ONE_DAY
    costing = [first + timedelta(days) for days in range((upto - first).days + 1)]
    if policy.kind is LateKind.MONTHLY:
        costing = [months_later(first - ONE_DAY, n) + ONE_DAY for n in range(len(costing))]
    if policy.kind in (LateKind.FLAT, LateKind.FIXED):
        costing = costing[:1]
    days = [day for day in costing if debt.counts_from <= day <= upto and debt.outstanding_on(day)]
    if policy.kind is LateKind.FIXED:
        exact = sum((policy.rate_on(day) for day in days), D(0))
    else:
        weighted = sum((debt.outstanding_on(day) * policy.rate_on(day) for day in days), D(0))
        exact = weighted / (100 * policy.basis if policy.kind is LateKind.DAILY else 100)
    cap = exact if policy.cap_percent is None else debt.principal * policy.cap_percent / 100
    return round_half_up(min(exact, cap))


@given(debts, policies, days_on)
def test_the_sum_by_stretches_is_the_sum_by_days(debt, policy, day):
    assert interest_to(debt, [policy], day=day) == day_by_day(debt, policy, day)


@given(debts, st.lists(policies, max_size=3), days_on)
def test_what_is_explained_is_what_is_charged(debt, policies, day):
    charges = late_charges(debt, policies, day=day)
    assert sum(charge.amount for charge in charges) == interest_to(debt, policies, day=day)
    for charge in charges:
        assert all(D(str(line["amount"])) > 0 for line in charge.lines)
        if charge.lines[-1]["code"] != "cap":
            assert abs(sum(D(str(line["amount"])) for line in charge.lines) - charge.exact) < D("1e-15")


@given(debts, st.lists(policies, max_size=2), st.lists(days_on, min_size=1, max_size=5), st.randoms())
def test_neither_the_order_of_entry_nor_the_number_of_spans_changes_a_cent(debt, policies, days, random):
    shuffled = random.sample(debt.settled, len(debt.settled))
    entered_otherwise = Debt(debt.principal, debt.due_date, tuple(shuffled), debt.counts_from)
    charged = D(0)
    for day in sorted(days):
        charged += still_to_charge(interest_to(debt, policies, day=day), charged=charged)
    assert charged == interest_to(entered_otherwise, policies, day=max(days))


@given(debts, st.lists(policies, max_size=3), days_on, days_on)
def test_late_costs_never_shrink_with_time_and_never_begin_before_due(debt, policies, one, other):
    earlier, later = sorted((one, other))
    before = interest_to(debt, policies, day=earlier)
    assert 0 <= before <= interest_to(debt, policies, day=later)
    assert earlier > debt.due_date or before == 0


@given(st.lists(debts, max_size=3), st.lists(policies, max_size=2), days_on)
def test_many_debts_at_once_cost_what_each_costs_alone(debts, policies, day):
    town = InterestToDay(policies, day=day)
    assert [town.of(debt) for debt in debts] == [interest_to(debt, policies, day=day) for debt in debts]
