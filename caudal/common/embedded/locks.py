"""Who uses the server, counted by the kernel: file locks that vanish with their process."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from caudal.common.embedded.places import Places

USERS: Final = "users.lock"
KEEPER: Final = "keeper.lock"
START: Final = "start.lock"

# Waits for the exclusive lock on the users' file, that is, until nobody holds a share of it; then asks for a
# fast shutdown (SIGINT). It must live apart from whoever started it, and import nothing of ours.
KEEPER_PROGRAM: Final = """
import fcntl, os, signal, sys, time
users, pid_file = int(sys.argv[1]), sys.argv[2]
fcntl.flock(users, fcntl.LOCK_EX)
try:
    os.kill(int(open(pid_file).readline()), signal.SIGINT)
    for _ in range(600):
        if not os.path.exists(pid_file): break
        time.sleep(.05)
except (OSError, ValueError): pass
"""


def open_lock(places: Places, name: str) -> int:
    """A descriptor of a lock file of the home, open to the home's owner even when root made it."""
    descriptor = os.open(places.home / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        os.fchown(descriptor, places.owner.uid, places.owner.gid)
    return descriptor


@contextmanager
def one_starter(places: Places) -> Iterator[None]:
    """Only one process or thread at a time decides whether the server must be started."""
    descriptor = open_lock(places, START)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def share_use(places: Places) -> int:
    """Count us among the users; the answer is held open as long as that shall last."""
    descriptor = open_lock(places, USERS)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def is_held(places: Places, name: str, *, against: int) -> bool:
    """Whether somebody's lock on the file stands against ours of that kind (LOCK_SH or LOCK_EX)."""
    descriptor = open_lock(places, name)
    try:
        fcntl.flock(descriptor, against | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def ensure_keeper(places: Places) -> None:
    """Start the keeper unless there is one. It inherits both descriptors, so its own lock ends with it."""
    keeper, users = open_lock(places, KEEPER), open_lock(places, USERS)
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process = subprocess.Popen(
            [sys.executable, "-ISc", KEEPER_PROGRAM, str(users), str(places.pid_file)],
            cwd="/",
            pass_fds=[keeper, users],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        process.returncode = 0  # it outlives us on purpose, and Popen would warn of that
    except BlockingIOError:
        return
    finally:
        os.close(keeper)
        os.close(users)
