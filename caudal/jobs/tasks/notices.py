"""Queue tasks of the outbox. Each is safe to run twice: a mail is claimed by one worker alone."""

from typing import Final

from django.utils.timezone import localtime
from procrastinate.contrib.django import app

from caudal.common import clock
from caudal.documents.printing.prints import bill_pdf, receipts_pdf
from caudal.notices import operations as notices
from caudal.notices.mails.compose import receipts_told
from caudal.notices.models import Message
from caudal.registry.context import activate_town_timezone

# Nobody's telephone rings at night.
DAYTIME: Final = range(8, 19)


@app.task(name="send_messages", queueing_lock="send_messages")
def send_messages() -> None:
    """Send the mails that are due, with their documents attached."""
    activate_town_timezone()
    notices.send_due(clock=clock.now, pdf_of=attachment)


@app.periodic(cron="* * * * *")
@app.task(name="sweep_messages", queueing_lock="sweep_messages")
def sweep_messages(timestamp: int) -> None:
    """Each minute: what waits for another attempt, and what nobody was told of."""
    send_messages()


@app.periodic(cron="5 * * * *")
@app.task(name="remind", queueing_lock="remind")
def remind(timestamp: int) -> None:
    """By day, each hour: what falls due soon and what fell due; each is told once."""
    activate_town_timezone()
    if localtime(clock.now()).hour in DAYTIME:
        notices.enqueue_reminders(on=clock.today())


def attachment(message: Message) -> bytes:
    """The bill or the receipts that a message tells of; nothing for other messages."""
    if message.payment_id is not None:
        return receipts_pdf([payment.pk for payment in receipts_told(message)])
    return bill_pdf(message.invoice_id) if message.invoice_id is not None else b""
