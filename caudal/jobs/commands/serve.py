"""`caudal serve`: the web server."""

import argparse
import errno
import multiprocessing
import os
import secrets
import socket
from typing import Final

from django.conf import settings
from django.contrib.staticfiles.management.commands.collectstatic import Command as CollectStatic
from django.core.management import call_command
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from granian import Granian
from granian.constants import Interfaces

from caudal.common import database
from caudal.common.errors import DomainError
from caudal.common.ui.files import Files
from caudal.jobs.commands.migrate import migrate, require_current_tables, tables_are_empty
from caudal.jobs.console import Exit
from caudal.registry.models import Organisation

HELP: Final = _(
    "Run the web server until Ctrl-C or SIGTERM. PORT in the environment is honoured; put a proxy that "
    "speaks HTTPS before it and name your hosts in CAUDAL_HOSTS."
)
DEFAULT_PORT: Final = 8000
THREADS: Final = 3
WORKERS_MAX: Final = 4


class PortTaken(DomainError):
    """Somebody listens there already, or may not be asked to. Facts: `host`, `port`, `reason`."""

    code = "port_taken"
    template = _("Cannot listen on %(host)s:%(port)s: %(reason)s. Choose another port with --port or PORT.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    port = os.environ.get("PORT") or str(DEFAULT_PORT)
    workers = min(os.cpu_count() or 1, WORKERS_MAX)
    parser.add_argument("--host", default="127.0.0.1", help=str(_("address to listen on (%(default)s)")))
    parser.add_argument("--port", type=int, default=port, help=str(_("port (PORT, else 8000)")))
    parser.add_argument("--workers", type=int, default=workers, help=str(_("processes (%(default)s)")))


def run(args: argparse.Namespace) -> int:
    require_free_port(args.host, args.port)
    if tables_are_empty():
        migrate(verbosity=0)
    require_current_tables()
    offer_first_run(args.host, args.port)
    database.keep_running()
    if not settings.DEBUG:
        collect_static_files()
    os.environ.setdefault("CAUDAL_POOL_SIZE", str(THREADS))
    # A forked worker would keep our settings, and our connection, instead of reading what the environment says now.
    multiprocessing.set_start_method("spawn", force=True)
    Granian(
        "caudal.config.wsgi:application",
        address=args.host,
        port=args.port,
        interface=Interfaces.WSGI,
        workers=args.workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        websockets=False,
    ).serve()
    return Exit.OK


def offer_first_run(host: str, port: int) -> None:
    """Where there is no organisation yet, make the key that sets one up, and say where; each start makes another."""
    if Organisation.objects.exists():
        return
    key = os.environ["CAUDAL_FIRST_RUN_KEY"] = secrets.token_urlsafe(16)
    address = f"http://{host}:{port}{reverse('founding:set_up')}?clave={key}"
    print(_("Nothing is set up here yet. Begin at %(address)s") % {"address": address}, flush=True)


def collect_static_files() -> None:
    """Put scripts, styles and pictures under STATIC_ROOT, compressed and named by content, and have them served so."""
    collector = CollectStatic()
    collector.storage = Files()
    call_command(collector, interactive=False, verbosity=0)
    os.environ["CAUDAL_STATIC_COLLECTED"] = "1"


def require_free_port(host: str, port: int) -> None:
    """Raise PortTaken where the server could not listen: now, not by processes that fail one by one."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as refusal:
        reason = os.strerror(errno.EINVAL) if isinstance(refusal, OverflowError) else refusal.strerror
        raise PortTaken(host=host, port=port, reason=reason) from refusal
