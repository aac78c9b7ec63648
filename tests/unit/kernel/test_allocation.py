"""Which debts money settles, and which selections a payer may make."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.kernel.allocation import (
    Allocation,
    OpenItem,
    Reason,
    Refusal,
    allocate,
    check_selection,
    complete_selection,
    needed_with,
    settlement_order,
)

D = Decimal


def item(key: int, group: str, due: date, principal: str = "10.00", **other) -> OpenItem:
    given_values = {"dated_on": due - timedelta(15), "number": key, "principal": D(principal), **other}
    return OpenItem(key=key, group=group, due_date=due, **given_values)


WATER_AUGUST = item(1, "water", date(2026, 9, 20), interest=D("0.40"))
WATER_SEPTEMBER = item(2, "water", date(2026, 10, 20), interest=D("0.20"))
WATER_OCTOBER = item(3, "water", date(2026, 11, 20))
REFUSE_SEPTEMBER = item(4, "refuse", date(2026, 10, 20))
PENDING = (WATER_OCTOBER, REFUSE_SEPTEMBER, WATER_AUGUST, WATER_SEPTEMBER)


def keys(items) -> list[int]:
    return [item.key for item in items]


def test_settlement_goes_by_due_date_then_nominal_date_then_number_then_charge():
    due = date(2026, 10, 20)
    items = [
        item(9, "a", due, number=7),
        item(8, "b", due, number=7),
        item(7, "c", due, number=6),
        item(6, "d", due, dated_on=date(2026, 10, 4), number=99),
        item(5, "e", due - timedelta(1), number=100),
    ]
    assert keys(settlement_order(items)) == [5, 6, 7, 8, 9]


def test_a_month_cannot_be_paid_while_an_older_one_of_the_service_is_left_out():
    assert check_selection(PENDING, [3]) == (Refusal(3, Reason.OLDER, (1, 2)),)
    assert check_selection(PENDING, [1, 3]) == (Refusal(3, Reason.OLDER, (2,)),)


def test_services_do_not_wait_for_each_other():
    assert check_selection(PENDING, [4]) == ()
    assert check_selection(PENDING, [1, 2]) == ()
    assert check_selection(PENDING, []) == ()


def test_items_of_equal_age_do_not_wait_for_each_other():
    twins = [item(1, "fees", date(2026, 9, 20)), item(2, "fees", date(2026, 9, 20))]
    assert check_selection(twins, [2]) == ()


def test_a_charge_and_its_posted_interest_go_together():
    posted = item(11, "water", date(2026, 11, 20), "0.35", origin=1)
    items = (*PENDING, posted)
    assert check_selection(items, [1]) == (Refusal(1, Reason.TOGETHER, (11,)),)
    assert check_selection(items, [11]) == (Refusal(11, Reason.TOGETHER, (1,)),)
    assert check_selection(items, [1, 11]) == ()


def test_posted_interest_of_a_paid_charge_stands_by_itself():
    posted = item(11, "water", date(2026, 10, 20), "0.35", origin=99)
    assert check_selection((WATER_OCTOBER, posted), [3]) == (Refusal(3, Reason.OLDER, (11,)),)
    assert check_selection((WATER_OCTOBER, posted), [11]) == ()


def test_posted_interest_of_a_disputed_charge_keeps_its_own_age():
    disputed = item(1, "water", date(2026, 9, 20), set_aside=True)
    posted = item(11, "water", date(2026, 12, 20), "0.35", origin=1)
    assert check_selection((disputed, WATER_OCTOBER, posted), [3]) == ()
    assert check_selection((disputed, WATER_OCTOBER, posted), [11]) == (Refusal(11, Reason.OLDER, (3,)),)


def test_disputed_items_neither_block_nor_are_taken():
    disputed = item(1, "water", date(2026, 9, 20), set_aside=True)
    items = (disputed, WATER_SEPTEMBER)
    assert check_selection(items, [2]) == ()
    assert check_selection(items, [1, 2]) == (Refusal(1, Reason.SET_ASIDE),)
    assert allocate(D("50.00"), items) == ((Allocation(2, D("0.20"), D("10.00")),), D("39.80"))


def test_what_is_not_pending_cannot_be_chosen():
    with pytest.raises(KeyError):
        check_selection(PENDING, [77])


def test_a_selection_is_completed_with_what_must_go_with_it():
    posted = item(11, "water", date(2026, 11, 20), "0.35", origin=1)
    assert complete_selection((*PENDING, posted), [2]) == {1, 2, 11}
    assert complete_selection(PENDING, [4]) == {4}


def test_money_received_settles_interest_before_principal_and_oldest_first():
    allocations, left = allocate(D("15.00"), PENDING)
    assert allocations == (
        Allocation(1, D("0.40"), D("10.00")),
        Allocation(2, D("0.20"), D("4.40")),
    )
    assert left == 0


def test_too_little_for_the_interest_pays_only_interest():
    assert allocate(D("0.30"), PENDING) == ((Allocation(1, D("0.30"), D("0.00")),), 0)


def test_posted_interest_is_settled_just_before_its_charge():
    posted = item(11, "water", date(2026, 11, 20), "0.35", origin=1)
    allocations, _ = allocate(D("10.00"), (*PENDING, posted))
    assert allocations == (Allocation(11, D(0), D("0.35")), Allocation(1, D("0.40"), D("9.25")))


def test_what_is_left_over_is_credit():
    allocations, left = allocate(D("100.00"), PENDING)
    assert sum(a.total for a in allocations) == D("40.60")
    assert left == D("59.40")


@pytest.mark.parametrize("amount", [D(0), D("-1.00")])
def test_no_money_settles_nothing(amount):
    with pytest.raises(ValueError, match="nothing to allocate"):
        allocate(amount, PENDING)


money = st.decimals(min_value=0, max_value=1000, places=2)


drawn_items = st.tuples(
    st.sampled_from(["water", "refuse"]),
    st.integers(0, 3).map(lambda days: date(2026, 1, 20) + timedelta(days)),
    money,
    money,
    st.sampled_from([False, False, True]),
    st.none() | st.integers(0, 3),
)


def as_items(drawn) -> list[OpenItem]:
    """Keyed by place; an origin that is drawn counts where it is an item that is no interest itself."""
    originals = {key for key, (*_, origin) in enumerate(drawn) if origin is None}
    return [
        item(
            key,
            group,
            due,
            str(principal),
            interest=interest,
            set_aside=set_aside,
            origin=origin if origin in originals else None,
        )
        for key, (group, due, principal, interest, set_aside, origin) in enumerate(drawn)
    ]


pending_lists = st.lists(drawn_items, max_size=7).map(as_items)


@given(pending_lists, money.filter(bool))
def test_no_cent_is_lost_and_no_item_gets_more_than_it_owes(items, amount):
    allocations, left = allocate(amount, items)
    by_key = {i.key: i for i in items}
    assert sum(a.total for a in allocations) + left == amount
    assert left >= 0
    for a in allocations:
        owed = by_key[a.key]
        assert not owed.set_aside
        assert 0 < a.total <= owed.total
        assert 0 <= a.interest <= owed.interest
        assert a.interest == owed.interest or a.principal == 0
    if left:
        assert sum(i.total for i in items if not i.set_aside) == amount - left


@given(pending_lists, st.sets(st.integers(0, 6)))
def test_a_completed_selection_is_allowed_and_every_refusal_names_what_is_missing(items, wanted):
    known = {i.key for i in items}
    chosen = wanted & known
    completed = complete_selection(items, chosen)
    assert check_selection(items, completed) == ()
    assert completed >= {key for key in chosen if not next(i for i in items if i.key == key).set_aside}
    for refusal in check_selection(items, chosen):
        assert refusal.missing or refusal.reason is Reason.SET_ASIDE
        assert not chosen & set(refusal.missing)


@given(pending_lists)
def test_what_is_needed_with_each_item_is_what_choosing_it_alone_would_miss(items):
    alone = {
        one.key: tuple(key for refusal in check_selection(items, [one.key]) for key in refusal.missing)
        for one in settlement_order(items)
    }
    assert needed_with(items) == alone
    assert list(needed_with(items)) == list(alone)


@given(pending_lists, st.randoms())
def test_the_order_of_settlement_does_not_depend_on_the_order_given(items, random):
    assert settlement_order(random.sample(items, len(items))) == settlement_order(items)
