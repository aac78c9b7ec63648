"""`caudal work`: the worker that takes jobs from the queue."""

import argparse
import asyncio
import logging
from typing import Final

from django.utils.translation import gettext_lazy as _
from procrastinate.exceptions import ConnectorException

from caudal.common import database
from caudal.jobs.commands.migrate import require_current_tables
from caudal.jobs.console import Exit
from caudal.jobs.worker import Worker

HELP: Final = _(
    "Take jobs from the queue until Ctrl-C or SIGTERM; the job at hand is finished first. Any number of "
    "workers, on any number of machines, share one queue."
)
DEFAULT_CONCURRENCY: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--concurrency", type=int, default=DEFAULT_CONCURRENCY, help=str(_("jobs at a time (%(default)s)"))
    )
    parser.add_argument("--queues", default="", help=str(_("only these queues, separated by commas (all)")))
    parser.add_argument("--quiet", action="store_true", help=str(_("say only what goes wrong")))
    parser.add_argument("--until-empty", action="store_true", help=str(_("end when no job is left")))


def run(args: argparse.Namespace) -> int:
    require_current_tables()
    database.keep_running()
    logging.getLogger("procrastinate").setLevel(logging.WARNING if args.quiet else logging.INFO)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_trace_of_a_lost_database)
    worker = Worker(
        concurrency=args.concurrency,
        queues=tuple(name for name in args.queues.split(",") if name),
        until_empty=args.until_empty,
    )
    asyncio.run(worker.run())
    return Exit.OK


def _without_trace_of_a_lost_database(record: logging.LogRecord) -> bool:
    """One line tells that the database is away; fifty lines of stack, several times over, hide it."""
    if record.exc_info and isinstance(record.exc_info[1], ConnectorException):
        record.exc_info = record.exc_text = None
    return True
