"""Defer work by name: lower stages need not know the module that does it. Same transaction as the caller's data."""

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.types import JSONValue


def defer(name: str, *, queueing_lock: str | None = None, **arguments: JSONValue) -> None:
    """Queue task `name` with JSON-able arguments; it exists if and only if the transaction commits.

    With a `queueing_lock`, a task already waiting under that lock makes this call a no-op.
    """
    job = app.configure_task(name, queueing_lock=queueing_lock)
    try:
        # A savepoint: the refusal of a second equal job must not take the caller's transaction with it.
        with transaction.atomic():
            job.defer(**arguments)
    except AlreadyEnqueued:
        return
