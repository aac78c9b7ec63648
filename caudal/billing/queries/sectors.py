"""What of billing lies in given sectors: what staff limited to them may see.

An account belongs to every sector in which it has, or had, a service; so does its holder, an owner to the sectors of
what he owns, and who has a licence to that of its place.
An invoice belongs to its connection's sector; one without a connection, to its account's.
"""

from collections.abc import Collection

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from caudal.billing.models import Account, Invoice, Subscription
from caudal.registry.models import Licence, Ownership, Party

Sectors = Collection[int]
# OFFSET 0 keeps each party asked by itself: at a million accounts the set of a whole sector costs seconds.
PARTY_IN = """
    EXISTS (SELECT FROM billing_account a JOIN billing_subscription s ON s.account_id = a.id
            LEFT JOIN metering_connection c ON c.id = s.connection_id
            LEFT JOIN registry_licence l ON l.id = s.licence_id
            LEFT JOIN registry_property p ON p.id IN (s.property_id, l.property_id)
            WHERE a.holder_id = registry_party.id
              AND (c.sector_id = ANY (%s::bigint[]) OR p.sector_id = ANY (%s::bigint[])) OFFSET 0)
    OR EXISTS (SELECT FROM registry_ownership o JOIN registry_property p ON p.id = o.property_id
               WHERE o.party_id = registry_party.id AND p.sector_id = ANY (%s::bigint[]) OFFSET 0)
    OR EXISTS (SELECT FROM registry_licence l JOIN registry_property p ON p.id = l.property_id
               WHERE l.party_id = registry_party.id AND p.sector_id = ANY (%s::bigint[]) OFFSET 0)
"""


def subscriptions_in(sectors: Sectors) -> QuerySet[Subscription]:
    """Services given to a connection, a property or a licence of these sectors."""
    return Subscription.objects.filter(_placed_in(sectors))


def _placed_in(sectors: Sectors) -> Q:
    return (
        Q(connection__sector__in=sectors)
        | Q(property__sector__in=sectors)
        | Q(licence__property__sector__in=sectors)
    )


def accounts_in(sectors: Sectors) -> QuerySet[Account]:
    """Accounts with a service there."""
    return Account.objects.filter(pk__in=subscriptions_in(sectors).values("account"))


def accounts_wholly_in(sectors: Sectors) -> QuerySet[Account]:
    """Accounts with a service there, and none that is or was anywhere else."""
    theirs = Subscription.objects.filter(account=OuterRef("pk"))
    return Account.objects.filter(
        Exists(theirs.filter(_placed_in(sectors))), ~Exists(theirs.exclude(_placed_in(sectors)))
    )


def parties_in(sectors: Sectors) -> QuerySet[Party]:
    """Holders of those accounts, and whoever owns or owned something, or has a licence, there."""
    held = subscriptions_in(sectors).filter(account__holder=OuterRef("pk"))
    owned = Ownership.objects.filter(property__sector__in=sectors, party=OuterRef("pk"))
    licensed = Licence.objects.filter(property__sector__in=sectors, party=OuterRef("pk"))
    return Party.objects.filter(Exists(held) | Exists(owned) | Exists(licensed))


def party_in(sectors: Sectors) -> RawSQL:
    """`parties_in` as a condition on each party that a search comes by: right where few are looked at."""
    return RawSQL(PARTY_IN, [list(sectors)] * 4, output_field=BooleanField())


def invoices_in(sectors: Sectors) -> QuerySet[Invoice]:
    """Invoices of connections there, and those of accounts there that are of no connection."""
    return Invoice.objects.filter(
        Q(connection__sector__in=sectors) | Q(connection=None, account__in=accounts_in(sectors))
    )
