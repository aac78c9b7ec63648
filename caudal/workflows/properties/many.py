"""What is changed for many customers at once: each keeps its own record, and all change or none."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import F

from caudal.billing.models import Account, Subscription
from caudal.billing.operations import accounts as billing
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.receivables.operations.posting import lock_accounts_of
from caudal.workflows.customers import ChosenTariff, add_service


@transaction.atomic
def change_delivery(*, party_ids: Collection[int], delivery: str, by: Actor) -> int:
    """Have the bills of these customers come so (`Account.DELIVERIES`); how many customers had them otherwise."""
    held = Account.objects.filter(holder__in=party_ids).order_by("pk")
    lock_accounts_of(set(held.values_list("pk", flat=True)))
    changed = list(held.exclude(delivery=delivery))
    Account.objects.filter(pk__in=[account.pk for account in changed]).update(
        delivery=delivery, version=F("version") + 1
    )
    audit.record_many(
        by=by,
        kind="customers.delivery",
        object_type="account",
        changes=[(account.pk, {"delivery": account.delivery}, {"delivery": delivery}) for account in changed],
    )
    return len({account.holder_id for account in changed})


@transaction.atomic
def end_services(*, subscription_ids: Collection[int], on: date, by: Actor) -> int:
    """End these services on a day; how many. Raises ServiceBeganLater."""
    taken = Subscription.objects.filter(pk__in=subscription_ids, valid_to=None).select_related("service")
    lock_accounts_of(set(taken.values_list("account_id", flat=True)))
    ended = list(taken.order_by("pk"))
    for each in ended:
        billing.end_subscription(subscription=each, on=on)
    audit.record_many(
        by=by,
        kind="customers.end_service",
        object_type="account",
        changes=[(each.account_id, {}, {"service": each.service.code, "to": str(on)}) for each in ended],
    )
    return len(ended)


@transaction.atomic
def start_services(
    *, accounts: Collection[tuple[int, int]], chosen: ChosenTariff, starts_on: date, by: Actor
) -> int:
    """Give a service to these accounts, each at a connection: (account, connection); how many.

    Raises AlreadySubscribed, MeterNeeded.
    """
    lock_accounts_of({account_id for account_id, _connection in accounts})
    for account_id, connection_id in accounts:
        add_service(
            account_id=account_id, connection_id=connection_id, chosen=chosen, starts_on=starts_on, by=by
        )
    return len(accounts)
