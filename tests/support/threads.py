"""Many callers at the same instant, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection, transaction

from caudal.common.errors import DomainError
from tests.support.processes import until


def at_once(times: int, call: Callable[[int], Any]) -> list[Any]:
    """The answers, or the refusals, of calls that begin together."""
    ready = Barrier(times)

    def run(n: int) -> Any:
        ready.wait()
        return _alone(lambda: call(n))

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def behind(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """The answer, or the refusal, of a call that waits for a lock of another one, which commits only then."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(_alone, second)
            until("the second call waits", lambda: waiting.done() or _somebody_waits())
        return waiting.result()


def _alone(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except DomainError as refusal:
        return refusal
    finally:
        connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees always what it saw first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])
