"""`caudal audit`: seal the history, and prove that nobody changed it."""

import argparse
from collections.abc import Iterator
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from caudal.common import clock
from caudal.common.models import AuditSeal
from caudal.common.sealing import seal_history
from caudal.common.signing import NotAPdf, make_test_certificate, signatures
from caudal.common.sql import load
from caudal.documents.operations import seal_folder, write_day_seal
from caudal.documents.printing.seals import digest_in, kept_seals, seal_of
from caudal.jobs.console import Exit, complain, print_json
from caudal.registry.context import activate_town_timezone, current_town

HELP: Final = _("Seal the history and verify its chain of seals. The worker seals by itself, each minute.")
# What was found, in words.
FINDINGS: Final = {
    "was changed": _("was changed"),
    "is missing": _("is missing"),
    "is not sealed": _("is not sealed"),
    "was added afterwards": _("was added afterwards"),
    "does not follow the seal before it": _("does not follow the seal before it"),
    "names a seal that is not in the chain": _("names a seal that is not in the chain"),
}
LOGS: Final = {
    "record": _("record"),
    "row": _("change of a row"),
    "seal": _("seal"),
    "paper": _("daily seal"),
}
SHOWN: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    told = {
        "verify": _("recompute the whole chain; ends with 1 and names the first broken record"),
        "seal": _("seal what is not sealed yet, however old, and write the daily seal"),
        "test-certificate": _("make a self-signed certificate to try signing with"),
    }
    for name, words in told.items():
        action = actions.add_parser(name, help=str(words))
        action.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    activate_town_timezone()
    return {"verify": _verify, "seal": _seal, "test-certificate": _test_certificate}[args.action](args)


def _verify(args: argparse.Namespace) -> int:
    with connection.cursor() as cursor:
        cursor.execute(load("jobs/check_seals"))
        broken = [(str(subject), str(detail)) for subject, detail in cursor.fetchmany(SHOWN)]
    broken += _broken_papers()
    seals = AuditSeal.objects.count()
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


def _broken_papers() -> Iterator[tuple[str, str]]:
    """Daily seals that are not as they were signed, or that name a seal which the chain no longer has.

    They find what the chain cannot: a past that was rewritten from some point to its end, or an end that is gone.
    """
    chain = {seal: bytes(digest).hex() for seal, digest in AuditSeal.objects.values_list("pk", "digest")}
    known = set(chain.values())
    for paper in kept_seals(seal_folder()):
        try:
            signed = signatures(paper.read_bytes())
        except NotAPdf:
            yield f"paper {paper.name}", "was changed"
            continue
        if not all(signature.intact for signature in signed):
            yield f"paper {paper.name}", "was changed"
        elif seal_of(paper) not in chain or any(digest_in(s.reason) not in known for s in signed):
            yield f"paper {paper.name}", "names a seal that is not in the chain"


def _seal(args: argparse.Namespace) -> int:
    made = seal_history(everything=True)
    paper = write_day_seal(at=clock.now())
    if args.json:
        print_json({"seals": made, "paper": paper})
    else:
        print(_("%(seals)s seals made.") % {"seals": made})
    return Exit.OK


def _test_certificate(args: argparse.Namespace) -> int:
    path = make_test_certificate(name=current_town().name, at=clock.now())
    if args.json:
        print_json({"path": path})
    else:
        print(_("%(path)s signs from now on, for trying only: nobody else trusts it.") % {"path": path})
    return Exit.OK
