"""When a job is tried again by itself: where the database was lost under it, which says nothing against the job."""

from typing import Final

from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy

# Waits of 2, 4, 8 … seconds: a quarter of an hour in all. Deadlocks and full connection lists count as lost, too.
WHEN_THE_DATABASE_WAS_LOST: Final = RetryStrategy(
    max_attempts=8, exponential_wait=2, retry_exceptions=(OperationalError, InterfaceError)
)
