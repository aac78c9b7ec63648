"""What is billed is what was read: decisions about readings and the issue of what they cost never pass each other."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from benchmarks.load import DATED_ON
from caudal.billing.models import Charge, Invoice
from caudal.common.actor import SYSTEM
from caudal.metering.models import Reading
from caudal.workflows import billing_run
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft
from caudal.workflows.readings import ReadingBeingBilled, ReadingBilled, correct_reading
from tests import factories as make
from tests.faults.scene import NOON, approved_run, assert_whole, at_once, violations

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
HOUSES = 16


def correct(reading: Reading, by: str = "1") -> Reading:
    register = reading.register + Decimal(by)
    return correct_reading(reading_id=reading.pk, register=register, note="Mal leída", by=SYSTEM)


def test_an_accepted_reading_does_not_change_under_a_run_that_is_being_issued() -> None:
    run = approved_run(10, batch=5)
    last = Reading.objects.filter(installation_id=7).latest("read_on")
    with pytest.raises(ReadingBeingBilled):
        correct(last)
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOON)
    with pytest.raises(ReadingBilled):
        correct(last)
    assert_whole(run, invoices=10)


def test_a_reading_is_corrected_and_then_billed_or_billed_and_then_refused() -> None:
    make.organisation()
    water = make.service("water", kind="metered", unit="m³")
    readings = []
    for _ in range(HOUSES):
        at = make.connection()
        stay = make.installation(at, first="100", on=date(2026, 9, 1))
        make.subscription(make.account(), water, at)
        known = {
            "installation": stay,
            "previous": stay.readings.get(),
            "source": "manual",
            "state": "accepted",
        }
        readings.append(Reading.objects.create(read_on=date(2026, 10, 31), register=120, volume=20, **known))

    def bill(reading: Reading) -> Invoice:
        subscribed = reading.installation.connection.subscriptions.get()
        form = OneOffForm(
            account_id=subscribed.account_id,
            connection_id=subscribed.connection_id,
            month=date(2026, 10, 1),
            unit_price=Decimal("0.45"),
        )
        draft = save_draft(form=form, by=SYSTEM)
        return issue_draft(draft_id=draft.pk, on=DATED_ON + timedelta(days=1), by=SYSTEM)

    outcomes = at_once(2 * HOUSES, lambda n: correct(readings[n // 2]) if n % 2 else bill(readings[n // 2]))
    ended = Counter(type(outcome) for outcome in outcomes)
    assert ended[Invoice] == HOUSES
    assert ended[Reading] + ended[ReadingBilled] == HOUSES, outcomes
    for charge in Charge.objects.select_related("to_reading"):
        assert charge.to_reading is not None
        assert charge.quantity == charge.to_reading.volume
    assert violations() == []
