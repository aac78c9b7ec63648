"""What leads to a connection, and what waits there, as lists and pages show it."""

from typing import Any

from caudal.billing.models import Account, Subscription
from caudal.metering.models import Connection
from caudal.office.finding import find_connections, find_parties
from caudal.office.present.alerts import alert_detail
from caudal.office.present.customers import MOST_FOUND

MOST_ALERTS = 10


def connections_found(text: str) -> set[int]:
    """Ids of the connections that a number, a meter, an address or a customer leads to."""
    holders = [party.pk for party in find_parties(text, limit=MOST_FOUND)]
    theirs = Subscription.objects.filter(account__holder__in=holders).exclude(connection=None)
    by_holder = theirs.values_list("connection_id", flat=True)[:MOST_FOUND]
    return {c.pk for c in find_connections(text, limit=MOST_FOUND)} | set(by_holder)


def accounts_at(connection: Connection) -> dict[int, str]:
    """The accounts that take something at a connection until further notice, with what each takes there, by number."""
    taken = connection.subscriptions.filter(valid_to=None).select_related("account__holder", "service")
    services: dict[Account, list[str]] = {}
    for one in taken.order_by("account__number", "service__name"):
        services.setdefault(one.account, []).append(one.service.name)
    return {
        account.pk: f"Cuenta {account.number} · {account.holder.name} ({', '.join(names)})"
        for account, names in services.items()
    }


def alert_rows(connection: Connection) -> list[dict[str, Any]]:
    """The alerts about a connection that nobody answered yet, the latest first."""
    return [
        {
            "id": alert.pk,
            "kind": alert.get_kind_display(),
            "raised_at": alert.raised_at,
            "detail": alert_detail(alert),
        }
        for alert in connection.alerts.filter(resolved_at=None).order_by("-pk")[:MOST_ALERTS]
    ]
