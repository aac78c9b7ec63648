"""`caudal demo` keeps web, worker and database up through whatever falls, and leaves nothing behind."""

import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from caudal.common.embedded import Embedded
from caudal.jobs.console import Exit
from tests.support.fixtures import open_folder
from tests.support.processes import Process, alive, free_port, postmaster_of, until, using

pytestmark = pytest.mark.faults
Start = Callable[..., Process]

FALLING = """
import sys
from caudal.jobs.supervisor import Supervisor
import django
django.setup()
commands = {"steady": ["/bin/sleep", "600"], "falling": ["/bin/sh", "-c", "echo una razón; exit 7"]}
sys.exit(Supervisor(commands, environ={}).run(ready=lambda: False, announce=lambda: None))
"""
WEB, WORKER = "serve", "work"


@pytest.fixture(scope="module")
def town() -> Iterator[Path]:
    """A home in which the town is loaded once for all tests of this file."""
    with open_folder() as folder:
        yield folder


class Demo:
    """A running `caudal demo`."""

    def __init__(self, start: Start, town: Path, environ: dict[str, str]) -> None:
        self.town = town
        self.port = free_port()
        own = environ | {"CAUDAL_HOME": str(town), "PORT": str(self.port)}
        self.process = start("demo", environ=own)
        self.process.says(f"http://127.0.0.1:{self.port}/", patience_s=900)
        until("the web answers", self.answers)
        until("the worker works", lambda: self.child(WORKER))

    def answers(self) -> bool:
        """Any answer of the application will do."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/cuenta/login/", timeout=10) as answer:
                return bool(answer.status)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def child(self, command: str) -> psutil.Process | None:
        """The supervised process of that command, if it runs."""
        for process in psutil.Process(self.process.pid).children():
            if alive(process.pid) and command in process.cmdline():
                return process
        return None

    def kill(self, command: str) -> None:
        """kill -9 a child, and wait until another one is in its place."""
        old = self.child(command)
        assert old is not None
        old.kill()
        until(f"another {command} runs", lambda: (new := self.child(command)) and new.pid != old.pid)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(host=Embedded(self.town).host, user="caudal", dbname="caudal") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def work_is_done(self) -> None:
        """Ask for a job and wait until it is done."""
        job = "ROW('default', 'forget_old_jobs', 0, NULL, NULL, '{\"timestamp\": 0}'::jsonb, NULL)"
        defer = f"SELECT procrastinate_defer_jobs_v1(ARRAY[{job}::procrastinate_job_to_defer_v1])"
        ((ids,),) = self.execute(defer)
        assert isinstance(ids, list)
        done = f"SELECT 1 FROM procrastinate_jobs WHERE id = {ids[0]} AND status = 'succeeded'"
        until("the worker did the job", lambda: self.execute(done))

    def is_gone(self) -> None:
        until("no process of it is left", lambda: not using(self.town))
        assert postmaster_of(self.town / "pg18") is None


@pytest.fixture
def demo(start: Start, town: Path, environ: dict[str, str]) -> Demo:
    return Demo(start, town, environ)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_in_order(number: signal.Signals, demo: Demo) -> None:
    demo.process.send(number)
    assert demo.process.ended() == Exit.OK, demo.process.said
    demo.is_gone()
    assert "killed" not in demo.process.said


def test_an_impatient_operator_ends_everything_too(demo: Demo) -> None:
    for _ in range(3):
        demo.process.send(signal.SIGINT)
    assert demo.process.ended() == Exit.OK
    demo.is_gone()


def test_a_killed_supervisor_takes_everything_with_it(demo: Demo) -> None:
    demo.process.send(signal.SIGKILL)
    demo.process.ended()
    demo.is_gone()


def test_a_killed_web_is_started_again(demo: Demo) -> None:
    demo.kill(WEB)
    until("the web answers again", demo.answers)


def test_a_killed_process_of_the_web_is_replaced_while_the_others_answer(demo: Demo) -> None:
    web = demo.child(WEB)
    assert web is not None
    one, *_others = [p for p in web.children() if "resource_tracker" not in " ".join(p.cmdline())]
    one.kill()
    until("it is replaced", lambda: "Respawning" in demo.process.said)
    assert demo.answers()
    assert demo.child(WEB) == web


def test_a_killed_worker_is_started_again(demo: Demo) -> None:
    demo.kill(WORKER)
    demo.work_is_done()


def test_a_killed_database_is_started_again_under_web_and_worker(demo: Demo) -> None:
    web = demo.child(WEB)
    dead = postmaster_of(demo.town / "pg18")
    assert dead
    os.kill(dead, signal.SIGKILL)
    until("another server runs", lambda: postmaster_of(demo.town / "pg18") not in (None, dead))
    until("the web answers", demo.answers)
    until("the database answers", lambda: _answers(demo))
    demo.work_is_done()
    assert demo.child(WEB) == web, "the web did not have to be started again"


def _answers(demo: Demo) -> bool:
    try:
        return bool(demo.execute("SELECT 1"))
    except psycopg.OperationalError:
        return False


def test_the_second_start_keeps_the_data(demo: Demo) -> None:
    loads = demo.execute("SELECT count(*) FROM common_auditrecord WHERE kind = 'demo.loaded'")
    assert loads == [(1,)]


def test_a_load_that_was_killed_is_done_again(start: Start, home: Path, environ: dict[str, str]) -> None:
    own = environ | {"CAUDAL_HOME": str(home)}
    first = start("demo", "--load-only", environ=own)
    until("the load began", lambda: _count(home, "demo.started"))
    first.send(signal.SIGKILL)
    first.ended()
    second = start("demo", "--load-only", environ=own)
    assert second.ended(patience_s=900) == Exit.OK, second.said
    server = Embedded(home)
    server.use()
    assert _count(home, "demo.loaded") == 1
    server.leave()


def _count(home: Path, kind: str) -> int:
    try:
        with psycopg.connect(host=Embedded(home).host, user="caudal", dbname="caudal") as connection:
            row = connection.execute(
                "SELECT count(*) FROM common_auditrecord WHERE kind = %s", [kind]
            ).fetchone()
            return int(row[0]) if row else 0
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return 0


def test_a_demo_never_moves_into_a_real_organisation(
    start: Start, home: Path, environ: dict[str, str]
) -> None:
    own = environ | {"CAUDAL_HOME": str(home), "CAUDAL_ADMIN_PASSWORD": "una-clave-muy-larga"}
    init = start(
        "init", "--preset", "water-utility", "--name", "Acueducto Real", "--admin", "eva", environ=own
    )
    assert init.ended() == Exit.OK, init.said
    demo = start("demo", environ=own | {"PORT": str(free_port())})
    assert demo.ended() == Exit.REFUSED
    assert "Acueducto Real" in demo.said


def test_what_cannot_be_kept_up_ends_all_and_tells_why(start: Start, environ: dict[str, str]) -> None:
    own = environ | {"DJANGO_SETTINGS_MODULE": "caudal.config.settings", "CAUDAL_HOME": "/var/tmp"}
    own["CAUDAL_SECRET_KEY"] = "none is needed"
    process = start("-c", FALLING, program=sys.executable, environ=own)
    assert process.ended() == Exit.FOUND, process.said
    assert process.said.count("una razón") >= 4, "each fall as it came, and the last lines at the end"
    assert not psutil.pid_exists(process.pid)
