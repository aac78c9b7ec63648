"""Mails leave once each: through servers that take them, refuse them, drop the line, or are not there."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection

from caudal.billing.models import Invoice
from caudal.common.actor import SYSTEM
from caudal.documents.queries import invoice_of
from caudal.notices.models import Message
from caudal.notices.operations import (
    enqueue_contact_changed,
    enqueue_invoice_messages,
    resend,
    send_due,
)
from caudal.notices.operations.send import ATTEMPTS_MAX, LEASE
from caudal.registry.operations import PartyData, create_party
from caudal.workflows.invoices import void_invoice
from tests import factories
from tests.support.mail import MailSink
from tests.support.processes import free_port

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.7 " + b"x" * 30_000


class Clock:
    """Time that moves when a test says so; it begins a little after the database's."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC) + timedelta(minutes=5)

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    factories.organisation(base_url="https://pagos.ejemplo.cr", phone="2222-1010")
    return Clock()


def queued(count: int = 1) -> list[Invoice]:
    invoices = [
        factories.invoice(
            factories.account(factories.party()),
            "10.00",
            dated_on=date(2026, 1, 15),
            due_date=date(2026, 1, 31),
        )
        for _ in range(count)
    ]
    enqueue_invoice_messages(invoice_ids=[i.pk for i in invoices])
    return invoices


def send(clock: Clock) -> dict[str, int]:
    return dict(send_due(clock=clock, pdf_of=lambda message: PDF).counts)


def states() -> list[str]:
    return list(Message.objects.order_by("id").values_list("state", flat=True))


def test_a_bill_arrives_as_text_and_html_with_its_pdf_and_a_link(clock: Clock, smtp_sink: MailSink) -> None:
    (invoice,) = queued()
    assert send(clock) == {"sent": 1}
    (mail,) = smtp_sink.messages
    assert mail["To"] == invoice.account.holder.email
    assert mail["Subject"] == "Su factura 1 de Acueducto de San Isidro: ₡10,00, vence el 31 de enero de 2026"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert "Total a pagar: ₡10,00" in text.get_content()
    assert "Ver y pagar mi factura" in html.get_content()
    (pdf,) = mail.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content()) == ("factura-1.pdf", PDF)
    link = next(line for line in text.get_content().splitlines() if line.startswith("https://"))
    assert link.startswith("https://pagos.ejemplo.cr/f/")
    assert invoice_of(link.rstrip("/").rpartition("/")[2], on=date(2026, 2, 1)) == invoice.pk


def test_a_mail_says_what_the_bill_is_and_what_is_owed_in_all(clock: Clock, smtp_sink: MailSink) -> None:
    """10.00 of this bill, and 7.50 of one from before."""
    (invoice,) = queued()
    factories.invoice(invoice.account, "7.50", dated_on=date(2025, 12, 15), due_date=date(2025, 12, 31))
    send(clock)
    (mail,) = smtp_sink.messages
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert "Esta factura: ₡10,00. En total debe: ₡17,50, con lo anterior" in text.get_content()
    assert "En total debe <strong>₡17,50</strong>" in html.get_content()


def test_a_paid_bill_does_not_say_that_nothing_is_owed_while_something_is(
    clock: Clock, smtp_sink: MailSink
) -> None:
    """This bill of 10.00 is paid by itself; 7.50 of another are not."""
    (invoice,) = queued()
    factories.pay(invoice.account, "10.00", date(2026, 1, 15))
    factories.invoice(invoice.account, "7.50", dated_on=date(2026, 1, 15), due_date=date(2026, 1, 31))
    send(clock)
    mail = smtp_sink.messages[0]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert "por ₡10,00: ya está pagada. En total debe: ₡7,50, con todo lo pendiente" in text.get_content()
    assert "nada que pagar" not in text.get_content() + html.get_content()
    assert "En total debe <strong>₡7,50</strong>" in html.get_content()


@pytest.mark.parametrize("kind", ["invoice_due", "invoice_overdue"])
def test_a_reminder_says_what_the_bill_is_and_what_is_owed_in_all(
    clock: Clock, smtp_sink: MailSink, kind: str
) -> None:
    (invoice,) = queued()
    factories.invoice(invoice.account, "7.50", dated_on=date(2025, 12, 15), due_date=date(2025, 12, 31))
    Message.objects.update(kind=kind)
    send(clock)
    (mail,) = smtp_sink.messages
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert "Esta factura: ₡10,00. En total debe: ₡17,50, con todo lo pendiente" in text.get_content()
    assert "En total debe <strong>₡17,50</strong>" in html.get_content()


def test_a_municipality_sends_receipts_in_its_own_words(clock: Clock, smtp_sink: MailSink) -> None:
    factories.organisation(kind="municipality", vocabulary={"document": "recibo", "account": "Contribuyente"})
    queued()
    send(clock)
    (mail,) = smtp_sink.messages
    assert mail["Subject"].startswith("Su recibo 1 de")
    text = mail.get_body(("plain",))
    assert text is not None
    said = text.get_content()
    assert "Véalo y páguelo en línea" in said
    assert "abre solo este recibo. Va adjunto en PDF." in said
    assert "factura" not in said
    (pdf,) = mail.iter_attachments()
    assert pdf.get_filename() == "recibo-1.pdf"


def test_a_batch_goes_over_one_connection_and_each_mail_once(clock: Clock, smtp_sink: MailSink) -> None:
    invoices = queued(60)
    assert send(clock) == {"sent": 60}
    assert send(clock) == {}
    assert sorted(smtp_sink.recipients) == sorted(i.account.holder.email for i in invoices)
    assert len({m["Message-ID"] for m in smtp_sink.messages}) == 60


def test_two_workers_at_once_share_the_mails(clock: Clock, smtp_sink: MailSink) -> None:
    queued(40)
    workers = [threading.Thread(target=_send_and_close, args=(clock,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(smtp_sink.messages) == len(set(smtp_sink.recipients)) == 40
    assert set(states()) == {"sent"}


def test_a_bill_that_a_server_refuses_for_good_is_printed(clock: Clock, smtp_sink: MailSink) -> None:
    smtp_sink.answer = "550 No such user"
    queued()
    assert send(clock) == {"never": 1}
    message = Message.objects.get()
    assert (message.channel, message.state) == ("print", "waiting")
    assert "550" in message.last_error


def test_an_address_that_no_server_takes_keeps_back_its_own_mail_alone(
    clock: Clock, smtp_sink: MailSink
) -> None:
    """Whoever has such an address must not be able to stop the mails of a town."""
    first, second, third = queued(3)
    Message.objects.filter(invoice=second).update(recipient="juan@peñas.cr")
    assert send(clock) == {"sent": 2, "never": 1}
    assert smtp_sink.recipients == [first.account.holder.email, third.account.holder.email]
    message = Message.objects.get(invoice=second)
    assert (message.channel, message.state) == ("print", "waiting")


@pytest.mark.parametrize("backend", ["smtp", "filebased"])
def test_a_bill_that_cannot_be_drawn_waits_alone(
    clock: Clock, smtp_sink: MailSink, settings: Any, tmp_path: Any, backend: str
) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    _first, second, _third = queued(3)

    def drawn(message: Message) -> bytes:
        if message.invoice_id == second.pk:
            raise ValueError("a picture that is none")
        return PDF

    assert send_due(clock=clock, pdf_of=drawn).counts == {"sent": 2, "later": 1}
    waiting = Message.objects.get(invoice=second)
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert "a picture that is none" in waiting.last_error
    assert waiting.next_attempt_at and waiting.next_attempt_at > clock.at


def test_a_domain_of_other_letters_is_written_to_as_servers_write_it(
    clock: Clock, smtp_sink: MailSink
) -> None:
    kept = create_party(data=PartyData(given_names="Juan", email="juan@peñas.cr"))
    assert kept.email == "juan@xn--peas-hqa.cr"
    invoice = factories.invoice(
        factories.account(kept), "10.00", dated_on=date(2026, 1, 15), due_date=date(2026, 1, 31)
    )
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    enqueue_contact_changed(party=kept, before="juan@ñandú.cr")
    assert send(clock) == {"sent": 2}
    assert smtp_sink.recipients == ["juan@xn--peas-hqa.cr", "juan@xn--and-6ma2c.cr"]


def test_a_bill_refused_for_now_waits_twice_as_long_each_time(clock: Clock, smtp_sink: MailSink) -> None:
    smtp_sink.answer = "450 Try later"
    queued()
    waits = []
    for _ in range(4):
        assert send(clock) == {"later": 1}
        due = Message.objects.get().next_attempt_at
        assert due is not None
        waits.append((due - clock.at).total_seconds() / 60)
        clock.at = due
    assert waits == [1, 2, 4, 8]
    smtp_sink.answer = "250 OK"
    assert send(clock) == {"sent": 1}


def test_a_server_away_for_six_hours_loses_nothing(clock: Clock, settings: Any, smtp_sink: MailSink) -> None:
    settings.EMAIL_PORT = free_port()
    queued(3)
    began = clock.at
    while clock.at < began + timedelta(hours=6):
        send(clock)
        clock.pass_(minutes=5)
    assert states() == ["queued"] * 3
    settings.EMAIL_PORT = smtp_sink.port
    clock.pass_(hours=6)
    assert send(clock) == {"sent": 3}
    assert len(smtp_sink.messages) == 3


def test_attempts_are_bounded_and_then_the_bill_is_printed(clock: Clock, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    queued()
    for _ in range(ATTEMPTS_MAX):
        assert send(clock) == {"away": 1}
        clock.pass_(hours=6)
    assert send(clock) == {}
    message = Message.objects.get()
    assert (message.channel, message.state, message.attempts) == ("print", "waiting", ATTEMPTS_MAX)


class DropsTheLine:
    """Takes the whole mail, and is gone before it says so."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken += 1
        assert server.transport is not None
        server.transport.abort()
        return "250 OK"


@pytest.fixture
def dropping(settings: Any) -> Iterator[DropsTheLine]:
    handler = DropsTheLine()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield handler
    controller.stop()


def test_a_mail_lost_after_its_data_is_uncertain_and_never_sent_again_by_itself(
    clock: Clock, dropping: DropsTheLine
) -> None:
    queued(2)
    assert send(clock) == {"uncertain": 2}
    clock.pass_(days=3)
    assert send(clock) == {}
    assert (dropping.taken, states()) == (2, ["uncertain", "uncertain"])


def test_a_person_may_send_an_uncertain_mail_again_as_the_same_mail(
    clock: Clock, smtp_sink: MailSink, dropping: DropsTheLine, settings: Any
) -> None:
    queued()
    send(clock)
    first = Message.objects.get()
    settings.EMAIL_PORT = smtp_sink.port
    resend(message_id=first.pk, at=clock.at, by=SYSTEM)
    assert send(clock) == {"sent": 1}
    assert smtp_sink.messages[0]["Message-ID"] == first.message_id


def test_a_worker_that_dies_with_mails_in_hand_leaves_one_uncertain_and_the_rest_queued(
    clock: Clock, smtp_sink: MailSink
) -> None:
    queued(3)

    def die_on_the_third(message: Message) -> bytes:
        if len(smtp_sink.messages) == 2:
            raise SystemExit
        return PDF

    with pytest.raises(SystemExit):
        send_due(clock=clock, pdf_of=die_on_the_third)
    # The second was handed over, but nobody wrote its answer down any more.
    assert states() == ["sent", "uncertain", "queued"]
    clock.pass_(seconds=LEASE.total_seconds() + 1)
    assert send(clock) == {"sent": 1}
    assert len(smtp_sink.messages) == 3


def test_a_bill_voided_meanwhile_is_not_sent(clock: Clock, smtp_sink: MailSink) -> None:
    (invoice,) = queued()
    void_invoice(invoice_id=invoice.pk, on=date(2026, 1, 16), reason="Lectura errada", by=SYSTEM)
    assert send(clock) == {"dropped": 1}
    assert (smtp_sink.messages, states()) == ([], ["failed"])


def test_a_bill_born_paid_says_that_there_is_nothing_to_pay(clock: Clock, smtp_sink: MailSink) -> None:
    account = factories.account(factories.party())
    factories.pay(account, "10.00", date(2026, 1, 5))
    invoice = factories.invoice(account, "10.00", dated_on=date(2026, 1, 15), due_date=date(2026, 1, 31))
    Message.objects.all().delete()
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    send(clock)
    assert smtp_sink.messages[0]["Subject"].endswith("ya está pagada")


def test_the_folder_of_the_demo_gets_a_file_for_each_mail(clock: Clock, settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    queued(3)
    assert send(clock) == {"sent": 3}
    assert len(list(tmp_path.iterdir())) == 3


def _send_and_close(clock: Clock) -> None:
    send(clock)
    connection.close()
