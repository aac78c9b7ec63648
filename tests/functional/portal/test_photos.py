"""The photo of the meter on the bill: as it was when the bill was issued, and for whom the bill is."""

import pytest
from django.test import Client

from caudal.metering.models import Evidence
from caudal.metering.queries.evidence import photo_bytes
from tests import factories
from tests.support.neighbours import House, house


@pytest.fixture
def houses(db: None) -> tuple[House, House]:
    factories.organisation()
    return house("Norte"), house("Sur")


def address(of: House) -> str:
    return f"/facturas/{of.invoice.pk}/foto/{of.reading.pk}/"


def signed_in(of: House) -> Client:
    client = Client()
    client.force_login(of.user, backend="caudal.office.signed_in.Backend")
    return client


def test_the_bill_shows_the_photo_of_its_reading(houses: tuple[House, House]) -> None:
    own, _others = houses
    client = signed_in(own)
    page = client.get(f"/facturas/{own.invoice.pk}/").content.decode()
    assert f"{address(own)}?mini=1" in page
    answer = client.get(address(own))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in answer["Cache-Control"] and "attachment" in answer["Content-Disposition"]


def test_anothers_photo_is_not_there(houses: tuple[House, House]) -> None:
    own, others = houses
    client = signed_in(own)
    assert client.get(address(others)).status_code == 404
    mixed = f"/facturas/{own.invoice.pk}/foto/{others.reading.pk}/"
    assert client.get(mixed).status_code == 404
    assert Client().get(address(own)).status_code == 404


def test_a_photo_that_came_after_the_bill_is_not_on_it(houses: tuple[House, House]) -> None:
    own, _others = houses
    factories.photo(own.reading, "#204060")
    first, later = Evidence.objects.filter(reading=own.reading).order_by("pk")
    shown = signed_in(own).get(address(own)).content
    assert shown == photo_bytes(reading_id=own.reading.pk, evidence_id=first.pk)
    assert shown != photo_bytes(reading_id=own.reading.pk, evidence_id=later.pk)
