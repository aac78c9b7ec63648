"""Pay online: confirm, go to the provider, wait for its word, hold the receipt."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.documents.printing.prints import receipt_pdf as receipt_pdf_of
from caudal.portal import access
from caudal.portal.choosing import Part, chosen_parts, everything, whole
from caudal.portal.present.debt import Line, lines_of, naming
from caudal.portal.views.bills import pdf_response
from caudal.portal.views.statement import refused_choice
from caudal.receivables import queries as receivables
from caudal.receivables.providers import UnknownProvider, provider, provider_codes
from caudal.receivables.queries import SelectionRefused, check_selection
from caudal.registry.context import current_town
from caudal.workflows.payments import OnlineRequest, ask_provider, start_online_payment

ASK_AGAIN_S = 3
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one press pays: of one account, with the key of its attempt. `holder`: empty when it is one's own."""

    number: str
    holder: str
    entries: list[Line]
    total: Decimal
    key: UUID


@access.anyone
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """Confirm what will be paid (GET: `item`s, a `factura`, or `todo`), then start it (POST, one account)."""
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
    """What became of a payment: the provider is asked until it knows; then the receipt."""
    today = clock.today()
    get_object_or_404(access.intents(request, on=today), pk=intent_id)
    intent = ask_provider(intent_id=intent_id, on=today)
    if intent.payment_id is not None:
        return redirect(reverse("portal:receipt", args=[intent.payment_id]) + "?nuevo=1")
    response = render(request, "portal/waiting.html", {"intent": intent, "town": current_town()})
    if intent.state == "open":
        response["Refresh"] = str(ASK_AGAIN_S)
    return response


@access.anyone
def receipt(request: HttpRequest, payment_id: int) -> HttpResponse:
    """The proof of a payment."""
    today = clock.today()
    payment = get_object_or_404(access.payments(request, on=today), pk=payment_id)
    shown = receivables.receipt(payment_id=payment.pk)
    left = (part.items for part in everything(request, on=today))
    context = {
        "payment": {
            "id": shown.payment_id,
            "number": shown.number,
            "amount": shown.amount,
            "value_on": shown.value_on,
            "posted_at": shown.posted_at,
            "method": shown.method,
            "reference": shown.provider_reference,
            "payer": shown.payer,
            "reversed_on": shown.reversed_on,
        },
        "lines": [{"label": _told(line), "amount": line.amount} for line in shown.lines],
        "credit": shown.amount - sum((line.amount for line in shown.lines), ZERO),
        "balance": sum((item.payable for items in left for item in items), ZERO),
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
    name = f"comprobante-{payment.series.printed(payment.number)}.pdf"
    return pdf_response(receipt_pdf_of(payment_id=payment.pk), name)


def _start(request: HttpRequest, parts: tuple[Part, ...]) -> HttpResponse:
    """One press pays one account: its receipt is its own."""
    if len(parts) != 1:
        raise Http404
    part, codes = parts[0], provider_codes()
    try:
        asked = OnlineRequest(
            key=UUID(request.POST["key"]),
            account_id=part.account.pk,
            charge_ids=tuple(part.chosen),
            shown=Decimal(request.POST["total"]),
            on=clock.today(),
            provider=codes[0] if codes else "",
        )
    except (KeyError, ValueError, InvalidOperation):
        raise Http404 from None
    try:
        started = start_online_payment(request=asked, by=access.actor_of(request))
    except DomainError as refusal:
        return _confirm(request, parts, refusal=refusal.message)
    access.follow(request, started.intent.pk)
    return redirect(started.address)


def _confirm(request: HttpRequest, parts: tuple[Part, ...], *, refusal: str) -> HttpResponse:
    town = current_town()
    bundles = [_bundle(request, part) for part in parts if part.picked]
    context: dict[str, Any] = {
        "bundles": bundles,
        "total": sum((bundle.total for bundle in bundles), ZERO),
        "today": clock.today(),
        "refusal": refusal,
        "provider": provider(provider_codes()[0]).name if provider_codes() else "",
        "back": _back(request, parts),
        "guest": access.is_guest(request),
        "town": town,
    }
    return render(request, "portal/pay.html", context, status=422 if refusal else 200)


def _bundle(request: HttpRequest, part: Part) -> Bundle:
    names = naming(part.picked, current_town(), masked=access.is_guest(request))
    return Bundle(
        number=part.account.number,
        holder=access.on_behalf_of(request, part.account),
        entries=lines_of(part.picked, names),
        total=sum((item.payable for item in part.picked), ZERO),
        key=uuid4(),
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


def _refused(request: HttpRequest, parts: tuple[Part, ...], refusal: SelectionRefused) -> HttpResponse:
    """A payer's choice goes back to where it was made, with the reason."""
    own = {account.pk for account in access.payable_accounts(request, on=clock.today())}
    if not all(part.account.pk in own for part in parts):
        return _confirm(request, (), refusal=refusal.message)
    chosen = frozenset(charge_id for part in parts for charge_id in part.chosen)
    return refused_choice(request, chosen, refusal.message)


def _told(line: Any) -> str:
    return f"{line.label}, factura {line.invoice_number}"
