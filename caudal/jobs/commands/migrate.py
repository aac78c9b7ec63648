"""`caudal migrate`: bring the tables up to date."""

import argparse
from typing import Final

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext_lazy as _

from caudal.common.actor import SYSTEM
from caudal.common.errors import DomainError
from caudal.common.models import AuditSeal
from caudal.common.sealing import explain_changes, seal_history
from caudal.jobs.console import Exit, print_json

HELP: Final = _("Bring the tables of the database up to date with this version. Safe to run again.")


class TablesOutOfDate(DomainError):
    """Web or worker was asked to start on tables of another version. Facts: `pending`."""

    code = "tables_out_of_date"
    template = _("The tables are missing or out of date (%(pending)s migrations). Run: caudal migrate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help=str(_("change nothing; 1 if there is something to do"))
    )
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    waiting = pending()
    if not args.check:
        migrate(verbosity=0 if args.json else 1)
    if args.json:
        print_json({"applied" if not args.check else "pending": waiting})
    elif args.check:
        print("\n".join(waiting))
    return Exit.FOUND if args.check and waiting else Exit.OK


def migrate(*, verbosity: int) -> None:
    """Apply every migration. `verbosity` as Django's: 0 is silent. What they change in rows is told as theirs."""
    if AuditSeal._meta.db_table in connection.introspection.table_names():
        seal_history()
    call_command("migrate", verbosity=verbosity, interactive=False)
    call_command("createcachetable", verbosity=0)
    explain_changes(kind="history.migrate", label=SYSTEM.label)


def pending() -> list[str]:
    """The migrations that this version has and the database has not, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def tables_are_empty() -> bool:
    """Whether no migration was ever applied: a database that nobody has used yet."""
    return not MigrationRecorder(connection).applied_migrations()


def require_current_tables() -> None:
    """Raise TablesOutOfDate when migrations are pending."""
    if waiting := pending():
        raise TablesOutOfDate(pending=len(waiting))
