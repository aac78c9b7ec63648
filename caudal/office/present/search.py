"""Everything from one box: name, identification, account, connection, meter, invoice, address, property, licence."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse

from caudal.access.models import User
from caudal.billing.models import Account, Invoice
from caudal.metering.models import Connection
from caudal.metering.queries.connections import standing_installations
from caudal.office.finding import find_connections, find_licences, find_parties, find_properties
from caudal.office.present.customers import holders_of
from caudal.office.present.invoices import numbered
from caudal.office.reach import seen
from caudal.registry.models import Licence, Party, Property


def found(text: str, *, user: User, limit: int) -> list[dict[str, Any]]:
    """Hits of every kind that the user may see, the likeliest first; no kind crowds the others out."""
    if not text:
        return []
    kinds: list[list[dict[str, Any]]] = []
    if user.can("invoices.view"):
        kinds.append(_invoices(text, user))
    if user.can("customers.view"):
        kinds.append(_customers(text, limit, user))
    if user.can("meters.view"):
        kinds.append(_connections(text, limit, user))
    if user.can("customers.view"):
        kinds += [_properties(text, limit, user), _licences(text, limit, user)]
    return _shared(kinds, limit)


def _shared(kinds: Sequence[list[dict[str, Any]]], limit: int) -> list[dict[str, Any]]:
    """The first of each kind, then the second of each, until the limit; told kind by kind."""
    turns = [(place, kind) for kind, hits in enumerate(kinds) for place in range(len(hits))]
    kept = sorted(sorted(turns)[:limit], key=lambda turn: (turn[1], turn[0]))
    return [kinds[kind][place] for place, kind in kept]


def _invoices(text: str, user: User) -> list[dict[str, Any]]:
    asked = numbered(text)
    if asked == Q(pk__in=[]):
        return []
    return [
        {
            "icon": "invoice",
            "title": f"Factura {i.series.printed(i.number)}",
            "note": i.frozen["holder"]["name"],
            "href": reverse("office:invoice", args=[i.pk]),
            "state": "void" if i.voided_on else "",
            "word": "",
        }
        for i in seen(user, Invoice.objects.filter(asked)).select_related("series").order_by("-pk")[:3]
    ]


def _customers(text: str, limit: int, user: User) -> list[dict[str, Any]]:
    accounts = seen(user, Account.objects.filter(number__startswith=text)).select_related("holder")
    named = list(find_parties(text, limit=limit))
    parties = [account.holder for account in accounts.order_by("number")[:limit]] + named
    unique = list({party.pk: party for party in parties}.values())
    theirs = seen(user, Account.objects.filter(holder__in=unique)).order_by("number")
    numbers: dict[int, list[str]] = {}
    for account in theirs:
        numbers.setdefault(account.holder_id, []).append(account.number)
    return [_customer(party, numbers.get(party.pk, [])) for party in unique]


def _customer(party: Party, accounts: list[str]) -> dict[str, Any]:
    said = (party.identification, f"Cuenta {', '.join(accounts)}" if accounts else "Sin cuenta")
    return {
        "icon": "user",
        "title": party.name,
        "note": " · ".join(part for part in said if part),
        "href": reverse("office:customer", args=[party.pk]),
        "state": "",
        "word": "",
    }


def _connections(text: str, limit: int, user: User) -> list[dict[str, Any]]:
    listed = find_connections(text, limit=limit)
    ids = [connection.pk for connection in listed]
    serials: dict[int, list[str]] = {}
    for stay in standing_installations(connection_ids=ids):
        serials.setdefault(stay.connection_id, []).append(stay.meter.serial)
    holders = holders_of(ids)
    shown = holders if user.can("customers.view") else {}
    return [
        _connection(c, serials.get(c.pk, []), holders.get(c.pk), leads_to=shown.get(c.pk)) for c in listed
    ]


def _properties(text: str, limit: int, user: User) -> list[dict[str, Any]]:
    ids = find_properties(text, limit=limit, by_owner=False)
    places = seen(user, Property.objects.filter(pk__in=ids)).order_by("cadastral_code", "pk")
    return [
        _hit("land", f"Propiedad {place}", place.address, reverse("office:property", args=[place.pk]))
        for place in places
    ]


def _licences(text: str, limit: int, user: User) -> list[dict[str, Any]]:
    ids = find_licences(text, limit=limit, by_holder=False)
    found = seen(user, Licence.objects.filter(pk__in=ids)).select_related("party").order_by("number")
    return [
        _hit("shop", f"Patente {row}", row.party.name, reverse("office:licence", args=[row.pk]))
        for row in found
    ]


def _hit(icon: str, title: str, note: str, href: str) -> dict[str, Any]:
    return {"icon": icon, "title": title, "note": note, "href": href, "state": "", "word": ""}


def _connection(
    connection: Connection, serials: list[str], holder: Party | None, *, leads_to: Party | None
) -> dict[str, Any]:
    """A supply point leads to the page of whoever has it, where that may be seen."""
    said = (
        f"Medidor {', '.join(serials)}" if serials else "Sin medidor",
        holder.name if holder else "",
        connection.address,
    )
    return {
        "icon": "meter",
        "title": f"Abonado {connection.number}",
        "note": " · ".join(part for part in said if part),
        "href": f"{reverse('office:customer', args=[leads_to.pk])}?conexion={connection.pk}"
        if leads_to
        else reverse("office:connection", args=[connection.pk]),
        "state": "" if connection.active else "inactive",
        "word": "",
    }
