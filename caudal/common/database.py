"""Which PostgreSQL to talk to: the one that DATABASE_URL names, else the embedded one of CAUDAL_HOME.

`database_settings` only computes, so settings can be read without a server running. Edges call
`connect_or_start` before they need the database; the embedded server then lasts as long as its last caller.
"""

import logging
import os
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from caudal.common.embedded import DatabaseAway, Embedded
from caudal.common.embedded.server import PORT, SUPERUSER

DATABASE: Final = "caudal"
# Owns its database and may make others, and nothing else: so migrations are proven to need no superuser, as
# on a server that somebody else administers.
ROLE: Final = "caudal"
OLDEST_SERVER: Final = 15
CONNECT_SECONDS: Final = 10
# Django switches prepared statements off; what asks for them (`common.sql`) needs them on. It prepares no query itself.
PREPARE_AFTER: Final = 5
OURS: Final = frozenset({"pool", "prepare_threshold"})  # options that are none of libpq's
WATCH_SECONDS: Final = 1.0
# Two processes may come to an empty server at once; the number only has to be ours.
SETUP_LOCK: Final = 4_117_201

logger = logging.getLogger(__name__)


class DatabaseTooOld(DatabaseAway):
    """The external server is older than what the schema needs. Facts: `found`, `oldest`."""

    code = "database_too_old"
    template = _("The database is PostgreSQL %(found)s; Caudal needs %(oldest)s or newer.")


def default_home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of this installation: CAUDAL_HOME, else /var/lib/caudal (root) or ~/.local/share/caudal.

    Root has a place of its own because it hands the server to the account `caudal`, which cannot enter /root.
    """
    if given := environ.get("CAUDAL_HOME"):
        return Path(given).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/caudal")
    data = environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data, "caudal").resolve()


def database_settings(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Django's DATABASES entry. Starts and connects to nothing.

    CAUDAL_POOL_SIZE > 0 gives each process that many pooled connections: `caudal serve` sets it for the web.
    Raises ImproperlyConfigured when DATABASE_URL is no PostgreSQL address.
    """
    url = environ.get("DATABASE_URL")
    entry = _external(url) if url else _embedded(environ)
    entry["ENGINE"] = "django.db.backends.postgresql"
    entry["OPTIONS"].setdefault("application_name", "caudal")
    entry["OPTIONS"].setdefault("connect_timeout", CONNECT_SECONDS)
    entry["OPTIONS"]["prepare_threshold"] = PREPARE_AFTER
    if size := int(environ.get("CAUDAL_POOL_SIZE") or 0):
        entry["OPTIONS"]["pool"] = {"min_size": 1, "max_size": size, "timeout": CONNECT_SECONDS}
        entry["CONN_HEALTH_CHECKS"] = True
    return entry


def _external(url: str) -> dict[str, Any]:
    """libpq reads the URL: what PostgreSQL's own programs understand works (sockets, sslmode, many hosts)."""
    try:
        options = conninfo_to_dict(url)
    except psycopg.ProgrammingError:  # its text may repeat the password
        raise ImproperlyConfigured(
            "DATABASE_URL is not a PostgreSQL address: postgresql://user:password@host:5432/database"
        ) from None
    named = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    entry: dict[str, Any] = {key: str(options.pop(name, None) or "") for key, name in named.items()}
    entry["NAME"] = entry["NAME"] or entry["USER"] or DATABASE
    return entry | {"OPTIONS": options}


def _embedded(environ: Mapping[str, str]) -> dict[str, Any]:
    host = _server_of(default_home(environ)).host
    return {"NAME": DATABASE, "USER": ROLE, "PASSWORD": "", "HOST": host, "PORT": str(PORT), "OPTIONS": {}}


def libpq_parameters(entry: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """A DATABASES entry for PostgreSQL's programs: a connection string, and an environment with the password.

    The password stays out of the string, because anyone on the machine may read the words of a command.
    """
    names = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT"}
    words = {name: entry[key] for name, key in names.items() if entry.get(key)}
    words |= {name: value for name, value in entry["OPTIONS"].items() if name not in OURS}
    return make_conninfo(**words), {"PGPASSWORD": entry["PASSWORD"]} if entry["PASSWORD"] else {}


def embedded_server(environ: Mapping[str, str] = os.environ) -> Embedded | None:
    """This process's handle on the embedded server; None where DATABASE_URL names another."""
    return None if environ.get("DATABASE_URL") else _server_of(default_home(environ))


@cache
def _server_of(home: Path) -> Embedded:
    return Embedded(home)


def connect_or_start(environ: Mapping[str, str] = os.environ) -> None:
    """See to it that the database answers: start or join the embedded server, or try the external one.

    Makes the embedded server's role and database on first need; tables are the business of `caudal migrate`.
    Raises a DatabaseAway that says what is wrong.
    """
    server = embedded_server(environ)
    try:
        if server is None:
            _try_external(environ["DATABASE_URL"])
        else:
            server.use()
            _set_up(server.host)
    except psycopg.OperationalError as refusal:
        raise DatabaseAway(reason=str(refusal).strip()) from refusal


def _try_external(url: str) -> None:
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        major = connection.info.server_version // 10_000
    if major < OLDEST_SERVER:
        raise DatabaseTooOld(found=major, oldest=OLDEST_SERVER)


def _set_up(host: str) -> None:
    role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
    with psycopg.connect(host=host, port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True) as admin:
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        admin.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
            admin.execute(statement.format(database, role))


def keep_running(environ: Mapping[str, str] = os.environ) -> None:
    """For processes that last (web, worker): start the embedded server again when it dies under them.

    Watches from a daemon thread. Nothing to do for an external server, which has a supervisor of its own.
    """
    server = embedded_server(environ)
    if server is not None:
        threading.Thread(target=_watch, args=(server,), name="embedded-postgresql", daemon=True).start()


def _watch(server: Embedded) -> None:
    pause = threading.Event()
    while not pause.wait(WATCH_SECONDS):
        try:
            if server.use():
                logger.warning("The embedded PostgreSQL had ended; it was started again.")
        except DatabaseAway as refusal:
            logger.error("%s", refusal)
