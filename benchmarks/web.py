"""The pages that people wait for, asked of the real server from processes of their own.

The portal's statement stands beside a file that is the same for everybody, which tells what the server and this
machine could do at best. Data: a town with two years of bills, all in a database of its own.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from benchmarks.load import UNTIL, load_town
from benchmarks.scratch import kept_database, scratch_database
from caudal.access.models import Role, User
from caudal.billing.models import Period
from caudal.kernel.periods import add_months, month_of
from caudal.registry.models import Party

MONTHS: Final = 24
CLERK: Final = "oficina"
CITIZENS: Final = 400
CONNECTIONS: Final = 6
WARM: Final = 0.2  # of the time that is measured, asked before
PATIENCE_S: Final = 60.0
BACKEND: Final = settings.AUTHENTICATION_BACKENDS[0]
ROOT: Final = Path(__file__).resolve().parents[1]
STATEMENT: Final = "/estado/"
CONSTANT: Final = "/static/caudal/favicon.svg"
LISTS: Final = ("clientes/", "conexiones/", "facturas/", "facturas/?estado=overdue", "cobros/", "lecturas/")
Say = Callable[[str], None]
Requests = list[list[str]]


def run(*, accounts: int, seconds: float, keep: bool, say: Say) -> dict[str, Any]:
    """Load the town, start the server, and ask each for some seconds: requests a second, the slowest of a hundred.

    `keep` leaves the town's database there for the next time.
    """

    def fill() -> None:
        say(f"loading {accounts:,} accounts with 24 months of bills")
        load_town(accounts)
        load_history(accounts)
        _hire(accounts)

    with _database(accounts, fill, keep=keep), tempfile.TemporaryDirectory() as home:
        citizens = [_signed_in(user) for user in User.objects.filter(party__isnull=False)]
        clerk = _signed_in(User.objects.get(username=CLERK))
        with _server(Path(home)) as port:
            asked = {
                "constant": [[CONSTANT]],
                "statement": [[STATEMENT, cookie] for cookie in citizens],
                "search": _searches(accounts, clerk),
                "list": [[f"/oficina/{path}", clerk] for path in LISTS],
                "ficha": [[f"/oficina/clientes/{n}/", clerk] for n in _some(accounts)],
            }
            found = {}
            for name, requests in asked.items():
                found[name] = _measured(port, requests, seconds)
                say(f"{name}: {found[name]['rps']} a second, p99 {found[name]['p99_ms']} ms")
    return {
        "accounts": accounts,
        "statement_rps": found["statement"]["rps"],
        "statement_p99_ms": found["statement"]["p99_ms"],
        "constant_rps": found["constant"]["rps"],
        "search_p99_ms": found["search"]["p99_ms"],
        "list_p99_ms": found["list"]["p99_ms"],
        "ficha_p99_ms": found["ficha"]["p99_ms"],
    }


def load_history(accounts: int) -> None:
    """Two years of bills and payments behind the accounts of a town."""
    Period.objects.bulk_create(Period(month=add_months(month_of(UNTIL), -back)) for back in range(MONTHS))
    with connection.cursor() as cursor:
        for statement in Path(__file__).with_name("history.sql").read_text().split(";\n\n"):
            cursor.execute(statement, {"accounts": accounts, "until": UNTIL})
        cursor.execute("VACUUM ANALYZE")


def _some(accounts: int) -> list[int]:
    return random.Random(1).sample(range(1, accounts + 1), min(CITIZENS, accounts))


def _hire(accounts: int) -> None:
    """Customers who can sign in, and a clerk who may do everything."""
    for n in _some(accounts):
        user = User.objects.create(username=f"vecino{n}", name=f"Vecino {n}", password="!")
        Party.objects.filter(pk=n).update(user=user)
    clerk = User.objects.create(username=CLERK, name="Oficina", password="!")
    clerk.roles.add(Role.objects.get(code="administrator"))


@contextmanager
def _database(accounts: int, fill: Callable[[], None], *, keep: bool) -> Iterator[None]:
    if keep:
        with kept_database(f"caudal_bench_web_{accounts}", fill):
            yield
    else:
        with scratch_database():
            fill()
            yield


def _signed_in(user: User) -> str:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    facts = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: BACKEND,
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    key = store._get_new_session_key()
    ends = timezone.now() + timedelta(days=1)
    Session.objects.create(session_key=key, session_data=store.encode(facts), expire_date=ends)
    return f"Cookie: {settings.SESSION_COOKIE_NAME}={key}"


def _searches(accounts: int, clerk: str) -> Requests:
    """What is typed into the box: names, numbers, meters, addresses, identifications, invoices."""
    words = ["maria", "mora", "ana rojas", "jose%20vargas", "calle", "x1"]
    for n in _some(accounts):
        words += [f"{n:07d}", f"M{n}", f"X{n}", f"calle%20{n}", f"{n}", f"luis%20x{n}"]
    return [[f"/oficina/buscar/?q={word.replace(' ', '%20')}", clerk, "X-Palette: 1"] for word in words]


@contextmanager
def _server(home: Path) -> Iterator[int]:
    """`caudal serve` on the scratch database, warm; its port."""
    port = _free_port()
    entry = connection.settings_dict
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    environ = os.environ | {
        "CAUDAL_HOME": str(home),
        "CAUDAL_SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": make_conninfo(**{name: entry[key] for name, key in names.items() if entry[key]}),
    }
    caudal = shutil.which("caudal", path=str(Path(sys.executable).parent)) or "caudal"
    command = [caudal, "serve", "--port", str(port)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _wait_for(server, port, home / "log")
        yield port
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends and server.poll() is None:
        try:
            _hammered(port, [[CONSTANT]], 0.1, 1)
        except RuntimeError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the server did not answer:\n{log.read_text()}")


def _measured(port: int, requests: Requests, seconds: float) -> dict[str, float]:
    _hammered(port, requests, seconds * WARM, CONNECTIONS)
    taken = _hammered(port, requests, seconds, CONNECTIONS)
    p99 = quantiles(taken, n=100)[98] if len(taken) > 1 else taken[0]
    return {"rps": round(len(taken) / seconds, 1), "p99_ms": round(p99, 1)}


def _hammered(port: int, requests: Sequence[Sequence[str]], seconds: float, processes: int) -> list[float]:
    """The milliseconds of every answer that some processes got together."""
    started = []
    for seed in range(processes):
        hammer = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.hammer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert hammer.stdin is not None
        json.dump({"port": port, "seconds": seconds, "requests": requests, "seed": seed}, hammer.stdin)
        hammer.stdin.close()
        hammer.stdin = None
        started.append(hammer)
    taken: list[float] = []
    for hammer in started:
        said, wrong = hammer.communicate()
        if hammer.returncode:
            raise RuntimeError(wrong)
        taken += json.loads(said)
    return taken
