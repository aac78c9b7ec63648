"""Start, join and leave the embedded server."""

import fcntl
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from caudal.common.embedded import locks
from caudal.common.embedded.cluster import Cluster, Setting
from caudal.common.embedded.errors import HomeUnusable
from caudal.common.embedded.places import Places

SUPERUSER: Final = "postgres"
PORT: Final = 5432
# Who asks whether a lock is held takes it for an instant: look more than once before believing in others.
LOOKS_THAT_PROVE_OTHERS: Final = 5


class Embedded:
    """The server of one home, as this process sees it."""

    def __init__(self, home: Path, settings: Mapping[str, Setting] | None = None) -> None:
        """`settings` are added to the server's configuration when this process is the one that starts it."""
        self.places = Places(home.expanduser().resolve())
        self._cluster = Cluster(self.places, settings or {})
        self._share: int | None = None

    @property
    def host(self) -> str:
        """The folder of the server's socket: what a connection takes as its host. Needs no running server."""
        return str(self.places.socket_dir)

    def use(self) -> bool:
        """Start the server, or join it, and keep it running as long as this process lives.

        Safe to call again and again, from any thread: it starts the server anew after a crash.
        True when the server had to be started. Raises a DatabaseAway that says what to do.
        """
        places = self.places
        try:
            places.home.mkdir(parents=True, exist_ok=True)
            places.check()
            with locks.one_starter(places):
                if self._share is None:
                    self._share = locks.share_use(places)  # waits while a keeper is stopping the server
                started = not self._cluster.is_alive()
                if started:
                    self._cluster.create()
                    self._cluster.start()
                locks.ensure_keeper(places)
        except (OSError, subprocess.CalledProcessError) as refusal:
            raise HomeUnusable(home=places.home, reason=refusal) from refusal
        return started

    def leave(self, *, patience_s: float = 60.0) -> bool:
        """Give the server up and wait until it is down (True) or others turn out to use it (False).

        Only needed to wait: the end of the process gives it up as well.
        """
        if self._share is None:
            return False
        locks.ensure_keeper(self.places)  # it may have been killed
        os.close(self._share)
        self._share = None
        seen_others = 0
        deadline = time.monotonic() + patience_s
        while locks.is_held(self.places, locks.KEEPER, against=fcntl.LOCK_EX):
            others = not locks.is_held(self.places, locks.USERS, against=fcntl.LOCK_SH)
            seen_others = seen_others + 1 if others else 0
            if seen_others >= LOOKS_THAT_PROVE_OTHERS or time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True
