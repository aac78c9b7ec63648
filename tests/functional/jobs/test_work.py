"""The worker: takes what waits, and what another worker died over."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from caudal.common.queue import defer
from caudal.jobs.console import Exit
from caudal.jobs.worker import REVIVALS_MAX
from tests.support.processes import Process

Start = Callable[..., Process]
TASK = "forget_old_jobs"


def states() -> list[str]:
    """Of the jobs that the test asked for; the worker may add periodic ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [TASK])
        return [row[0] for row in cursor.fetchall()]


def die_over_the_job(*, seconds_ago: int, attempts: int = 1) -> None:
    """What the queue looks like when a worker was killed: the job is being done by nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id",
            [seconds_ago],
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s",
            [worker, attempts],
        )


def work_off(start: Start, environ: dict[str, str]) -> str:
    process = start("work", "--until-empty", environ=environ)
    assert process.ended() == Exit.OK, process.said
    return process.said


def test_what_waits_is_done(start: Start, same_database: dict[str, str]) -> None:
    defer(TASK, timestamp=0)
    work_off(start, same_database)
    assert states() == ["succeeded"]


def test_the_job_of_a_dead_worker_is_done_by_the_next(start: Start, same_database: dict[str, str]) -> None:
    defer(TASK, timestamp=0)
    die_over_the_job(seconds_ago=3600)
    assert "lost its worker" in work_off(start, same_database)
    assert states() == ["succeeded"]


def test_the_job_of_a_worker_that_lives_is_left_to_it(start: Start, same_database: dict[str, str]) -> None:
    defer(TASK, timestamp=0)
    die_over_the_job(seconds_ago=-3600)  # it beats on, however long the other takes to start
    work_off(start, same_database)
    assert states() == ["doing"]


def test_a_job_that_kills_its_workers_is_given_up(start: Start, same_database: dict[str, str]) -> None:
    defer(TASK, timestamp=0)
    die_over_the_job(seconds_ago=3600, attempts=REVIVALS_MAX)
    assert "given up" in work_off(start, same_database)
    assert states() == ["failed"]


def test_a_dead_workers_job_gives_way_to_its_equal_that_waits(
    start: Start, same_database: dict[str, str]
) -> None:
    defer(TASK, queueing_lock="one", timestamp=0)
    die_over_the_job(seconds_ago=3600)
    defer(TASK, queueing_lock="one", timestamp=1)
    work_off(start, same_database)
    assert sorted(states()) == ["failed", "succeeded"]


@pytest.mark.django_db(transaction=True)
def test_no_job_without_its_data() -> None:
    """A job is queued in the transaction of its data: what is rolled back was never asked for."""
    with transaction.atomic():
        defer(TASK, timestamp=0)
        transaction.set_rollback(True)
    assert states() == []
