"""`caudal backup`: write a verified backup."""

import argparse
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.common import clock
from caudal.common.database import default_home
from caudal.jobs.backups import as_answer, write_backup
from caudal.jobs.console import Exit, Progress, print_json

HELP: Final = _(
    "Write database, uploads and key into a new folder, and read it back to verify it. Nothing has to be "
    "stopped. The folder holds everything personal that is known: keep it where only you can read it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help=str(_("where to (backups/ of CAUDAL_HOME, named by date and time)")),
    )
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    at = clock.now()
    folder = args.folder or default_home() / "backups" / f"caudal-{at:%Y%m%d-%H%M%S}"
    manifest = write_backup(folder=folder.absolute(), at=at, step=Progress(_("Backup")).step)
    answer = as_answer(folder, manifest)
    if args.json:
        print_json(answer)
    else:
        print(_("%(path)s: %(rows)s rows of %(tables)s tables, %(media_files)s uploads, verified") % answer)
    return Exit.OK
