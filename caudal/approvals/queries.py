"""Questions about what waits for a second person."""

from collections.abc import Collection

from django.db.models import QuerySet

from caudal.access.models import User
from caudal.approvals.models import Approval
from caudal.registry.models import Organisation


def needs_second_person(permission: str) -> bool:
    """Whether the organisation wants two people for what this permission allows."""
    return Organisation.objects.filter(second_person__contains=[permission]).exists()


def waiting_for(*, object_type: str, object_id: int) -> Approval | None:
    """The request that waits about an object, if any."""
    return Approval.objects.filter(
        object_type=object_type, object_id=object_id, state=Approval.WAITING
    ).first()


def to_decide(*, user_id: int, kinds: Collection[str]) -> QuerySet[Approval]:
    """What others asked for and waits, of these kinds, the longest waiting first."""
    waiting = Approval.objects.filter(state=Approval.WAITING, kind__in=kinds)
    return waiting.exclude(asked_by_id=user_id).order_by("pk")


def deciders(permission: str) -> QuerySet[User]:
    """Who may decide about what this permission allows, by name: whoever may do it, in the whole town."""
    able = User.objects.filter(is_active=True, sector_ids=[])
    for needed in ("office.enter", permission):
        able = able.filter(roles__retired=False, roles__permissions__permission=needed)
    return able.distinct().order_by("name", "username")
