"""What of billing lies in given sectors: what staff limited to them may see.

An account belongs to every sector in which it has, or had, a service; so does its holder, and an owner to the sectors
of what he owns. An invoice belongs to its connection's sector; one without a connection, to its account's.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from caudal.billing.models import Account, Invoice, Subscription
from caudal.registry.models import Ownership, Party

Sectors = Collection[int]


def subscriptions_in(sectors: Sectors) -> QuerySet[Subscription]:
    """Services given to a connection, a property or a licence of these sectors."""
    return Subscription.objects.filter(
        Q(connection__sector__in=sectors)
        | Q(property__sector__in=sectors)
        | Q(licence__property__sector__in=sectors)
    )


def accounts_in(sectors: Sectors) -> QuerySet[Account]:
    """Accounts with a service there."""
    return Account.objects.filter(pk__in=subscriptions_in(sectors).values("account"))


def parties_in(sectors: Sectors) -> QuerySet[Party]:
    """Holders of those accounts, and whoever owns or owned something there."""
    owners = Ownership.objects.filter(property__sector__in=sectors)
    return Party.objects.filter(
        Q(pk__in=accounts_in(sectors).values("holder")) | Q(pk__in=owners.values("party"))
    )


def invoices_in(sectors: Sectors) -> QuerySet[Invoice]:
    """Invoices of connections there, and those of accounts there that are of no connection."""
    return Invoice.objects.filter(
        Q(connection__sector__in=sectors) | Q(connection=None, account__in=accounts_in(sectors))
    )
