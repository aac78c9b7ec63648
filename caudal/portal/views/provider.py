"""The sandbox provider's page, and the address at which providers tell what became of a payment."""

import logging
from collections.abc import Mapping
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.spoken import spanish_many
from caudal.portal import access
from caudal.receivables.models import PaymentIntent
from caudal.receivables.providers import SANDBOX, Message, UnknownProvider, provider_codes
from caudal.registry.context import current_town
from caudal.workflows.payments import settle_provider_event

PATIENCE_S = 5
BODY_MAX = 64_000

logger = logging.getLogger(__name__)


@access.anyone
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, intent_id: UUID) -> HttpResponse:
    """Where a bank's page would be: the payer approves, refuses, or leaves it without an answer."""
    if SANDBOX.code not in provider_codes():
        raise Http404
    intent = get_object_or_404(PaymentIntent, pk=intent_id, provider=SANDBOX.code)
    town = current_town()
    if request.method == "POST":
        outcome = request.POST.get("outcome")
        if outcome in ("paid", "failed") and intent.state == "open":
            told = SANDBOX.decide(
                intent=intent, paid=outcome == "paid", currency=town.currency, at=clock.now()
            )
            _tell(request, told)
        return redirect("portal:waiting", intent_id)
    count = sum(len(part.charge_ids) for part in intent.parts.all())
    shown = {
        "id": intent.pk,
        "amount": intent.amount,
        "state": intent.state,
        "description": spanish_many("Un concepto de %(town)s", "%(count)s conceptos de %(town)s", count)
        % {"count": count, "town": town.name},
    }
    return render(request, "portal/provider.html", {"intent": shown, "town": town})


@csrf_exempt
@require_POST
@access.anyone
def event(request: HttpRequest, code: str) -> HttpResponse:
    """A provider's message. What is not signed by it, just now, is refused and changes nothing."""
    headers: Mapping[str, str] = request.headers
    if len(request.body) > BODY_MAX:
        return JsonResponse({"error": "too_long"}, status=413)
    try:
        outcome = settle_provider_event(
            provider_code=code, body=request.body, headers=headers, at=clock.now(), on=clock.today()
        )
    except UnknownProvider as refusal:
        return JsonResponse({"error": refusal.code}, status=404)
    except DomainError as refusal:
        logger.warning("A message of provider %s was refused: %s", code, refusal.code)
        return JsonResponse({"error": refusal.code}, status=400)
    return JsonResponse({"outcome": outcome})


def _tell(request: HttpRequest, told: Message) -> None:
    """Deliver the sandbox's message as a provider would, over HTTP. If it gets lost, the provider is asked."""
    address = request.build_absolute_uri(reverse("portal:provider_event", args=[SANDBOX.code]))
    headers = {**told.headers, "Content-Type": "application/json"}
    try:
        with urlopen(Request(address, data=told.body, headers=headers), timeout=PATIENCE_S):
            pass
    except (URLError, TimeoutError) as failure:
        logger.warning("The sandbox could not deliver its message: %s", failure)
