"""What of billing lies in given sectors: what staff limited to them may see.

An account belongs to every sector in which it has, or had, a service; so does its holder, an owner to the sectors of
what he owns, and who has a licence to that of its place.
An invoice belongs to its connection's sector; one without a connection, to its account's.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from caudal.billing.models import Account, Invoice, Subscription
from caudal.metering.models import Connection
from caudal.registry.models import Licence, Ownership, Party, Property

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
# Each service asked by itself, as each party: joins of all three are sorted whole before a page of them is shown.
SERVICE_IN = """
    EXISTS (SELECT FROM metering_connection c
            WHERE c.id = billing_subscription.connection_id AND c.sector_id = ANY (%s::bigint[]) OFFSET 0)
    OR EXISTS (SELECT FROM registry_property p
               WHERE p.id = billing_subscription.property_id AND p.sector_id = ANY (%s::bigint[]) OFFSET 0)
    OR EXISTS (SELECT FROM registry_licence l JOIN registry_property p ON p.id = l.property_id
               WHERE l.id = billing_subscription.licence_id AND p.sector_id = ANY (%s::bigint[]) OFFSET 0)
"""
# The same as a set, from the sectors' side: right where they are small.
PARTY_AMONG = """
    registry_party.id IN (
        SELECT a.holder_id FROM metering_connection c JOIN billing_subscription s ON s.connection_id = c.id
            JOIN billing_account a ON a.id = s.account_id WHERE c.sector_id = ANY (%s::bigint[])
        UNION ALL
        SELECT a.holder_id FROM registry_property p
            JOIN billing_subscription s ON s.property_id = p.id JOIN billing_account a ON a.id = s.account_id
            WHERE p.sector_id = ANY (%s::bigint[])
        UNION ALL
        SELECT a.holder_id FROM registry_property p JOIN registry_licence l ON l.property_id = p.id
            JOIN billing_subscription s ON s.licence_id = l.id JOIN billing_account a ON a.id = s.account_id
            WHERE p.sector_id = ANY (%s::bigint[])
        UNION ALL
        SELECT o.party_id FROM registry_property p JOIN registry_ownership o ON o.property_id = p.id
            WHERE p.sector_id = ANY (%s::bigint[])
        UNION ALL
        SELECT l.party_id FROM registry_property p JOIN registry_licence l ON l.property_id = p.id
            WHERE p.sector_id = ANY (%s::bigint[]))
"""
# Some of them, enough to know that a list is longer than lists count.
PARTY_SURELY = """
    registry_party.id IN (
        SELECT a.holder_id FROM metering_connection c JOIN billing_subscription s ON s.connection_id = c.id
            JOIN billing_account a ON a.id = s.account_id WHERE c.sector_id = ANY (%s::bigint[]) LIMIT 40000)
"""
# Sectors of so many places are looked at from their side, larger ones from each party's.
SMALL = 10_000


def subscriptions_in(sectors: Sectors) -> QuerySet[Subscription]:
    """Services given to a connection, a property or a licence of these sectors."""
    return Subscription.objects.filter(_placed_in(sectors))


def _placed_in(sectors: Sectors) -> Q:
    return (
        Q(connection__sector__in=sectors)
        | Q(property__sector__in=sectors)
        | Q(licence__property__sector__in=sectors)
    )


def service_in(sectors: Sectors) -> RawSQL:
    """`subscriptions_in` as a condition on each service of a list."""
    return RawSQL(SERVICE_IN, [list(sectors)] * 3, output_field=BooleanField())


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


def parties_seen(rows: QuerySet[Party], sectors: Sectors) -> QuerySet[Party]:
    """Of these parties, those of `parties_in`: the way that reads least for sectors of this size."""
    if _small(Connection.objects.filter(sector__in=sectors)) and _small(
        Property.objects.filter(sector__in=sectors)
    ):
        return rows.filter(RawSQL(PARTY_AMONG, [list(sectors)] * 5, output_field=BooleanField()))
    return rows.filter(party_in(sectors))


def _small(places: QuerySet[Any]) -> bool:
    return places.order_by()[: SMALL + 1].count() <= SMALL


def parties_surely(sectors: Sectors) -> RawSQL:
    """A condition that holds for some of `parties_in` alone, for counts that end early."""
    return RawSQL(PARTY_SURELY, [list(sectors)], output_field=BooleanField())


def party_in(sectors: Sectors) -> RawSQL:
    """`parties_in` as a condition on each party that a search comes by: right where few are looked at."""
    return RawSQL(PARTY_IN, [list(sectors)] * 4, output_field=BooleanField())


def invoices_in(sectors: Sectors) -> QuerySet[Invoice]:
    """Invoices of connections there, and those of accounts there that are of no connection."""
    return Invoice.objects.filter(
        Q(connection__sector__in=sectors) | Q(connection=None, account__in=accounts_in(sectors))
    )
