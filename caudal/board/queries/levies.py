"""What members were charged by their board, and what of it is billed."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from caudal.billing.assembly.one_off import ONE_OFF
from caudal.billing.models import Charge
from caudal.board.models import Levy
from caudal.receivables.queries import pending_items

ZERO = Decimal(0)
SOCIAL_SERVICE: Final = "cuota-social"


def billed_ids(levies: Collection[Levy]) -> frozenset[int]:
    """Which of these levies stand on a bill that is not void."""
    by_one_off = {levy.one_off_id: levy.pk for levy in levies}
    charged = Charge.objects.filter(live=True, origin_kind=ONE_OFF, origin_id__in=by_one_off)
    return frozenset(by_one_off[pk] for pk in charged.values_list("origin_id", flat=True) if pk is not None)


def waiting(levies: Sequence[Levy]) -> list[Levy]:
    """Those of these levies that still wait for a bill; who reads them has joined their one-offs."""
    billed = billed_ids(levies)
    return [levy for levy in levies if levy.pk not in billed and levy.one_off.withdrawn_on is None]


def pending_social(*, account_id: int, on: date) -> tuple[Decimal, Decimal]:
    """The social quota an account has pending: (billed and unpaid, waiting for its next bill). Zero by default."""
    items = pending_items(account_id=account_id, on=on)
    unpaid = sum((item.balance for item in items if item.service_code == SOCIAL_SERVICE), ZERO)
    levies = list(Levy.objects.filter(account_id=account_id, kind="social").select_related("one_off"))
    return unpaid, sum((levy.one_off.amount for levy in waiting(levies)), ZERO)
