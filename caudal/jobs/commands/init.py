"""`caudal init`: set up the organisation and its administrator."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.errors import DomainError
from caudal.jobs.commands.migrate import migrate
from caudal.jobs.console import Exit, complain, print_json
from caudal.registry.models import Organisation
from caudal.registry.operations import AlreadyFounded
from caudal.workflows.founding import PRESETS, AdministratorData, NewTown, set_up, town_formats

HELP: Final = _(
    "Set up an empty installation: tables, organisation, services of its kind, and an administrator. What "
    "is not given is asked for on a terminal. Refused where an organisation is set up already."
)
PASSWORD_VARIABLE: Final = "CAUDAL_ADMIN_PASSWORD"


class Unanswered(DomainError):
    """Something is missing and nobody is there to be asked. Facts: `options`."""

    code = "unanswered"
    template = _("Missing: %(options)s. Give them, or run the command on a terminal.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--preset", choices=PRESETS, help=str(_("kind of organisation (asked)")))
    add("--name", help=str(_("name of the organisation, as on its bills")))
    add("--identification", default="", help=str(_("its tax identification")))
    add("--locale", help=str(_("language and country, such as es-CR (the preset's)")))
    add("--currency", help=str(_("such as CRC (the country's)")))
    add("--timezone", help=str(_("such as America/Costa_Rica (the country's first)")))
    add("--email", default="", help=str(_("where customers write to")))
    add("--logo", type=Path, help=str(_("SVG, PNG or JPEG")))
    add("--admin", metavar="USERNAME", help=str(_("user name of the administrator")))
    add("--admin-name", help=str(_("his or her name (the user name)")))
    add("--admin-email", default="", help=str(_("his or her mail")))
    add("--json", action="store_true", help=str(_("answer in JSON")))
    parser.epilog = f"{_('The password is asked for, or read from CAUDAL_ADMIN_PASSWORD.')}\n{parser.epilog}"


def run(args: argparse.Namespace) -> int:
    migrate(verbosity=0)
    if present := Organisation.objects.first():
        raise AlreadyFounded(name=present.name)
    _ask_for_what_is_missing(args)
    organisation, administrator = set_up(
        _town(args), administrator=_administrator(args), on=clock.today(), by=SYSTEM
    )
    if args.json:
        print_json({"organisation": organisation.name, "administrator": administrator.username})
    else:
        print(
            _("%(name)s is set up. Start it with `caudal serve` and `caudal work`, and sign in as %(user)s.")
            % {"name": organisation.name, "user": administrator.username}
        )
    return Exit.OK


def _ask_for_what_is_missing(args: argparse.Namespace) -> None:
    """Fill the arguments in from the terminal. Raises Unanswered where there is none."""
    args.password = os.environ.get(PASSWORD_VARIABLE, "")
    questions: dict[str, tuple[object, Callable[[str], str]]] = {
        "preset": (_("Kind (%(kinds)s)") % {"kinds": ", ".join(PRESETS)}, input),
        "name": (_("Name of the organisation"), input),
        "admin": (_("User name of the administrator"), input),
        "password": (_("Password, 12 characters or more"), getpass.getpass),
    }
    missing = [name for name in questions if not getattr(args, name)]
    if missing and not sys.stdin.isatty():
        options = [PASSWORD_VARIABLE if name == "password" else f"--{name}" for name in missing]
        raise Unanswered(options=", ".join(options))
    for name in missing:
        question, ask = questions[name]
        while not (answer := ask(f"{question}: ").strip()) or (name == "preset" and answer not in PRESETS):
            complain(_("Please answer."))
        setattr(args, name, answer)


def _town(args: argparse.Namespace) -> NewTown:
    return NewTown(
        kind=args.preset,
        name=args.name,
        locale=args.locale or "",
        currency=args.currency or "",
        timezone=args.timezone or "",
        identification=args.identification,
        email=args.email,
        logo_svg=town_formats.logo_svg(args.logo) if args.logo else "",
    )


def _administrator(args: argparse.Namespace) -> AdministratorData:
    return AdministratorData(
        username=args.admin,
        name=args.admin_name or args.admin,
        email=args.admin_email,
        password=args.password,
    )
