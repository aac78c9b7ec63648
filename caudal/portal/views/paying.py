"""Pay online: confirm, go to the provider, wait for its word, hold the receipt."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.spoken import as_written, spanish
from caudal.documents.printing.prints import receipt_pdf as receipt_pdf_of
from caudal.documents.printing.prints import signed_for_one
from caudal.portal import access
from caudal.portal.choosing import Part, chosen_parts, everything, whole
from caudal.portal.present.debt import Line, Naming, lines_of
from caudal.portal.views.bills import pdf_response
from caudal.portal.views.statement import refused_choice
from caudal.receivables import queries as receivables
from caudal.receivables.models import Payment, PaymentIntent
from caudal.receivables.providers import UnknownProvider, provider, provider_codes
from caudal.receivables.queries import SelectionRefused, check_selection
from caudal.registry.context import current_town
from caudal.workflows.payments import OnlineRequest, ask_provider, start_online_payment

ASK_AGAIN_S = 3
FIGURE = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?", re.ASCII)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is paid of one account. `holder`: empty when it is one's own."""

    number: str
    holder: str
    entries: list[Line]
    total: Decimal


@access.anyone
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """Confirm what will be paid (GET: `item`s, a `factura`, or `todo`), then start it (POST)."""
    today = clock.today()
    if request.method == "POST":
        return _start(request, chosen_parts(request, request.POST, on=today))
    parts = chosen_parts(request, request.GET, on=today)
    try:
        for part in parts:
            check_selection(items=part.items, charge_ids=part.chosen)
    except SelectionRefused as refusal:
        return _refused(request, parts, refusal)
    except DomainError as refusal:
        return _confirm(request, (), refusal=refusal.message)
    return _confirm(request, parts, refusal="" if provider_codes() else UnknownProvider(provider="").message)


@access.anyone
def waiting(request: HttpRequest, intent_id: UUID) -> HttpResponse:
    """What became of a payment: the provider is asked until it knows; then the receipt, or one for each account."""
    today = clock.today()
    get_object_or_404(access.intents(request, on=today), pk=intent_id)
    intent = ask_provider(intent_id=intent_id, on=today)
    paid = [part.payment_id for part in intent.parts.order_by("id") if part.payment_id is not None]
    if len(paid) == 1:
        return redirect(reverse("portal:receipt", args=paid) + "?nuevo=1")
    if paid:
        return _receipts(request, intent)
    context = {
        "intent": intent,
        "again": _way_back(request, intent),
        "guest": access.is_guest(request) and intent.state != "open",
        "town": current_town(),
    }
    response = render(request, "portal/waiting.html", context)
    if intent.state == "open":
        response["Refresh"] = str(ASK_AGAIN_S)
    return response


@access.anyone
def receipt(request: HttpRequest, payment_id: int) -> HttpResponse:
    """The proof of a payment."""
    today = clock.today()
    payment = get_object_or_404(access.payments(request, on=today), pk=payment_id)
    shown = receivables.receipt(payment_id=payment.pk)
    context = {
        "payment": {
            "id": shown.payment_id,
            "number": shown.number,
            "amount": shown.amount,
            "value_on": shown.value_on,
            "posted_at": shown.posted_at,
            "method": spanish(shown.method),
            "reference": shown.provider_reference,
            "payer": shown.payer,
            "reversed_on": shown.reversed_on,
        },
        "lines": [{"label": _told(line), "amount": line.amount} for line in shown.lines],
        "credit": shown.amount - sum((line.amount for line in shown.lines), ZERO),
        "together": _together(request, payment),
        "balance": _owed(request),
        "guest": access.is_guest(request),
        "printable": access.may_print(request, payment),
        "statement": _back(request, ()),
        "fresh": "nuevo" in request.GET,
        "town": current_town(),
    }
    return render(request, "portal/receipt.html", context)


@access.anyone
def receipt_pdf(request: HttpRequest, payment_id: int) -> HttpResponse:
    """The receipt to keep."""
    known = access.payments(request, on=clock.today()).select_related("series")
    payment = get_object_or_404(known, pk=payment_id)
    if not access.may_print(request, payment):
        raise Http404
    name = f"comprobante-{payment.series.printed(payment.number)}"
    return pdf_response(signed_for_one(receipt_pdf_of(payment_id=payment.pk), reason=name), f"{name}.pdf")


def _receipts(request: HttpRequest, intent: PaymentIntent) -> HttpResponse:
    """What was paid at once, with the receipt of each account."""
    payments = Payment.objects.filter(part__intent=intent).select_related("series", "account__holder")
    context = {
        "intent": intent,
        "receipts": [
            {
                "id": payment.pk,
                "number": payment.series.printed(payment.number),
                "account": payment.frozen["account"],
                "holder": access.on_behalf_of(request, payment.account),
                "amount": payment.amount,
                "reversed_on": payment.reversed_on,
                "value_on": payment.value_on,
                "reference": payment.provider_reference,
                "printable": access.may_print(request, payment),
            }
            for payment in payments.order_by("id")
        ],
        "balance": _owed(request),
        "guest": access.is_guest(request),
        "statement": _back(request, ()),
        "town": current_town(),
    }
    return render(request, "portal/receipts.html", context)


def _together(request: HttpRequest, payment: Payment) -> dict[str, Any] | None:
    """The online payment that paid other accounts too, for who may follow it."""
    parts = PaymentIntent.objects.filter(parts__payment=payment)
    intent = access.intents(request, on=clock.today()).filter(pk__in=parts.values("pk")).first()
    if intent is None or intent.parts.count() == 1:
        return None
    others = intent.parts.count() - 1
    return {"others": others, "amount": intent.amount, "href": reverse("portal:waiting", args=[intent.pk])}


def _owed(request: HttpRequest) -> Decimal:
    """What all of the payer's accounts owe now."""
    parts = everything(request, on=clock.today())
    return sum((item.payable for part in parts for item in part.items), ZERO)


def _start(request: HttpRequest, parts: tuple[Part, ...]) -> HttpResponse:
    """One press pays all that was chosen, whatever the accounts: each has its own receipt."""
    codes = provider_codes()
    try:
        asked = OnlineRequest(
            key=UUID(request.POST["key"]),
            chosen={part.account.pk: part.chosen for part in parts},
            shown=_figure(request.POST["total"]),
            on=clock.today(),
            provider=codes[0] if codes else "",
        )
    except (KeyError, ValueError):
        raise Http404 from None
    try:
        started = start_online_payment(request=asked, by=access.actor_of(request))
    except DomainError as refusal:
        return _confirm(request, parts, refusal=refusal.message)
    access.follow(request, started.intent.pk)
    return redirect(started.address)


def _figure(text: str) -> Decimal:
    """A total as the page wrote it; ValueError for what no page writes (NaN, 1e999999)."""
    if not FIGURE.fullmatch(text):
        raise ValueError
    return Decimal(text)


def _confirm(request: HttpRequest, parts: tuple[Part, ...], *, refusal: str) -> HttpResponse:
    town = current_town()
    bundles = [_bundle(request, part) for part in parts if part.picked]
    context: dict[str, Any] = {
        "bundles": bundles,
        "key": uuid4(),
        "total": sum((bundle.total for bundle in bundles), ZERO),
        "today": clock.today(),
        "refusal": refusal,
        "provider": spanish(provider(provider_codes()[0]).name) if provider_codes() else "",
        "back": _back(request, parts),
        "guest": access.is_guest(request),
        "town": town,
    }
    return render(request, "portal/pay.html", context, status=422 if refusal else 200)


def _bundle(request: HttpRequest, part: Part) -> Bundle:
    names = Naming(current_town(), masked=access.is_guest(request))
    return Bundle(
        number=part.account.number,
        holder=access.on_behalf_of(request, part.account),
        entries=lines_of(part.picked, names),
        total=sum((item.payable for item in part.picked), ZERO),
    )


def _back(request: HttpRequest, parts: tuple[Part, ...]) -> str:
    """Where the payer came from: the bill, the statement, or what he looked up."""
    if "factura" in request.GET:
        return reverse("portal:invoice", args=[whole(request.GET["factura"])])
    if not access.is_guest(request):
        return reverse("portal:statement")
    if access.looked_up(request) is not None:
        return reverse("portal:guest_balance")
    shown = [item.invoice_id for part in parts for item in part.picked]
    return reverse("portal:invoice", args=[shown[-1]]) if shown else reverse("portal:home")


def _way_back(request: HttpRequest, intent: PaymentIntent) -> str:
    """Where what a payment did not pay is chosen again; a guest is not asked to sign in for it."""
    if not access.is_guest(request) or access.looked_up(request) is not None:
        return _back(request, ())
    charges = {charge_id for part in intent.parts.all() for charge_id in part.charge_ids}
    opened = access.bills(request, on=clock.today()).filter(charges__in=charges).first()
    return reverse("portal:invoice", args=[opened.pk]) if opened else reverse("portal:guest")


def _refused(request: HttpRequest, parts: tuple[Part, ...], refusal: SelectionRefused) -> HttpResponse:
    """A payer's choice goes back to where it was made, with the reason."""
    own = {account.pk for account in access.payable_accounts(request, on=clock.today())}
    if not all(part.account.pk in own for part in parts):
        return _confirm(request, (), refusal=refusal.message)
    chosen = frozenset(charge_id for part in parts for charge_id in part.chosen)
    return refused_choice(request, chosen, refusal.message)


def _told(line: Any) -> SafeString:
    bill = f"{current_town().bill.one} {line.invoice_number}"
    return format_html("{}, {}", as_written(line.label), bill)
