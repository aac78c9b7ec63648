"""The web server: what every answer brings, and files that browsers may keep."""

import re
import signal
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.support.messages import CODE
from tests.support.processes import Process, free_port, postmaster_of, until

SIGN_IN = "/cuenta/login/"


def ask(port: int, path: str, **headers: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def test_files_are_served_compressed_under_names_that_change_with_them(
    start: Callable[..., Process], same_database: dict[str, str]
) -> None:
    port = free_port()
    server = start("serve", "--port", str(port), "--workers", "1", environ=same_database)
    server.says("Started worker")
    page = ask(port, SIGN_IN).read().decode()
    named = re.search(r'href="(/static/caudal/parts\.[0-9a-f]+\.css)"', page)
    assert named, page
    style = ask(port, named[1], **{"Accept-Encoding": "gzip"})
    assert style.headers["Content-Encoding"] == "gzip"
    assert "immutable" in style.headers["Cache-Control"]
    assert style.headers["Server-Timing"] is None
    assert ask(port, SIGN_IN, **{"Accept-Encoding": "gzip"}).headers["Content-Encoding"] is None


def test_an_empty_installation_is_begun_with_the_address_that_the_server_prints(
    start: Callable[..., Process], home: Path, environ: dict[str, str]
) -> None:
    port = free_port()
    server = start(
        "serve", "--port", str(port), "--workers", "1", environ=environ | {"CAUDAL_HOME": str(home)}
    )
    server.says("Started worker")
    told = re.search(rf"http://127.0.0.1:{port}(/instalacion/\?clave=[\w-]{{20,}})", server.said)
    assert told, server.said
    assert "Empecemos" in ask(port, told[1]).read().decode()
    assert ask(port, "/instalacion/?clave=otra").status == 403
    server.send(signal.SIGTERM)
    server.ended()
    until("the server leaves no PostgreSQL behind", lambda: postmaster_of(home / "pg18") is None)


def test_every_file_that_a_template_names_is_there() -> None:
    named = {
        name
        for template in CODE.glob("**/templates/**/*.html")
        for name in re.findall(r"\{% static [\"']([^\"']+)[\"']", template.read_text())
    }
    assert named
    assert [name for name in sorted(named) if not finders.find(name)] == []


@pytest.mark.django_db
def test_a_browser_that_asks_for_english_is_answered_in_spanish_throughout(client: Client) -> None:
    typed = {"login": "nadie", "password": "equivocada"}
    refused = client.post(SIGN_IN, typed, headers={"Accept-Language": "en-US"}).content.decode()
    assert "Entre a su cuenta" in refused
    assert "no son correctos" in refused
