"""What somebody chose to pay: account by account, and only what he may pay.

A form says which charges, never of whom nor how much: accounts and amounts are looked up, and whatever else was
put into it is not read. A charge that is not the payer's is not there (404).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, QueryDict

from caudal.billing.models import Account, Charge
from caudal.portal import access
from caudal.receivables.queries import PendingItem, complete_selection, pending_items, pending_items_of

DIGITS = 19  # of a bigint


@dataclass(frozen=True, slots=True)
class Part:
    """One account, all that it owes, and which charges of it were chosen."""

    account: Account
    items: tuple[PendingItem, ...]
    chosen: frozenset[int]

    @property
    def picked(self) -> tuple[PendingItem, ...]:
        """The chosen items that are still owed, in order of settlement."""
        return tuple(item for item in self.items if item.charge_id in self.chosen)


def chosen_parts(request: HttpRequest, given: QueryDict, *, on: date) -> tuple[Part, ...]:
    """What `item`s, a `factura` or `todo` ask to pay, by account number; 404 for what is another's."""
    if "todo" in given:
        return everything(request, on=on)
    if "factura" in given:
        found = access.bill(request, whole(given.get("factura", "")), on=on)
        items = pending_items(account_id=found.account_id, on=on)
        wanted = found.charges.values_list("id", flat=True)
        return (Part(found.account, items, complete_selection(items=items, charge_ids=wanted)),)
    return _by_account(request, frozenset(whole(value) for value in given.getlist("item")), on)


def everything(request: HttpRequest, *, on: date) -> tuple[Part, ...]:
    """All that the payer's accounts owe."""
    accounts = access.payable_accounts(request, on=on)
    owed: dict[int, list[PendingItem]] = {}
    for item in pending_items_of(account_ids=[account.pk for account in accounts], on=on):
        owed.setdefault(item.account_id, []).append(item)
    return tuple(
        Part(account, tuple(items), frozenset(item.charge_id for item in items))
        for account in accounts
        if (items := owed.get(account.pk))
    )


def _by_account(request: HttpRequest, charge_ids: frozenset[int], on: date) -> tuple[Part, ...]:
    known = Charge.objects.filter(pk__in=charge_ids).values_list("pk", "invoice__account_id", "invoice_id")
    if len(known) != len(charge_ids):
        raise Http404
    chosen: dict[int, set[int]] = {}
    bills: dict[int, set[int]] = {}
    for charge_id, account_id, invoice_id in known:
        chosen.setdefault(account_id, set()).add(charge_id)
        bills.setdefault(account_id, set()).add(invoice_id)
    accounts = Account.objects.select_related("holder").filter(pk__in=chosen).order_by("number")
    own = {account.pk for account in access.payable_accounts(request, on=on)}
    parts = []
    for account in accounts:
        items = pending_items(account_id=account.pk, on=on)
        if account.pk not in own:
            _check_bills(request, items, bills[account.pk], on)
        parts.append(Part(account, items, frozenset(chosen[account.pk])))
    return tuple(parts)


def _check_bills(
    request: HttpRequest, items: tuple[PendingItem, ...], invoice_ids: Collection[int], on: date
) -> None:
    """Of another's account only bills one may see, and the older ones that they cannot be paid without."""
    wanted = set(invoice_ids)
    listed = wanted | {item.invoice_id for item in items}
    seen = set(access.bills(request, on=on).filter(pk__in=listed).values_list("pk", flat=True))
    complete = complete_selection(
        items=items, charge_ids=[item.charge_id for item in items if item.invoice_id in seen]
    )
    needed = {item.invoice_id for item in items if item.charge_id in complete}
    if not wanted & seen or wanted - seen - needed:
        raise Http404


def whole(text: str) -> int:
    """A number as an address may carry it, or 404."""
    if not (text.isascii() and text.isdigit() and len(text) < DIGITS):
        raise Http404
    return int(text)
