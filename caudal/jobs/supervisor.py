"""Several processes under one: their output side by side, restarted when they fall, all ended together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final

from django.utils.translation import gettext_lazy as _

from caudal.jobs.console import Exit, complain

GRACE_S: Final = 15.0
LOOK_S: Final = 0.2
TAIL_LINES: Final = 30
# A process that starts this often within the window will not come up by starting it once more.
STARTS: Final = 3
STARTS_WINDOW_S: Final = 60.0
COLOURS: Final = (36, 33, 35, 32)
# Becomes the command, once the kernel has promised (PR_SET_PDEATHSIG = 1) to end it when its supervisor is
# killed. Nothing may run between fork and exec of a process with threads: this runs between two execs.
LAUNCHER: Final = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]): sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def _ends_with_us(command: Sequence[str]) -> list[str]:
    """The command, made to end when this process is killed. Linux only; elsewhere it would linger."""
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-ISc", LAUNCHER, str(os.getpid()), *command]


class Child:
    """One supervised process, in a session of its own: Ctrl-C reaches only the supervisor, which ends it."""

    def __init__(self, name: str, command: Sequence[str], *, environ: Mapping[str, str], colour: int) -> None:
        self.name = name
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._command = command
        self._environ = environ
        self._label = f"\033[{colour}m{name:>7}\033[0m" if sys.stdout.isatty() else f"{name:>7}"
        self._starts: deque[float] = deque(maxlen=STARTS)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Only from the main thread: the child ends with the thread that started it."""
        self._starts.append(time.monotonic())
        self._process = subprocess.Popen(
            _ends_with_us(self._command),
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        threading.Thread(target=self._pass_on, args=(self._process.stdout,), daemon=True).start()

    def say(self, line: object) -> None:
        print(f"{self._label} | {line}", flush=True)

    def fell(self) -> int | None:
        """Its exit code, if it ended."""
        return self._process.poll() if self._process else None

    def falls_too_often(self) -> bool:
        """Whether another start would be one too many."""
        return len(self._starts) == STARTS and time.monotonic() - self._starts[0] < STARTS_WINDOW_S

    def send(self, number: signal.Signals) -> None:
        """Signal its whole session: processes of its own too."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def end(self, *, patience_s: float) -> None:
        """Wait for it after a SIGTERM; kill what does not end in time, and what it left behind."""
        if self._process is None:
            return
        try:
            self._process.wait(max(patience_s, LOOK_S))
        except subprocess.TimeoutExpired:
            self.say(_("does not end; killed"))
        self.send(signal.SIGKILL)
        self._process.wait()

    def _pass_on(self, stream: IO[bytes]) -> None:
        for raw in stream:
            line = raw.decode(errors="replace").rstrip()
            self.tail.append(line)
            self.say(line)


class Supervisor:
    """Runs commands until SIGINT, SIGTERM or SIGHUP, or until one of them cannot be kept up."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, environ: Mapping[str, str]) -> None:
        """`commands`, programs by full path, in the order of starting; they end in the reverse order."""
        self._children = [
            Child(name, command, environ=environ, colour=COLOURS[place % len(COLOURS)])
            for place, (name, command) in enumerate(commands.items())
        ]
        self._stop = threading.Event()

    def run(self, *, ready: Callable[[], bool], announce: Callable[[], None]) -> int:
        """Start all, `announce` once `ready` says so, and watch. The exit code for the caller."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop.set())
        failed = None
        announced = False
        try:
            for child in self._children:
                child.start()
            while failed is None and not self._stop.wait(LOOK_S):
                failed = self._revive()
                if not announced and ready():
                    announce()
                    announced = True
        finally:
            self._end()
        return self._explain(failed) if failed else Exit.OK

    def _revive(self) -> Child | None:
        """Start again what fell; the child that falls too often, if there is one."""
        for child in self._children:
            code = child.fell()
            if code is None:
                continue
            child.send(signal.SIGKILL)  # what it may have left behind
            if child.falls_too_often():
                return child
            child.say(_("ended with %(code)s; starting it again") % {"code": code})
            child.start()
        return None

    def _end(self) -> None:
        for child in reversed(self._children):
            child.send(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        for child in reversed(self._children):
            child.end(patience_s=deadline - time.monotonic())

    @staticmethod
    def _explain(failed: Child) -> int:
        said = "\n  ".join(failed.tail)
        message = _("%(name)s fell %(times)s times within a minute. Its last lines:\n  %(said)s")
        complain(message % {"name": failed.name, "times": STARTS, "said": said})
        return Exit.FOUND
