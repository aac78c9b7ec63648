"""Fixtures for every test: cloned databases, a browser, a mail server, real processes."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from django.conf import settings as django_settings
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from caudal.common import database as caudal_database
from tests.support import database, mail
from tests.support.processes import COMMAND, Process, until, using

django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The same cases everywhere: what fails for one fails for all.
hypothesis_settings.register_profile(
    "default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile(
    "long", parent=hypothesis_settings.get_profile("default"), max_examples=2_000
)
hypothesis_settings.load_profile("default")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser and what holds over generated cases, so that both can be chosen."""
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("properties")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """In place of pytest-django's own: a clone of the migrated template for each worker."""
    caudal_database.connect_or_start()
    original = TransactionTestCase._fixture_teardown
    with django_db_blocker.unblock():
        name = database.create()
        flush = database.Flush()
    TransactionTestCase._fixture_teardown = lambda _self: flush()
    yield
    TransactionTestCase._fixture_teardown = original
    with django_db_blocker.unblock():
        database.drop(name)


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploads and mails of tests stay out of any home."""
    folder = tmp_path_factory.mktemp("home")
    django_settings.MEDIA_ROOT = folder / "media"
    django_settings.EMAIL_FILE_PATH = folder / "mail"
    django_settings.STATIC_ROOT = folder / "static"
    django_settings.STATIC_ROOT.mkdir()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium where there is one; Chromium's sandbox does not run as root."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for name in names if (path := shutil.which(name))), None)
    own = {"executable_path": found} if found else {}
    return browser_type_launch_args | own | ({"args": ["--no-sandbox"]} if os.geteuid() == 0 else {})


@pytest.fixture
def smtp_sink(settings: Any) -> Iterator[mail.MailSink]:
    """Mail of this process goes to a real SMTP server; for other processes set EMAIL_URL to its `url`."""
    sink, controller = mail.open_sink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield sink
    controller.stop()


@contextmanager
def open_folder() -> Iterator[Path]:
    """An empty folder that the embedded server's account may enter (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="caudal-home-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    for process in using(folder):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    until("nobody uses the home any more", lambda: not using(folder))
    shutil.rmtree(folder, ignore_errors=True)  # a server that was killed may still take its last file away


@pytest.fixture
def home() -> Iterator[Path]:
    """A place for an installation of the test's own."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def clean_environ() -> dict[str, str]:
    """For `caudal` as a process: our environment without our settings. Add CAUDAL_HOME or DATABASE_URL."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CAUDAL_")}
    for variable in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE", "PORT"):
        clean.pop(variable, None)
    return clean | {"PYTHONUNBUFFERED": "1"}


@pytest.fixture
def environ(clean_environ: dict[str, str]) -> dict[str, str]:
    """A copy of `clean_environ` for one test."""
    return dict(clean_environ)


@pytest.fixture
def same_database(transactional_db: None, environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """For `caudal` as a process that shares this test's database; commit first what it shall see."""
    s = django_settings.DATABASES["default"]
    url = f"postgresql://{s['USER']}@{quote(s['HOST'], safe='')}:{s['PORT']}/{s['NAME']}"
    return environ | {"DATABASE_URL": url, "CAUDAL_HOME": str(tmp_path)}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start processes: `start("work", environ=…)` is `caudal work`. What still runs at the end is killed."""
    started: list[Process] = []

    def begin(*words: str, environ: dict[str, str], program: str | None = None) -> Process:
        command = [program, *words] if program else [sys.executable, str(COMMAND), *words]
        process = Process(command, environ=environ, output=tmp_path / f"output-{len(started)}")
        started.append(process)
        return process

    yield begin
    for process in started:
        process.end()
