"""`caudal check`: prove every invariant on the data."""

import argparse
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.jobs.console import Exit, complain, print_json
from caudal.jobs.invariants import INVARIANTS, check

HELP: Final = _(
    "Prove every invariant on the data: money, numbers, readings, runs. Ends with 1 when one is broken."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    violations = list(check())
    if args.json:
        print_json({"invariants": len(INVARIANTS), "violations": violations})
    else:
        for v in violations:
            complain(f"{v.invariant:2d} {v.says} {v.subject}: {v.detail}")
        print(
            _("%(n)s invariants checked, %(bad)s violations.")
            % {"n": len(INVARIANTS), "bad": len(violations)}
        )
    return Exit.FOUND if violations else Exit.OK
