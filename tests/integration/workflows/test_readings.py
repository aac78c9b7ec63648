"""What was billed stands: a reading behind an invoice does not change under it."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Subscription
from caudal.common.actor import Actor
from caudal.common.models import AuditRecord
from caudal.metering.models import Installation, Reading
from caudal.metering.operations.readings import Batch, NewReading
from caudal.workflows import billing_run
from caudal.workflows.invoices import void_invoice
from caudal.workflows.readings import (
    ReadingBilled,
    accept_reading,
    correct_reading,
    estimate_reading,
    record_reading,
    record_readings,
    reject_reading,
)
from tests import factories

pytestmark = pytest.mark.django_db
SUPERVISOR = Actor(id=7, label="Luis Diego Arce")


@pytest.fixture
def stay() -> Installation:
    factories.organisation()
    water = factories.service("water", kind="metered", unit="m³", billing_day=15)
    at = factories.connection()
    installed = factories.installation(at, first="100", on=date(2026, 8, 31))
    factories.subscription(factories.account(), water, at)
    return installed


def read(stay: Installation, day: date, register: int) -> Reading:
    reading = NewReading(stay.pk, day, Decimal(register))
    recorded = record_reading(reading=reading, on=date(2026, 11, 20), by=SUPERVISOR)
    return Reading.objects.get(pk=recorded.id)


def bill(dated_on: date) -> None:
    run = billing_run.rehearse(dated_on=dated_on, by=SUPERVISOR)
    at = AuditRecord.objects.latest("id").at
    billing_run.approve(run_id=run.pk, issued_on=dated_on, at=at, by=SUPERVISOR)
    billing_run.issue_run(run_id=run.pk, clock=lambda: at)


def test_one_reading_and_a_thousand_leave_one_record_each_time(stay: Installation) -> None:
    read(stay, date(2026, 9, 30), 120)
    batch = Batch(source="automatic", on=date(2026, 11, 20))
    many = [NewReading(stay.pk, date(2026, 10, day), Decimal(120 + day)) for day in range(1, 31)]
    record_readings(readings=many, batch=batch, by=SUPERVISOR)
    one, all_of_them = AuditRecord.objects.filter(kind="readings.record").order_by("id")
    assert one.after == {"source": "manual", "readings": 1, "accepted": 1}
    assert all_of_them.after == {"source": "automatic", "readings": 30, "accepted": 30}


@pytest.mark.django_db(transaction=True)
def test_a_reading_that_was_billed_cannot_be_changed_until_the_invoice_is_void(stay: Installation) -> None:
    reading = read(stay, date(2026, 9, 30), 120)
    bill(date(2026, 10, 15))
    with pytest.raises(ReadingBilled) as refused:
        correct_reading(reading_id=reading.pk, register=Decimal(115), note="", by=SUPERVISOR)
    assert refused.value.facts["billed_on"] == date(2026, 9, 30)
    with pytest.raises(ReadingBilled):
        reject_reading(reading_id=reading.pk, note="", by=SUPERVISOR)
    invoice = Account.objects.get().invoices.get()
    void_invoice(invoice_id=invoice.pk, on=date(2026, 10, 16), reason="lectura", by=SUPERVISOR)
    corrected = correct_reading(reading_id=reading.pk, register=Decimal(115), note="", by=SUPERVISOR)
    assert corrected.volume == Decimal(15)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_put_in_before_what_was_billed(stay: Installation) -> None:
    read(stay, date(2026, 9, 30), 120)
    bill(date(2026, 10, 15))
    late = read(stay, date(2026, 9, 15), 110)
    with pytest.raises(ReadingBilled):
        accept_reading(reading_id=late.pk, by=SUPERVISOR)
    assert reject_reading(reading_id=late.pk, note="tarde", by=SUPERVISOR).state == "rejected"


def test_what_the_system_before_billed_stands_too(stay: Installation) -> None:
    Subscription.objects.update(billed_until=date(2026, 9, 30))
    reading = read(stay, date(2026, 9, 30), 120)
    with pytest.raises(ReadingBilled):
        correct_reading(reading_id=reading.pk, register=Decimal(115), note="", by=SUPERVISOR)
    with pytest.raises(ReadingBilled):
        estimate_reading(installation_id=stay.pk, read_on=date(2026, 9, 30), by=SUPERVISOR)


def test_a_decision_leaves_before_and_after(stay: Installation) -> None:
    reading = read(stay, date(2026, 9, 30), 90)
    correct_reading(reading_id=reading.pk, register=Decimal(190), note="dígito", by=SUPERVISOR)
    record = AuditRecord.objects.get(kind="readings.correct")
    assert (record.before["register"], record.before["state"]) == ("90.000", "pending")
    assert (record.after["volume"], record.after["note"]) == ("90.000", "dígito")
