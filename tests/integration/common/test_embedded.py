"""One embedded server per home, from its first user to its last, however they end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from caudal.common.embedded import Embedded, HomeUnusable, OtherMajorFound, ServerToolFailed
from caudal.common.embedded.locks import KEEPER_PROGRAM
from tests.support.processes import Process, alive, postmaster_of, until

Start = Callable[..., Process]

USER = """
import signal, sys
from pathlib import Path
from caudal.common.embedded import Embedded
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits that it is ignored
server = Embedded(Path(sys.argv[1]))
print("started" if server.use() else "joined", flush=True)
signal.pause()
"""
as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another account")


def connect(home: Path, *, dbname: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(host=Embedded(home).host, user="postgres", dbname=dbname, autocommit=True)


def postmaster(home: Path) -> int | None:
    return postmaster_of(home / "pg18")


def running_postmaster(home: Path) -> int:
    pid = postmaster(home)
    assert pid, "no server runs"
    return pid


def is_down(home: Path) -> bool:
    return postmaster(home) is None and not (home / "pg18" / "postmaster.pid").exists()


def keepers(home: Path) -> list[int]:
    pid_file = str(home / "pg18" / "postmaster.pid")
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if KEEPER_PROGRAM in command and pid_file in command and alive(process.pid):
            found.append(process.pid)
    return found


def user(start: Start, environ: dict[str, str], home: Path) -> Process:
    """A process that uses the server and then waits for a signal."""
    process = start("-c", USER, str(home), program=sys.executable, environ=environ)
    until("it uses the server", lambda: process.said.strip() or not process.running())
    assert process.running(), process.said
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_server_ends_in_order_when_its_only_user_ends(
    number: signal.Signals, start: Start, environ: dict[str, str], home: Path
) -> None:
    only = user(start, environ, home)
    assert postmaster(home)
    only.send(number)
    only.ended()
    until("the server is down", lambda: is_down(home))
    until("it ended in order", lambda: "database system is shut down" in (home / "postgres.log").read_text())
    until("its keeper has gone too", lambda: not keepers(home))


def test_the_server_outlives_one_of_two_users(start: Start, environ: dict[str, str], home: Path) -> None:
    first, second = user(start, environ, home), user(start, environ, home)
    assert (first.said.strip(), second.said.strip()) == ("started", "joined")
    server = running_postmaster(home)
    first.send(signal.SIGKILL)
    first.ended()
    with connect(home) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert postmaster(home) == server
    second.send(signal.SIGKILL)
    second.ended()
    until("the server is down", lambda: is_down(home))


def test_a_server_whose_keeper_was_killed_stays_and_is_stopped_by_its_next_user(
    start: Start, environ: dict[str, str], home: Path
) -> None:
    first = user(start, environ, home)
    server = running_postmaster(home)
    for pid in keepers(home):
        os.kill(pid, signal.SIGKILL)
    until("the keeper is dead", lambda: not keepers(home))
    first.send(signal.SIGKILL)
    first.ended()
    second = user(start, environ, home)
    assert second.said.strip() == "joined"
    assert postmaster(home) == server
    second.send(signal.SIGTERM)
    second.ended()
    until("the server is down", lambda: is_down(home))


def test_a_killed_server_is_started_again_with_what_was_committed(home: Path) -> None:
    server = Embedded(home)
    assert server.use()
    with connect(home) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(running_postmaster(home), signal.SIGKILL)
    until("it is dead", lambda: postmaster(home) is None)
    assert server.use(), "it had to be started again"
    assert not server.use(), "and now it runs"
    with connect(home) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert server.leave()


def test_a_home_whose_processes_were_all_killed_starts_again(
    start: Start, environ: dict[str, str], home: Path
) -> None:
    first = user(start, environ, home)
    dead = running_postmaster(home)
    for pid in (*keepers(home), dead, first.pid):
        os.kill(pid, signal.SIGKILL)
    second = user(start, environ, home)
    assert second.said.strip() == "started"
    assert postmaster(home) not in (None, dead)


@pytest.mark.parametrize("content", ["", "not a number\n", "{dead}\n{data}\n", "{stranger}\n{data}\n"])
def test_the_pid_file_of_a_dead_server_hinders_nobody_and_harms_no_stranger(content: str, home: Path) -> None:
    server = Embedded(home)
    server.use()
    data, account = home / "pg18", server.places.owner
    assert server.leave()
    gone = subprocess.Popen(["true"])
    gone.wait()
    same_user = account.uid if os.geteuid() == 0 else None
    stranger = subprocess.Popen(["sleep", "600"], user=same_user)
    text = content.format(dead=gone.pid, stranger=stranger.pid, data=data)
    for file in (data / "postmaster.pid", Path(server.host, ".s.PGSQL.5432.lock")):
        file.write_text(text)
        os.chown(file, account.uid, account.gid)
    assert server.use()
    assert server.leave()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize(
    "name", ["Año de José", "it's a home", "a,b", "x" * 120], ids=["spaces-accents", "quote", "comma", "long"]
)
def test_any_ordinary_folder_name_will_do(name: str, home: Path) -> None:
    place = home / name
    server = Embedded(place)
    assert server.use()
    with connect(place) as connection:
        assert connection.execute("SELECT lower('ÁÑ')").fetchone() == ("áñ",)
    mode = Path(server.host).stat().st_mode & 0o777
    assert mode == 0o700, "only the server's account and root may reach a server without passwords"
    assert server.leave()
    if not Path(server.host).is_relative_to(place):
        shutil.rmtree(server.host)


def test_a_path_that_the_shell_would_read_is_refused(home: Path) -> None:
    with pytest.raises(HomeUnusable) as refusal:
        Embedded(home / "$(touch harm)").use()
    assert "$(touch harm)" in str(refusal.value)


def test_many_that_come_to_an_empty_home_at_once_share_one_server(
    start: Start, environ: dict[str, str], home: Path
) -> None:
    crowd = [start("-c", USER, str(home), program=sys.executable, environ=environ) for _ in range(6)]
    until("all use it", lambda: all(member.said.strip() for member in crowd))
    assert sorted(member.said.strip() for member in crowd) == ["joined"] * 5 + ["started"]
    for member in crowd:
        member.send(signal.SIGKILL)
    until("the server is down", lambda: is_down(home))


def test_two_homes_have_two_servers(home: Path) -> None:
    one, other = Embedded(home / "one"), Embedded(home / "other")
    one.use()
    other.use()
    assert running_postmaster(home / "one") != running_postmaster(home / "other")
    assert one.leave()
    assert postmaster(home / "other")
    assert other.leave()


@pytest.mark.parametrize(("folder", "version"), [("pg16", "16"), ("pg19", "19"), ("pg18", "17")])
def test_a_home_of_another_postgresql_is_refused_untouched(folder: str, version: str, home: Path) -> None:
    old = home / folder
    old.mkdir()
    (old / "PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(OtherMajorFound) as refusal:
        Embedded(home).use()
    assert refusal.value.facts == {"path": old, "found": version, "expected": 18}
    assert [path.name for path in home.iterdir()] == [folder]
    assert [path.name for path in old.iterdir()] == ["PG_VERSION"]


def test_a_cluster_whose_making_was_killed_is_made_anew(home: Path) -> None:
    half = home / "pg18.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = Embedded(home)
    assert server.use()
    assert not half.exists()
    assert server.leave()


def test_leave_does_not_wait_for_a_server_that_others_use(
    start: Start, environ: dict[str, str], home: Path
) -> None:
    other = user(start, environ, home)
    server = Embedded(home)
    server.use()
    assert not server.leave()
    assert postmaster(home)
    other.send(signal.SIGTERM)


def test_a_hostile_environment_changes_nothing(start: Start, environ: dict[str, str], home: Path) -> None:
    hostile = {
        "PGPORT": "1",
        "PGDATA": "/nowhere",
        "PGOPTIONS": "-c nix=1",
        "LC_ALL": "xx_XX.nix",
        "LANG": "nix",
    }
    process = user(start, environ | hostile, home)
    assert process.said.strip() == "started"
    with connect(home) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    server = Embedded(home, settings={"shared_buffers": "nonsense"})
    with pytest.raises(ServerToolFailed) as refusal:
        server.use()
    assert "shared_buffers" in str(refusal.value)


def test_it_listens_on_no_network(home: Path) -> None:
    server = Embedded(home)
    server.use()
    listening = psutil.Process(running_postmaster(home)).net_connections(kind="inet")
    assert [c for c in listening if c.type == socket.SOCK_STREAM] == []
    assert server.leave()


@as_root_only
def test_root_is_told_when_the_servers_account_may_not_enter_the_home(home: Path) -> None:
    home.chmod(0o700)
    with pytest.raises(HomeUnusable) as refusal:
        Embedded(home / "inside").use()
    assert str(home) in str(refusal.value)
    assert home.stat().st_mode & 0o777 == 0o700, "nothing is opened behind the owner's back"


@as_root_only
def test_the_server_never_runs_as_root(home: Path) -> None:
    server = Embedded(home)
    server.use()
    assert psutil.Process(running_postmaster(home)).uids().real != 0
    assert server.leave()
