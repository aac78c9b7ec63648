"""`caudal bill`: rehearse what falls due on a date."""

import argparse
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.billing.models import BillRun
from caudal.billing.queries.runs import exception_rows, exceptions_of
from caudal.common.actor import SYSTEM
from caudal.jobs.console import Exit, Progress, iso_day, print_json
from caudal.workflows import billing_run

HELP: Final = _(
    "Rehearse the bill run of a date: totals and exceptions are computed and stored, nothing is issued. "
    "Issue it with `caudal issue RUN`."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--date", required=True, type=iso_day, help=str(_("nominal date, YYYY-MM-DD")))
    parser.add_argument(
        "--service", action="append", default=[], help=str(_("only this service; may be repeated"))
    )
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    progress = Progress(_("Rehearsing"))
    rehearsed = billing_run.rehearse(
        dated_on=args.date, services=tuple(args.service), by=SYSTEM, progress=progress.step
    )
    if args.json:
        print_json(as_json(rehearsed))
    else:
        totals = rehearsed.totals
        print(
            _(
                "Run %(run)s of %(date)s: %(invoices)s invoices, %(total)s. Retained %(retained)s, excused %(excused)s."
            )
            % {"run": rehearsed.pk, "date": rehearsed.dated_on, **totals}
        )
    return Exit.OK


def as_json(run: BillRun) -> dict[str, object]:
    """`{"run", "invoices", "total", "exceptions": [...]}`, and the sums by service."""
    return {
        "run": run.pk,
        "state": run.state,
        "dated_on": run.dated_on,
        "expected": run.expected,
        "invoices": run.totals["invoices"],
        "total": run.totals["total"],
        "services": run.totals["services"],
        "exceptions": list(exception_rows(exceptions_of(run))),
    }
