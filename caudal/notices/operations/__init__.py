"""What notices writes: rows of the outbox in the transaction of the fact, and what became of them."""

from caudal.notices.operations.enqueue import (
    enqueue_contact_changed,
    enqueue_interest,
    enqueue_invoice_messages,
    enqueue_portal_link,
    enqueue_reading_rejected,
    enqueue_receipts,
    enqueue_reminders,
    enqueue_sign_in_changed,
)
from caudal.notices.operations.outbox import mark_delivered, mark_printed, resend
from caudal.notices.operations.preferences import set_preference
from caudal.notices.operations.send import Sent, send_due

__all__ = [
    "Sent",
    "enqueue_contact_changed",
    "enqueue_interest",
    "enqueue_invoice_messages",
    "enqueue_portal_link",
    "enqueue_reading_rejected",
    "enqueue_receipts",
    "enqueue_reminders",
    "enqueue_sign_in_changed",
    "set_preference",
    "mark_delivered",
    "mark_printed",
    "resend",
    "send_due",
]
