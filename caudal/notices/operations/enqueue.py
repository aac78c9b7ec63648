"""Rows of the outbox, written in the transaction of the fact they tell. Sending starts after its commit."""

from collections.abc import Collection
from datetime import date
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models.functions import Now

from caudal.billing.models import Invoice
from caudal.common import queue, sql
from caudal.common.text import mail_address
from caudal.metering.models import Reading
from caudal.notices.models import Message, Preference
from caudal.registry.models import Party
from caudal.registry.queries import the_organisation

SEND_TASK = "send_messages"
# What came out just now is not recalled; a worker that was off catches up with two days.
SETTLED_DAYS: Final = 4
CATCH_UP_DAYS: Final = 2
# Why a mail that leads into the portal is not sent.
MOVED: Final = "La dirección cambió antes de enviarse."


def enqueue_invoice_messages(*, invoice_ids: Collection[int]) -> int:
    """One delivery row per issued invoice, set-based: mail, print or counter; the number of rows."""
    made = sql.execute("notices/enqueue_invoices", {"invoice_ids": list(invoice_ids)})
    _send_soon()
    return made


def enqueue_interest(*, account_id: int) -> int:
    """Delivery rows for the account's interest invoices that have none: they are handed over with a receipt."""
    told = Message.objects.filter(kind="invoice_issued", account_id=account_id).values("invoice_id")
    untold = Invoice.objects.filter(account_id=account_id, origin="interest").exclude(id__in=told)
    ids = list(untold.values_list("id", flat=True))
    return sql.execute("notices/enqueue_invoices", {"invoice_ids": ids}) if ids else 0


def enqueue_receipts(*, payment_ids: Collection[int]) -> int:
    """A mail with the receipt of each, where the holder has an address and wants mail; the number of rows."""
    made = sql.execute("notices/enqueue_receipts", {"payment_ids": list(payment_ids)})
    if made:
        _send_soon()
    return made


def enqueue_reminders(*, on: date) -> int:
    """Mails about bills that fall due or fell due about a day, each once, to who wants them; the number of rows.

    How many days before and after is the organisation's to say; none at all where it sends no reminders.
    """
    town = the_organisation()
    if not town.reminders:
        return 0
    facts = {
        "on": on,
        "days_before": town.reminder_days_before,
        "days_after": town.reminder_days_after,
        "catch_up_days": CATCH_UP_DAYS,
        "settled_days": SETTLED_DAYS,
    }
    made = sql.execute("notices/enqueue_reminders", facts)
    if made:
        _send_soon()
    return made


def enqueue_portal_link(*, party: Party, language: str = "") -> None:
    """A mail to a party's known address with the way to its user; at most one waits, its link is made on sending.

    One that waits for an address that the party had before gives way. `language`: of the page where it was asked for;
    none where the office asked.
    """
    waiting = Message.objects.filter(kind="portal_link", party=party, state="queued")
    address = mail_address(party.email)
    waiting.exclude(recipient=address).update(state="failed", next_attempt_at=None, last_error=MOVED)
    message = Message(
        kind="portal_link",
        party=party,
        channel="mail",
        recipient=address,
        state="queued",
        next_attempt_at=Now(),
        language=language,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    _send_soon()


def enqueue_contact_changed(*, party: Party, before: str) -> None:
    """A mail to the address that a party had before: whoever reads there hears of it, who may not have done it.

    One waits for a party and address at most.
    """
    message = Message(
        kind="contact_changed",
        party=party,
        channel="mail",
        recipient=mail_address(before),
        state="queued",
        next_attempt_at=Now(),
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    _send_soon()


def enqueue_sign_in_changed(*, party: Party, addresses: Collection[str]) -> None:
    """A mail to each address that a party's user signed in by before, or does now: it was changed, and not by him."""
    Message.objects.bulk_create(
        Message(
            kind="sign_in_changed",
            party=party,
            channel="mail",
            recipient=mail_address(address),
            state="queued",
            next_attempt_at=Now(),
        )
        for address in addresses
    )
    _send_soon()


def enqueue_reading_rejected(*, reading: Reading) -> None:
    """A mail to who sent a reading that was not accepted, once; none to who has no address or wants only his bills."""
    if reading.reader_id is None:
        return
    party = Party.objects.filter(user_id=reading.reader_id).select_related("user").first()
    if party is None:
        return
    recipient = party.email or (party.user.email if party.user else "")
    wishes = Preference.objects.filter(party=party).first()
    if not recipient or (wishes is not None and not (wishes.receipts or wishes.reminders)):
        return
    message = Message(
        kind="reading_rejected",
        party=party,
        reading=reading,
        channel="mail",
        recipient=mail_address(recipient),
        state="queued",
        next_attempt_at=Now(),
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)
    _send_soon()


def _send_soon() -> None:
    """After the commit: a task in the open transaction would make two of them wait for each other.

    A crash in between loses nothing: the minutely sweep looks at the rows.
    """
    transaction.on_commit(partial(queue.defer, SEND_TASK, queueing_lock=SEND_TASK))
