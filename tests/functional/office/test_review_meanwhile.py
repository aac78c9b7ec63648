"""Two supervisors go through what waits: what one decided the other neither undoes nor gives to a neighbour."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from caudal.common.actor import SYSTEM
from caudal.metering.models import Reading
from caudal.metering.operations.readings import Batch, NewReading
from caudal.workflows.readings import accept_reading, estimate_instead, record_readings, reject_reading
from tests import factories as make
from tests.functional.office.conftest import BACKEND

pytestmark = pytest.mark.django_db(transaction=True)
READ_ON = date(2026, 11, 1)


@pytest.fixture
def waiting() -> list[Reading]:
    """Two neighbours of 10 m³ a month, whose readings of November wait: 90 after 110, below the one before."""
    make.organisation()
    for _ in range(2):
        stay = make.installation(first="100", on=date(2026, 9, 1))
        read = [
            NewReading(stay.pk, date(2026, 10, 1), Decimal(110)),
            NewReading(stay.pk, READ_ON, Decimal(90)),
        ]
        record_readings(readings=read, batch=Batch(source="manual", on=READ_ON), by=SYSTEM)
    return list(Reading.objects.filter(state="pending").order_by("pk"))


@pytest.fixture
def supervisor() -> Client:
    client = Client()
    client.force_login(make.user("sofia", "supervisor"), backend=BACKEND)
    return client


def decide(client: Client, reading: Reading, do: str, **typed: str) -> str:
    where = reverse("office:reading_decide", args=[reading.pk])
    return client.post(where, {"do": do, "reason": "Se leyó mal", **typed}, follow=True).content.decode()


def test_a_figure_typed_for_one_reading_stands_on_no_others_form(
    waiting: list[Reading], supervisor: Client
) -> None:
    first, second = waiting
    estimate_instead(reading_id=first.pk, note="", by=SYSTEM)
    page = decide(supervisor, first, "correct", register="121")
    assert "Alguien ya decidió" in page
    assert first.installation.meter.serial in page
    assert reverse("office:reading_decide", args=[second.pk]) in page
    assert 'value="121"' not in page
    assert "Se leyó mal" not in page


def test_what_is_left_out_on_a_reading_that_is_gone_is_not_asked_for_on_the_next(
    waiting: list[Reading], supervisor: Client
) -> None:
    reject_reading(reading_id=waiting[0].pk, note="", by=SYSTEM)
    page = decide(supervisor, waiting[0], "correct", register="121", reason="")
    assert "Alguien ya decidió" in page
    assert 'value="121"' not in page


@pytest.mark.parametrize("do", ["correct", "reject"])
def test_a_page_left_open_changes_nothing_that_was_decided_meanwhile(
    waiting: list[Reading], supervisor: Client, do: str
) -> None:
    reading = waiting[0]
    Reading.objects.filter(pk=reading.pk).update(register=120)
    accept_reading(reading_id=reading.pk, by=SYSTEM)
    assert "Alguien ya decidió" in decide(supervisor, reading, do, register="121")
    reading.refresh_from_db()
    assert (reading.state, reading.register) == ("accepted", 120)


def test_a_refusal_about_a_reading_that_still_waits_keeps_what_was_typed(
    waiting: list[Reading], supervisor: Client
) -> None:
    page = decide(supervisor, waiting[1], "correct", register="121", reason="")
    assert 'value="121"' in page
    assert reverse("office:reading_decide", args=[waiting[1].pk]) in page
