"""The schedule fires twice, and while yesterday's firing still waits: each run is made once."""

import signal
from collections.abc import Callable
from datetime import date

import pytest

from benchmarks.load import load_town
from caudal.billing.models import BillRun, Invoice
from caudal.billing.queries.schedule import due_runs
from caudal.common import clock, queue
from caudal.jobs.console import Exit
from caudal.jobs.tasks.billing import rehearse_due
from caudal.tariffs.models import Service
from tests.faults.scene import at_once, violations
from tests.support.processes import Process, until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Start = Callable[..., Process]
ACCOUNTS = 60


@pytest.fixture
def due_today() -> date:
    """A town that bills refuse today, by itself, and has to be asked about water."""
    load_town(ACCOUNTS)
    today = clock.today()
    Service.objects.update(billing_day=today.day)
    Service.objects.filter(code="refuse").update(automatic_issue=True)
    return today


def test_a_schedule_that_fires_twice_makes_each_run_once(due_today: date) -> None:
    assert at_once(6, lambda _n: rehearse_due(timestamp=0)) == [None] * 6
    states = BillRun.objects.order_by("service_codes").values_list("service_codes", "state")
    assert list(states) == [("refuse", "issuing"), ("sewerage,water", "rehearsed")]
    assert due_runs(today=due_today) == ()


def test_yesterdays_firing_that_still_waits_does_nothing_twice(
    due_today: date, start: Start, same_database: dict[str, str]
) -> None:
    for yesterday_and_today in range(2):
        queue.defer("rehearse_due", timestamp=yesterday_and_today)
    workers = [start("work", environ=same_database) for _ in range(2)]
    until("the run is issued", lambda: BillRun.objects.filter(state="issued").exists())
    for worker in workers:
        worker.send(signal.SIGTERM)
        assert worker.ended() == Exit.OK, worker.said
        assert "Error" not in worker.said, worker.said
    assert Invoice.objects.count() == ACCOUNTS
    assert BillRun.objects.count() == 2
    assert violations() == []
