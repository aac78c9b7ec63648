"""Questions about what waits for a second person."""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from caudal.access.models import User
from caudal.approvals.kinds import KINDS
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


def waiting_about(object_type: str, ids: Collection[int]) -> QuerySet[Any]:
    """Of these objects, the ids of those about which something waits."""
    waiting = Approval.objects.filter(object_type=object_type, object_id__in=ids, state=Approval.WAITING)
    return waiting.values_list("object_id", flat=True)


def to_decide(*, user: User) -> QuerySet[Approval]:
    """What others asked for and waits for this person's decision, the longest waiting first."""
    found = within(user.sector_ids) if user.sector_ids else Approval.objects.all()
    waiting = found.filter(state=Approval.WAITING, kind__in=kinds_of(user))
    return waiting.exclude(asked_by_id=user.pk).order_by("pk")


def kinds_of(user: User) -> list[str]:
    """The kinds about which somebody may ask and decide."""
    return [code for code, kind in KINDS.items() if user.can(kind.permission)]


def within(sectors: Collection[int]) -> QuerySet[Approval]:
    """The requests whose whole effect stays in these sectors: who is limited to them may decide those."""
    inside = Q(pk__in=[])
    for code, kind in KINDS.items():
        if kind.within is not None:
            inside |= Q(Exists(kind.within(sectors).filter(pk=OuterRef("object_id"))), kind=code)
    return Approval.objects.filter(inside)


def deciders(permission: str) -> QuerySet[User]:
    """Who may decide about what this permission allows, by name: whoever may do it, in the whole town."""
    return _able(permission).filter(sector_ids=[])


def deciders_about(*, kind: str, object_id: int | None) -> QuerySet[User]:
    """Who may decide about this object, by name: they, and those in whose sectors all that it changes lies."""
    of = KINDS[kind]
    able = _able(of.permission)
    limited = [
        user.pk
        for user in able.exclude(sector_ids=[])
        if of.within is not None and of.within(user.sector_ids).filter(pk=object_id).exists()
    ]
    return able.filter(Q(sector_ids=[]) | Q(pk__in=limited))


def _able(permission: str) -> QuerySet[User]:
    able = User.objects.filter(is_active=True)
    for needed in ("office.enter", permission):
        able = able.filter(roles__retired=False, roles__permissions__permission=needed)
    return able.distinct().order_by("name", "username")
