"""PostgreSQL dies under a run and under a till: what was acknowledged is there, and the rest goes on by itself."""

import json
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from caudal.common.embedded import Embedded
from caudal.jobs.console import Exit
from tests.faults.web import Answer, Web
from tests.support.processes import Process, postmaster_of, until

pytestmark = pytest.mark.faults
Start = Callable[..., Process]

ROOT = Path(__file__).resolve().parents[2]
TILL = "/oficina/cobros/nuevo/"
ACCOUNTS, BATCH = 400, 20
ISSUED = "SELECT count(*) FROM billing_invoice"
PAID = "SELECT count(*) FROM receivables_payment"
BEGIN = """
import django
django.setup()
from caudal.common import database
from caudal.jobs.commands.migrate import migrate
database.connect_or_start()
migrate(verbosity=0)
"""
APPROVE = f"""
from tests.faults.scene import approved_run
approved_run({ACCOUNTS}, batch={BATCH})
"""
OWE = f"""
import json
from benchmarks.load import DATED_ON
from caudal.billing.models import Charge
from caudal.common.actor import SYSTEM
from caudal.workflows import billing_run
from tests import factories as make
from tests.faults.scene import NOON, approved_run
from tests.faults.web import session_of
run = approved_run({BATCH}, batch={BATCH})
billing_run.issue_run(run_id=run.pk, clock=lambda: NOON)
make.service("interest", kind="interest")
owed = {{}}
for account_id, charge_id in Charge.objects.values_list("invoice__account_id", "id"):
    owed.setdefault(account_id, []).append(charge_id)
print(json.dumps({{"session": session_of(make.user("caja", "cashier")), "owed": owed}}))
"""


class Installation:
    """A home with a server of its own."""

    def __init__(self, home: Path, start: Start, environ: dict[str, str]) -> None:
        self.home = home
        self._start = start
        self.environ = environ | {"CAUDAL_HOME": str(home), "CAUDAL_SECRET_KEY": settings.SECRET_KEY}

    def prepare(self, script: str) -> str:
        """Migrate, run the script, and tell what it printed last."""
        own = self.environ | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "caudal.config.settings"}
        prepared = self._start("-c", BEGIN + script, program=sys.executable, environ=own)
        assert prepared.ended(patience_s=60) == 0, prepared.said
        return (prepared.said.splitlines() or [""])[-1]

    def ask(self, query: str) -> int:
        """A number from the database; -1 while it is away."""
        try:
            with psycopg.connect(host=Embedded(self.home).host, user="caudal", dbname="caudal") as connection:
                row = connection.execute(query.encode()).fetchone()
        except psycopg.OperationalError:
            return -1
        assert row is not None
        return int(row[0])

    def kill_server_at(self, query: str, at_least: int) -> int:
        """Kill PostgreSQL when a query first says so much; what it said just before, once the server is back."""
        until(f"{query} is {at_least}", lambda: self.ask(query) >= at_least)
        before = self.ask(query)
        postmaster = postmaster_of(self.home / "pg18")
        assert postmaster
        os.kill(postmaster, signal.SIGKILL)
        until("the server is back", lambda: postmaster_of(self.home / "pg18") not in (None, postmaster))
        until("it answers", lambda: self.ask("SELECT 1") == 1)
        return before

    def assert_sound(self) -> None:
        check = self._start("check", "--json", environ=self.environ)
        assert check.ended() == Exit.OK, check.said
        assert json.loads(check.said.splitlines()[-1])["violations"] == []


@pytest.fixture
def installation(home: Path, start: Start, environ: dict[str, str]) -> Installation:
    return Installation(home, start, environ)


def test_a_run_goes_on_by_itself_whenever_the_database_comes_back(
    installation: Installation, start: Start
) -> None:
    installation.prepare(APPROVE)
    worker = start("work", environ=installation.environ)
    for batches in (3, 8):
        acknowledged = installation.kill_server_at(ISSUED, batches * BATCH)
        assert installation.ask(ISSUED) >= acknowledged
    finished = "SELECT count(*) FROM billing_billrun WHERE state = 'issued'"
    until("the run is issued", lambda: installation.ask(finished) == 1, patience_s=90)
    assert installation.ask(ISSUED) == installation.ask("SELECT max(number) FROM billing_invoice") == ACCOUNTS
    assert installation.ask("SELECT count(*) FROM notices_message WHERE kind = 'invoice_issued'") == ACCOUNTS
    worker.send(signal.SIGTERM)
    assert worker.ended() == Exit.OK, worker.said
    installation.assert_sound()


def test_a_till_goes_on_when_the_database_comes_back_and_nothing_is_paid_twice(
    installation: Installation, start: Start
) -> None:
    known: dict[str, Any] = json.loads(installation.prepare(OWE))
    web = Web(start, installation.environ, home=installation.home)

    def pay(customer: str) -> Answer:
        """As a cashier who tries again until it is done."""
        form = {
            "customer": customer,
            "item": known["owed"][customer],
            "method": "cash",
            "tendered": "500",
            "key": f"k-{customer}",
        }

        def done() -> Answer | None:
            answer = web.post(TILL, form, session=known["session"])
            return answer if answer.status == 302 and "ultimo=" in answer.location else None

        return until(f"{customer} has paid", done)

    with ThreadPoolExecutor(max_workers=3) as tills:
        answers = tills.map(pay, known["owed"])
        acknowledged = installation.kill_server_at(PAID, 4)
        assert installation.ask(PAID) >= acknowledged
        receipts = {answer.location for answer in answers}
    assert len(receipts) == installation.ask(PAID) == BATCH
    assert installation.ask("SELECT sum(amount) FROM receivables_ledgerentry") == 0
    installation.assert_sound()
