"""PostgreSQL's own programs on the application's database: dump it, read a dump back, replay it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from caudal.common.database import libpq_parameters
from caudal.common.embedded import MAJOR, tool
from caudal.common.errors import DomainError

# A dump made by PostgreSQL 18 sets it; older servers do not know it, and nothing in a dump depends on it.
UNKNOWN_TO_OLDER_SERVERS: Final = b"SET transaction_timeout"
FIRST_DATA: Final = b"COPY "
# A web or a worker still at work would make the replay wait for ever.
WAIT_FOR_OTHERS: Final = "SET lock_timeout = '5s';"
EMPTY_THE_DATABASE: Final = "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;"
ERROR_TAIL: Final = 2_000


class ToolFailed(DomainError):
    """A program of PostgreSQL refused. Facts: `program`, `output`."""

    code = "postgresql_tool_failed"
    template = _("%(program)s failed: %(output)s")


class ToolTooOld(DomainError):
    """The server is newer than every program at hand. Facts: `program`, `server`."""

    code = "postgresql_tool_too_old"
    template = _("The database is PostgreSQL %(server)s: install the %(program)s of that version on PATH.")


def server_major() -> int:
    """The major version of the server that is connected to."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def dump(file: Path, *, snapshot: str) -> None:
    """Write the whole database, as the exported snapshot sees it, in PostgreSQL's compressed format."""
    words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"]
    _run("pg_dump", *words, "--dbname", _connection_string())


def read_through(file: Path) -> None:
    """Read a dump from its first byte to its last. Raises ToolFailed when it is damaged."""
    _run("pg_restore", "--file=/dev/null", str(file))


def replay(file: Path, *, over_existing: bool) -> None:
    """Put a dump into the database, in one transaction: whole, or not at all. Raises ToolFailed.

    With `over_existing`, what the database held goes in the same transaction. Works on any server from 15 on.
    """
    opening = ["BEGIN;", WAIT_FOR_OTHERS, EMPTY_THE_DATABASE if over_existing else ""]
    psql = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", _connection_string()]
    script = ["--no-owner", "--no-privileges", "--file=-", str(file)]
    with (
        _running("pg_restore", *script, out=True) as source,
        _running("psql", *psql, into=True) as target,
    ):
        assert source.stdout is not None and target.stdin is not None
        try:
            target.stdin.write("\n".join(opening).encode() + b"\n")
            _pass_on(source.stdout, target.stdin)
            if source.wait() == 0:  # without the COMMIT, the end of the script is a rollback
                target.stdin.write(b"COMMIT;\n")
            target.stdin.close()
        except BrokenPipeError:  # psql stopped at an error, which it explains
            source.kill()


def _pass_on(script: IO[bytes], target: IO[bytes]) -> None:
    """Copy a script, less the settings that older servers refuse. Lines of data are never looked at."""
    for line in script:
        if not line.startswith(UNKNOWN_TO_OLDER_SERVERS):
            target.write(line)
        if line.startswith(FIRST_DATA):
            break
    shutil.copyfileobj(script, target)


def _connection_string() -> str:
    return libpq_parameters(connection.settings_dict)[0]


def _environment() -> dict[str, str]:
    return os.environ | libpq_parameters(connection.settings_dict)[1]


def _program(name: str) -> str:
    """The wheel's program, which serves every server up to its own version; for a newer one, that on PATH."""
    if server_major() <= MAJOR:
        return str(tool(name))
    if found := shutil.which(name):
        return found
    raise ToolTooOld(program=name, server=server_major())


def _run(name: str, *words: str) -> None:
    done = subprocess.run(
        [_program(name), *words],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise ToolFailed(program=name, output=_tail(done.stderr))


@contextmanager
def _running(
    name: str, *words: str, out: bool = False, into: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """A program at work, joined to us by a pipe; ToolFailed when it ends badly."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [_program(name), *words],
            env=_environment(),
            stdin=subprocess.PIPE if into else subprocess.DEVNULL,
            stdout=subprocess.PIPE if out else subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            yield process
        finally:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):  # what it did not read any more is of no use to it
                        pipe.close()
            process.wait()
        if process.returncode:
            errors.seek(0)
            raise ToolFailed(program=name, output=_tail(errors.read()))


def _tail(output: bytes) -> str:
    return output.decode(errors="replace").strip()[-ERROR_TAIL:]
