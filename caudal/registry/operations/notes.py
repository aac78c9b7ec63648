"""Notes about a party: what whoever takes the next call should know. They are history by themselves."""

from django.utils.translation import gettext_lazy as _

from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.registry.models import Note


class EmptyNote(DomainError):
    """There is nothing to remember."""

    code = "empty_note"
    template = _("Write what should be remembered.")


def write_note(*, party_id: int, text: str, by: Actor) -> Note:
    """Add a note, at most 1000 characters, under its author's name. Raises EmptyNote."""
    if not (said := text.strip()):
        raise EmptyNote()
    note = Note.objects.create(party_id=party_id, text=said, author_id=by.id, author=by.label)
    note.refresh_from_db(fields=["written_at"])
    return note
