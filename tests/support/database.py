"""Test databases as clones of one migrated template, and a flush that takes milliseconds.

Measured: migrating per worker takes 3 to 6 s, cloning a template half a second; Django's flush takes 400 ms a
test, DELETEs with triggers and foreign keys off 10 ms.
"""

import hashlib
import os
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import psutil
import psycopg
from django.db import connection
from django.db.utils import OperationalError

from caudal.common import database
from caudal.common.embedded.server import PORT, SUPERUSER
from caudal.jobs.commands.migrate import migrate

ROOT = Path(__file__).resolve().parents[2]
BUILD_LOCK = 4_117_202
SEED_SCHEMA = "seed"


def fingerprint() -> str:
    """Changes with any migration of ours, what migrations read, and any installed package (theirs)."""
    versions = "".join(sorted(f"{d.name}=={d.version};" for d in distributions()))
    digest = hashlib.sha256(versions.encode())
    patterns = (
        "caudal/*/migrations/**/*.py",
        "caudal/*/migrations/**/*.sql",
        "caudal/config/settings.py",
        "caudal/*/permissions.py",
    )
    for file in sorted(f for pattern in patterns for f in ROOT.glob(pattern)):
        digest.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def create() -> str:
    """A database of our own, cloned from the template; the default connection now points at it."""
    _allow_quick_flush()
    template = f"caudal_template_{fingerprint()}"
    name = f"caudal_test_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}_{os.getpid()}"
    with connection._nodb_cursor() as admin:
        _drop_left_over(admin)
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])  # one worker builds, the others wait
        try:
            if not _databases(admin, template):
                _build(admin, template)
        finally:
            admin.execute("SELECT pg_advisory_unlock(%s)", [BUILD_LOCK])
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    _point_at(name)
    return name


def drop(name: str) -> None:
    """Throw a test database away, whoever is still connected."""
    connection.close()
    with connection._nodb_cursor() as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


class Flush:
    """Empties every table between transactional tests and puts the migrations' own rows back.

    Sequences go on counting. Without the right to switch triggers off (an external server that granted none)
    it truncates, which is slower.
    """

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
            quick = cursor.fetchone()[0]
            tables = [t for t in connection.introspection.table_names(cursor) if t != "django_migrations"]
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SEED_SCHEMA])
            seeded = {row[0] for row in cursor.fetchall()}
            refill = "; ".join(_refill(cursor, t) for t in tables if t in seeded)
            self._statement = _quick(tables, refill) if quick else _truncating(cursor, tables, refill)

    def __call__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self._statement)


def _quick(tables: list[str], refill: str) -> str:
    deletes = "; ".join(f'DELETE FROM "{t}"' for t in tables)
    role = "session_replication_role"
    return f"BEGIN; SET LOCAL {role} = replica; {deletes}; {refill or 'SELECT 1'}; COMMIT"


def _truncating(cursor: Any, tables: list[str], refill: str) -> str:
    cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    guarded = [row[0] for row in cursor.fetchall()]
    off = "; ".join(f"ALTER TABLE {t} DISABLE TRIGGER USER" for t in guarded)
    on = "; ".join(f"ALTER TABLE {t} ENABLE TRIGGER USER" for t in guarded)
    listed = ", ".join(f'"{t}"' for t in tables)
    parts = [
        "BEGIN",
        off,
        f"TRUNCATE {listed} CASCADE",
        refill,
        "SET CONSTRAINTS ALL IMMEDIATE",
        on,
        "COMMIT",
    ]
    return "; ".join(part for part in parts if part)


def _refill(cursor: Any, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)"
        " FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'",
        [table],
    )
    columns = cursor.fetchone()[0]
    source = f'SELECT {columns} FROM {SEED_SCHEMA}."{table}"'
    return f'INSERT INTO "{table}" ({columns}) OVERRIDING SYSTEM VALUE {source}'


def _build(admin: Any, template: str) -> None:
    for old in _databases(admin, "caudal_template_%"):
        _drop_unless_used(admin, old)
    admin.execute("DROP DATABASE IF EXISTS caudal_new_template WITH (FORCE)")
    admin.execute("CREATE DATABASE caudal_new_template TEMPLATE template0")
    _point_at("caudal_new_template")
    migrate(verbosity=0)
    _keep_seed_rows()
    connection.close()
    admin.execute(f'ALTER DATABASE caudal_new_template RENAME TO "{template}"')


def _keep_seed_rows() -> None:
    """Copies of the rows that migrations wrote, to be put back after each flush."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {SEED_SCHEMA}")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")')
            if table != "django_migrations" and cursor.fetchone()[0]:
                cursor.execute(f'CREATE TABLE {SEED_SCHEMA}."{table}" AS TABLE "{table}"')


def _allow_quick_flush() -> None:
    """On the embedded server of the tests, and never on a town's, the role may switch triggers off."""
    server = database.embedded_server()
    if server is None:
        return
    with psycopg.connect(
        host=server.host, port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True
    ) as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        admin.execute(f"GRANT SET ON PARAMETER session_replication_role TO {database.ROLE}")


def _drop_left_over(admin: Any) -> None:
    """Databases of runs that were killed. Only where process numbers are this machine's."""
    if database.embedded_server() is None:
        return
    for name in _databases(admin, "caudal_test_%"):
        if not psutil.pid_exists(int(name.rpartition("_")[2])):
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _databases(admin: Any, pattern: str) -> list[str]:
    admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])
    return [row[0] for row in admin.fetchall()]


def _drop_unless_used(admin: Any, name: str) -> None:
    try:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}"')
    except OperationalError:  # another run is cloning it at this instant
        return


def _point_at(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
