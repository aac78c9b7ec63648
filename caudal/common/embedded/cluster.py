"""The PostgreSQL cluster of a home: made once, configured at each start, found alive or dead."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from django.utils.translation import gettext_lazy as _

from caudal.common.embedded.errors import DatabaseAway, HomeUnusable, ServerToolFailed
from caudal.common.embedded.places import SOCKET_NAME, Places, server_tool

Setting = str | int | float

INITDB: Final = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    # Built-in C.UTF-8 needs no locale of the operating system, and knows upper and lower case of accents.
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
START_SECONDS: Final = 300
ORPHANS_END_WITHIN: Final = 10.0
LOG_MAX_BYTES: Final = 5_000_000
LOG_TAIL_BYTES: Final = 3_000
OPEN_TO_OTHERS: Final = 0o077


def tuning() -> dict[str, Setting]:
    """Settings for a small machine shared with the application. Durability stays as it comes: on."""
    megabytes = psutil.virtual_memory().total >> 20
    return {
        "shared_buffers": f"{min(max(megabytes // 16, 64), 512)}MB",
        "effective_cache_size": f"{megabytes // 2}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_connections": 60,
        "max_wal_size": "1GB",
        "min_wal_size": "80MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "pglz",
        "random_page_cost": 1.1,
        "jit": "off",
        "io_workers": 2,
        "max_parallel_workers_per_gather": 1,
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_duration_statement": "1s",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] %a ",
        "idle_in_transaction_session_timeout": "5min",
    }


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data of a home and the postmaster on it. Callers hold the start lock."""

    places: Places
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def is_alive(self) -> bool:
        """Whether a postmaster runs on our data.

        The pid file alone does not tell: its pid may be a zombie's or, after the machine was restarted, a
        stranger's. PostgreSQL itself would refuse to start over such files, so those of a dead server go.
        Backends that outlive their postmaster end by themselves; they are waited for.
        """
        deadline = time.monotonic() + ORPHANS_END_WITHIN
        while ours := {p.pid for p in psutil.process_iter() if self._is_ours(p)}:
            if self._recorded_pid() in ours:
                return True
            if time.monotonic() > deadline:
                reason = _("processes %(pids)s still use %(data)s, but no server answers for them")
                raise DatabaseAway(reason=reason % {"pids": sorted(ours), "data": self.places.data})
            time.sleep(0.05)
        socket = self.places.socket_dir
        for file in (self.places.pid_file, socket / f"{SOCKET_NAME}.lock", socket / SOCKET_NAME):
            file.unlink(missing_ok=True)
        return False

    def create(self) -> None:
        """Make the cluster if there is none; under another name first, so a killed initdb leaves nothing."""
        data = self.places.data
        if (data / "PG_VERSION").exists():
            return
        fresh = data.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        os.chown(fresh, self.places.owner.uid, self.places.owner.gid)
        self._run("initdb", "-D", fresh, *INITDB)
        with (fresh / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists 'caudal.conf'\n")
        fresh.rename(data)

    def start(self) -> None:
        """Start the postmaster and wait until it answers; crash recovery may take its time."""
        self._prepare_socket_dir()
        self._configure()
        log = self.places.log
        if log.exists() and log.stat().st_size > LOG_MAX_BYTES:
            log.replace(log.with_suffix(".log.1"))
        log.touch(mode=0o600)
        os.chown(log, self.places.owner.uid, self.places.owner.gid)
        before = log.stat().st_size
        data = self.places.data
        try:
            self._run("pg_ctl", "start", "-s", "-w", "-t", str(START_SECONDS), "-D", data, "-l", log)
        except ServerToolFailed as failure:
            tail = log.read_bytes()[before:][-LOG_TAIL_BYTES:].decode(errors="replace")
            output = f"{failure.facts['output']}\n{tail}".strip()
            raise ServerToolFailed(tool="pg_ctl", status=failure.facts["status"], output=output) from None

    def _recorded_pid(self) -> int | None:
        try:
            return int(self.places.pid_file.read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and Path(process.cwd()) == self.places.data
        except (psutil.Error, OSError):  # gone meanwhile, a zombie, or somebody else's
            return False

    def _prepare_socket_dir(self) -> None:
        folder, owner = self.places.socket_dir, self.places.owner
        if folder == self.places.data:
            return
        try:
            folder.mkdir(mode=0o700)
            os.chown(folder, owner.uid, owner.gid)
        except FileExistsError:
            found = folder.lstat()
            if found.st_uid != owner.uid or found.st_mode & OPEN_TO_OTHERS:
                reason = _("%(folder)s belongs to somebody else") % {"folder": folder}
                raise HomeUnusable(home=self.places.home, reason=reason) from None

    def _configure(self) -> None:
        """A file of our own, rewritten at each start: survives a moved home and needs no shell quoting."""
        fixed: dict[str, Setting] = {
            "listen_addresses": "",
            "port": 5432,
            "unix_socket_directories": f'"{self.places.socket_dir}"',
            "unix_socket_permissions": "0700",
        }
        chosen = tuning() | dict(self.settings) | fixed
        lines = ("{} = '{}'\n".format(name, str(value).replace("'", "''")) for name, value in chosen.items())
        file = self.places.data / "caudal.conf"
        file.write_text("".join(lines))
        os.chown(file, self.places.owner.uid, self.places.owner.gid)

    def _run(self, name: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs as the server's account, in a session that no Ctrl-C reaches."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}
        owner = self.places.owner
        as_root = os.geteuid() == 0
        with tempfile.TemporaryFile() as output:  # a file, because the server would keep a pipe open
            done = subprocess.run(
                [server_tool(name, self.places), *arguments],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
                user=owner.uid if as_root else None,
                group=owner.gid if as_root else None,
                extra_groups=[] if as_root else None,
                check=False,
            )
            output.seek(0)
            if done.returncode:
                said = output.read().decode(errors="replace").strip()
                raise ServerToolFailed(tool=name, status=done.returncode, output=said)
