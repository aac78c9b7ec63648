"""The `caudal` command: finds the module, gives it a database, and turns its end into an exit code.

A command is a module `caudal/jobs/commands/<name>.py` with `HELP`, `add_arguments(parser)` and
`run(args) -> int`; one that needs no database says `NEEDS_DATABASE = False`.
"""

import argparse
import importlib
import os
import smtplib
import sys
from collections.abc import Sequence
from importlib.metadata import version
from textwrap import fill
from types import ModuleType
from typing import Final

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.utils.translation import gettext_lazy as _

from caudal.common import database
from caudal.common.embedded import DatabaseAway
from caudal.common.errors import DomainError
from caudal.jobs.console import EXIT_CODES, Exit, complain

# Name of the command → name of its module ("import" is a word of Python's own).
COMMANDS: Final[dict[str, str]] = {
    "init": "init",
    "demo": "demo",
    "serve": "serve",
    "work": "work",
    "import": "import_",
    "bill": "bill",
    "issue": "issue",
    "tariff": "tariff",
    "check": "check",
    "audit": "audit",
    "bench": "bench",
    "backup": "backup",
    "restore": "restore",
    "migrate": "migrate",
}
WIDTH: Final = 88
OUT_OF_DATE: Final = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)
SUMMARIES: Final = {
    "init": _("set up the organisation and its administrator"),
    "demo": _("a believable town, web and worker, until Ctrl-C"),
    "serve": _("run the web server"),
    "work": _("run the worker that takes jobs from the queue"),
    "import": _("check and apply a workbook"),
    "bill": _("rehearse a bill run"),
    "issue": _("approve and issue a rehearsed run"),
    "tariff": _("import, export and price tariffs"),
    "check": _("prove every invariant on the data"),
    "audit": _("seal and verify the history"),
    "bench": _("measure bill runs, PDFs and imports"),
    "backup": _("write a verified backup"),
    "restore": _("put a backup back"),
    "migrate": _("bring the tables up to date"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the process's exit code. `argv` without the program's name, sys.argv by default."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caudal.config.settings")
    try:
        django.setup()
    except (ImproperlyConfigured, OSError) as refusal:  # an unreadable home, a DATABASE_URL that is none
        complain(f"caudal: {refusal}")
        return Exit.REFUSED
    chosen = _program().parse_args(argv)
    module = importlib.import_module(f"caudal.jobs.commands.{COMMANDS[chosen.command]}")
    args = _parser_of(chosen.command, module).parse_args(chosen.arguments)
    return guarded(module, args)


def _program() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{width}}  {SUMMARIES[name]}" for name in COMMANDS)
    closing = f"{_('`caudal COMMAND --help` explains a command.')}\n{fill(str(EXIT_CODES), WIDTH)}"
    parser = argparse.ArgumentParser(
        prog="caudal",
        description=str(_("Billing for water utilities, community water boards and municipalities.")),
        epilog=f"{listed}\n\n{closing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"caudal {version('caudal')}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=str(_("one of those below")))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _parser_of(name: str, module: ModuleType) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"caudal {name}",
        description=fill(str(module.HELP), WIDTH),
        epilog=fill(str(EXIT_CODES), WIDTH),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return parser


def guarded(module: ModuleType, args: argparse.Namespace) -> int:
    """Run the command; what it raises becomes a message on standard error and a documented exit code."""
    try:
        if getattr(module, "NEEDS_DATABASE", True):
            database.connect_or_start()
        return int(module.run(args))
    except KeyboardInterrupt:
        complain(_("Interrupted."))
        return Exit.INTERRUPTED
    except DomainError as refusal:
        complain(refusal)
        return Exit.AWAY if isinstance(refusal, DatabaseAway) else Exit.REFUSED
    except (OperationalError, InterfaceError, psycopg.OperationalError) as failure:
        complain(DatabaseAway(reason=str(failure).strip()))
        return Exit.AWAY
    except smtplib.SMTPException as failure:
        complain(_("The mail server does not take mail: %(reason)s") % {"reason": failure})
        return Exit.AWAY
    except ProgrammingError as failure:
        if not isinstance(failure.__cause__, OUT_OF_DATE):
            raise
        complain(_("The tables are missing or out of date. Run: caudal migrate"))
        return Exit.REFUSED


if __name__ == "__main__":
    sys.exit(main())
