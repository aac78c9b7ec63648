"""A metered service begins where its meter stood before: what was used until then is nobody's who comes later."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Charge, Subscription
from caudal.common.actor import SYSTEM
from caudal.metering.models import Installation
from caudal.workflows.customers import ChosenTariff, add_service, end_service
from tests import factories as make
from tests.integration.workflows.test_billing_run import Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, DECEMBER = date(2026, 10, 15), date(2026, 12, 15)
FIRST_OF_NOVEMBER = date(2026, 11, 1)


class Corner:
    """A house read 100 on 1 September and 110 on 1 October, which is billed; 118 on 1 November, 130 a month later."""

    def __init__(self) -> None:
        make.organisation(currency="USD", symbol="$")
        self.street = Street(in_arrears=False)
        self.account = self.street.house("110")
        self.stay = Installation.objects.get()
        self.water = Subscription.objects.get(service=self.street.water)
        issue(rehearse(OCTOBER), OCTOBER)

    def read_on(self) -> None:
        self.street.read(self.stay, (FIRST_OF_NOVEMBER, "118"), (date(2026, 12, 1), "130"))

    def begins(self, on: date, tariff_id: int, of: int) -> Subscription:
        chosen = ChosenTariff(tariff_id=tariff_id)
        at = self.stay.connection_id
        return add_service(account_id=of, connection_id=at, chosen=chosen, starts_on=on, by=SYSTEM)


@pytest.fixture
def corner() -> Corner:
    return Corner()


def used(subscription: Subscription) -> list[Decimal | None]:
    """The quantities that a subscription was charged."""
    return list(Charge.objects.filter(subscription=subscription).values_list("quantity", flat=True))


def test_who_comes_to_a_house_is_charged_from_his_own_first_day(corner: Corner) -> None:
    """Ana left on 20 October; Eva has the water since 1 November: 130 - 118 is 12 m³, not the 30 of the meter."""
    end_service(subscription_id=corner.water.pk, ends_on=date(2026, 10, 20), by=SYSTEM)
    eva = make.account(make.party("Eva"))
    taken = corner.begins(FIRST_OF_NOVEMBER, corner.street.prices.pk, eva.pk)
    corner.read_on()
    issue(rehearse(DECEMBER), DECEMBER)
    assert used(taken) == [Decimal(12)]
    assert all_is_well()


def test_who_takes_the_water_again_is_not_charged_what_he_paid(corner: Corner) -> None:
    end_service(subscription_id=corner.water.pk, ends_on=date(2026, 10, 20), by=SYSTEM)
    again = corner.begins(FIRST_OF_NOVEMBER, corner.street.prices.pk, corner.account.pk)
    corner.read_on()
    issue(rehearse(DECEMBER), DECEMBER)
    assert used(again) == [Decimal(12)]
    assert all_is_well()


def test_a_beginning_that_is_entered_late_leaves_what_was_billed_where_it_is(corner: Corner) -> None:
    """Ana was billed up to 1 October; told later that she left on 10 September and Eva came on the 15th: 20 m³."""
    end_service(subscription_id=corner.water.pk, ends_on=date(2026, 9, 10), by=SYSTEM)
    eva = make.account(make.party("Eva"))
    taken = corner.begins(date(2026, 9, 15), corner.street.prices.pk, eva.pk)
    corner.read_on()
    issue(rehearse(DECEMBER), DECEMBER)
    assert used(taken) == [Decimal(20)]
    assert all_is_well()


def test_a_second_service_by_the_same_meter_begins_on_its_own_day(corner: Corner) -> None:
    """Sewerage by volume since 1 November: 12 m³, while the water goes on from the 110 that was billed last."""
    sewer = make.service("sewer-by-volume", kind="metered", unit="m³")
    prices = make.tariff(sewer).tariff
    taken = corner.begins(FIRST_OF_NOVEMBER, prices.pk, corner.account.pk)
    corner.read_on()
    issue(rehearse(DECEMBER), DECEMBER)
    assert used(taken) == [Decimal(12)]
    assert used(corner.water) == [Decimal(10), Decimal(20)]
