"""`caudal restore`: put a backup back."""

import argparse
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.common.sealing import seal_history
from caudal.jobs.backups import as_answer, restore_backup, verify_backup
from caudal.jobs.commands.migrate import migrate
from caudal.jobs.console import Exit, Progress, print_json

HELP: Final = _(
    "Verify a backup and put it in the place of an empty installation: whole, or not at all. Stop web and "
    "worker before. A backup of an earlier version is brought up to date."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help=str(_("what `caudal backup` wrote")))
    parser.add_argument("--force", action="store_true", help=str(_("replace the data that is there")))
    parser.add_argument("--check", action="store_true", help=str(_("only verify the backup")))
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    folder = args.folder.absolute()
    if args.check:
        manifest = verify_backup(folder)
    else:
        manifest = restore_backup(folder=folder, force=args.force, step=Progress(_("Restore")).step)
        migrate(verbosity=0)
        seal_history(everything=True)  # what the backup caught between two seals is old by now
    answer = as_answer(folder, manifest)
    if args.json:
        print_json(answer | {"restored": not args.check})
    else:
        told = _("whole") if args.check else _("restored; run `caudal check` before you open the doors")
        print(
            _("%(path)s: %(rows)s rows of %(tables)s tables, %(media_files)s uploads") % answer,
            told,
            sep=", ",
        )
    return Exit.OK
