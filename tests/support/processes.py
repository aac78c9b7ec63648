"""Real processes for tests: started, watched until something becomes true, and always ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import psutil

T = TypeVar("T")
COMMAND = Path(sys.executable).parent / "caudal"
PATIENCE_S = 120.0  # an installation is made in 6 s of a processor that others may want too


def until(what: str, holds: Callable[[], T], *, patience_s: float = PATIENCE_S) -> T:
    """The first true answer of `holds`; AssertionError naming `what` when the time is up."""
    deadline = time.monotonic() + patience_s
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"not within {patience_s} s: {what}"
        time.sleep(0.02)
    return answer


def free_port() -> int:
    """A TCP port that nobody listens on at this instant."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def postmaster_of(data: Path) -> int | None:
    """The pid of the PostgreSQL server on a data folder, if one lives."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if alive(pid) else None


def using(folder: Path) -> list[psutil.Process]:
    """Every live process that names the folder in its command or works in it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            named = any(str(folder) in word for word in process.cmdline())
            if named or Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


class Process:
    """A process whose output goes to a file, in a session of its own so that signals reach only it."""

    def __init__(self, command: list[str], *, environ: Mapping[str, str], output: Path) -> None:
        self.output = output
        with output.open("wb") as stream:
            self._popen = subprocess.Popen(
                command,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def running(self) -> bool:
        return self._popen.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def ended(self, *, patience_s: float = PATIENCE_S) -> int:
        """The exit code, once there is one (negative: the signal it died of)."""
        return self._popen.wait(patience_s)

    def says(self, text: str, *, patience_s: float = PATIENCE_S) -> None:
        """Wait until the output holds the text; fails at once when the process ends without it."""

        def said() -> bool:
            assert text in self.said or self.running(), f"ended without saying {text!r}:\n{self.said}"
            return text in self.said

        until(f"output says {text!r}", said, patience_s=patience_s)

    def end(self) -> None:
        """Kill it and everything in its session, if it still runs."""
        if self.running():
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(PATIENCE_S)
