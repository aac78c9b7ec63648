"""What a mail says, in the language of whom it goes to; the figures are written as the town writes them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from email.utils import parseaddr
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from caudal.common.ui.formats import long_date, money, number
from caudal.common.ui.languages import SPANISH, with_language
from caudal.documents.queries import bill_url
from caudal.notices.links import LASTS, portal_token
from caudal.notices.mails.mime import Mail
from caudal.notices.models import Message
from caudal.receivables.models import Payment
from caudal.receivables.queries import invoice_balances, paid_together, pending_items_of
from caudal.registry.context import Town, current_town
from caudal.registry.models import Organisation

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the town, its address for replies in the text, and where its portal is."""

    town: Town
    organisation: Organisation
    address: str

    @property
    def domain(self) -> str:
        return self.address.partition("@")[2] or "localhost"


@dataclass(frozen=True, slots=True)
class Owed:
    """What is left to pay of a message's invoice, and all that its account owes with interest to the day."""

    invoice: Decimal = ZERO
    account: Decimal = ZERO


def sender() -> Sender:
    """The town as it writes mails now."""
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return Sender(current_town(), Organisation.objects.get(), address)


def load(message_ids: Collection[int]) -> list[Message]:
    """Messages with what they are about, in order; one query for the batch, one for what is left to pay."""
    messages = Message.objects.filter(id__in=message_ids).select_related(
        "account__holder__user",
        "party__user",
        "invoice__series",
        "payment__series",
        "reading__installation__meter",
    )
    return list(messages.order_by("id"))


def amounts_owed(messages: Collection[Message], *, on: date) -> dict[int, Owed]:
    """What is left to pay of the messages' invoices, and of their accounts in all on a day, by message."""
    about = [m for m in messages if m.invoice_id is not None]
    left = invoice_balances(invoice_ids=[m.invoice_id for m in about if m.invoice_id])
    accounts: dict[int, Decimal] = defaultdict(Decimal)
    for item in pending_items_of(account_ids={m.account_id for m in about if m.account_id}, on=on):
        accounts[item.account_id] += item.payable
    return {m.pk: Owed(left.get(m.invoice_id or 0, ZERO), accounts[m.account_id or 0]) for m in about}


def receipts_told(message: Message) -> list[Payment]:
    """The payments whose receipts a mail hands over: its own first, and those made with it by holders of its address.

    The message is about a payment.
    """
    assert message.payment_id is not None
    together = paid_together(payment_id=message.payment_id)
    told = [p for p in together if p.pk == message.payment_id or p.account.holder.email == message.recipient]
    return sorted(told, key=lambda payment: (payment.pk != message.payment_id, payment.pk))


def new_message_id(message: Message, by: Sender) -> str:
    """The identity of a mail, kept for every attempt, by which readers' programs know a duplicate."""
    return message.message_id or f"<caudal-{message.pk}-{token_hex(8)}@{by.domain}>"


def language_of(message: Message) -> str:
    """What the user of the holder chose, else what the mail was asked for in; else Spanish."""
    party = message.party or (message.account and message.account.holder)
    user = party and party.user
    return (user and user.language_of_mails) or message.language or SPANISH


def compose(message: Message, *, by: Sender, owed: Owed, pdf: bytes, at: datetime) -> Mail:
    """The mail of a message; `message.message_id` is set. Template: `notices/<kind>`."""
    with translation.override(language_of(message)):
        return _composed(message, by=replace(by, town=by.town.read_now()), owed=owed, pdf=pdf, at=at)


def _composed(message: Message, *, by: Sender, owed: Owed, pdf: bytes, at: datetime) -> Mail:
    if message.kind == "portal_link":
        context = _about_party(message, by, at)
    elif message.kind in ("contact_changed", "sign_in_changed"):
        assert message.party is not None
        context = {"holder": message.party.name}
    elif message.reading_id is not None:
        context = _about_reading(message, by)
    elif message.payment_id is not None:
        context = _about_payment(message, by)
    else:
        context = _about_invoice(message, by, owed)
    context |= {"town": by.town, "organisation": by.organisation}
    subject = render_to_string(f"notices/{message.kind}.subject.txt", context)
    return Mail(
        sender=(by.town.name, by.address),
        recipient=message.recipient,
        subject=" ".join(subject.split()),
        text=render_to_string(f"notices/{message.kind}.txt", context),
        html=render_to_string(f"notices/{message.kind}.html", context),
        message_id=message.message_id,
        at=at,
        pdf=pdf,
        pdf_name=f"{context.get('file', '')}.pdf",
    )


def _about_invoice(message: Message, by: Sender, owed: Owed) -> dict[str, Any]:
    invoice = message.invoice
    assert invoice is not None and message.account is not None
    number = invoice.series.printed(invoice.number)
    return {
        "holder": invoice.frozen["holder"]["name"],
        "number": number,
        "account": message.account.number,
        "total": money(invoice.total, by.town),
        "favour": money(-invoice.total, by.town) if invoice.total < ZERO else "",
        "balance": money(owed.invoice, by.town),
        "owed": money(owed.account, by.town),
        "more": owed.account > owed.invoice,
        "paid": owed.invoice <= ZERO,
        "due": long_date(invoice.due_date, by.town),
        "url": with_language(
            bill_url(invoice_id=invoice.pk, issued_on=invoice.issued_on, base_url=by.organisation.base_url)
        ),
        "file": f"{by.town.bill.one}-{number}",
    }


def _about_party(message: Message, by: Sender, at: datetime) -> dict[str, Any]:
    """The way in: to set a password, or to sign in for who has a user already."""
    party = message.party
    assert party is not None
    user = party.user
    base = (by.organisation.base_url or settings.LOCAL_URL).rstrip("/")
    token = "" if user else portal_token(party=party, address=message.recipient, at=at)
    return {
        "holder": party.name,
        "username": user.username if user else "",
        "url": with_language(
            base + (reverse("account_login") if user else reverse("portal:set_up", args=[token]))
        ),
        "reset_url": with_language(base + reverse("account_reset_password")),
        "days": LASTS.days,
    }


def _about_reading(message: Message, by: Sender) -> dict[str, Any]:
    """What became of a reading that its customer sent."""
    reading, party = message.reading, message.party
    assert reading is not None and party is not None
    base = (by.organisation.base_url or settings.LOCAL_URL).rstrip("/")
    return {
        "holder": party.name,
        "serial": reading.installation.meter.serial,
        "register": number(reading.register, by.town),
        "read_on": long_date(reading.read_on, by.town),
        "reason": reading.review_note,
        "url": with_language(base + reverse("portal:self_reading", args=[reading.installation_id])),
    }


def _about_payment(message: Message, by: Sender) -> dict[str, Any]:
    told = receipts_told(message)
    receipts = [
        {
            "holder": payment.frozen["holder"]["name"],
            "number": payment.series.printed(payment.number),
            "account": payment.frozen["account"],
            "amount": money(payment.amount, by.town),
        }
        for payment in told
    ]
    first, total = told[0], sum((payment.amount for payment in told), ZERO)
    day = first.value_on
    one = f"comprobante-{receipts[0]['number']}"
    return receipts[0] | {
        "amount": money(total, by.town),
        "receipts": receipts,
        "value_on": long_date(day, by.town),
        "file": one if len(told) == 1 else f"comprobantes-{day.isoformat()}",
    }
