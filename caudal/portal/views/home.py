"""What I owe, until when, pay: the answer above the fold."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from caudal.billing.models import Invoice
from caudal.common import clock
from caudal.common.spoken import spanish
from caudal.documents.queries.facts import months_billed
from caudal.portal import access
from caudal.portal.present.bill import volume_of
from caudal.portal.present.debt import late_total
from caudal.portal.present.self_readings import notices_of, own_meters
from caudal.portal.views.places import own_places
from caudal.receivables.models import Payment
from caudal.receivables.queries import credit_of, pending_items_of, with_state
from caudal.registry.context import current_town

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class NextDue:
    """What of the debt is not overdue, and its first due date."""

    date: date
    amount: Decimal


@access.citizen
def home(request: HttpRequest) -> HttpResponse:
    """The debt of all of the user's accounts in one line, and the way to pay it."""
    today, town = clock.today(), current_town()
    accounts = access.accounts(request, on=today)
    items = pending_items_of(account_ids=[a.pk for a in accounts], on=today)
    balance = sum((item.payable for item in items), ZERO)
    later = [item for item in items if not item.overdue]
    due = min((item.due_date for item in later), default=None)
    context = {
        "linked": bool(accounts) or access.bills(request, on=today).exists(),
        "balance": balance,
        "overdue": sum((item.payable for item in items if item.overdue), ZERO),
        "next_due": due and NextDue(due, sum((item.payable for item in later), ZERO)),
        "credit": credit_of(account_ids=[a.pk for a in accounts]),
        "late_total": late_total(items, due) if due else None,
        "places": own_places(request, accounts, items, on=today),
        "last_invoice": _last_invoice(request, today),
        "last_payment": _last_payment(request, today),
        "notices": [*_open_payments(request, today), *_readings_wanted(request, today)],
        "town": town,
    }
    return render(request, "portal/home.html", context)


def _last_invoice(request: HttpRequest, today: date) -> dict[str, Any] | None:
    known = access.bills(request, on=today).exclude(origin="interest").filter(voided_on=None)
    shown: Any = with_state(known, on=today).select_related("series").order_by("-dated_on", "-id").first()
    if shown is None:
        return None
    volume = volume_of(shown)
    return {
        "id": shown.pk,
        "number": shown.series.printed(shown.number),
        "months": months_billed(shown),
        "volume": volume[0] if volume else None,
        "unit": volume[1] if volume else "",
        "change": _change(shown, volume[0]) if volume else None,
        "total": shown.total,
        "state": shown.state,
        "due_date": shown.due_date,
    }


def _change(invoice: Invoice, volume: Decimal) -> Decimal | None:
    """The volume against the same month a year before."""
    month, _last = months_billed(invoice)
    before = Invoice.objects.filter(
        account_id=invoice.account_id,
        connection=invoice.connection,
        voided_on=None,
        frozen__period=f"{month.year - 1}-{month.month:02d}",
        dated_on__gte=invoice.dated_on - timedelta(days=430),
    ).first()
    past = volume_of(before) if before else None
    return volume - past[0] if past else None


def _last_payment(request: HttpRequest, today: date) -> dict[str, Any] | None:
    known = access.payments(request, on=today).filter(reversed_on=None)
    payment: Payment | None = known.select_related("series").order_by("-value_on", "-id").first()
    if payment is None:
        return None
    number = payment.series.printed(payment.number)
    return {"id": payment.pk, "number": number, "on": payment.value_on, "amount": payment.amount}


def _open_payments(request: HttpRequest, today: date) -> list[dict[str, str]]:
    """Online payments that the provider has not settled: whoever started one should not pay again."""
    since = clock.now() - timedelta(days=1)
    waiting = access.intents(request, on=today).filter(state__in=("open", "parked"), created_at__gte=since)
    return [
        {
            "kind": "pending",
            "title": spanish("Hay un pago sin respuesta del banco."),
            "text": spanish("Ver en qué va"),
            "href": reverse("portal:waiting", args=[intent.pk]),
        }
        for intent in waiting.order_by("-created_at")[:1]
    ]


def _readings_wanted(request: HttpRequest, today: date) -> list[dict[str, str]]:
    """The meters whose reading the user may send now."""
    return notices_of(own_meters(list(access.meters(request, on=today)), on=today), current_town())
