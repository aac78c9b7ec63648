"""PostgreSQL dies in the middle of a run: what was acknowledged is there, and the worker finishes the rest."""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from caudal.common.embedded import Embedded
from caudal.jobs.console import Exit
from tests.support.processes import Process, postmaster_of, until

pytestmark = pytest.mark.faults
Start = Callable[..., Process]

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS, BATCH = 400, 20
ISSUED = "SELECT count(*) FROM billing_invoice"
PREPARE = f"""
import django
django.setup()
from caudal.common import database
from caudal.jobs.commands.migrate import migrate
from tests.faults.scene import approved_run
database.connect_or_start()
migrate(verbosity=0)
approved_run({ACCOUNTS}, batch={BATCH})
"""


class Installation:
    """A home with a server of its own, whose run is approved and waits for a worker."""

    def __init__(self, start: Start, home: Path, environ: dict[str, str]) -> None:
        self.home = home
        self.environ = environ | {"CAUDAL_HOME": str(home)}
        own = self.environ | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "caudal.config.settings"}
        prepared = start("-c", PREPARE, program=sys.executable, environ=own)
        assert prepared.ended(patience_s=60) == 0, prepared.said

    def ask(self, query: str) -> int:
        """A number from the database; -1 while it is away."""
        try:
            with psycopg.connect(host=Embedded(self.home).host, user="caudal", dbname="caudal") as connection:
                row = connection.execute(query.encode()).fetchone()
        except psycopg.OperationalError:
            return -1
        assert row is not None
        return int(row[0])

    def issued(self, *, at_least: int) -> int:
        """How many invoices are issued, once there are so many."""
        until(f"{at_least} invoices are issued", lambda: self.ask(ISSUED) >= at_least)
        return self.ask(ISSUED)

    def kill_server(self) -> None:
        postmaster = postmaster_of(self.home / "pg18")
        assert postmaster
        os.kill(postmaster, signal.SIGKILL)


@pytest.fixture
def installation(home: Path, start: Start, environ: dict[str, str]) -> Installation:
    return Installation(start, home, environ)


def test_a_run_goes_on_by_itself_whenever_the_database_comes_back(
    installation: Installation, start: Start
) -> None:
    worker = start("work", environ=installation.environ)
    for batches in (3, 8):
        acknowledged = installation.issued(at_least=batches * BATCH)
        installation.kill_server()
        until("the server is back", lambda: installation.ask("SELECT 1") == 1)
        assert installation.ask(ISSUED) >= acknowledged
    finished = "SELECT count(*) FROM billing_billrun WHERE state = 'issued'"
    until("the run is issued", lambda: installation.ask(finished) == 1, patience_s=50)
    assert installation.ask(ISSUED) == installation.ask("SELECT max(number) FROM billing_invoice") == ACCOUNTS
    assert installation.ask("SELECT count(*) FROM notices_message") == ACCOUNTS
    worker.send(signal.SIGTERM)
    assert worker.ended() == Exit.OK, worker.said
    check = start("check", "--json", environ=installation.environ)
    assert check.ended() == Exit.OK, check.said
    assert json.loads(check.said.splitlines()[-1])["violations"] == []
