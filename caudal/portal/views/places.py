"""One place: what it owes, its services, a year of use, its bills."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from caudal.billing.models import Account, Invoice
from caudal.common import clock
from caudal.kernel.periods import month_of
from caudal.metering.models import Installation
from caudal.portal import access
from caudal.portal.present.bill import use_of
from caudal.portal.present.places import Known, Place, places_of
from caudal.portal.present.self_readings import own_meters
from caudal.portal.views.bills import rows_of
from caudal.receivables.queries import PendingItem, pending_items_of, with_state
from caudal.receivables.queries.visible import parties_of
from caudal.registry.context import current_town
from caudal.registry.queries import properties_granted, properties_of

BILLS = 12


@access.citizen
def place(request: HttpRequest, key: str) -> HttpResponse:
    """The place by its key among the user's own; another's is not there."""
    today, town = clock.today(), current_town()
    accounts = access.accounts(request, on=today)
    items = pending_items_of(account_ids=[account.pk for account in accounts], on=today)
    found = next((p for p in own_places(request, accounts, items, on=today) if p.key == key), None)
    if found is None:
        raise Http404
    own = [account.pk for account in accounts]
    months = [(c, use_of(c.pk, month_of(today), account_ids=own)) for c in found.connections.values()]
    context = {
        "place": found,
        "services": [_service(subscription) for subscription in found.subscriptions],
        "items": [item.charge_id for item in found.items],
        "meters": own_meters(_meters_at(request, found, today), on=today),
        "charts": [{"number": c.number, "bars": bars} for c, bars in months if bars],
        "bills": _bills(request, found, today),
        "town": town,
    }
    return render(request, "portal/place.html", context)


def _meters_at(request: HttpRequest, found: Place, today: date) -> list[Installation]:
    """Those of the place whose reading the user may send."""
    here = Q(connection__in=found.connections)
    if found.home is not None:
        here |= Q(connection__property=found.home)
    return list(access.meters(request, on=today).filter(here))


def own_places(
    request: HttpRequest, accounts: list[Account], items: Sequence[PendingItem], *, on: date
) -> list[Place]:
    """All places of the user's accounts with what these owe, and the properties he owns, represents or was granted."""
    user_id = access.user_id(request)
    properties = [
        *properties_of(party_ids=parties_of(user_id=user_id, on=on), on=on),
        *properties_granted(user_id=user_id, on=on),
    ]
    known = Known(
        holders={account.pk: access.on_behalf_of(request, account) for account in accounts},
        properties=properties,
        items=items,
    )
    return places_of(accounts, known, on=on, town=current_town())


def _service(subscription: Any) -> dict[str, Any]:
    return {
        "name": subscription.service.name,
        "number": subscription.connection.number if subscription.connection else "",
        "since": subscription.valid_from,
    }


def _bills(request: HttpRequest, found: Place, today: date) -> list[dict[str, Any]]:
    """The latest bills of the place, by whoever they are paid."""
    here = Q(connection__in=found.connections)
    if found.home is not None:
        here |= Q(connection__property=found.home) | Q(charges__subscription__property=found.home)
    if not found.connections and found.home is None:
        here = Q(connection=None, charges__subscription__property=None)
    ids = access.bills(request, on=today).filter(here).values("pk")
    latest = with_state(Invoice.objects.filter(pk__in=ids), on=today)
    shown: Any = latest.select_related("series", "connection").order_by("-dated_on", "-id")[:BILLS]
    return rows_of(shown)
