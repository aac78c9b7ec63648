"""A service that was added by mistake is cancelled as never taken: it stays in the history and is never billed."""

from datetime import date

from django.db import transaction

from caudal.billing import operations as billing
from caudal.billing.models import Subscription
from caudal.billing.operations.runs import hold_services
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.receivables.operations import lock_accounts_of


@transaction.atomic
def cancel_service(*, subscription_id: int, reason: str, on: date, by: Actor) -> Subscription:
    """Cancel a service as never taken. What was billed of it has to be voided first.

    Raises ServicesBeingBilled, AlreadyBilledService, AlreadyCancelled, ShareOfOwners.
    """
    account_id = Subscription.objects.values_list("account_id", flat=True).get(pk=subscription_id)
    lock_accounts_of({account_id})
    hold_services(account_ids=[account_id])
    taken = Subscription.objects.select_related("service", "account").get(pk=subscription_id)
    before = {
        "from": taken.valid_from.isoformat(),
        "to": taken.valid_to.isoformat() if taken.valid_to else None,
    }
    billing.cancel_subscription(subscription=taken, on=on, reason=reason)
    audit.record(
        by=by,
        kind="customers.cancel_service",
        object_type="account",
        object_id=account_id,
        before=before,
        after={"service": taken.service.code, "reason": reason},
    )
    return taken
