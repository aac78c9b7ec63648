"""A customer changes how he can be reached."""

from dataclasses import dataclass

from django.db import transaction

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.registry.models import Party
from caudal.registry.operations import PartyData, update_party


@dataclass(frozen=True, slots=True)
class Contact:
    """Where mails and calls go; empty for none."""

    email: str
    phone: str


def change_contact(*, party_id: int, version: int, contact: Contact, by: Actor) -> Party:
    """Write a party's new contact data. Raises ChangedMeanwhile when somebody else changed the party."""
    with transaction.atomic():
        party = Party.objects.get(pk=party_id)
        before = {"email": party.email, "phone": party.phone}
        known = {name: getattr(party, name) for name in PartyData.__dataclass_fields__}
        data = PartyData(**known | {"email": contact.email, "phone": contact.phone})
        changed = update_party(party_id=party_id, version=version, data=data)
        after = {"email": contact.email, "phone": contact.phone}
        audit.record(
            by=by,
            kind="registry.contact",
            object_type="party",
            object_id=party_id,
            before=before,
            after=after,
        )
    return changed
