"""`caudal serve`: the web server."""

import argparse
import errno
import os
import socket
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from granian import Granian
from granian.constants import Interfaces

from caudal.common import database
from caudal.common.errors import DomainError
from caudal.jobs.commands.migrate import require_current_tables
from caudal.jobs.console import Exit

HELP: Final = _(
    "Run the web server until Ctrl-C or SIGTERM. PORT in the environment is honoured; put a proxy that "
    "speaks HTTPS before it and name your hosts in CAUDAL_HOSTS."
)
DEFAULT_PORT: Final = 8000
THREADS: Final = 4
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
    require_current_tables()
    require_free_port(args.host, args.port)
    database.keep_running()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # without it each process would warn
    os.environ.setdefault("CAUDAL_POOL_SIZE", str(THREADS))  # read by the settings of each worker process
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
