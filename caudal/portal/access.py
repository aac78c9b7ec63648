"""Who may see what in the portal: citizens their own, guests the one bill whose signed link they were sent.

Every view says which it is for; another's bill, payment or account is not there (404).
"""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control

from caudal.billing.models import Account, Invoice
from caudal.common.actor import Actor
from caudal.receivables.models import Payment, PaymentIntent
from caudal.receivables.queries import visible_accounts, visible_invoices, visible_payments

View = Callable[..., HttpResponseBase]
# Kept in the session: bills opened by their links, and payments started from them.
_BILLS: Final = "guest_bills"
_INTENTS: Final = "guest_intents"
_KEPT: Final = 20


def citizen(view: View) -> View:
    """For those who signed in; others are asked to."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return _private(view(request, *args, **kwargs))

    return _marked(guarded, "citizen")


def anyone(view: View) -> View:
    """For citizens and for guests, each with what is theirs: the view asks `bills`, `payments`, `intents`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _private(view(request, *args, **kwargs))

    return _marked(guarded, "anyone")


def _marked(view: View, who: str) -> View:
    """The view with whom it is for, which the test of every address reads."""
    marked: Any = view
    marked.permission = who
    return view


def is_guest(request: HttpRequest) -> bool:
    """Whether nobody has signed in."""
    return not request.user.is_authenticated


def actor_of(request: HttpRequest) -> Actor:
    """Who pays: the user, or whoever holds the link."""
    user: Any = request.user
    return Actor(id=None, label="Enlace de la factura") if is_guest(request) else user.actor


def accounts(request: HttpRequest, *, on: date) -> QuerySet[Account]:
    """The accounts whose whole debt may be seen; none for a guest."""
    return Account.objects.none() if is_guest(request) else visible_accounts(user_id=user_id(request), on=on)


def bills(request: HttpRequest, *, on: date) -> QuerySet[Invoice]:
    """The bills that may be seen and paid."""
    opened = Invoice.objects.filter(pk__in=request.session.get(_BILLS, ()))
    return opened if is_guest(request) else opened | visible_invoices(user_id=user_id(request), on=on)


def bill(request: HttpRequest, invoice_id: int, *, on: date) -> Invoice:
    """One of them, or 404."""
    return get_object_or_404(bills(request, on=on).select_related("series", "account"), pk=invoice_id)


def payments(request: HttpRequest, *, on: date) -> QuerySet[Payment]:
    """The payments that may be seen: of own accounts, and those this session started."""
    started = Payment.objects.filter(intent__pk__in=request.session.get(_INTENTS, ()))
    return started if is_guest(request) else started | visible_payments(user_id=user_id(request), on=on)


def intents(request: HttpRequest, *, on: date) -> QuerySet[PaymentIntent]:
    """The online payments that may be followed."""
    mine = Q(pk__in=request.session.get(_INTENTS, ()))
    if not is_guest(request):
        mine |= Q(account__in=accounts(request, on=on))
    return PaymentIntent.objects.filter(mine)


def open_bill(request: HttpRequest, invoice_id: int) -> None:
    """Let this session see the bill that it brought a valid link for."""
    _keep(request, _BILLS, invoice_id)


def follow(request: HttpRequest, intent_id: UUID) -> None:
    """Let this session follow the payment that it started."""
    _keep(request, _INTENTS, str(intent_id))


def _keep(request: HttpRequest, name: str, value: Any) -> None:
    known = [kept for kept in request.session.get(name, ()) if kept != value]
    request.session[name] = [*known, value][-_KEPT:]


def user_id(request: HttpRequest) -> int:
    """Who has signed in."""
    assert request.user.pk is not None
    return int(request.user.pk)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """Personal pages are kept by no shared cache, and by no back button after signing out."""
    patch_cache_control(response, private=True, no_store=True)
    return response
