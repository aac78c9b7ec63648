"""Doing at once or asking, and deciding what was asked. Each is one transaction.

Lock order: the request → what its kind holds (docs/flow.md). So two who decide come one after the other, and the
second is told what the first did.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.access.queries import may
from caudal.approvals.kinds import KINDS, Kind, Proposal, digest
from caudal.approvals.models import Approval
from caudal.approvals.queries import deciders_about, needs_second_person
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts

LONGEST_REASON: Final = 500
VERBS: Final = {
    "approved": "approvals.approve",
    "declined": "approvals.decline",
    "withdrawn": "approvals.withdraw",
    "lapsed": "approvals.lapse",
}


class AlreadyAsked(DomainError):
    """Something about this object waits for a second person."""

    code = "already_asked"
    template = _(
        "Something about this already waits for another person's approval. It has to be decided first."
    )


class UnknownApproval(DomainError):
    """There is no such request. Fact: `request`."""

    code = "unknown_approval"
    template = _("There is no request %(request)s.")


class ApprovalClosed(DomainError):
    """Somebody decided the request before, or took it back. Fact: `by`."""

    code = "approval_closed"
    template = _("This no longer waits: %(by)s closed it before you.")


class AnotherPersonNeeded(DomainError):
    """Who asked may not decide."""

    code = "another_person_needed"
    template = _("Another person has to decide this: you asked for it.")


class NotYours(DomainError):
    """Only who asked takes a request back. Fact: `by`."""

    code = "not_yours"
    template = _("%(by)s asked for this, and only who asked can take it back. You can decline it.")


class MayNotDecide(DomainError):
    """Who decides may not do it himself, or not everywhere that it has an effect."""

    code = "may_not_decide"
    template = _("Your roles do not allow you to decide this.")


class AskerMayNot(DomainError):
    """The roles of who asked no longer allow it. Fact: `by`."""

    code = "asker_may_not"
    template = _("%(by)s asked for this and may no longer do so.")


class ObjectGone(DomainError):
    """What it was about no longer exists."""

    code = "object_gone"
    template = _("What this was about no longer exists.")


class ShownOtherwise(DomainError):
    """The effect is no longer the one that was looked at."""

    code = "shown_otherwise"
    template = _("What this would do changed since you opened the page. Look at it again before you decide.")


class NoLongerApplies(DomainError):
    """It could not be done any more, and the request was closed. Fact: `reason`."""

    code = "no_longer_applies"
    template = _("This no longer applies, and the request was closed. %(reason)s")


@transaction.atomic
def perform(*, proposal: Proposal, on: date, at: datetime, by: Actor) -> Approval | None:
    """Do what is proposed; where the organisation wants two people for it, ask instead: the request, or None when done.

    What could not be done is not asked for either: its refusals are raised at once. Also raises AlreadyAsked. What the
    system does itself needs nobody.
    """
    kind = KINDS[proposal.kind]
    waiting = Approval.objects.select_for_update().filter(
        object_type=kind.object_type, object_id=proposal.object_id, state=Approval.WAITING
    )
    before = waiting.first()
    payload = kind.frozen(proposal.object_id, proposal.payload)
    if by.id is not None and asks(proposal):
        return _ask(proposal, payload, on, at, by)
    kind.do(proposal.object_id, payload, on, by)
    if before is not None:
        _close_if_moot(before, on, at, by)
    return None


def asks(proposal: Proposal) -> bool:
    """Whether a second person is needed for just this."""
    kind = KINDS[proposal.kind]
    payload = kind.frozen(proposal.object_id, proposal.payload)
    return needs_second_person(kind.permission) and kind.needed(proposal.object_id, payload)


def _ask(proposal: Proposal, payload: Mapping[str, Any], on: date, at: datetime, by: Actor) -> Approval:
    assert by.id is not None, "the system asks nobody"
    kind = KINDS[proposal.kind]
    with verdicts(approval_waits_once=AlreadyAsked()), transaction.atomic():
        request = Approval.objects.create(
            kind=proposal.kind,
            object_type=kind.object_type,
            object_id=proposal.object_id,
            payload=payload,
            asked_by_id=by.id,
            asked_by=by.label,
            asked_at=at,
        )
    with _on_trial():
        kind.hold(request.object_id)
        effect = kind.effect(request.object_id, payload, on)
        kind.do(request.object_id, payload, on, by)
    request.effect = effect
    request.save(update_fields=["effect"])
    _record(request, "approvals.ask", by)
    return request


@contextmanager
def _on_trial() -> Iterator[None]:
    """Do something to see whether it is refused, and take it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _close_if_moot(request: Approval, on: date, at: datetime, by: Actor) -> None:
    try:
        with _on_trial():
            _do(request, on, by)
    except DomainError as refusal:
        _close(request, "lapsed", at=at, by=by, reason=refusal.message)


def approve(*, request_id: int, seen: str, on: date, at: datetime, by: Actor) -> Approval:
    """Do what was asked, as who approves it, exactly as it was shown (`seen`: `effect_now`'s digest).

    Raises UnknownApproval, ApprovalClosed, AnotherPersonNeeded, MayNotDecide, OwnRights, ShownOtherwise. What can no
    longer be done closes the request and raises NoLongerApplies with the reason.
    """
    refused: DomainError | None = None
    with transaction.atomic():
        request = _locked(request_id)
        kind = _may_decide(request, by)
        kind.barred(request.object_id, by)
        try:
            with transaction.atomic():
                effect = _do(request, on, by)
                if digest(effect) != seen:
                    raise ShownOtherwise
                request.effect = effect
                _close(request, "approved", at=at, by=by)
        except ShownOtherwise:
            raise
        except DomainError as refusal:
            refused = refusal
            request = _locked(request_id)
            _close(request, "lapsed", at=at, by=by, reason=refusal.message)
    if refused is not None:
        raise NoLongerApplies(reason=refused.message) from refused
    return request


def _do(request: Approval, on: date, by: Actor) -> dict[str, Any]:
    """Carry a request out; the effect that it had. Raises ObjectGone, AskerMayNot, and what its kind refuses."""
    kind = KINDS[request.kind]
    asker = Actor(request.asked_by_id, request.asked_by)
    if not may(actor=asker, permission=kind.permission):
        raise AskerMayNot(by=asker.label)
    try:
        kind.hold(request.object_id)
        effect = kind.effect(request.object_id, request.payload, on)
        kind.do(request.object_id, request.payload, on, by)
    except ObjectDoesNotExist as gone:
        raise ObjectGone from gone
    return effect


def decline(*, request_id: int, reason: str, at: datetime, by: Actor) -> Approval:
    """Refuse what another asked for, and say why. Raises as `approve` what concerns who decides."""
    with transaction.atomic():
        request = _locked(request_id)
        _may_decide(request, by)
        return _close(request, "declined", at=at, by=by, reason=reason)


def withdraw(*, request_id: int, at: datetime, by: Actor) -> Approval:
    """Take back what one asked for oneself. Raises UnknownApproval, ApprovalClosed, NotYours."""
    with transaction.atomic():
        request = _locked(request_id)
        if by.id != request.asked_by_id:
            raise NotYours(by=request.asked_by)
        return _close(request, "withdrawn", at=at, by=by)


def _locked(request_id: int) -> Approval:
    request = Approval.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise UnknownApproval(request=request_id)
    if request.state != Approval.WAITING:
        raise ApprovalClosed(by=request.decided_by)
    return request


def _may_decide(request: Approval, by: Actor) -> Kind:
    kind = KINDS[request.kind]
    if by.id is None or by.id == request.asked_by_id:
        raise AnotherPersonNeeded
    if not deciders_about(kind=request.kind, object_id=request.object_id).filter(pk=by.id).exists():
        raise MayNotDecide
    return kind


def _close(request: Approval, state: str, *, at: datetime, by: Actor, reason: str = "") -> Approval:
    request.state, request.reason = state, reason[:LONGEST_REASON]
    request.decided_by_id, request.decided_by, request.decided_at = by.id, by.label, at
    request.save()
    _record(request, VERBS[state], by)
    return request


def _record(request: Approval, kind: str, by: Actor) -> None:
    """In the history of the object itself, with the request that it belongs to."""
    after = {"approval": request.pk, "deed": request.kind, "asked_by": request.asked_by}
    audit.record(
        by=by,
        kind=kind,
        object_type=request.object_type,
        object_id=request.object_id,
        after=after | ({"reason": request.reason} if request.reason else {}),
    )


def effect_now(*, request: Approval, on: date, by: Actor) -> tuple[dict[str, Any], str]:
    """What a waiting request would do now, and the digest with which it is approved.

    Raises what would be refused then, without closing anything. Nothing is written.
    """
    with _on_trial():
        effect = _do(request, on, by)
    return effect, digest(effect)
