"""Nobody read the meter when a house changed hands: who leaves is estimated to that day, who comes from it on."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.billing.models import Account, Charge, Subscription
from caudal.common.actor import SYSTEM
from caudal.metering.models import Installation, Reading
from caudal.registry.operations import PropertyData, add_owner, create_property
from caudal.workflows import billing_run
from caudal.workflows.customers import end_service
from caudal.workflows.properties import Transfer, change_owner
from tests import factories as make
from tests.integration.workflows.test_billing_run import Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 15), date(2026, 11, 15), date(2026, 12, 15)
SOLD = date(2026, 10, 16)


class House:
    """Water at 0.45, 1 m³ a day: 100 on 1 September, 130 on 1 October; unread months are estimated."""

    def __init__(self, *, in_arrears: bool = True) -> None:
        make.organisation(currency="USD", symbol="$")
        self.buyer = make.account(make.party("Beto", "Salas"))
        self.street = Street(without_reading="estimate", in_arrears=in_arrears)
        self.seller: Account = self.street.house("130")
        self.stay = Installation.objects.get()
        self.place = create_property(data=PropertyData(cadastral_code="6-1"))
        self.stay.connection.property = self.place
        self.stay.connection.save()
        self.owned = add_owner(
            property_id=self.place.pk, party_id=self.seller.holder_id, valid_from=make.LONG_AGO, by=SYSTEM
        )
        bill(OCTOBER)

    def sell(self, **how: Any) -> Account:
        facts = {
            "property_id": self.place.pk,
            "ownership_ids": (self.owned.pk,),
            "new_owner_id": self.buyer.holder_id,
            "on": SOLD,
        }
        account = change_owner(transfer=Transfer(**(facts | how)), by=SYSTEM).account
        assert account is not None
        return account

    def leave(self, on: date = SOLD) -> None:
        for taken in Subscription.objects.filter(account=self.seller):
            end_service(subscription_id=taken.pk, ends_on=on, by=SYSTEM)

    def read(self, day: str, register: str) -> None:
        self.street.read(self.stay, (date.fromisoformat(day), register))


def bill(*days: date) -> None:
    for day in days:
        issue(rehearse(day), day)


def water(account: Account) -> list[str]:
    """What an account was charged of the water, with the days that it covers."""
    found = Charge.objects.filter(invoice__account=account, service__code="water").order_by("pk")
    return [f"{c.covers_from:%d/%m}-{c.covers_to:%d/%m} {c.net}" for c in found]


@pytest.mark.parametrize("size", [2_500, 1], ids=["in one batch", "in two batches"])
@pytest.mark.parametrize("services", ["new", "existing"], ids=["the seller first", "the buyer first"])
def test_each_is_estimated_for_the_days_that_the_house_was_his(
    services: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """15 m³ to the day of the sale are 6.75, 30 m³ from it on 13.50: what one holder had paid, 20.25.

    Read 180 on 1 December: from 145 on the day of the sale 35 m³ are 15.75, of which 13.50 are paid.
    """
    monkeypatch.setattr(billing_run, "ACCOUNTS_PER_BATCH", size)
    house = House()
    new = house.sell(services=services)
    bill(NOVEMBER)
    assert water(house.seller) == ["01/09-01/10 13.50", "01/10-16/10 6.75"]
    assert water(new) == ["16/10-15/11 13.50"]
    guesses = Reading.objects.filter(source="estimated").order_by("read_on")
    assert [(g.read_on, g.register) for g in guesses] == [(SOLD, Decimal(145)), (NOVEMBER, Decimal(175))]
    assert guesses[1].previous == guesses[0]
    assert all_is_well()
    house.read("2026-12-01", "180")
    bill(DECEMBER)
    assert water(new)[1:] == ["15/11-01/12 2.25"]
    assert len(water(house.seller)) == 2
    assert all_is_well()


def test_who_leaves_without_a_successor_is_estimated_to_his_last_day() -> None:
    house = House()
    house.leave()
    bill(NOVEMBER)
    assert water(house.seller)[1:] == ["01/10-16/10 6.75"]
    assert all_is_well()


def test_who_comes_days_later_begins_where_the_one_before_was_estimated_to() -> None:
    house = House()
    house.leave()
    taken = make.subscription(house.buyer, house.street.water, house.stay.connection, house.street.prices)
    Subscription.objects.filter(pk=taken.pk).update(valid_from=date(2026, 10, 25))
    bill(NOVEMBER)
    assert water(house.seller)[1:] == ["01/10-16/10 6.75"]
    assert water(house.buyer) == ["16/10-15/11 13.50"]
    assert all_is_well()


def test_billed_in_advance_the_seller_gets_his_days_with_the_next_run_and_the_buyer_only_his() -> None:
    house = House(in_arrears=False)
    new = house.sell()
    bill(NOVEMBER)
    assert water(new) == ["16/10-15/11 13.50"]
    house.read("2026-12-01", "180")
    bill(DECEMBER)
    assert water(house.seller) == ["01/09-01/10 13.50", "01/10-16/10 6.75"]
    assert water(new)[1:] == ["15/11-01/12 2.25"]
    assert all_is_well()


def test_a_reading_after_the_window_is_not_counted_beside_an_estimate() -> None:
    """Read on 16 November, a day after the window: billed whole by whoever widens it, or with the next run."""
    house = House()
    house.read("2026-11-16", "176")
    bill(NOVEMBER)
    assert len(water(house.seller)) == 1
    assert not Reading.objects.filter(source="estimated").exists()
    house.read("2026-12-01", "191")
    bill(DECEMBER)
    # 61 m³ since 1 October at 0.45.
    assert water(house.seller)[1:] == ["01/10-01/12 27.45"]
    assert all_is_well()
