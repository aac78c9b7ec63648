"""Tryton 8 posting invoices of four lines on the same PostgreSQL, from PyPI in an environment of its own.

Favourable to Tryton: one transaction, every call for all invoices at once, no report printed, no client between.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from django.db import connections

from benchmarks.scratch import scratch_database

PACKAGES: Final = ("trytond[postgresql]>=8.0,<8.1", "trytond_account_invoice>=8.0,<8.1", "proteus>=8.0,<8.1")
INSTALL_S: Final = 300
PASSWORD: Final = "un-banco-de-prueba"
# No report is rendered: what is asked for later waits in a queue that nobody serves.
CONFIGURATION: Final = "[database]\nuri = postgresql://\n[queue]\nworker = True\n"
Say = Callable[[str], None]


def run(*, invoices: int, say: Say) -> dict[str, Any]:
    """Seconds for each of `invoices` posted invoices, or `tryton_skipped` with the reason why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        say("installing Tryton in an environment of its own")
        python = Path(folder, "venv", "bin", "python")
        if reason := _install(Path(folder, "venv"), python):
            return {"tryton_skipped": reason}
        with scratch_database(template="template1", suffix="tryton") as name:
            say(f"making a company in Tryton and posting {invoices} invoices")
            found = _post(Path(folder), python, name, invoices)
    taken = found["create_s"] + found["post_s"]
    return {
        "tryton_invoices": invoices,
        "tryton_version": found["version"],
        "tryton_s_per_invoice": round(taken / invoices, 4),
    }


def _install(venv: Path, python: Path) -> str:
    """Make the environment; why it could not be made, or nothing."""
    uv = shutil.which(
        "uv", path=f"{Path(__file__).resolve().parents[1] / '.uv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    )
    if uv is None:
        return "there is no uv to install it with"
    try:
        _call([uv, "venv", "--quiet", "--python", sys.executable, str(venv)])
        _call([uv, "pip", "install", "--quiet", "--python", str(python), *PACKAGES])
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        return f"it could not be installed: {str(failure.stderr or failure).strip()[-200:]}"
    return ""


def _post(folder: Path, python: Path, database: str, invoices: int) -> dict[str, Any]:
    configuration, secret = folder / "trytond.conf", folder / "password"
    configuration.write_text(CONFIGURATION)
    secret.write_text(PASSWORD)
    environ = {**_libpq(), "TRYTONPASSFILE": str(secret), "TRYTOND_CONFIG": str(configuration)}
    admin = [str(python.with_name("trytond-admin")), "-d", database]
    _call([*admin, "-u", "account_invoice", "--activate-dependencies", "--email", "nadie@localhost"], environ)
    script = Path(__file__).with_name("tryton_posting.py")
    said = _call([str(python), str(script), database, str(invoices)], environ)
    version = _call([str(python), "-c", "import trytond; print(trytond.__version__)"])
    return {**json.loads(said.splitlines()[-1]), "version": version.strip()}


def _libpq() -> dict[str, str]:
    """The server that we talk to, as PostgreSQL's own variables say it."""
    entry: Mapping[str, Any] = connections.settings["default"]
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    return {name: str(entry[key]) for name, key in names.items() if entry.get(key)}


def _call(words: list[str], environ: Mapping[str, str] | None = None) -> str:
    own = {**os.environ, **(environ or {})}
    done = subprocess.run(words, env=own, capture_output=True, text=True, timeout=INSTALL_S, check=True)
    return done.stdout
