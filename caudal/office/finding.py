"""Finding people and places by what was typed, among what whoever asks may see, judged before any limit."""

from caudal.billing.queries.sectors import party_in
from caudal.metering.models import Connection
from caudal.metering.queries.connections import search_connections
from caudal.office.reach import sectors_asked
from caudal.registry.models import Party
from caudal.registry.queries import search_licences, search_parties, search_properties


def find_parties(text: str, *, limit: int) -> tuple[Party, ...]:
    """People by name, identification or mail."""
    sectors = sectors_asked()
    return search_parties(text, limit=limit, within=party_in(sectors) if sectors else None)


def find_connections(text: str, *, limit: int) -> tuple[Connection, ...]:
    """Supply points by number, meter or address."""
    return search_connections(text, limit=limit, sectors=sectors_asked())


def find_properties(text: str, *, limit: int, by_owner: bool = True) -> list[int]:
    """Ids of properties by code, address or owner."""
    return search_properties(text, limit=limit, by_owner=by_owner, sectors=sectors_asked())


def find_licences(text: str, *, limit: int, by_holder: bool = True) -> list[int]:
    """Ids of licences by number, activity or holder."""
    return search_licences(text, limit=limit, by_holder=by_holder, sectors=sectors_asked())
