"""The PostgreSQL that comes with Caudal: one server per home, from its first user to its last.

`Embedded.use()` starts the server or joins it, and holds a shared file lock for the life of the process. The
kernel drops the lock however the process ends, so no list of users can be left wrong by a `kill -9`.
A keeper (one sleeping Python) waits for the exclusive lock: when the last user has gone, it stops the server.
If the keeper is killed too, the server stays, and the next `use()` joins it.
"""

from caudal.common.embedded.errors import DatabaseAway, HomeUnusable, OtherMajorFound, ServerToolFailed
from caudal.common.embedded.places import MAJOR, Places, tool
from caudal.common.embedded.server import Embedded

__all__ = [
    "MAJOR",
    "DatabaseAway",
    "Embedded",
    "HomeUnusable",
    "OtherMajorFound",
    "Places",
    "ServerToolFailed",
    "tool",
]
