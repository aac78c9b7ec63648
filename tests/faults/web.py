"""The web as a process, and what a browser sends to it, from many threads at once."""

from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from caudal.access.models import User
from tests.support.processes import Process, free_port, until

TOKEN = "t" * 32


class Answer(NamedTuple):
    """What came back: a redirect is not followed. Status 0: the line was dropped."""

    status: int
    location: str
    text: str


class Web:
    """A running `caudal serve` on the test's database, with the demo's sandbox for online payments."""

    def __init__(
        self,
        start: Callable[..., Process],
        environ: Mapping[str, str],
        *,
        processes: int = 1,
        home: Path = settings.HOME,
    ) -> None:
        self.port = free_port()
        # In the tests' own home, style sheets and scripts are compressed at the first start only.
        same = {"CAUDAL_SECRET_KEY": settings.SECRET_KEY, "CAUDAL_HOME": str(home)}
        words = ("serve", "--port", str(self.port), "--workers", str(processes))
        self.process = start(*words, environ={**environ, **same, "CAUDAL_DEMO": "1"})
        until("the web answers", lambda: self.get("/cuenta/login/").status == 200)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, b"", {})

    def post(self, path: str, fields: Mapping[str, object], *, session: str = "") -> Answer:
        """A form, as somebody who signed in."""
        cookies = f"csrftoken={TOKEN}; sessionid={session}"
        headers = {
            "Cookie": cookies,
            "X-CSRFToken": TOKEN,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._ask("POST", path, urlencode(fields, doseq=True).encode(), headers)

    def tell(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """A provider's message."""
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        line = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path, body, dict(headers))
            answer = line.getresponse()
            return Answer(answer.status, answer.headers.get("Location", ""), answer.read().decode())
        except OSError:
            return Answer(0, "", "")
        finally:
            line.close()


def session_of(user: User) -> str:
    """The session of somebody who signed in just now."""
    client = Client()
    client.force_login(user, backend="caudal.office.signed_in.Backend")
    return client.cookies["sessionid"].value
