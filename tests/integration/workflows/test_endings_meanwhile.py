"""Two people end or pass on the same services at once: the second one sees what the first one did."""

from datetime import date

import pytest

from caudal.billing.models import Subscription
from caudal.billing.operations.accounts import ServiceEnded
from caudal.common.actor import SYSTEM
from caudal.metering.models import Connection
from caudal.workflows.customers import end_service
from caudal.workflows.invoices.co_owners import split_among_owners
from caudal.workflows.properties.endings import close_connection
from tests import factories as make
from tests.integration.workflows.test_change_of_owner import SOLD, House
from tests.support.threads import behind

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER_30 = date(2026, 11, 30)


@pytest.fixture
def house() -> House:
    return House()


def spans(house: House) -> list[tuple[str, str, date | None]]:
    found = Subscription.objects.order_by("service__code", "pk").select_related("account__holder", "service")
    return [(s.service.code, s.account.holder.given_names, s.valid_to) for s in found]


def test_a_connection_that_is_sold_while_it_is_closed_ends_with_the_buyer(house: House) -> None:
    def close() -> None:
        place = Connection.objects.get()
        close_connection(connection=place, version=place.version, on=NOVEMBER_30, by=SYSTEM)

    behind(house.sell, close)
    assert spans(house) == [
        ("sewerage", "Ana", SOLD),
        ("sewerage", "Beto", NOVEMBER_30),
        ("water", "Ana", SOLD),
        ("water", "Beto", NOVEMBER_30),
    ]


def test_a_service_that_ends_while_the_house_is_sold_does_not_pass(house: House) -> None:
    water = Subscription.objects.get(service__code="water")
    ended = date(2026, 10, 10)
    behind(lambda: end_service(subscription_id=water.pk, ends_on=ended, by=SYSTEM), house.sell)
    assert spans(house) == [("sewerage", "Ana", SOLD), ("sewerage", "Beto", None), ("water", "Ana", ended)]


def test_a_tax_that_ends_while_it_is_split_is_not_split(house: House) -> None:
    tax = make.subscription(house.old, make.service("tax", kind="ad_valorem"))
    Subscription.objects.filter(pk=tax.pk).update(property=house.place)
    ended = date(2026, 10, 31)
    answer = behind(
        lambda: end_service(subscription_id=tax.pk, ends_on=ended, by=SYSTEM),
        lambda: split_among_owners(subscription_id=tax.pk, starts_on=date(2026, 12, 1), by=SYSTEM),
    )
    assert isinstance(answer, ServiceEnded)
    assert spans(house)[1:2] == [("tax", "Ana", ended)]


def test_a_service_that_passed_meanwhile_is_not_ended_again(house: House) -> None:
    """Else seller and buyer would both have it until the later day."""
    water = Subscription.objects.get(account=house.old, service__code="water")
    house.sell()
    with pytest.raises(ServiceEnded):
        end_service(subscription_id=water.pk, ends_on=NOVEMBER_30, by=SYSTEM)
    water.refresh_from_db()
    assert water.valid_to == SOLD
