"""What an unread meter is estimated to show: as its last twelve months, in a run as in the review."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Charge
from caudal.common.actor import SYSTEM
from caudal.metering.models import Installation, Reading
from caudal.metering.operations.meters import MeterData, Register, replace_meter
from caudal.metering.operations.review import estimated_register
from tests import factories as make
from tests.integration.workflows.test_billing_run import Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER, DECEMBER = date(2026, 11, 15), date(2026, 12, 15)
JANUARY, FEBRUARY = date(2027, 1, 15), date(2027, 2, 15)


@pytest.fixture
def street() -> Street:
    make.organisation(currency="USD", symbol="$")
    return Street(without_reading="estimate")


def bill(*days: date) -> None:
    for day in days:
        issue(rehearse(day), day)


def water(account: Account) -> list[str]:
    found = Charge.objects.filter(invoice__account=account, service__code="water").order_by("pk")
    return [str(charge.net) for charge in found]


def test_an_estimate_that_was_too_high_makes_the_next_one_no_credit(street: Street) -> None:
    """30 m³ in September; 75 m³ estimated to 15 December, when 10 m³ had been used by 1 January: 140.

    So 40 m³ in 122 days, and 14.75 for the 45 days to 15 February: 15 m³ are 6.75.
    """
    account = street.house("130")
    bill(NOVEMBER, DECEMBER)
    stay = Installation.objects.get()
    street.read(stay, (date(2027, 1, 1), "140"))
    bill(JANUARY)
    assert sum(map(Decimal, water(account))) == Decimal("18.00")
    bill(FEBRUARY)
    assert water(account)[3:] == ["6.75"]
    assert all_is_well()


def test_a_new_meter_is_estimated_by_what_the_one_before_it_measured(street: Street) -> None:
    """1 m³ a day until the meter was changed on 1 October; 75 days to 15 December at 0.45."""
    account = street.house()
    old = Installation.objects.get()
    replace_meter(
        installation_id=old.pk,
        final=Register(date(2026, 10, 1), Decimal(130)),
        meter=MeterData(serial="N-1"),
        first=Decimal(0),
        by=SYSTEM,
    )
    bill(NOVEMBER, DECEMBER)
    assert water(account) == ["13.50", "33.75"]
    assert all_is_well()


def test_the_run_and_the_review_estimate_the_same(street: Street) -> None:
    """60 m³ in September, then 1 m³ a day: 272 m³ in 242 days are 51 m³ in the 45 days to 15 June."""
    account = street.house("160")
    stay = Installation.objects.get()
    street.read(stay, (date(2027, 5, 1), "372"))
    bill(date(2027, 5, 15))
    june = date(2027, 6, 15)
    assert estimated_register(installation_id=stay.pk, read_on=june) == Decimal(423)
    bill(june)
    assert Reading.objects.get(source="estimated").register == Decimal(423)
    assert water(account)[1:] == ["22.95"]
