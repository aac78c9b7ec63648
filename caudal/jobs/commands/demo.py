"""`caudal demo`: a believable town, web and worker, until Ctrl-C."""

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from caudal.common import audit, clock, database
from caudal.common.actor import SYSTEM
from caudal.common.errors import DomainError
from caudal.common.models import AuditRecord
from caudal.jobs.commands.migrate import migrate
from caudal.jobs.commands.serve import DEFAULT_PORT, require_free_port
from caudal.jobs.console import Exit, Progress
from caudal.jobs.demo_town import load_town, sign_ins
from caudal.jobs.supervisor import Supervisor
from caudal.registry.models import Organisation
from caudal.registry.operations import update_organisation

HELP: Final = _(
    "Load a believable town on the first start, run web and worker, and print where to look and how to sign "
    "in. Ctrl-C ends everything and keeps the data. PORT and CAUDAL_HOME are honoured."
)
HOST: Final = "127.0.0.1"
STARTED: Final = "demo.started"
LOADED: Final = "demo.loaded"
EMPTY_THE_DATABASE: Final = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"


class NotADemo(DomainError):
    """The home belongs to a real organisation. Facts: `name`."""

    code = "not_a_demo"
    template = _("%(name)s lives here. Give the demo a place of its own: CAUDAL_HOME=/another/folder")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT") or DEFAULT_PORT,
        help=str(_("port (PORT, else 8000)")),
    )
    parser.add_argument("--load-only", action="store_true", help=str(_("load the town and end")))


def run(args: argparse.Namespace) -> int:
    if not args.load_only:
        require_free_port(HOST, args.port)
    prepare(address=f"http://{HOST}:{args.port}")
    if args.load_only:
        return Exit.OK
    connection.close()
    try:
        return _supervisor(args.port).run(
            ready=lambda: answers(args.port), announce=lambda: _announce(args.port)
        )
    finally:
        if server := database.embedded_server():
            server.leave()


def prepare(*, address: str) -> None:
    """Migrate and load the town, unless it is there already. Raises NotADemo.

    A load that was killed is thrown away and done again: what it left is marked as the demo's own. The town's
    bills and mails link to `address`, whichever port it has this time.
    """
    migrate(verbosity=0)
    kinds = set(AuditRecord.objects.filter(kind__in=(STARTED, LOADED)).values_list("kind", flat=True))
    town = Organisation.objects.first()
    if LOADED in kinds:
        if town and town.base_url != address:
            update_organisation(changes={"base_url": address}, by=SYSTEM)
        return
    if STARTED in kinds:
        with connection.cursor() as cursor:
            cursor.execute(EMPTY_THE_DATABASE)
        migrate(verbosity=0)
    elif town:
        raise NotADemo(name=town.name)
    audit.record(by=SYSTEM, kind=STARTED, object_type="demo")
    load_town(today=clock.today(), step=Progress(_("Loading the town")).step, base_url=address)
    audit.record(by=SYSTEM, kind=LOADED, object_type="demo")


def answers(port: int) -> bool:
    """Whether somebody listens."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def _supervisor(port: int) -> Supervisor:
    caudal = str(Path(sys.executable).with_name("caudal"))
    commands = {
        "web": [caudal, "serve", "--host", HOST, "--port", str(port)],
        "worker": [caudal, "work", "--quiet"],
    }
    return Supervisor(commands, environ=os.environ | {"CAUDAL_DEMO": "1"})


def _announce(port: int) -> None:
    people = sign_ins()
    width = max(len(who.role) for who in people)
    lines = [f"  {who.role:<{width}}  {who.username:<8} {who.password}" for who in people]
    title = _("Caudal is at %(address)s") % {"address": f"http://{HOST}:{port}/"}
    closing = _("Ctrl-C ends it. The data stays in %(home)s.") % {"home": database.default_home()}
    print("\n".join(["", title, "", *lines, "", str(closing), ""]), flush=True)
