"""`caudal issue`: approve a rehearsed run and issue it."""

import argparse
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.billing.models import BillRun
from caudal.billing.operations.runs import UnknownRun
from caudal.billing.queries.runs import exception_rows, exceptions_of, progress_of
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.jobs.console import Exit, Progress, iso_day, print_json
from caudal.workflows import billing_run

HELP: Final = _(
    "Approve a rehearsed bill run and issue it here and now. Interrupted or killed, it goes on where it stopped "
    "when it is called again; an issued run is left as it is."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=int, help=str(_("number of the run, as `caudal bill` says it")))
    parser.add_argument("--on", type=iso_day, help=str(_("date of issue, YYYY-MM-DD; today by default")))
    parser.add_argument("--retry", action="store_true", help=str(_("bill what an issued run retained")))
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    found = BillRun.objects.filter(pk=args.run).first()
    if found is None:
        raise UnknownRun(run=args.run)
    if args.retry:
        billing_run.retry_retained(run_id=found.pk, by=SYSTEM)
    elif found.state not in ("issuing", "issued"):
        issued_on = args.on or clock.today()
        billing_run.approve(run_id=found.pk, issued_on=issued_on, at=clock.now(), by=SYSTEM)
    issued = billing_run.issue_run(run_id=found.pk, clock=clock.now, progress=Progress(_("Issuing")).step)
    so_far = progress_of(issued)
    if args.json:
        print_json(
            {
                "run": issued.pk,
                "state": issued.state,
                "invoices": so_far.invoices,
                "total": so_far.total,
                "exceptions": list(exception_rows(exceptions_of(issued))),
            }
        )
    else:
        print(
            _("Run %(run)s: %(invoices)s invoices issued, %(total)s.")
            % {"run": issued.pk, "invoices": so_far.invoices, "total": so_far.total}
        )
    return Exit.OK
