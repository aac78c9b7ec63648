"""Many callers at the same instant, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from caudal.common.errors import DomainError


def at_once(times: int, call: Callable[[int], Any]) -> list[Any]:
    """The answers, or the refusals, of calls that begin together."""
    ready = Barrier(times)

    def run(n: int) -> Any:
        ready.wait()
        try:
            return call(n)
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
