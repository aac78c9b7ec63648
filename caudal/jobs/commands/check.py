"""`caudal check`: prove every invariant on the data; with --deploy, that the installation is safe to face the world."""

import argparse
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.jobs.console import Exit, complain, print_json
from caudal.jobs.deployment import findings
from caudal.jobs.invariants import INVARIANTS, check

HELP: Final = _(
    "Prove every invariant on the data: money, numbers, readings, runs. Ends with 1 when one is broken. "
    "With --deploy: look for what is unsafe in the settings instead."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--deploy", action="store_true", help=str(_("complain about an unsafe configuration"))
    )
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    return _deployment(args) if args.deploy else _invariants(args)


def _invariants(args: argparse.Namespace) -> int:
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


def _deployment(args: argparse.Namespace) -> int:
    found = list(findings())
    if args.json:
        print_json({"findings": found})
    elif found:
        for each in found:
            complain(f"{each.code}: {each.says}")
    else:
        print(_("Nothing unsafe was found."))
    return Exit.FOUND if found else Exit.OK
