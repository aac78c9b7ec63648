"""Which mails somebody wants."""

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.notices.models import Preference
from caudal.registry.models import Party


def set_preference(*, party: Party, receipts: bool, reminders: bool, by: Actor) -> Preference:
    """Keep what a party said about mails of its payments and of what falls due."""
    known = Preference.objects.filter(party=party).values("receipts", "reminders").first()
    wanted = {"receipts": receipts, "reminders": reminders}
    kept, _made = Preference.objects.update_or_create(party=party, defaults=wanted)
    if known != wanted:
        audit.record(
            by=by,
            kind="notices.preference",
            object_type="party",
            object_id=party.pk,
            before=known,
            after=wanted,
        )
    return kept
