"""A town in the test's database, and what it takes to stop a process at a chosen statement and kill it there."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, time
from threading import Barrier
from typing import Any, TypeVar

from django.db import connection

from benchmarks.load import DATED_ON, load_town
from caudal.billing.models import BillRun, Invoice, Series
from caudal.common.actor import SYSTEM
from caudal.jobs.invariants import check
from caudal.notices.models import Message
from caudal.workflows import billing_run

T = TypeVar("T")
NOON = datetime.combine(DATED_ON, time(18), UTC)
Waited = Callable[[], bool]


def approved_run(accounts: int, *, batch: int) -> BillRun:
    """A town of that many accounts whose month is approved and waits in batches of `batch` accounts."""
    load_town(accounts)
    return approve(billing_run.rehearse(dated_on=DATED_ON, by=SYSTEM), batch=batch)


def approve(run: BillRun, *, batch: int) -> BillRun:
    """Approve a rehearsed run; its batches are planned here, so that a worker finds them small."""
    usual, billing_run.ACCOUNTS_PER_BATCH = billing_run.ACCOUNTS_PER_BATCH, batch
    try:
        return billing_run.approve(run_id=run.pk, issued_on=DATED_ON, at=NOON, by=SYSTEM)
    finally:
        billing_run.ACCOUNTS_PER_BATCH = usual


def violations() -> list[str]:
    """What `caudal check` finds."""
    return [f"{v.invariant} {v.subject}: {v.detail}" for v in check()]


def assert_whole(run: BillRun, *, invoices: int) -> None:
    """The run is issued: every invoice once, numbered without a gap, told once, and nothing found amiss."""
    run.refresh_from_db()
    assert run.state == "issued"
    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, invoices + 1))
    assert Series.objects.get(code="invoices").last_number == invoices
    assert Message.objects.filter(kind="invoice_issued").count() == invoices
    assert not (found := violations()), found


@contextmanager
def held(statement: str, parameters: Sequence[Any] = ()) -> Iterator[Waited]:
    """Hold the locks that a statement takes, in a session of its own; answers whether somebody waits for them."""
    holder = connection.copy()
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(statement, parameters)
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
            yield lambda: _sessions("%s = ANY (pg_blocking_pids(pid))", pid) > 0
    finally:
        holder.close()


def nobody_else_is_connected() -> bool:
    """The sessions of killed processes are gone, and what they held is free."""
    return _sessions("datname = current_database() AND pid <> pg_backend_pid()") == 0


def sessions_waiting() -> int:
    """How many sessions of this database wait for a lock."""
    return _sessions("datname = current_database() AND wait_event_type = 'Lock'")


def keys_taken(table: str) -> int:
    """How many primary keys of a table were given out so far, in committed transactions or not."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT last_value FROM {table}_id_seq")
        return int(cursor.fetchone()[0])


def living_workers() -> int:
    """How many workers said within a minute that they live."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"
        )
        return int(cursor.fetchone()[0])


def _sessions(condition: str, *parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {condition}", parameters)
        return int(cursor.fetchone()[0])


def a_minute_passes_for_dead_workers() -> None:
    """Their last heartbeat lies so far back that their jobs are free for others."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")


def at_once(times: int, work: Callable[[int], T]) -> list[T | BaseException]:
    """Run `work(n)` in that many threads that set out together, each on a connection of its own."""
    gate = Barrier(times)

    def one(n: int) -> T:
        try:
            gate.wait(30)
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=times) as pool:
        futures = [pool.submit(one, n) for n in range(times)]
    return [future.exception() or future.result() for future in futures]
