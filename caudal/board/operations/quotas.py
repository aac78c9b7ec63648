"""Special quotas: approved in minutes, the same for every member, in instalments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.board.models import Quota
from caudal.board.operations.levies import QUOTA_SERVICE, NewLevy, levy, service_of, withdraw
from caudal.board.queries import members, waiting
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.kernel.money import parts
from caudal.kernel.periods import add_months
from caudal.registry.models import Organisation


class DuplicateQuota(DomainError):
    """The same minutes approved a quota of that name already. Facts: `minutes`, `concept`."""

    code = "duplicate_quota"
    template = _("Minutes %(minutes)s already have a quota “%(concept)s”.")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaData:
    """What the minutes say. `amount` is that of one member, for all `instalments` (one a month) together."""

    concept: str
    minutes_number: str
    minutes_on: date
    amount: Decimal
    instalments: int
    first_month: date


@transaction.atomic
def approve_quota(*, data: QuotaData, by: Actor) -> Quota:
    """Charge a quota to everybody who is a member on the day of the minutes. Raises DuplicateQuota.

    Part k is round(total·k/n) − round(total·(k−1)/n), and waits for the bills of its month.
    """
    twice = DuplicateQuota(minutes=data.minutes_number, concept=data.concept)
    with verdicts(quota_once=twice), transaction.atomic():
        quota = Quota.objects.create(
            concept=data.concept,
            minutes_number=data.minutes_number,
            minutes_on=data.minutes_on,
            amount=data.amount,
            instalments=data.instalments,
            first_month=data.first_month.replace(day=1),
            created_by=by.label,
        )
    due = members(on=data.minutes_on)
    minor_units = Organisation.objects.values_list("minor_units", flat=True).get()
    amounts = parts(data.amount, data.instalments, minor_units)
    new = [
        NewLevy(
            kind="quota",
            account_id=member.account_id,
            text=_label(data, part),
            amount=amount,
            bills_from=add_months(quota.first_month, part - 1),
            quota=quota,
            part=part,
        )
        for member in due
        for part, amount in enumerate(amounts, start=1)
        if amount > 0
    ]
    levy(new, service=service_of(QUOTA_SERVICE, by=by), by=by)
    facts = {"minutes": data.minutes_number, "amount": str(data.amount), "members": len(due)}
    audit.record(by=by, kind="board.quota", object_type="quota", object_id=quota.pk, after=facts)
    return quota


@transaction.atomic
def withdraw_quota(*, quota_id: int, on: date, by: Actor) -> int:
    """Take back what of a quota is not billed yet; how many parts. Raises BeingBilled."""
    quota = Quota.objects.select_for_update().get(pk=quota_id)
    count = withdraw(waiting(list(quota.levies.select_related("one_off"))), on=on)
    facts = {"withdrawn": count}
    audit.record(by=by, kind="board.withdraw_quota", object_type="quota", object_id=quota_id, after=facts)
    return count


def _label(data: QuotaData, part: int) -> str:
    """«Bomba nueva, cuota 2 de 3 (acta 14 del 04/10/2026)»."""
    which = f", cuota {part} de {data.instalments}" if data.instalments > 1 else ""
    return f"{data.concept}{which} (acta {data.minutes_number} del {data.minutes_on:%d/%m/%Y})"
