"""Pay online: confirm, go to the provider, wait for its word, hold the receipt."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from caudal.billing.models import Account, Charge
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.documents.printing.prints import receipt_pdf as receipt_pdf_of
from caudal.portal import access
from caudal.portal.present.debt import lines_of
from caudal.portal.views.bills import pdf_response
from caudal.portal.views.statement import Choice, render_statement
from caudal.receivables import queries as receivables
from caudal.receivables.providers import UnknownProvider, provider, provider_codes
from caudal.receivables.queries import PendingItem, SelectionRefused, check_selection, pending_items
from caudal.registry.context import current_town
from caudal.workflows.payments import OnlineRequest, ask_provider, start_online_payment

ASK_AGAIN_S = 3
ZERO = Decimal(0)


@access.anyone
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """Confirm what will be paid (GET: `item`s, a `factura`, or `todo`), then start it (POST)."""
    today = clock.today()
    account_id, chosen = _chosen(request, today)
    if account_id is None:
        return _confirm(request, (), refusal="")
    items = pending_items(account_id=account_id, on=today)
    if request.method == "POST":
        return _start(request, account_id, chosen, items)
    if "factura" in request.GET or "todo" in request.GET:
        chosen = receivables.complete_selection(items=items, charge_ids=chosen)
    try:
        picked = check_selection(items=items, charge_ids=chosen)
    except SelectionRefused as refusal:
        return _refused(request, account_id, chosen, refusal)
    except DomainError as refusal:
        return _confirm(request, (), refusal=refusal.message)
    return _confirm(request, picked, refusal="" if provider_codes() else UnknownProvider(provider="").message)


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
    owed = receivables.statement(account_id=payment.account_id, on=today)
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
        "balance": ZERO if access.is_guest(request) else owed.total,
        "fresh": "nuevo" in request.GET,
        "town": current_town(),
    }
    return render(request, "portal/receipt.html", context)


@access.anyone
def receipt_pdf(request: HttpRequest, payment_id: int) -> HttpResponse:
    """The receipt to keep."""
    known = access.payments(request, on=clock.today()).select_related("series")
    payment = get_object_or_404(known, pk=payment_id)
    name = f"comprobante-{payment.series.printed(payment.number)}.pdf"
    return pdf_response(receipt_pdf_of(payment_id=payment.pk), name)


def _chosen(request: HttpRequest, today: date) -> tuple[int | None, frozenset[int]]:
    """The account and the charges asked for, all of which the user may see; 404 for others."""
    given = request.POST if request.method == "POST" else request.GET
    if "todo" in given:
        return _everything(request, today)
    if "factura" in given:
        found = access.bill(request, _whole(given["factura"]), on=today)
        return found.account_id, frozenset(found.charges.values_list("id", flat=True))
    ids = frozenset(_whole(value) for value in given.getlist("item"))
    if not ids:
        return None, frozenset()
    return _account_of(request, ids, today), ids


def _everything(request: HttpRequest, today: date) -> tuple[int | None, frozenset[int]]:
    """All that the first account owes that owes something."""
    for account in access.accounts(request, on=today):
        items = pending_items(account_id=account.pk, on=today)
        if items:
            return account.pk, frozenset(item.charge_id for item in items)
    return None, frozenset()


def _account_of(request: HttpRequest, charge_ids: frozenset[int], today: date) -> int:
    """The one account of charges that may be paid: of one's own accounts, or of bills one may see."""
    known = Charge.objects.filter(pk__in=charge_ids).values_list("invoice__account_id", "invoice_id")
    accounts = {account_id for account_id, _invoice in known}
    if len(known) != len(charge_ids) or len(accounts) != 1:
        raise Http404
    (account_id,) = accounts
    if access.accounts(request, on=today).filter(pk=account_id).exists():
        return int(account_id)
    wanted = {invoice_id for _account, invoice_id in known}
    seen = set(access.bills(request, on=today).filter(account=account_id).values_list("pk", flat=True))
    if not wanted & seen or wanted - seen - _needed(account_id, seen, today):
        raise Http404
    return int(account_id)


def _needed(account_id: int, invoice_ids: Collection[int], today: date) -> set[int]:
    """The bills without which those seen cannot be paid: older ones of the same services."""
    items = pending_items(account_id=account_id, on=today)
    seen = [item.charge_id for item in items if item.invoice_id in invoice_ids]
    complete = receivables.complete_selection(items=items, charge_ids=seen)
    return {item.invoice_id for item in items if item.charge_id in complete}


def _start(
    request: HttpRequest, account_id: int, chosen: frozenset[int], items: tuple[PendingItem, ...]
) -> HttpResponse:
    codes = provider_codes()
    try:
        asked = OnlineRequest(
            key=UUID(request.POST["key"]),
            account_id=account_id,
            charge_ids=tuple(chosen),
            shown=Decimal(request.POST["total"]),
            on=clock.today(),
            provider=codes[0] if codes else "",
        )
    except (KeyError, ValueError, InvalidOperation):
        raise Http404 from None
    try:
        started = start_online_payment(request=asked, by=access.actor_of(request))
    except DomainError as refusal:
        picked = tuple(item for item in items if item.charge_id in chosen)
        return _confirm(request, picked, refusal=refusal.message)
    access.follow(request, started.intent.pk)
    return redirect(started.address)


def _confirm(request: HttpRequest, picked: Iterable[PendingItem], *, refusal: str) -> HttpResponse:
    items, town = list(picked), current_town()
    guest = access.is_guest(request)
    context: dict[str, Any] = {
        "entries": lines_of(items, town),
        "total": sum((item.payable for item in items), ZERO),
        "today": clock.today(),
        "refusal": refusal,
        "provider": provider(provider_codes()[0]).name if provider_codes() else "",
        "back": _back(request, items),
        "form_key": uuid4(),
        "guest": guest,
        "town": town,
    }
    return render(request, "portal/pay.html", context, status=422 if refusal else 200)


def _back(request: HttpRequest, items: list[PendingItem]) -> str:
    """Where the payer came from: the bill, or the statement."""
    asked = request.GET.get("factura") or (str(items[0].invoice_id) if items else "")
    if asked and ("factura" in request.GET or access.is_guest(request)):
        return reverse("portal:invoice", args=[_whole(asked)])
    return reverse("portal:home" if access.is_guest(request) else "portal:statement")


def _refused(
    request: HttpRequest, account_id: int, chosen: Collection[int], refusal: SelectionRefused
) -> HttpResponse:
    """A citizen's choice goes back to the statement as it was made, with the reason."""
    accounts = list(access.accounts(request, on=clock.today()))
    own: Account | None = next((a for a in accounts if a.pk == account_id), None)
    if own is None:
        return _confirm(request, (), refusal=refusal.message)
    return render_statement(request, Choice(own, chosen, refusal.message), accounts)


def _told(line: Any) -> str:
    return f"{line.label}, factura {line.invoice_number}"


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):  # a bigint's digits
        raise Http404
    return int(text)
