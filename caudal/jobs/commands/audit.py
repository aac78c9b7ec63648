"""`caudal audit`: seal the history, and prove that nobody changed it."""

import argparse
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from caudal.common.sealing import seal_history
from caudal.common.sql import load
from caudal.jobs.console import Exit, complain, print_json

HELP: Final = _("Seal the history and verify its chain of seals. The worker seals by itself, each minute.")
# What the statement found, in words.
FINDINGS: Final = {
    "was changed": _("was changed"),
    "is missing": _("is missing"),
    "is not sealed": _("is not sealed"),
    "was added afterwards": _("was added afterwards"),
    "does not follow the seal before it": _("does not follow the seal before it"),
}
LOGS: Final = {"record": _("record"), "row": _("change of a row"), "seal": _("seal")}
SHOWN: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    verify = actions.add_parser(
        "verify",
        help=str(_("recompute the whole chain; ends with 1 and names the first broken record")),
    )
    seal = actions.add_parser("seal", help=str(_("seal what is not sealed yet, however old")))
    for action in (verify, seal):
        action.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    return {"verify": _verify, "seal": _seal}[args.action](args)


def _verify(args: argparse.Namespace) -> int:
    with connection.cursor() as cursor:
        cursor.execute(load("jobs/check_seals"))
        broken = [(str(subject), str(detail)) for subject, detail in cursor.fetchmany(SHOWN)]
        cursor.execute("SELECT count(*) FROM common_auditseal")
        seals = int(cursor.fetchone()[0])
    if args.json:
        print_json({"seals": seals, "broken": [{"subject": s, "detail": d} for s, d in broken]})
        return Exit.FOUND if broken else Exit.OK
    for subject, detail in broken:
        log, _blank, number = subject.partition(" ")
        complain(f"{LOGS[log]} {number} {FINDINGS[detail]}")
    if broken:
        complain(_("The history was tampered with; the first broken place is named first."))
        return Exit.FOUND
    print(_("%(seals)s seals: the history is whole.") % {"seals": seals})
    return Exit.OK


def _seal(args: argparse.Namespace) -> int:
    made = seal_history(everything=True)
    if args.json:
        print_json({"seals": made})
    else:
        print(_("%(seals)s seals made.") % {"seals": made})
    return Exit.OK
