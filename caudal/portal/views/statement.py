"""Everything owed by all of the user's accounts, oldest first, to choose from; works without JavaScript."""

from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from caudal.billing.models import Account
from caudal.common import clock
from caudal.common.spoken import spanish
from caudal.portal import access
from caudal.portal.choosing import Part, everything
from caudal.portal.present.debt import ZERO, Naming, Section, section_of, steps_of
from caudal.receivables.queries import credit_of, movements
from caudal.registry.context import Town, current_town

# The last few bills with their payments; whoever wants to look further back asks for more.
MOVEMENTS = 12
ALL_MOVEMENTS = 1_000


@access.citizen
def show(request: HttpRequest) -> HttpResponse:
    """What all accounts owe, or one (`cuenta`), which is shown with its movements."""
    accounts = access.accounts(request, on=clock.today())
    if (asked := request.GET.get("cuenta")) is not None:
        accounts = [account for account in accounts if account.number == asked]
        if not accounts:
            raise Http404
    return _page(request, accounts, chosen=None, refusal="")


def refused_choice(request: HttpRequest, chosen: Collection[int], refusal: str) -> HttpResponse:
    """The page again, with the choice kept as it was made and the reason."""
    accounts = access.payable_accounts(request, on=clock.today())
    return _page(request, accounts, chosen=chosen, refusal=refusal)


def guest_page(request: HttpRequest) -> HttpResponse:
    """The same for a guest who looked an account up: no names, no addresses, no movements."""
    return _page(request, access.payable_accounts(request, on=clock.today()), chosen=None, refusal="")


def _page(
    request: HttpRequest, accounts: list[Account], *, chosen: Collection[int] | None, refusal: str
) -> HttpResponse:
    today, town = clock.today(), current_town()
    guest = access.is_guest(request)
    wanted = {account.pk for account in accounts}
    parts = [part for part in everything(request, on=today) if part.account.pk in wanted]
    picked = [item for part in parts for item in part.items if chosen is None or item.charge_id in chosen]
    one = accounts[0] if len(accounts) == 1 and not guest else None
    context: dict[str, Any] = {
        "today": today,
        "sections": sections_of(request, parts, chosen=chosen, town=town),
        "total": sum((item.payable for item in picked), ZERO),
        "credit": credit_of(account_ids=[account.pk for account in accounts]),
        "refusal": refusal,
        "others": [] if guest else _links(request, accounts),
        **_movements(request, one, town),
        "guest": _masked(accounts[0]) if guest and accounts else None,
        "town": town,
    }
    return render(request, "portal/statement.html", context, status=422 if refusal else 200)


def _movements(request: HttpRequest, account: Account | None, town: Town) -> dict[str, Any]:
    """The last movements of one account, and where to see more of them, if there are more."""
    if account is None:
        return {"movements": []}
    most = ALL_MOVEMENTS if request.GET.get("movimientos") == "todos" else MOVEMENTS
    found = movements(account_id=account.pk, limit=most + 1)
    address = f"{reverse('portal:statement')}?cuenta={account.number}&movimientos=todos#movimientos"
    more = address if len(found) > most == MOVEMENTS else ""
    return {"movements": steps_of(found[:most], town), "more_movements": more}


def sections_of(
    request: HttpRequest, parts: list[Part], *, chosen: Collection[int] | None, town: Town
) -> list[Section]:
    """Account by account, as the page groups them."""
    names = Naming(town, masked=access.is_guest(request))
    return [
        section_of(
            part.account,
            part.items,
            holder=access.on_behalf_of(request, part.account),
            chosen=chosen,
            names=names,
        )
        for part in parts
    ]


def _links(request: HttpRequest, shown: list[Account]) -> list[dict[str, str]]:
    """Each account's own statement, with its movements, where there are several."""
    accounts = access.accounts(request, on=clock.today())
    if len(accounts) == 1:
        return []
    links = [
        {
            "label": spanish("Movimientos de la cuenta %(number)s, %(name)s")
            % {"number": account.number, "name": account.holder.name},
            "href": f"{reverse('portal:statement')}?cuenta={account.number}",
        }
        for account in accounts
        if len(shown) > 1 or account != shown[0]
    ]
    return (
        links
        if len(shown) > 1
        else [{"label": spanish("Todas las cuentas"), "href": reverse("portal:statement")}]
    )


def _masked(account: Account) -> dict[str, str]:
    """Enough to know that it is the right account, and no more: initials and the number."""
    initials = " ".join(f"{word[0]}." for word in account.holder.name.split() if word[0].isalpha())
    return {"initials": initials.upper(), "number": account.number}
