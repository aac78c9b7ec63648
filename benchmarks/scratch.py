"""Databases of its own for a measurement, dropped afterwards: the town's data is never touched."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, connections


@contextmanager
def scratch_database(*, template: str = "template0", suffix: str = "base") -> Iterator[str]:
    """Point the default connection (of every thread) at a fresh database for a while; its name.

    From `template0` it is migrated first; from another scratch database it starts in exactly that state.
    """
    own = connections.settings["default"]["NAME"]
    name = f"caudal_bench_{os.getpid()}_{suffix}"
    connection.close()
    _maintain(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        _point(name)
        if template == "template0":
            call_command("migrate", verbosity=0, interactive=False)
        yield name
    finally:
        _point(own)
        _maintain(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def kept_database(name: str, fill: Callable[[], None]) -> Iterator[str]:
    """The same with a database that stays: filled the first time, brought up to date and asked again afterwards."""
    own, unfinished = connections.settings["default"]["NAME"], f"{name}_unfinished"
    try:
        if not _exists(name):
            _maintain(f'DROP DATABASE IF EXISTS "{unfinished}" WITH (FORCE)')
            _maintain(f'CREATE DATABASE "{unfinished}" TEMPLATE template0')
            _point(unfinished)
            call_command("migrate", verbosity=0, interactive=False)
            fill()
            _point(own)
            _maintain(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
        _point(name)
        call_command("migrate", verbosity=0, interactive=False)
        yield name
    finally:
        _point(own)


def _exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def _point(name: str) -> None:
    connection.close()
    connections.settings["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _maintain(statement: str) -> None:
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]  # Django's own way to the server itself
        cursor.execute(statement)
