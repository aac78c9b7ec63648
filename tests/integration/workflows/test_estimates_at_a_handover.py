"""Nobody read the meter when a house changed hands: who leaves is estimated to that day, who comes from it on."""

from datetime import date
from decimal import Decimal
from threading import Event
from typing import Any

import pytest

from caudal.billing.models import Account, Charge, Subscription
from caudal.billing.queries import due
from caudal.common.actor import SYSTEM
from caudal.metering.models import Installation, Reading
from caudal.registry.operations import PropertyData, add_owner, create_property
from caudal.workflows import billing_run
from caudal.workflows.customers import end_service
from caudal.workflows.properties import Transfer, change_owner
from tests import factories as make
from tests.integration.workflows.test_billing_run import NOW, Street, all_is_well, issue, rehearse
from tests.support.threads import at_once

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


def test_a_batch_that_is_written_while_the_next_is_priced_is_seen_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The buyer's estimates are stored after the seller's readings were asked for, and before what else is."""
    monkeypatch.setattr(billing_run, "ACCOUNTS_PER_BATCH", 1)
    house = House()
    house.sell(services="existing")
    written, issue_one, ask = Event(), billing_run._issue, due.rows

    def issue_and_tell(*args: Any) -> None:
        issue_one(*args)
        written.set()

    def ask_late(name: str, params: Any) -> Any:
        if name == "billing/due_accounts" and params["first"] == house.seller.pk:
            assert written.wait(60)
        return ask(name, params)

    rehearsed = rehearse(NOVEMBER)
    monkeypatch.setattr(billing_run, "_issue", issue_and_tell)
    monkeypatch.setattr(due, "rows", ask_late)
    issue(rehearsed, NOVEMBER)
    assert written.is_set()
    assert water(house.seller)[1:] == ["01/10-16/10 6.75"]
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
    Subscription.objects.filter(pk=taken.pk).update(valid_from=date(2026, 10, 25), billed_until=None)
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


def approved(day: date) -> tuple[Any, Any]:
    """The batch of a run that is being issued, and who assembles it."""
    run = rehearse(day)
    billing_run.approve(run_id=run.pk, issued_on=day, at=NOW, by=SYSTEM)
    run.refresh_from_db()
    return run.batches.get(), billing_run.Assembler(billing_run.plan_of(run, issued_on=day))


def test_a_reading_that_comes_in_after_its_estimate_was_priced_is_billed_in_its_place() -> None:
    """Priced 45 m³ from 1 October to 15 November; before they are written it is read 140 on the 14th: 10 m³ are 4.50.

    The next month goes on from there: from 140 to 150 another 4.50, so that 20 m³ were billed of 20.
    """
    house = House()
    batch, assembler = approved(NOVEMBER)
    computed = billing_run._compute(assembler.plan, assembler, batch)
    house.read("2026-11-14", "140")
    billing_run._issue(batch, assembler, computed, SYSTEM)
    assert water(house.seller)[1:] == ["01/10-14/11 4.50"]
    assert not Reading.objects.filter(source="estimated").exists()
    billing_run.issue_run(run_id=batch.run_id, clock=lambda: NOW)
    house.read("2026-12-01", "150")
    bill(DECEMBER)
    assert water(house.seller)[2:] == ["14/11-01/12 4.50"]
    assert all_is_well()


def test_a_reading_that_comes_in_while_its_estimate_is_written_waits_for_it_and_is_looked_at() -> None:
    """Whoever reads the meter waits for the run that estimates it; the reading is older than the estimate then."""
    house = House()
    batch, assembler = approved(NOVEMBER)
    computed = billing_run._compute(assembler.plan, assembler, batch)

    def one_of_both(n: int) -> None:
        if n:
            house.read("2026-11-14", "140")
        else:
            billing_run._issue(batch, assembler, computed, SYSTEM)

    at_once(2, one_of_both)
    read = Reading.objects.get(read_on=date(2026, 11, 14))
    guessed = Reading.objects.filter(source="estimated")
    assert (read.state, guessed.count()) in [("accepted", 0), ("pending", 1)]
    assert all_is_well()


def test_what_two_batches_estimate_of_one_meter_is_estimated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before left without handing over: the second batch was priced before the first was written."""
    house = House()
    monkeypatch.setattr(billing_run, "ACCOUNTS_PER_BATCH", 1)
    house.leave()
    after = make.account(make.party("Caro"))
    taken = make.subscription(after, house.street.water, house.stay.connection, house.street.prices)
    Subscription.objects.filter(pk=taken.pk).update(valid_from=date(2026, 10, 25), billed_until=None)
    bill(NOVEMBER)
    assert water(house.seller)[1:] == ["01/10-16/10 6.75"]
    assert water(after) == ["16/10-15/11 13.50"]
    assert all_is_well()
