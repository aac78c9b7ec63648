"""Doing something, or asking a second person for it: what a form says, before and after."""

from typing import Any, Final

from django.contrib import messages
from django.urls import reverse

from caudal.access.models import User
from caudal.approvals.kinds import KINDS, Proposal
from caudal.approvals.models import Approval
from caudal.approvals.operations import perform
from caudal.approvals.queries import deciders_about, needs_second_person, waiting_for
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.ui import formats
from caudal.office.access import StaffRequest
from caudal.office.present.approvals import visible
from caudal.office.present.history.kinds import DEEDS
from caudal.registry.context import current_town

ASKED: Final = "Quedó pedido. Nada cambia hasta que otra persona lo apruebe."
# How many of those who could approve are named.
NAMED: Final = 3


def asked_or_done(request: StaffRequest, proposal: Proposal) -> Approval | bool:
    """The request that waits now, or True when it was done at once. Raises what the domain refuses."""
    return perform(proposal=proposal, on=clock.today(), at=clock.now(), by=request.user.actor) or True


def tell(request: StaffRequest, outcome: Approval | bool, *, done: str) -> None:
    """Say on the next page which of the two it was."""
    messages.success(request, ASKED if isinstance(outcome, Approval) else done)


def tried_or_asked(request: StaffRequest, proposal: Proposal, *, done: str) -> bool:
    """Make a proposal that has no form; the outcome or the refusal is shown on the next page."""
    try:
        tell(request, asked_or_done(request, proposal), done=done)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    return True


def second_person(user: User, kind: str, object_id: int | None) -> dict[str, Any]:
    """For the page of an object: `needed`, `waiting` (what waits about it, or None), and `others` who could approve.

    `others` is read only where it matters: somebody is about to ask.
    """
    of = KINDS[kind]
    waits = waiting_for(object_type=of.object_type, object_id=object_id) if object_id else None
    needed = needs_second_person(of.permission)
    return {
        "needed": needed,
        "waiting": _waiting(user, waits) if waits else None,
        "others": _names(user, kind, object_id)
        if needed and waits is None and user.can(of.permission)
        else "",
    }


def _waiting(user: User, waits: Approval) -> dict[str, Any]:
    opens = visible(user).filter(pk=waits.pk).exists()
    return {
        "deed": DEEDS[waits.kind],
        "by": waits.asked_by,
        "at": formats.moment(waits.asked_at, current_town()),
        "href": reverse("office:approval", args=[waits.pk]) if opens else "",
    }


def _names(user: User, kind: str, object_id: int | None) -> str:
    """«Ana Brenes, Beto Quesada y 2 más»; nothing where nobody else could."""
    others = [str(other) for other in deciders_about(kind=kind, object_id=object_id).exclude(pk=user.pk)]
    more = len(others) - NAMED
    return ", ".join(others[:NAMED]) + (f" y {more} más" if more > 0 else "")
