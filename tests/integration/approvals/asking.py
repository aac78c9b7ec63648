"""Asking and deciding in few words, for tests."""

from datetime import UTC, date, datetime
from typing import Any

from caudal.access.models import User
from caudal.approvals.kinds import Proposal
from caudal.approvals.models import Approval
from caudal.approvals.operations import approve, effect_now, perform
from caudal.billing.models import Invoice

TODAY, NOW = date(2026, 11, 20), datetime(2026, 11, 20, 15, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 16, tzinfo=UTC)


def ask(kind: str, pk: int, by: User, **payload: Any) -> Approval:
    asked = propose(kind, pk, by, **payload)
    assert asked is not None
    return asked


def propose(kind: str, pk: int, by: User, **payload: Any) -> Approval | None:
    proposal = Proposal(kind=kind, object_id=pk, payload=payload)
    return perform(proposal=proposal, on=TODAY, at=NOW, by=by.actor)


def ask_void(invoice: Invoice, by: User) -> Approval:
    return ask("void", invoice.pk, by, reason="Dirección equivocada")


def seen(request: Approval, by: User) -> str:
    return effect_now(request=request, on=TODAY, by=by.actor)[1]


def approved(request: Approval, by: User) -> Approval:
    return approve(request_id=request.pk, seen=seen(request, by), on=TODAY, at=LATER, by=by.actor)
