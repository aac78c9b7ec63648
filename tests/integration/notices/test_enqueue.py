"""Every issued invoice has one delivery row: mail, print or counter; every fact is told once."""

from datetime import UTC, date, datetime

import pytest

from caudal.billing.models import Account, Invoice
from caudal.common.actor import SYSTEM
from caudal.notices.models import Message
from caudal.notices.operations import enqueue_invoice_messages, enqueue_receipts, mark_delivered
from tests import factories

pytestmark = pytest.mark.django_db


def billed(**account: str) -> Invoice:
    return factories.invoice(
        factories.account(factories.party(), **account),
        "10.00",
        dated_on=date(2026, 1, 15),
        due_date=date(2026, 1, 31),
    )


@pytest.fixture(autouse=True)
def town() -> None:
    factories.organisation()


def test_a_holder_with_an_address_who_wants_mail_is_mailed() -> None:
    invoice = billed(delivery="mail")
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    message = Message.objects.get(invoice=invoice)
    assert (message.channel, message.state) == ("mail", "queued")
    assert message.recipient == invoice.account.holder.email


@pytest.mark.parametrize("address", ["", "no es un correo", "ana@", "ana mora@ejemplo.cr", "ana@ejemplo"])
def test_without_a_usable_address_the_bill_is_printed(address: str) -> None:
    invoice = billed(delivery="mail")
    holder = invoice.account.holder
    holder.email = address
    holder.save()
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    message = Message.objects.get(invoice=invoice)
    assert (message.channel, message.state, message.recipient) == ("print", "waiting", "")


@pytest.mark.parametrize(("delivery", "channel"), [("print", "print"), ("counter", "counter")])
def test_who_wants_paper_gets_paper_whatever_the_address(delivery: str, channel: str) -> None:
    invoice = billed(delivery=delivery)
    enqueue_invoice_messages(invoice_ids=[invoice.pk])
    message = Message.objects.get(invoice=invoice)
    assert (message.channel, message.state) == (channel, "waiting")


def test_a_batch_is_one_statement_and_a_second_time_adds_nothing() -> None:
    invoices = [billed().pk for _ in range(3)]
    assert enqueue_invoice_messages(invoice_ids=invoices) == 3
    assert enqueue_invoice_messages(invoice_ids=invoices) == 0
    assert Message.objects.filter(kind="invoice_issued").count() == 3


def test_interest_charged_at_a_payment_is_handed_over_with_its_receipt() -> None:
    water = factories.service("water", late_policies=factories.A_TENTH_A_DAY)
    account: Account = factories.account(factories.party())
    line = factories.Line("1000.00", water)
    factories.invoice(account, line, dated_on=date(2026, 1, 15), due_date=date(2026, 1, 31))
    payment = factories.pay(account, "1010.00", date(2026, 2, 10))
    interest = Message.objects.get(invoice__origin="interest")
    assert (interest.channel, interest.state) == ("counter", "printed")
    assert Message.objects.get(payment=payment).kind == "payment_received"


def test_a_receipt_is_told_once() -> None:
    account = factories.account(factories.party())
    payment = factories.pay(account, "10.00", date(2026, 1, 5))
    assert enqueue_receipts(payment_ids=[payment.pk]) == 0
    assert Message.objects.filter(payment=payment).count() == 1


def test_what_was_delivered_another_way_is_sent_no_more() -> None:
    mailed, printed = billed(delivery="mail"), billed(delivery="print")
    enqueue_invoice_messages(invoice_ids=[mailed.pk, printed.pk])
    later = factories.pay(mailed.account, "10.00", date(2026, 2, 2))
    assert mark_delivered(upto=date(2026, 1, 31), by=SYSTEM) == 2
    told = Message.objects.filter(kind="invoice_issued")
    states = {m.invoice_id: (m.state, m.next_attempt_at) for m in told}
    assert states == {mailed.pk: ("sent", None), printed.pk: ("printed", None)}
    assert Message.objects.get(payment=later).state == "queued"
    # Nine in the morning in Costa Rica, of the day of issue.
    sent_at = Message.objects.get(invoice=mailed).sent_at
    assert sent_at == datetime(2026, 1, 15, 15, 0, tzinfo=UTC)
