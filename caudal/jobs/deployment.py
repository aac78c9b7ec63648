"""What makes an installation unsafe: a list of small checks of one shape, for `caudal check --deploy`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http.request import validate_host
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caudal.access.models import User
from caudal.common.database import embedded_server
from caudal.jobs.demo_town.office import CITIZENS, PASSWORD, STAFF
from caudal.registry.queries import organisation

SECRET_CHARACTERS: Final = 32
SECRET_DIFFERENT: Final = 8
OTHERS: Final = 0o077
FOLDER_MAIL: Final = frozenset({"filebased", "locmem", "dummy", "console"})
LOCAL: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})
SAFE_SSL: Final = frozenset({"require", "verify-ca", "verify-full"})
# What was written there stays: the trigger that says so can be dropped by whoever owns the table.
APPEND_ONLY: Final = (
    "billing_charge",
    "billing_conditions",
    "billing_invoice",
    "common_auditrecord",
    "common_auditseal",
    "common_rowchange",
    "metering_evidence",
    "metering_photo",
    "receivables_allocation",
    "receivables_ledgerentry",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something unsafe: a name for programs, and what it is and how to put it right."""

    code: str
    says: str | Promise


Check = Callable[[], Iterator[Finding]]


def findings() -> Iterator[Finding]:
    """Everything unsafe about this installation; nothing when it may face the world."""
    for each in CHECKS:
        yield from each()


def _debug() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding(
            "debug", _("CAUDAL_DEBUG is on: errors show code and data to whoever asks. Take it away.")
        )


def _demo() -> Iterator[Finding]:
    if settings.DEMO:
        yield Finding("demo", _("CAUDAL_DEMO is on: this is a demonstration. Take it away."))


def _secret_key() -> Iterator[Finding]:
    key = settings.SECRET_KEY
    if len(key) < SECRET_CHARACTERS or len(set(key)) < SECRET_DIFFERENT:
        yield Finding(
            "secret_key",
            _(
                "The secret key is short or plain: sessions and links could be forged. Give 50 random characters."
            ),
        )
    file = settings.SECRET_FILE
    if file.exists() and file.stat().st_mode & OTHERS:
        yield Finding(
            "secret_file", _("Others on this machine may read %(path)s: chmod 600.") % {"path": file}
        )


def _hosts() -> Iterator[Finding]:
    if any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield Finding("hosts", _("CAUDAL_HOSTS takes names that you did not list: name each host in full."))


def _https() -> Iterator[Finding]:
    if not settings.SECURE:
        yield Finding("https", _("CAUDAL_HTTPS is off: cookies also travel without encryption. Set it to 1."))
    elif settings.SECURE_PROXY_SSL_HEADER is None:
        yield Finding(
            "proxy",
            _(
                "Caudal does not see that visitors come by HTTPS: set CAUDAL_BEHIND_PROXY to 1 behind your proxy."
            ),
        )


def _address() -> Iterator[Finding]:
    town = organisation()
    if town is None:
        yield Finding("no_organisation", _("Nothing is set up here yet: caudal init."))
        return
    address = urlsplit(town.base_url)
    if address.scheme != "https":
        yield Finding(
            "base_url",
            _(
                "Links in mails and bills lead to “%(address)s”: give the portal's https address in the settings."
            )
            % {"address": town.base_url},
        )
    elif not validate_host(address.hostname or "", settings.ALLOWED_HOSTS):
        yield Finding(
            "base_url_host",
            _("CAUDAL_HOSTS does not name %(host)s, where links in mails and bills lead.")
            % {"host": address.hostname},
        )


def _mail() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND.split(".")[-2] in FOLDER_MAIL:
        yield Finding("mail_folder", _("Mails go to a folder and reach nobody: set EMAIL_URL."))
        return
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if not encrypted and settings.EMAIL_HOST not in LOCAL:
        yield Finding(
            "mail_plain", _("Bills travel to the mail server without encryption: smtp+tls:// in EMAIL_URL.")
        )
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield Finding(
            "mail_from",
            _("Mails come from %(address)s: set CAUDAL_FROM_EMAIL.")
            % {"address": settings.DEFAULT_FROM_EMAIL},
        )


def _providers() -> Iterator[Finding]:
    if "sandbox" in settings.PAYMENT_PROVIDERS:
        yield Finding(
            "sandbox", _("The sandbox pays bills with no money: take it out of CAUDAL_PAYMENT_PROVIDERS.")
        )


def _demo_users() -> Iterator[Finding]:
    names = [*(username for username, _name in STAFF.values()), *CITIZENS]
    known = [
        user.username
        for user in User.objects.filter(username__in=names, is_active=True).order_by("username")
        if user.check_password(PASSWORD)
    ]
    if known:
        yield Finding(
            "demo_users",
            _("The demonstration's password, which everybody knows, opens: %(users)s.")
            % {"users": ", ".join(known)},
        )


def _database() -> Iterator[Finding]:
    """An embedded server is reached from this machine's own account only; another one by whoever has the role."""
    if embedded_server() is not None:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        is_super = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE n.nspname = current_schema() AND relname = ANY(%s)"
            " AND pg_has_role(current_user, relowner, 'USAGE')",
            [list(APPEND_ONLY)],
        )
        owned = cursor.fetchone()[0]
    if is_super:
        yield Finding(
            "database_superuser",
            _("The database role is a superuser: no rule of the database binds it. Use one that is none."),
        )
    elif owned:
        yield Finding(
            "database_owner",
            _("The database role owns the ledger and the history, and could drop what protects them: see"
              " docs/operations.md for a role that does not."),
        )  # fmt: skip


def _database_line() -> Iterator[Finding]:
    entry: dict[str, Any] = settings.DATABASES["default"]
    host = entry["HOST"].strip("[]")
    remote = host not in LOCAL and not host.startswith("/")
    if embedded_server() is None and remote and entry["OPTIONS"].get("sslmode") not in SAFE_SSL:
        yield Finding(
            "database_plain",
            _("The line to the database may go unencrypted: add sslmode=require to DATABASE_URL."),
        )


CHECKS: Final[tuple[Check, ...]] = (
    _debug,
    _demo,
    _secret_key,
    _hosts,
    _https,
    _address,
    _mail,
    _providers,
    _demo_users,
    _database,
    _database_line,
)
