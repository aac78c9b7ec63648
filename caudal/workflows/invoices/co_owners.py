"""A service of a property split among its owners: one subscription each, whose shares make the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.models import Account, Charge, Subscription
from caudal.billing.operations.accounts import ServiceEnded
from caudal.billing.operations.runs import hold_services
from caudal.billing.queries import due
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.periods import ONE_DAY
from caudal.receivables.operations import lock_accounts_of
from caudal.registry.models import Ownership, Party
from caudal.registry.operations import lock_property

SHARE_DECIMALS = 10
STEP = Decimal(1).scaleb(-SHARE_DECIMALS)


class NoOwners(DomainError):
    """The subscription hangs on no property, or nobody owns it on the day."""

    code = "no_owners"
    template = _("Nobody is known to own that property then. Enter its owners first.")


class NotAPeriodsStart(DomainError):
    """The split would cut a period in two. Fact: `day`, the next that does not."""

    code = "not_a_periods_start"
    template = _("A split begins with a period, so that none is billed twice: choose %(day)s.")


@dataclass(frozen=True, slots=True)
class OwnersShare:
    """What part of the whole an owner owes: from `start` up to `upto`, parts of one."""

    party: Party
    start: Decimal
    upto: Decimal

    @property
    def percent(self) -> Decimal:
        return (self.upto - self.start) * 100


def owners_shares(*, property_id: int, on: date) -> tuple[OwnersShare, ...]:
    """Who owns a property on a day, and the shares of one that follow; they tile it even where parts are unknown."""
    held = (
        Ownership.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=on), property=property_id, valid_from__lte=on
        )
        .select_related("party")
        .order_by("-share", "pk")
    )
    owned = list(held)
    places = tiles([o.share for o in owned])
    return tuple(OwnersShare(o.party, start, upto) for o, (start, upto) in zip(owned, places, strict=True))


def tiles(shares: Sequence[Decimal]) -> list[tuple[Decimal, Decimal]]:
    """Where each share lies in one, as parts of their sum, one after another."""
    whole = sum(shares, Decimal(0))
    ends = [(upto / whole).quantize(STEP) for upto in accumulate(shares)]
    return list(zip([Decimal(0), *ends], ends, strict=False))


def period_starts(*, subscription: Subscription, after: date) -> tuple[date, ...]:
    """The days of the next two years on which a period of the service begins that is not billed yet; the first ones
    after a day.
    """
    still = max([after, *(each.valid_from for each in _open(subscription))])
    billed = _billed_upto(subscription)
    starts = due.period_starts(subscription.service, after=still, upto=date(still.year + 2, 12, 31))
    return tuple(day for day in starts if billed is None or day >= billed)


def _open(subscription: Subscription) -> list[Subscription]:
    """What is open for the subscription's property and service."""
    found = Subscription.objects.filter(
        property=subscription.property_id, service=subscription.service_id, valid_to=None
    )
    return list(found.select_related("account").order_by("pk"))


def _billed_upto(subscription: Subscription) -> date | None:
    charges = Charge.objects.filter(
        subscription__property=subscription.property_id, service=subscription.service_id, live=True
    )
    found: date | None = charges.aggregate(upto=Max("covers_to"))["upto"]
    return found


def split_among_owners(*, subscription_id: int, starts_on: date, by: Actor) -> tuple[Subscription, ...]:
    """Let each owner of the property owe his share of the service from a period's first day on.

    What was open for the property and service ends that day, shares of an earlier split among it. Owners without
    an account get one. Raises ServiceEnded, NoOwners, NotAPeriodsStart, ServicesBeingBilled.
    """
    with transaction.atomic():
        given = Subscription.objects.select_related("service", "tariff", "account").get(pk=subscription_id)
        if given.property_id is None:
            raise NoOwners()
        lock_property(given.property_id)
        payers = {each.account_id for each in _open(given)}
        lock_accounts_of(payers)
        before = _open(given)
        if not before:
            given.refresh_from_db(fields=["valid_to"])
            raise ServiceEnded(service=given.service.name, valid_to=given.valid_to)
        hold_services(account_ids=payers)
        shares = owners_shares(property_id=given.property_id, on=starts_on)
        if not shares:
            raise NoOwners()
        possible = period_starts(subscription=given, after=starts_on - ONE_DAY)
        if starts_on not in possible[:1]:
            raise NotAPeriodsStart(day=possible[0])
        for each in before:
            billing.close_subscription(subscription=each, valid_to=starts_on)
        made = tuple(_subscribe(given, share, starts_on) for share in shares)
        audit.record(
            by=by,
            kind="billing.split_among_owners",
            object_type="property",
            object_id=given.property_id,
            before={"accounts": [each.account.number for each in before]},
            after={
                "service": given.service.code,
                "from": starts_on.isoformat(),
                "shares": {share.party.name: str(share.percent) for share in shares},
            },
        )
    return made


def _subscribe(given: Subscription, share: OwnersShare, starts_on: date) -> Subscription:
    whole = share.upto - share.start == 1
    return Subscription.objects.create(
        account=_account_of(given, share.party, starts_on),
        service=given.service,
        tariff=given.tariff,
        property_id=given.property_id,
        category=given.category,
        amount_override=given.amount_override,
        valid_from=starts_on,
        share_from=None if whole else share.start,
        share_upto=None if whole else share.upto,
    )


def _account_of(given: Subscription, owner: Party, starts_on: date) -> Account:
    """The account that pays now where it is the owner's own, else the owner's first, else a new one."""
    if given.account.holder_id == owner.pk:
        return given.account
    own = Account.objects.filter(holder=owner, closed_on=None).order_by("pk").first()
    return own or billing.open_account(holder_id=owner.pk, opened_on=starts_on)
