"""Oldest first: within a service nobody pays a newer item and leaves an older one."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Subscription
from caudal.receivables.queries import (
    NotPending,
    PendingItem,
    SelectionRefused,
    check_selection,
    complete_selection,
    pending_items,
    statement,
)
from tests import factories

pytestmark = pytest.mark.django_db
ON = date(2026, 4, 20)


@pytest.fixture
def account() -> Account:
    factories.organisation()
    return factories.account()


@pytest.fixture
def water(account: Account) -> Subscription:
    return factories.subscription(account, factories.service("water", kind="metered", unit="m³"))


@pytest.fixture
def refuse(account: Account) -> Subscription:
    return factories.subscription(account, factories.service("refuse"))


def bill(account: Account, month: int, *lines: factories.Line) -> None:
    factories.invoice(account, *lines, dated_on=date(2026, month, 5), due_date=date(2026, month, 20))


def items(account: Account, on: date = ON) -> tuple[PendingItem, ...]:
    return pending_items(account_id=account.pk, on=on)


def ids(chosen: tuple[PendingItem, ...]) -> list[int]:
    return [item.charge_id for item in chosen]


def test_items_come_oldest_first_with_what_blocks_them(account: Account, water: Subscription) -> None:
    for month in (3, 1, 2):
        bill(account, month, factories.Line("10.00", subscription=water))
    january, february, march = items(account)
    assert [i.dated_on.month for i in (january, february, march)] == [1, 2, 3]
    assert january.blocked_by == ()
    assert march.blocked_by == (january.charge_id, february.charge_id)


def test_a_newer_item_alone_is_refused_with_the_reason(account: Account, water: Subscription) -> None:
    bill(account, 1, factories.Line("10.00", subscription=water, label="Agua de enero"))
    bill(account, 2, factories.Line("10.00", subscription=water, label="Agua de febrero"))
    january, february = items(account)
    with pytest.raises(SelectionRefused) as refused:
        check_selection(items=items(account), charge_ids=[february.charge_id])
    assert refused.value.missing == (january.charge_id,)
    assert "Agua de enero (01/2026)" in refused.value.message


def test_another_service_may_be_left_out(account: Account, water: Subscription, refuse: Subscription) -> None:
    bill(account, 1, factories.Line("10.00", subscription=water), factories.Line("5.00", subscription=refuse))
    bill(account, 2, factories.Line("10.00", subscription=water), factories.Line("5.00", subscription=refuse))
    known = items(account)
    rubbish = [i.charge_id for i in known if i.service_code == "refuse"]
    assert ids(check_selection(items=known, charge_ids=rubbish)) == rubbish


def test_one_offs_go_by_their_service(account: Account) -> None:
    other, reconnection = factories.service("other"), factories.service("reconnection")
    bill(account, 1, factories.Line("10.00", other), factories.Line("30.00", reconnection))
    bill(account, 2, factories.Line("20.00", other))
    old, _apart, new = items(account)
    assert new.blocked_by == (old.charge_id,)


def test_interest_that_was_posted_goes_with_its_charge(account: Account) -> None:
    water = factories.service("water", late_policies=factories.A_TENTH_A_DAY)
    bill(account, 1, factories.Line("1000.00", water))
    factories.pay(account, "4.00", date(2026, 1, 30))
    interest, principal = items(account)
    assert (interest.balance, interest.origin_id) == (Decimal("6.00"), principal.charge_id)
    with pytest.raises(SelectionRefused):
        check_selection(items=items(account), charge_ids=[principal.charge_id])
    with pytest.raises(SelectionRefused):
        check_selection(items=items(account), charge_ids=[interest.charge_id])


def test_what_is_paid_already_cannot_be_chosen(account: Account, water: Subscription) -> None:
    bill(account, 1, factories.Line("10.00", subscription=water))
    (january,) = items(account)
    factories.pay(account, "10.00", ON)
    with pytest.raises(NotPending):
        check_selection(items=items(account), charge_ids=[january.charge_id])


def test_a_choice_is_completed_with_what_it_needs(account: Account, water: Subscription) -> None:
    for month in (1, 2, 3):
        bill(account, month, factories.Line("10.00", subscription=water))
    january, february, _march = items(account)
    found = complete_selection(items=items(account), charge_ids=[february.charge_id])
    assert found == {january.charge_id, february.charge_id}


def test_a_statement_adds_up_overdue_and_not(account: Account, water: Subscription) -> None:
    bill(account, 3, factories.Line("10.00", subscription=water))
    bill(account, 4, factories.Line("12.50", subscription=water))
    said = statement(account_id=account.pk, on=ON)
    assert (said.total, said.overdue) == (Decimal("22.50"), Decimal("10.00"))
    after = statement(account_id=account.pk, on=date(2026, 4, 21))
    assert after.overdue == Decimal("22.50")


def test_a_surcharge_of_five_percent_falls_once_the_day_after_due(account: Account) -> None:
    water = factories.service("water", late_policies=factories.FIVE_PERCENT_ONCE)
    bill(account, 4, factories.Line("27.00", water))
    assert statement(account_id=account.pk, on=date(2026, 4, 20)).total == Decimal("27.00")
    assert statement(account_id=account.pk, on=date(2026, 4, 21)).total == Decimal("28.35")
    assert statement(account_id=account.pk, on=date(2026, 9, 1)).total == Decimal("28.35")
