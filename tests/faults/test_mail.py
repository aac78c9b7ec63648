"""Mails of a worker that is killed, of a server that is away, of one that drops the line: none lost, none doubled."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from caudal.common import clock, queue
from caudal.common.actor import SYSTEM
from caudal.jobs.console import Exit
from caudal.notices.models import Message
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft
from tests import factories as make
from tests.faults.scene import a_minute_passes_for_dead_workers, nobody_else_is_connected, violations
from tests.support.processes import Process, free_port, until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Start = Callable[..., Process]
BILLS = 8


class Server:
    """An SMTP server of moods: it takes a mail, keeps its sender waiting, or takes it and drops the line."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.drops: set[int] = set()
        self.waits_at = -1
        self.waiting = False
        self.port = free_port()
        self.open()

    def open(self) -> None:
        """Listen; once more after `close`."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken.extend(envelope.rcpt_tos)
        place = len(self.taken)
        if place in self.drops:
            assert server.transport is not None
            server.transport.abort()
        while place == self.waits_at:
            self.waiting = True
            await asyncio.sleep(0.01)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.waits_at = -1
    one.close()


@pytest.fixture
def mailing(same_database: dict[str, str], server: Server) -> dict[str, str]:
    """For a worker that hands its mails to the server."""
    return same_database | {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}


@pytest.fixture
def bills(transactional_db: None) -> list[str]:
    """Bills that wait to be mailed; the addresses they go to."""
    make.organisation(base_url="https://pagos.ejemplo.cr")
    repair = make.service("repair", kind="one_off", name="Reparación")
    for _ in range(BILLS):
        form = OneOffForm(account_id=make.account().pk, lines=((repair.pk, "Llave", Decimal("4.50")),))
        issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=clock.today(), by=SYSTEM)
    return list(Message.objects.order_by("id").values_list("recipient", flat=True))


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("state", flat=True))


def hours_pass() -> None:
    """Leases have ended and every wait is over."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE notices_message SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")


def send(start: Start, environ: dict[str, str]) -> None:
    """A worker does what waits, the mails that are due among it, and ends."""
    queue.defer("send_messages", queueing_lock="send_messages")
    worker = start("work", "--until-empty", environ=environ)
    assert worker.ended() == Exit.OK, worker.said


def test_a_worker_killed_with_a_mail_in_hand_leaves_that_one_in_doubt_and_the_rest_to_others(
    bills: list[str], server: Server, start: Start, mailing: dict[str, str]
) -> None:
    server.waits_at = 4
    killed = start("work", environ=mailing)
    until("the fourth mail is in hand", lambda: server.waiting)
    killed.end()
    until("the database has noticed", nobody_else_is_connected)
    server.waits_at = -1
    a_minute_passes_for_dead_workers()
    hours_pass()
    send(start, mailing)
    assert states() == {"sent": BILLS - 1, "uncertain": 1}
    assert sorted(server.taken) == sorted(bills)
    assert violations() == []


def test_a_server_that_drops_the_line_after_a_mail_gets_it_once(
    bills: list[str], server: Server, start: Start, mailing: dict[str, str]
) -> None:
    server.drops = {2, 5}
    send(start, mailing)
    hours_pass()
    send(start, mailing)
    assert states() == {"sent": BILLS - 2, "uncertain": 2}
    assert sorted(server.taken) == sorted(bills)
    assert violations() == []


def test_a_server_that_was_away_gets_every_mail_once(
    bills: list[str], server: Server, start: Start, mailing: dict[str, str]
) -> None:
    server.close()
    send(start, mailing)
    assert states() == {"queued": BILLS}
    server.open()
    hours_pass()
    send(start, mailing)
    assert (states(), sorted(server.taken)) == ({"sent": BILLS}, sorted(bills))
    assert violations() == []


def test_four_workers_send_each_mail_once(
    bills: list[str], server: Server, start: Start, mailing: dict[str, str]
) -> None:
    for _ in range(4):
        queue.defer("send_messages")
    workers = [start("work", "--until-empty", environ=mailing) for _ in range(4)]
    for worker in workers:
        assert worker.ended() == Exit.OK, worker.said
    assert (states(), sorted(server.taken)) == ({"sent": BILLS}, sorted(bills))
