"""What stands around a customer: who owns the places, why a bill went up, what was sent and what was noted."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from caudal.billing.models import Account
from caudal.documents.queries import why_it_changed
from caudal.metering.models import Connection
from caudal.notices.models import Message
from caudal.office.present.outbox import message_row
from caudal.registry.models import Note, Ownership, Party

# Connections whose last bill is explained at once; with more of them one is chosen.
EXPLAINED: Final = 3
LISTED: Final = 24


def owners_of(connections: Iterable[Connection], party: Party, *, on: date) -> list[dict[str, Any]]:
    """Who owns the places of these connections on a day; `same` where it is the customer."""
    places = {c.property_id for c in connections if c.property_id}
    valid = Q(valid_to=None) | Q(valid_to__gt=on)
    owned = Ownership.objects.filter(valid, property__in=places, valid_from__lte=on)
    owners = {o.party_id: o.party for o in owned.select_related("party").order_by("property_id", "pk")}
    return [{"id": pk, "name": owner.name, "same": pk == party.pk} for pk, owner in owners.items()]


def explained(connections: Sequence[Connection]) -> list[dict[str, Any]]:
    """Why the last bill of each connection differs: the answer, and what it comes from."""
    found = [(c, why_it_changed(connection_id=c.pk)) for c in connections[:EXPLAINED]]
    return [
        {"number": c.number if len(connections) > 1 else "", "answer": said[0], "reasons": said[1:]}
        for c, said in found
        if said
    ]


def messages_to(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """What was sent to a customer, the latest first."""
    sent = Message.objects.filter(account__in=accounts).order_by("-pk")
    related = ("account__holder", "invoice__series", "payment__series")
    return [message_row(message) for message in sent.select_related(*related)[:LISTED]]


def notes_about(party: Party) -> list[dict[str, Any]]:
    """All that was noted, the latest first, as entries of a timeline."""
    return [
        {"icon": "edit", "title": note.text, "note": f"{note.author}, {_at(note)}"}
        for note in Note.objects.filter(party=party).order_by("-pk")
    ]


def _at(note: Note) -> str:
    return f"{timezone.localtime(note.written_at):%d/%m/%Y %H:%M}"
