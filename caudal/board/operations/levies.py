"""What a board charges its members once: fines of an assembly and the social quota, and taking them back.

Each is a one-off that waits for the account's next bill. A levy says why, so that nobody pays twice for one thing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Account
from caudal.billing.operations.one_offs import NewOneOff, create_one_offs, hold_waiting
from caudal.billing.operations.one_offs import withdraw as withdraw_one_offs
from caudal.board.models import Assembly, Levy, Quota
from caudal.board.queries import members, pending_social, waiting
from caudal.board.queries.levies import SOCIAL_SERVICE
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.receivables.operations import lock_account
from caudal.tariffs.models import Service
from caudal.tariffs.operations import ServiceData, create_service

FINE_SERVICE: Final = "multa-asamblea"
QUOTA_SERVICE: Final = "cuota-extraordinaria"
NAMES: Final = {
    FINE_SERVICE: "Multa por inasistencia a la asamblea",
    QUOTA_SERVICE: "Cuota extraordinaria",
    SOCIAL_SERVICE: "Cuota social",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLevy:
    """What one member is to be charged, from a day on, and why: an assembly, a part of a quota, or the social quota."""

    kind: str
    account_id: int
    text: str
    amount: Decimal
    bills_from: date
    assembly: Assembly | None = None
    quota: Quota | None = None
    part: int = 1


class SocialQuotaBilled(DomainError):
    """More of the social quota is billed and unpaid than should be pending. Fact: `billed`."""

    code = "social_quota_billed"
    template = _("%(billed)s of the social quota is billed already and unpaid: it cannot be made less here.")


def service_of(code: str, *, by: Actor) -> Service:
    """The service that a kind of levy is charged as; made at first need where the preset did not bring it."""
    known = Service.objects.filter(code=code).first()
    if known is not None:
        return known
    data = ServiceData(code=code, name=NAMES[code], kind="one_off", position=70, billing_months=())
    return create_service(data=data, by=by)


def levy(levies: Sequence[NewLevy], *, service: Service, by: Actor) -> None:
    """Let each wait for the next bill of its account."""
    data = [
        NewOneOff(
            account_id=new.account_id,
            service_id=service.pk,
            amount=new.amount,
            dated_on=new.bills_from,
            text=new.text,
            waits=True,
        )
        for new in levies
    ]
    one_offs = create_one_offs(data=data, service=service, by=by)
    Levy.objects.bulk_create(
        Levy(
            kind=new.kind,
            account_id=new.account_id,
            one_off=one_off,
            assembly=new.assembly,
            quota=new.quota,
            part=new.part,
        )
        for new, one_off in zip(levies, one_offs, strict=True)
    )


@transaction.atomic
def charge_fines(*, assembly_id: int, amount: Decimal, at: datetime, by: Actor) -> int:
    """Fine every member of the day who neither came nor was excused; how many were fined by this call.

    Asked again, it fines who was taken off the list meanwhile, and gives those that wait the new amount. What is
    billed stays as it is, and who was forgiven his fine keeps it so. Raises BeingBilled.
    """
    assembly = Assembly.objects.select_for_update(of=("self",)).select_related("period").get(pk=assembly_id)
    held_on = assembly.period.assembly_on or assembly.period.month
    fines = list(assembly.fines.select_related("one_off"))
    changed = withdraw([fine for fine in waiting(fines) if fine.one_off.amount != amount], on=held_on)
    there = set(assembly.attendances.values_list("party_id", flat=True))
    fined = set(assembly.fines.values_list("account_id", flat=True))
    absent = [m.account_id for m in members(on=held_on) if m.party_id not in there]
    new = [account_id for account_id in absent if account_id not in fined]
    text = f"Multa por inasistencia a la asamblea del {held_on:%d/%m/%Y}"
    levy(
        [
            NewLevy(
                kind="fine",
                account_id=account_id,
                text=text,
                amount=amount,
                bills_from=held_on,
                assembly=assembly,
            )
            for account_id in new
        ],
        service=service_of(FINE_SERVICE, by=by),
        by=by,
    )
    assembly.fine, assembly.fined_at, assembly.fined_by = amount, at, by.label
    assembly.save(update_fields=["fine", "fined_at", "fined_by"])
    facts = {"amount": str(amount), "fined": len(new), "changed": changed}
    audit.record(by=by, kind="board.fine", object_type="assembly", object_id=assembly_id, after=facts)
    return len(new) - changed


@transaction.atomic
def withdraw_fines(*, assembly_id: int, on: date, by: Actor) -> int:
    """Take back the fines of an assembly that are not billed yet; how many. Raises BeingBilled."""
    assembly = Assembly.objects.select_for_update().get(pk=assembly_id)
    count = withdraw(waiting(list(assembly.fines.select_related("one_off"))), on=on)
    facts = {"withdrawn": count}
    audit.record(
        by=by, kind="board.withdraw_fines", object_type="assembly", object_id=assembly_id, after=facts
    )
    return count


@transaction.atomic
def set_social_quota(*, account_id: int, amount: Decimal, on: date, by: Actor) -> None:
    """Make the social quota that an account has pending this much, what is billed and unpaid included.

    The rest waits for the next bill. Raises SocialQuotaBilled, BeingBilled.
    """
    lock_account(account_id)
    unpaid, unbilled = pending_social(account_id=account_id, on=on)
    if amount < unpaid:
        raise SocialQuotaBilled(billed=unpaid)
    if amount == unpaid + unbilled:
        return
    known = Levy.objects.filter(account_id=account_id, kind="social").select_related("one_off")
    withdraw(waiting(list(known)), on=on)
    if amount > unpaid:
        new = NewLevy(
            kind="social",
            account_id=account_id,
            text="Cuota social pendiente",
            amount=amount - unpaid,
            bills_from=on,
        )
        levy([new], service=service_of(SOCIAL_SERVICE, by=by), by=by)
    audit.record(
        by=by,
        kind="board.social_quota",
        object_type="account",
        object_id=account_id,
        before={"pending": str(unpaid + unbilled)},
        after={"pending": str(amount)},
    )


def withdraw(levies: Collection[Levy], *, on: date) -> int:
    """Forget levies that wait, and withdraw their one-offs; how many. Raises NoLongerWaiting, BeingBilled."""
    accounts = Account.objects.filter(pk__in={levy.account_id for levy in levies}).order_by("pk")
    list(accounts.select_for_update().values_list("pk"))
    one_offs = [each.one_off for each in levies]
    hold_waiting(one_offs=one_offs)
    withdraw_one_offs(one_offs=one_offs, on=on)
    Levy.objects.filter(pk__in=[each.pk for each in levies]).delete()
    return len(levies)
