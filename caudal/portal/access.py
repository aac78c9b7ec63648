"""Who may see what in the portal: citizens their own; guests the bill whose signed link they were sent, or what the
account owes whose number and identification they knew.

Every view says which it is for; another's bill, payment or account is not there (404).
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from caudal.billing.models import Account, Invoice
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.metering.models import Installation
from caudal.receivables.models import IntentPart, Payment, PaymentIntent
from caudal.receivables.queries import visible_accounts, visible_invoices, visible_payments
from caudal.receivables.queries.visible import readable_installations
from caudal.registry.queries import organisation

View = Callable[..., HttpResponseBase]
# Kept in the session: bills opened by their links, the account last looked up, and payments started from them.
_BILLS: Final = "guest_bills"
_INTENTS: Final = "guest_intents"
_ACCOUNT: Final = "guest_account"
_KEPT: Final = 20
# Kept on the request.
_ACCOUNTS: Final = "visible_accounts"
# A look without an account ends by itself: the machine may be a library's.
LOOK_LASTS: Final = timedelta(minutes=30)


def citizen(view: View) -> View:
    """For those who signed in; others are asked to."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return _marked(guarded, "citizen")


def anyone(view: View) -> View:
    """For citizens and for guests, each with what is theirs: the view asks `bills`, `payments`, `intents`."""
    return _marked(view, "anyone")


def _marked(view: View, who: str) -> View:
    """The view with whom it is for, which the test of every address reads."""
    marked: Any = view
    marked.permission = who
    return view


def is_guest(request: HttpRequest) -> bool:
    """Whether nobody has signed in."""
    return not request.user.is_authenticated


def actor_of(request: HttpRequest) -> Actor:
    """Who pays: the user, or whoever holds the link or knew the number."""
    user: Any = request.user
    if not is_guest(request):
        actor: Actor = user.actor
        return actor
    return Actor(id=None, label="Enlace de la factura" if looked_up(request) is None else "Pago sin cuenta")


def accounts(request: HttpRequest, *, on: date) -> list[Account]:
    """The accounts whose whole debt may be seen, by number; none for a guest."""
    if is_guest(request):
        return []
    known: Any = request
    if not hasattr(known, _ACCOUNTS):  # asked for by each part of a page
        setattr(known, _ACCOUNTS, visible_accounts(user_id=user_id(request), on=on))
    found: list[Account] = getattr(known, _ACCOUNTS)
    return found


def payable_accounts(request: HttpRequest, *, on: date) -> list[Account]:
    """The accounts of which anything may be paid: one's own, or the one a guest looked up."""
    if not is_guest(request):
        return accounts(request, on=on)
    found = looked_up(request)
    return list(Account.objects.filter(pk=found).select_related("holder")) if found is not None else []


def on_behalf_of(request: HttpRequest, account: Account) -> str:
    """The holder's name when it is not the user's own; a guest is told no names."""
    own = account.holder.user_id is not None and account.holder.user_id == request.user.pk
    return "" if is_guest(request) or own else account.holder.name


def bills(request: HttpRequest, *, on: date) -> QuerySet[Invoice]:
    """The bills that may be seen and paid."""
    opened = Invoice.objects.filter(pk__in=request.session.get(_BILLS, ()))
    return opened if is_guest(request) else opened | visible_invoices(user_id=user_id(request), on=on)


def bill(request: HttpRequest, invoice_id: int, *, on: date) -> Invoice:
    """One of them, or 404."""
    return get_object_or_404(bills(request, on=on).select_related("series", "account"), pk=invoice_id)


def meters(request: HttpRequest, *, on: date) -> QuerySet[Installation]:
    """The meters whose reading the user may send, by connection; none for a guest, nor where the town takes none."""
    town = organisation()
    if is_guest(request) or town is None or not town.self_readings:
        return Installation.objects.none()
    found = readable_installations(user_id=user_id(request), on=on)
    return found.select_related("meter", "connection").order_by("connection__number", "pk")


def payments(request: HttpRequest, *, on: date) -> QuerySet[Payment]:
    """The payments that may be seen: of own accounts, and those begun in this browser."""
    started = Payment.objects.filter(part__intent__in=request.session.get(_INTENTS, ()))
    return started if is_guest(request) else started | visible_payments(user_id=user_id(request), on=on)


def intents(request: HttpRequest, *, on: date) -> QuerySet[PaymentIntent]:
    """The online payments that may be followed: those begun in this browser, and those of own accounts only."""
    mine = Q(pk__in=request.session.get(_INTENTS, ()))
    if not is_guest(request):
        parts = IntentPart.objects.filter(intent=OuterRef("pk"))
        own = Q(account__in=accounts(request, on=on))
        mine |= Exists(parts.filter(own)) & ~Exists(parts.exclude(own))
    return PaymentIntent.objects.filter(mine)


def open_bill(request: HttpRequest, invoice_id: int) -> None:
    """Let this session see the bill that it brought a valid link for."""
    _keep(request, _BILLS, invoice_id)


def follow(request: HttpRequest, intent_id: UUID) -> None:
    """Let this session follow the payment that it started."""
    _keep(request, _INTENTS, str(intent_id))


def look_at(request: HttpRequest, account_id: int) -> None:
    """Let this session see, for a while, what an account owes: its number and identification were known."""
    _only_while_open(request)
    request.session[_ACCOUNT] = [account_id, (clock.now() + LOOK_LASTS).isoformat()]


def looked_up(request: HttpRequest) -> int | None:
    """The account that a guest looked up, while that lasts."""
    kept = request.session.get(_ACCOUNT)
    if kept is None or not is_guest(request):
        return None
    account_id, until = kept
    return int(account_id) if clock.now() < datetime.fromisoformat(until) else None


def forget_guest(request: HttpRequest) -> None:
    """Forget what a guest saw: the account that he looked up, the bills of his links, the receipts of his payments."""
    if is_guest(request):
        request.session.flush()


def may_print(request: HttpRequest, payment: Payment) -> bool:
    """A receipt on paper carries name and address: not for who only knew a number."""
    if not is_guest(request):
        return True
    opened = Invoice.objects.filter(pk__in=request.session.get(_BILLS, ()))
    return opened.filter(account=payment.account_id).exists()


def _only_while_open(request: HttpRequest) -> None:
    """What a guest sees ends with his browser, as what who signed in sees does."""
    request.session.set_expiry(0)


def _keep(request: HttpRequest, name: str, value: Any) -> None:
    if is_guest(request):
        _only_while_open(request)
    known = [kept for kept in request.session.get(name, ()) if kept != value]
    request.session[name] = [*known, value][-_KEPT:]


def user_id(request: HttpRequest) -> int:
    """Who has signed in."""
    assert request.user.pk is not None
    return int(request.user.pk)
