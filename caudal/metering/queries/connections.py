"""Finding connections and meters, and what stands where."""

from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from caudal.common import sql
from caudal.common.text import identification_key
from caudal.metering.models import Connection, Installation, Meter
from caudal.registry.queries import search_terms

SHORTEST = 2


def search_connections(
    text: str, *, limit: int = 10, sectors: Collection[int] = ()
) -> tuple[Connection, ...]:
    """Connections whose number, meter serial or address begins with what was typed, in that order of meaning.

    Accents, case and punctuation do not matter. Bounded work however many match. `sectors`: only those that
    lie there, judged before the limit; none: everywhere.
    """
    key = identification_key(text)
    terms = search_terms(text)
    if len(key) < SHORTEST:
        return ()
    params = {
        "number": f"{text.strip()}%",
        "serial": f"{key}%",
        "words": terms.words,
        "patterns": list(terms.patterns),
        "sectors": list(sectors),
        "limit": limit,
    }
    ids = [row[0] for row in sql.rows("metering/search_connections", params)]
    found = Connection.objects.select_related("sector", "route").in_bulk(ids)
    return tuple(found[key] for key in ids)


def standing_installations(*, connection_ids: Sequence[int]) -> QuerySet[Installation]:
    """The meters that stand at these connections now."""
    return (
        Installation.objects.filter(connection_id__in=connection_ids, removed_on=None)
        .select_related("meter", "connection")
        .order_by("connection_id", "pk")
    )


def connections_without_meter(*, limit: int) -> list[int]:
    """Ids of connections where no meter stands, closed ones too: two indexes are walked side by side."""
    standing = Installation.objects.filter(removed_on=None).order_by().values_list("connection_id")
    found = Connection.objects.order_by().values_list("pk").difference(standing)
    return [pk for (pk,) in found[:limit]]


def meters_in_store(*, limit: int) -> list[int]:
    """Ids of meters that stand nowhere, those out of use too."""
    standing = Installation.objects.filter(removed_on=None).order_by().values_list("meter_id")
    return [pk for (pk,) in Meter.objects.order_by().values_list("pk").difference(standing)[:limit]]


def installations_of(*, connection_id: int) -> QuerySet[Installation]:
    """Every meter that ever stood at a connection, the latest first."""
    return (
        Installation.objects.filter(connection_id=connection_id)
        .select_related("meter")
        .order_by("-installed_on", "-pk")
    )
