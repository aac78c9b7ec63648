"""Everything owed, oldest first, to choose from; works without JavaScript."""

from collections.abc import Collection
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from caudal.billing.models import Account
from caudal.common import clock
from caudal.portal import access
from caudal.portal.present.debt import groups_of, steps_of
from caudal.receivables.queries import movements, pending_items_of, statement
from caudal.registry.context import current_town

MOVEMENTS = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose and why it cannot be."""

    account: Account
    chosen: Collection[int]
    refusal: str


@access.citizen
def show(request: HttpRequest) -> HttpResponse:
    """The statement of one of the user's accounts (`cuenta`), the first that owes when none is named."""
    accounts = list(access.accounts(request, on=clock.today()))
    asked = request.GET.get("cuenta")
    if not accounts:
        return render_statement(request, None, accounts)
    if asked is None:
        return render_statement(request, Choice(_first_owing(accounts), (), ""), accounts)
    named = next((a for a in accounts if a.number == asked), None)
    if named is None:
        raise Http404
    return render_statement(request, Choice(named, (), ""), accounts)


def render_statement(request: HttpRequest, choice: Choice | None, accounts: list[Account]) -> HttpResponse:
    """The page, with a refused choice kept as it was made."""
    today, town = clock.today(), current_town()
    if choice is None:
        return render(request, "portal/statement.html", {"today": today, "groups": [], "town": town})
    owed = statement(account_id=choice.account.pk, on=today)
    chosen = choice.chosen if choice.refusal else None
    picked = [item for item in owed.items if chosen is None or item.charge_id in chosen]
    context = {
        "today": today,
        "place": f"Cuenta {choice.account.number}" if len(accounts) > 1 else "",
        "others": [_link(a) for a in accounts if a.pk != choice.account.pk],
        "groups": groups_of(owed.items, chosen=chosen, town=town),
        "total": sum((item.payable for item in picked), start=owed.total - owed.total),
        "credit": owed.credit,
        "refusal": choice.refusal,
        "movements": steps_of(movements(account_id=choice.account.pk, limit=MOVEMENTS), town),
        "town": town,
    }
    return render(request, "portal/statement.html", context, status=422 if choice.refusal else 200)


def _first_owing(accounts: list[Account]) -> Account:
    if len(accounts) == 1:
        return accounts[0]
    owing = {
        item.account_id for item in pending_items_of(account_ids=[a.pk for a in accounts], on=clock.today())
    }
    return next((a for a in accounts if a.pk in owing), accounts[0])


def _link(account: Account) -> dict[str, str]:
    return {
        "label": f"Cuenta {account.number}, {account.holder.name}",
        "href": f"{reverse('portal:statement')}?cuenta={account.number}",
    }
