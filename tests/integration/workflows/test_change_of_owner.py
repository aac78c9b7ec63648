"""A house is sold: who owns it, who pays what was used until that day, and who from then on."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.billing.models import Account, Charge, Subscription
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.metering.models import Installation, Reading
from caudal.receivables.queries import account_balance, visible_invoices
from caudal.registry.models import Ownership, Party, Property
from caudal.registry.operations import (
    OwnershipEnded,
    PropertyData,
    add_owner,
    create_property,
    link_user,
)
from caudal.workflows.properties import (
    DebtLeft,
    FinalReadingDoubtful,
    NoAccountOfOwner,
    NobodyEnds,
    Transfer,
    Transferred,
    change_owner,
)
from tests import factories as make
from tests.integration.workflows.test_billing_run import Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
SOLD = date(2026, 10, 20)
DECEMBER = date(2026, 12, 15)


class House:
    """A house with water and sewerage, read 110 on 1 October, owned and paid by Ana; Beto buys it."""

    def __init__(self) -> None:
        make.organisation(currency="USD", symbol="$")
        self.street = Street(in_arrears=True)
        self.old = self.street.house("110")
        self.seller = self.old.holder
        self.buyer = make.party("Beto", "Salas")
        self.place: Property = create_property(data=PropertyData(cadastral_code="6-1"))
        self.stay = Installation.objects.get()
        self.stay.connection.property = self.place
        self.stay.connection.save()
        self.owned: Ownership = add_owner(
            property_id=self.place.pk, party_id=self.seller.pk, valid_from=make.LONG_AGO, by=SYSTEM
        )

    def sell(self, **how: Any) -> Transferred:
        facts = {
            "property_id": self.place.pk,
            "ownership_ids": (self.owned.pk,),
            "new_owner_id": self.buyer.pk,
            "on": SOLD,
            "final_registers": {self.stay.pk: Decimal(118)},
        }
        return change_owner(transfer=Transfer(**(facts | how)), by=SYSTEM)


@pytest.fixture
def house() -> House:
    return House()


def owners(place: Property) -> list[tuple[Party, date, date | None]]:
    spans = place.ownerships.order_by("valid_from")
    return [(owned.party, owned.valid_from, owned.valid_to) for owned in spans]


def test_the_old_owner_ends_and_the_new_one_begins_on_the_same_day(house: House) -> None:
    done = house.sell(close_old_accounts=True)
    assert owners(house.place) == [(house.seller, make.LONG_AGO, SOLD), (house.buyer, SOLD, None)]
    assert done.account is not None
    assert done.account.holder == house.buyer
    ended = Subscription.objects.filter(account=house.old).values_list("valid_to", flat=True)
    assert set(ended) == {SOLD}
    house.old.refresh_from_db()
    assert house.old.closed_on == SOLD
    record = AuditRecord.objects.get(kind="properties.change_owner")
    assert record.after["owner"] == "Beto Salas"


def test_each_pays_the_water_he_used_and_the_fixed_month_is_paid_once(house: House) -> None:
    """Sept 1: 100 · Oct 1: 110 · sold Oct 20: 118 · Dec 1: 140. At 0.45: 18 m³ are 8.10, 22 m³ are 9.90."""
    done = house.sell()
    house.street.read(house.stay, (date(2026, 12, 1), "140"))
    issue(rehearse(date(2026, 11, 15)), date(2026, 11, 15))
    issue(rehearse(DECEMBER), DECEMBER)
    paid = {
        (charge.invoice.account_id, charge.service.code, str(charge.net))
        for charge in Charge.objects.select_related("invoice", "service")
    }
    assert done.account is not None
    assert (house.old.pk, "water", "8.10") in paid
    assert (done.account.pk, "water", "9.90") in paid
    months = Charge.objects.filter(service__code="sewerage").values_list("period__month", flat=True)
    assert len(set(months)) == len(months)
    assert all_is_well()


def test_the_debt_stays_where_it_was_made_and_the_buyer_does_not_see_it(house: House) -> None:
    bill = make.invoice(house.old, "25.00", dated_on=date(2026, 9, 1), due_date=date(2026, 9, 16))
    done = house.sell()
    assert done.account is not None
    assert account_balance(account_id=house.old.pk) == Decimal("25.00")
    assert account_balance(account_id=done.account.pk) == 0
    user = make.user("beto")
    link_user(party_id=house.buyer.pk, user_id=user.pk, by=SYSTEM)
    assert bill not in visible_invoices(user_id=user.pk, on=DECEMBER)


def test_with_debt_the_change_can_be_refused_whole(house: House) -> None:
    make.invoice(house.old, "25.00", dated_on=date(2026, 9, 1), due_date=date(2026, 9, 16))
    with pytest.raises(DebtLeft) as refusal:
        house.sell(only_without_debt=True)
    assert refusal.value.message == f"La cuenta {house.old.number} todavía debe 25."
    assert owners(house.place) == [(house.seller, make.LONG_AGO, None)]
    assert Account.objects.count() == 1


def test_a_final_reading_that_cannot_be_right_changes_nothing(house: House) -> None:
    with pytest.raises(FinalReadingDoubtful):
        house.sell(final_registers={house.stay.pk: Decimal(90)})
    assert not Reading.objects.filter(read_on=SOLD).exists()
    assert owners(house.place) == [(house.seller, make.LONG_AGO, None)]


def test_a_tenant_who_pays_goes_on_paying(house: House) -> None:
    done = house.sell(services="stay", final_registers={})
    assert done.account is None
    assert Subscription.objects.filter(account=house.old, valid_to=None).count() == 2


def test_the_services_may_pass_to_an_account_that_the_buyer_has(house: House) -> None:
    with pytest.raises(NoAccountOfOwner):
        house.sell(services="existing")
    his = make.account(house.buyer)
    done = house.sell(services="existing")
    assert done.account == his


def test_a_co_owner_sells_his_part_and_the_other_keeps_hers(house: House) -> None:
    Ownership.objects.all().delete()
    halves = [
        add_owner(
            property_id=house.place.pk,
            party_id=make.party().pk,
            share=Decimal("0.5"),
            valid_from=make.LONG_AGO,
            by=SYSTEM,
        )
        for _ in range(2)
    ]
    done = house.sell(ownership_ids=(halves[0].pk,), services="stay", final_registers={})
    assert done.ownership.share == Decimal("0.5")
    with pytest.raises(OwnershipEnded):
        house.sell(ownership_ids=(halves[0].pk,), services="stay", final_registers={})
    with pytest.raises(NobodyEnds):
        house.sell(ownership_ids=())
