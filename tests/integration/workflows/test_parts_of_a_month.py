"""A house changes hands within a month: its fixed amounts are paid once, and percentages go with the water."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.billing.assembly.rating import recompute
from caudal.billing.models import Account, Charge, Subscription
from caudal.common.actor import SYSTEM
from caudal.kernel.pricing import parse_tariff
from caudal.metering.models import Installation
from caudal.registry.operations import PropertyData, add_owner, create_property
from caudal.tariffs.models import TariffVersion
from caudal.workflows.customers import end_service
from caudal.workflows.properties import Transfer, change_owner
from tests import factories as make
from tests.integration.workflows.test_billing_run import Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 15), date(2026, 11, 15), date(2026, 12, 15)
SOLD = date(2026, 10, 16)
FORTY_PERCENT = {"kind": "percent", "code": "share", "percent": "40", "service": "water"}
USAGE = {"kind": "flat", "code": "usage", "price": "0.45"}


def fixed(amount: str) -> dict[str, str]:
    return {"kind": "fixed", "code": "base", "amount": amount, "name": "Cargo fijo"}


class House:
    """Water and sewerage by these prices, read 100 on 1 September and 110 on 1 October."""

    def __init__(
        self,
        water: list[dict[str, Any]],
        sewerage: list[dict[str, Any]],
        in_arrears: bool = True,
        **scale: Any,
    ) -> None:
        make.organisation(currency="USD", symbol="$")
        self.water = make.service("water", kind="metered", unit="m³", in_arrears=in_arrears)
        self.sewerage = make.service("sewerage", kind="fixed", position=110, in_arrears=in_arrears)
        self.old = make.account(make.party("Ana"))
        at = make.connection()
        at.property = place = create_property(data=PropertyData(cadastral_code="6-1"))
        at.save()
        self.stay: Installation = make.installation(at, first="100", on=date(2026, 9, 1))
        for service, components in ((self.water, water), (self.sewerage, sewerage)):
            unit = {"name": service.name, "unit": service.unit} | (scale if service == self.water else {})
            definition = {"format": 1, "components": components, **unit}
            version = make.tariff(service, definition=definition)
            make.subscription(self.old, service, at, version.tariff)
        self.read("2026-10-01", "110")
        self.owned = add_owner(
            property_id=place.pk, party_id=self.old.holder_id, valid_from=make.LONG_AGO, by=SYSTEM
        )

    def read(self, day: str, register: str) -> None:
        Street.read(self.stay, (date.fromisoformat(day), register))

    def sell(self, register: str, on: date = SOLD) -> Account:
        transfer = Transfer(
            property_id=self.owned.property_id,
            ownership_ids=(self.owned.pk,),
            new_owner_id=make.party("Beto").pk,
            on=on,
            final_registers={self.stay.pk: Decimal(register)},
        )
        account = change_owner(transfer=transfer, by=SYSTEM).account
        assert account is not None
        return account


def bill(*days: date) -> None:
    for day in days:
        issue(rehearse(day), day)


def charged(account: Account, service: str) -> list[str]:
    """What an account was charged of a service, each computed again from what it stored."""
    found = Charge.objects.filter(invoice__account=account, service__code=service).order_by("pk")
    tariffs = {v.pk: parse_tariff(v.definition) for v in TariffVersion.objects.all()}
    assert [recompute(each.explanation["inputs"], tariffs.__getitem__) for each in found] == [
        each.net for each in found
    ]
    return [str(each.net) for each in found]


def test_a_percentage_of_the_water_comes_with_the_final_reading_and_goes_on_with_the_buyer() -> None:
    """Billed in advance up to 110; sold at 118, 22 m³ more by December. 40 % of 4.50, 3.60 and 9.90."""
    house = House([USAGE], [FORTY_PERCENT], in_arrears=False)
    bill(OCTOBER)
    new = house.sell("118")
    house.read("2026-12-01", "140")
    bill(NOVEMBER, DECEMBER)
    assert charged(house.old, "water") == ["4.50", "3.60"]
    assert charged(house.old, "sewerage") == ["1.80", "1.44"]
    assert charged(new, "water") == ["9.90"]
    assert charged(new, "sewerage") == ["3.96"]
    assert all_is_well()


def test_in_arrears_seller_and_buyer_pay_their_parts_of_it_in_the_same_month() -> None:
    house = House([USAGE], [FORTY_PERCENT])
    new = house.sell("118")
    house.read("2026-11-01", "130")
    bill(NOVEMBER)
    assert (charged(house.old, "water"), charged(house.old, "sewerage")) == (["8.10"], ["3.24"])
    assert (charged(new, "water"), charged(new, "sewerage")) == (["5.40"], ["2.16"])
    assert all_is_well()


def test_who_leaves_without_a_successor_pays_it_with_the_final_reading() -> None:
    house = House([USAGE], [FORTY_PERCENT], in_arrears=False)
    bill(OCTOBER)
    house.read("2026-10-16", "118")
    for taken in Subscription.objects.all():
        end_service(subscription_id=taken.pk, ends_on=SOLD, by=SYSTEM)
    bill(NOVEMBER, DECEMBER)
    assert charged(house.old, "water") == ["4.50", "3.60"]
    assert charged(house.old, "sewerage") == ["1.80", "1.44"]
    assert all_is_well()


def test_a_fixed_amount_beside_the_percentage_is_paid_once_a_month() -> None:
    """2.00 and 40 %: Ana's October is 3.80, her final reading 1.44 alone; Beto's November and December 2.00 each."""
    house = House([USAGE], [fixed("2.00"), FORTY_PERCENT], in_arrears=False)
    bill(OCTOBER)
    new = house.sell("118")
    house.read("2026-11-01", "130")
    house.read("2026-12-01", "140")
    bill(NOVEMBER, DECEMBER)
    assert charged(house.old, "sewerage") == ["3.80", "1.44"]
    assert charged(new, "sewerage") == ["4.16", "3.80"]
    assert all_is_well()


def test_in_arrears_the_fixed_amount_beside_a_percentage_is_the_sellers_in_the_month_of_the_sale() -> None:
    house = House([USAGE], [fixed("2.00"), FORTY_PERCENT])
    new = house.sell("118")
    house.read("2026-11-01", "130")
    house.read("2026-12-01", "140")
    bill(NOVEMBER, DECEMBER)
    assert charged(house.old, "sewerage") == ["5.24"]
    assert charged(new, "sewerage") == ["2.16", "3.80"]


@pytest.mark.parametrize("scale", [{}, {"scale": "periods"}])
def test_the_fixed_amount_of_a_metered_month_is_paid_by_who_had_it_when_it_began(
    scale: dict[str, str],
) -> None:
    """2.45 a month: September and half October are Ana's, two months by `periods`; Beto's first is November's."""
    house = House([fixed("2.45"), USAGE], [fixed("1.00")], in_arrears=False, **scale)
    bill(OCTOBER)
    new = house.sell("118")
    house.read("2026-11-01", "130")
    house.read("2026-12-01", "140")
    bill(NOVEMBER, DECEMBER)
    # 10 m³ and 8 m³ with 2.45 each; then 12 m³ without it, as one holder had paid 2.45 for October; 10 m³ with it.
    assert charged(house.old, "water") == ["6.95", "6.05"]
    assert charged(new, "water") == ["5.40", "6.95"]
    told = Charge.objects.filter(invoice__account=new, service=house.water).order_by("pk")[0]
    assert {"code": "scale", "periods": "1", "billed": "1"} in told.explanation["lines"]
    assert all_is_well()


def test_sold_on_the_day_of_a_reading_each_pays_his_own_months() -> None:
    house = House([fixed("2.45"), USAGE], [fixed("1.00")], in_arrears=False)
    bill(OCTOBER)
    new = house.sell("110", on=date(2026, 10, 1))
    house.read("2026-11-01", "130")
    bill(NOVEMBER)
    assert charged(house.old, "water") == ["6.95"]
    assert charged(new, "water") == ["11.45"]


def test_by_days_the_two_parts_of_the_fixed_amount_are_the_whole_to_the_cent() -> None:
    """5.01 for 30 days: 15 days are 2.505, charged 2.51; the 15 after them 2.50. With the water: 6.11 + 6.55."""
    by_days = {"scale": "days", "period_days": 30}
    house = House([fixed("5.01"), USAGE], [fixed("1.00")], in_arrears=False, **by_days)
    bill(OCTOBER)
    new = house.sell("118")
    house.read("2026-10-31", "127")
    bill(NOVEMBER)
    assert charged(house.old, "water") == ["9.51", "6.11"]
    assert charged(new, "water") == ["6.55"]
    assert Decimal("6.11") + Decimal("6.55") == Decimal("5.01") + 17 * Decimal("0.45")
    assert all_is_well()


def test_who_is_estimated_first_is_settled_without_the_fixed_amount_of_the_seller() -> None:
    house = House([fixed("2.45"), USAGE], [fixed("1.00")], in_arrears=False)
    house.water.without_reading = "estimate"
    house.water.save()
    bill(OCTOBER)
    new = house.sell("118")
    bill(NOVEMBER)
    house.read("2026-12-01", "140")
    bill(DECEMBER)
    paid = [Decimal(net) for net in charged(new, "water")]
    # One holder: 2.45 of October, which Ana paid, and 2.45 of November; 22 m³ are 9.90.
    assert sum(paid) == Decimal("12.35")
    assert all_is_well()
