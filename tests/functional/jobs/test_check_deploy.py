"""`caudal check --deploy`: each unsafe setting is named, and a safe installation is not complained about."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as active
from django.db import connection

from caudal.jobs import deployment
from caudal.jobs.demo_town.office import PASSWORD
from tests import factories
from tests.support.processes import Process

Start = Callable[..., Process]
SAFE: dict[str, Any] = {
    "DEBUG": False,
    "DEMO": False,
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN",
    "ALLOWED_HOSTS": ["agua.sanisidro.go.cr"],
    "SECURE": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "correo.sanisidro.go.cr",
    "EMAIL_USE_TLS": True,
    "DEFAULT_FROM_EMAIL": "facturacion@sanisidro.go.cr",
    "PAYMENT_PROVIDERS": [],
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def safe(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installation that may face the world, its database its own; a test spoils one thing of it."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    factories.organisation(base_url="https://agua.sanisidro.go.cr")
    for name, value in SAFE.items():
        setattr(settings, name, value)
    settings.SECRET_FILE = tmp_path / "secret.key"
    return settings


def codes() -> list[str]:
    return [finding.code for finding in deployment.findings()]


def test_a_safe_installation_is_not_complained_about(safe: Any) -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DEBUG", True, "debug"),
        ("DEMO", True, "demo"),
        ("SECRET_KEY", "corta", "secret_key"),
        ("SECRET_KEY", "a" * 60, "secret_key"),
        ("ALLOWED_HOSTS", ["agua.sanisidro.go.cr", "*"], "hosts"),
        ("ALLOWED_HOSTS", [".sanisidro.go.cr"], "hosts"),
        ("ALLOWED_HOSTS", ["localhost"], "base_url_host"),
        ("SECURE", False, "https"),
        ("SECURE_PROXY_SSL_HEADER", None, "proxy"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "mail_folder"),
        ("EMAIL_USE_TLS", False, "mail_plain"),
        ("DEFAULT_FROM_EMAIL", "facturacion@localhost", "mail_from"),
        ("PAYMENT_PROVIDERS", ["sandbox"], "sandbox"),
    ],
)
def test_each_unsafe_setting_is_named(safe: Any, name: str, value: Any, code: str) -> None:
    setattr(safe, name, value)
    assert codes() == [code]


def test_links_that_lead_to_plain_http_are_named(safe: Any) -> None:
    factories.organisation(base_url="http://agua.sanisidro.go.cr")
    assert codes() == ["base_url"]


def test_a_key_that_others_may_read_is_named(safe: Any) -> None:
    safe.SECRET_FILE.write_text("secret")
    safe.SECRET_FILE.chmod(0o644)
    assert codes() == ["secret_file"]
    safe.SECRET_FILE.chmod(0o600)
    assert codes() == []


def test_a_user_of_the_demonstration_is_named_while_its_password_opens(safe: Any) -> None:
    ana = factories.user("ana", "administrator", password=PASSWORD)
    assert codes() == ["demo_users"]
    ana.set_password("otra-clave-muy-larga")
    ana.save()
    assert codes() == []


def test_a_database_role_that_could_drop_what_protects_the_ledger_is_named(
    safe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same server, as one that somebody else runs: there the role's rights are all that protects."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere")
    monkeypatch.setattr(deployment, "embedded_server", lambda: None)
    assert codes() == ["database_owner"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        owner = cursor.fetchone()[0]
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert not cursor.fetchone()[0], (
            f"{owner} is no superuser, so that migrations are proven to need none"
        )


def test_a_line_to_a_distant_database_is_encrypted(safe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "embedded_server", lambda: None)
    monkeypatch.setitem(active.DATABASES["default"], "HOST", "datos.sanisidro.go.cr")
    assert [f.code for f in deployment._database_line()] == ["database_plain"]
    monkeypatch.setitem(active.DATABASES["default"], "OPTIONS", {"sslmode": "verify-full"})
    assert list(deployment._database_line()) == []


@pytest.mark.django_db(transaction=True)
def test_the_command_ends_with_1_and_speaks_json(start: Start, same_database: dict[str, str]) -> None:
    factories.organisation()
    process = start("check", "--deploy", environ=same_database | {"CAUDAL_HOSTS": "*"})
    assert process.ended() == 1
    assert "hosts: " in process.said
    asked = start("check", "--deploy", "--json", environ=same_database | {"CAUDAL_HOSTS": "*"})
    assert asked.ended() == 1
    found = {each["code"] for each in json.loads(asked.said.strip().splitlines()[-1])["findings"]}
    assert {"hosts", "https", "base_url", "mail_folder"} <= found
    assert os.environ.get("CAUDAL_HOSTS") is None
