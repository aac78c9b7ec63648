"""What people do with the outbox: hand over what was printed, send again what is in doubt."""

from collections.abc import Collection
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import audit, queue, sql
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.notices.models import Message
from caudal.notices.operations.enqueue import SEND_TASK


class CannotResend(DomainError):
    """Only a mail that failed or is in doubt can be sent again, and none beside one that waits. Facts: `state`."""

    code = "cannot_resend"
    template = _("This mail is not waiting for a decision.")


def resend(*, message_id: int, at: datetime, by: Actor) -> Message:
    """Queue a mail again that failed or is uncertain, because a person says so. Raises CannotResend."""
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message_id)
        if message.channel != "mail" or message.state not in ("failed", "uncertain"):
            raise CannotResend(state=message.state)
        audit.record(
            by=by,
            kind="notices.resend",
            object_type="message",
            object_id=message_id,
            before={"state": message.state, "error": message.last_error},
        )
        message.state, message.attempts, message.next_attempt_at = "queued", 0, at
        waits = CannotResend(state=message.state)
        once = {"message_portal_link_waits_once": waits, "message_contact_changed_waits_once": waits}
        with verdicts(**once), transaction.atomic():
            message.save(update_fields=["state", "attempts", "next_attempt_at"])
        transaction.on_commit(partial(queue.defer, SEND_TASK, queueing_lock=SEND_TASK))
    return message


def mark_printed(*, message_ids: Collection[int], by: Actor) -> int:
    """Say that paper bills were printed and handed over; the number of rows."""
    with transaction.atomic():
        waiting = Message.objects.filter(
            id__in=message_ids, channel__in=("print", "counter"), state="waiting"
        )
        changed = waiting.update(state="printed")
        audit.record(by=by, kind="notices.printed", object_type="message", after={"messages": changed})
    return changed


def mark_delivered(*, upto: date, by: Actor) -> int:
    """Say that all bills and receipts up to a day reached people another way; the number of messages.

    For months that are billed after the fact: nobody wants last year's mails today.
    """
    with transaction.atomic():
        changed = sql.execute("notices/mark_delivered", {"upto": upto})
        after = {"messages": changed, "upto": upto.isoformat()}
        audit.record(by=by, kind="notices.delivered", object_type="message", after=after)
    return changed
