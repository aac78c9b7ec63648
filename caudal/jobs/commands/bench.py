"""`caudal bench`: measure this machine, each figure beside what it is measured against."""

import argparse
import importlib
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError
from caudal.jobs.console import Exit, complain, print_json

HELP: Final = _(
    "Measure: `billing` (a bill run beside COPY of its own rows), `pdf` (bills a second beside WeasyPrint), `import` "
    "(a workbook of readings), `web` (pages of the real server beside a constant one). Databases of its own are made "
    "and dropped; the town's data is never touched."
)
DEFAULT_ACCOUNTS: Final = {"billing": 100_000, "web": 200_000}
# What a user would pick instead, and how many invoices of each tell enough.
COMPARED: Final = {"django_orm": 5_000, "tryton": 200}


class NoBenchmarks(DomainError):
    """The measurements live beside the package, in the repository, and are not installed with it."""

    code = "no_benchmarks"
    template = _("The benchmarks are not here: run this command in a checkout of the repository.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("billing", "pdf", "import", "web"), help=str(_("what to measure")))
    parser.add_argument("--accounts", type=int, help=str(_("billing, web: size of the town")))
    parser.add_argument("--seconds", type=float, default=15, help=str(_("web: how long each page is asked")))
    parser.add_argument(
        "--keep", action="store_true", help=str(_("web: keep the loaded town for the next measurement"))
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help=str(_("how often, in turn with the comparison"))
    )
    parser.add_argument(
        "--compare", action="store_true", help=str(_("billing: also beside Django's own writes and Tryton"))
    )
    parser.add_argument("--pages", type=int, default=400, help=str(_("pdf: bills to render")))
    parser.add_argument("--rows", type=int, default=200_000, help=str(_("import: readings in the workbook")))
    parser.add_argument("--json", action="store_true", help=str(_("end with one line of JSON")))


def run(args: argparse.Namespace) -> int:
    try:
        measure = importlib.import_module(f"benchmarks.{'import_' if args.what == 'import' else args.what}")
    except ModuleNotFoundError as missing:
        raise NoBenchmarks() from missing
    accounts = args.accounts or DEFAULT_ACCOUNTS.get(args.what)
    sizes = {
        "billing": {"accounts": accounts, "rounds": args.rounds},
        "pdf": {"pages": args.pages},
        "import": {"rows": args.rows},
        "web": {"accounts": accounts, "seconds": args.seconds, "keep": args.keep},
    }
    result = measure.run(**sizes[args.what], say=complain)
    if args.what == "billing" and args.compare:
        for name, invoices in COMPARED.items():
            result |= importlib.import_module(f"benchmarks.{name}").run(invoices=invoices, say=complain)
    if args.json:
        print_json(result)
    else:
        for name, value in result.items():
            print(f"{name:>16}  {value}")
    return Exit.OK
