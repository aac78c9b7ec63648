"""The `caudal` command as an operator meets it: help, refusals, exit codes."""

import argparse
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from caudal.common.errors import DomainError
from caudal.jobs import cli
from caudal.jobs.console import Exit
from tests.support.processes import Process, postmaster_of, until

Start = Callable[..., Process]
PASSWORD = "una-clave-muy-larga"


class Refusal(DomainError):
    code = "refusal"
    template = "No se puede."


def run(start: Start, *words: str, environ: dict[str, str]) -> tuple[int, str]:
    """Exit code and output of `caudal …`."""
    process = start(*words, environ=environ)
    return process.ended(), process.said


def founded(start: Start, home: Path, environ: dict[str, str]) -> dict[str, str]:
    """The environment of an installation set up in the home."""
    own = environ | {"CAUDAL_HOME": str(home), "CAUDAL_ADMIN_PASSWORD": PASSWORD}
    words = ("init", "--preset", "community-board", "--name", "Junta de Agua El Zapote", "--admin", "rosa")
    assert run(start, *words, environ=own)[0] == Exit.OK
    return own


def command(behaviour: Callable[[], int]) -> ModuleType:
    """A command that only does this."""
    module = ModuleType("command")
    module.__dict__.update(NEEDS_DATABASE=False, run=lambda _args: behaviour())
    return module


def raising(error: BaseException) -> Callable[[], int]:
    def behaviour() -> int:
        raise error

    return behaviour


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    assert end.value.code == Exit.OK
    said = capsys.readouterr().out
    assert f"caudal {name}" in said
    assert "130" in said, "its exit codes are told"
    module = importlib.import_module(f"caudal.jobs.commands.{cli.COMMANDS[name]}")
    assert module.__doc__


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert [name for name in cli.COMMANDS if f"\n  {name} " not in said] == []


def test_help_starts_no_server(start: Start, home: Path, environ: dict[str, str]) -> None:
    code, _said = run(start, "migrate", "--help", environ=environ | {"CAUDAL_HOME": str(home)})
    assert code == Exit.OK
    assert not (home / "pg18").exists()


@pytest.mark.parametrize("words", [[], ["facturar"], ["bill", "--date", "mañana"], ["serve", "--port", "x"]])
def test_wrong_usage_is_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == Exit.REFUSED


def test_a_date_that_is_none_is_refused_in_spanish(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["bill", "--date", "2016-13-45"])
    assert "2016-13-45 no es una fecha" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("behaviour", "code", "told"),
    [
        (lambda: 0, Exit.OK, ""),
        (lambda: 1, Exit.FOUND, ""),
        (raising(Refusal()), Exit.REFUSED, "No se puede."),
        (raising(psycopg.OperationalError("se fue")), Exit.AWAY, "se fue"),
        (raising(KeyboardInterrupt()), Exit.INTERRUPTED, ""),
    ],
    ids=["done", "found", "refused", "away", "interrupted"],
)
def test_how_a_command_ends_is_its_exit_code(
    behaviour: Callable[[], int], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.guarded(command(behaviour), argparse.Namespace()) == code
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.out == ""


def test_a_mistake_of_ours_is_not_dressed_as_a_refusal() -> None:
    with pytest.raises(ZeroDivisionError):
        cli.guarded(command(lambda: 1 // 0), argparse.Namespace())


def test_an_external_database_that_is_away_is_3_and_its_password_stays_secret(
    start: Start, environ: dict[str, str], tmp_path: Path
) -> None:
    url = "postgresql://caudal:muy-secreta@127.0.0.1:1/caudal"
    own = environ | {"DATABASE_URL": url, "CAUDAL_HOME": str(tmp_path)}
    code, said = run(start, "migrate", environ=own)
    assert code == Exit.AWAY
    assert "127.0.0.1" in said
    assert "muy-secreta" not in said
    assert "Traceback" not in said


def test_a_database_address_that_is_none_is_refused(
    start: Start, environ: dict[str, str], tmp_path: Path
) -> None:
    own = environ | {"DATABASE_URL": "mysql://u:muy-secreta@h/x", "CAUDAL_HOME": str(tmp_path)}
    code, said = run(start, "migrate", environ=own)
    assert code == Exit.REFUSED
    assert "DATABASE_URL" in said
    assert "muy-secreta" not in said


def test_a_home_of_another_postgresql_is_3_and_says_what_to_do(
    start: Start, home: Path, environ: dict[str, str]
) -> None:
    (home / "pg16").mkdir()
    (home / "pg16" / "PG_VERSION").write_text("16\n")
    code, said = run(start, "migrate", environ=environ | {"CAUDAL_HOME": str(home)})
    assert code == Exit.AWAY
    assert str(home / "pg16") in said


def test_the_worker_does_not_start_on_missing_tables(
    start: Start, home: Path, environ: dict[str, str]
) -> None:
    code, said = run(start, "work", environ=environ | {"CAUDAL_HOME": str(home)})
    assert (code, "caudal migrate" in said) == (Exit.REFUSED, True)


def test_neither_web_nor_worker_starts_on_tables_of_another_version(
    start: Start, same_database: dict[str, str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'documents'")
    for name in ("serve", "work"):
        code, said = run(start, name, environ=same_database)
        assert (code, "caudal migrate" in said) == (Exit.REFUSED, True)
    call_command("migrate", "documents", fake=True, verbosity=0)


def test_an_installation_is_set_up_once_by_one_command(
    start: Start, home: Path, environ: dict[str, str]
) -> None:
    own = founded(start, home, environ)
    until("the command left no server behind", lambda: postmaster_of(home / "pg18") is None)
    code, said = run(
        start, "init", "--preset", "municipality", "--name", "Otra", "--admin", "eva", environ=own
    )
    assert code == Exit.REFUSED
    assert "Junta de Agua El Zapote" in said
    code, said = run(start, "migrate", "--check", "--json", environ=own)
    assert (code, json.loads(said)) == (Exit.OK, {"pending": []})


def test_what_init_is_not_told_it_names(start: Start, home: Path, environ: dict[str, str]) -> None:
    code, said = run(start, "init", "--name", "Junta", environ=environ | {"CAUDAL_HOME": str(home)})
    assert code == Exit.REFUSED
    for option in ("--preset", "--admin", "CAUDAL_ADMIN_PASSWORD"):
        assert option in said


def test_a_taken_port_is_refused_by_name(
    start: Start, same_database: dict[str, str], live_server: object
) -> None:
    port = str(live_server).rpartition(":")[2]
    code, said = run(start, "serve", "--port", port, environ=same_database)
    assert code == Exit.REFUSED
    assert f"127.0.0.1:{port}" in said
