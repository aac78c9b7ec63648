"""The worker's task sends what is due with the real documents."""

from datetime import date

import pytest

from caudal.jobs.tasks.notices import send_messages, sweep_messages
from caudal.notices.models import Message
from caudal.notices.operations import enqueue_invoice_messages
from tests import factories
from tests.support.mail import MailSink

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_bill_and_a_receipt_leave_with_their_pdfs(smtp_sink: MailSink) -> None:
    factories.organisation()
    account = factories.account(factories.party())
    invoice = factories.invoice(account, "10.00", dated_on=date(2026, 1, 15), due_date=date(2026, 1, 31))
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    factories.pay(account, "10.00", date(2026, 1, 20))
    send_messages()
    sweep_messages(timestamp=0)
    assert set(Message.objects.values_list("kind", "state")) == {
        ("invoice_issued", "sent"),
        ("payment_received", "sent"),
    }
    files = [part for mail in smtp_sink.messages for part in mail.iter_attachments()]
    assert [f.get_filename() for f in files] == ["factura-1.pdf", "comprobante-1.pdf"]
    assert all(f.get_content().startswith(b"%PDF") for f in files)
