"""What a citizen may see: his own, what he represents, and the bills of places he owns or was granted.

Debt follows the account: who pays it sees all of it, for ever. A new owner of a place sees its bills from the
day he owns it on, and none from before his time.
"""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from caudal.billing.models import Account, Charge, Invoice, Subscription
from caudal.billing.queries.sectors import accounts_in
from caudal.common import sql
from caudal.metering.models import Installation
from caudal.receivables.models import Payment
from caudal.registry.models import Ownership, Party, PropertyAccess

_PARTIES = "registry/parties_of_user"
_ACCOUNTS = f"""billing_account JOIN registry_party ON registry_party.id = billing_account.holder_id
WHERE billing_account.holder_id = ANY (ARRAY(SELECT id FROM ({sql.load(_PARTIES)}) mine))
ORDER BY billing_account.number"""


def parties_of(*, user_id: int, on: date) -> list[int]:
    """The party that a user is, and those it represents on a day."""
    rows = sql.rows(_PARTIES, {"user_id": user_id, "on_day": on}, prepared=True)
    return [party_id for party_id, _place in rows]


def visible_accounts(*, user_id: int, on: date) -> list[Account]:
    """The accounts whose whole debt the user may see and pay, by number, each with its holder."""
    found = sql.tuples((Account, Party), _ACCOUNTS, {"user_id": user_id, "on_day": on})
    for account, holder in found:
        account.holder = holder
    return [account for account, _holder in found]


def visible_invoices(*, user_id: int, on: date) -> QuerySet[Invoice]:
    """The invoices that the user may see and pay."""
    parties = parties_of(user_id=user_id, on=on)
    still = Q(valid_to=None) | Q(valid_to__gt=on)
    owned = Ownership.objects.filter(still, party__in=parties)
    granted = PropertyAccess.objects.filter(still, user_id=user_id, valid_from__lte=on)
    if not owned.exists() and not granted.exists():
        return Invoice.objects.filter(account__holder__in=parties)
    since = Q(valid_from__lte=OuterRef("dated_on"))
    by_charge = Charge.objects.filter(invoice=OuterRef("pk"))
    return Invoice.objects.filter(
        Q(account__holder__in=parties)
        | Exists(owned.filter(since, ~_of_before(), property=OuterRef("connection__property")))
        | Exists(granted.filter(property=OuterRef("connection__property")))
        | Exists(by_charge.filter(_owned_by(owned)))
        | Exists(by_charge.filter(subscription__property__in=granted.values("property")))
    )


def visible_payments(*, user_id: int, on: date) -> QuerySet[Payment]:
    """The payments of the accounts that the user may see; what a bill is below zero is on that bill."""
    accounts = Account.objects.filter(holder__in=parties_of(user_id=user_id, on=on))
    return Payment.objects.filter(account__in=accounts, credited=None)


def payments_in(sectors: Collection[int]) -> QuerySet[Payment]:
    """The payments of accounts with a service in these sectors: for staff who are limited to them."""
    return Payment.objects.filter(account__in=accounts_in(sectors))


def _of_before() -> Exists:
    """Whether an invoice charges a service that had ended when an owner began: a seller's last bills, and what his
    lateness costs, come after he left.
    """
    ended = Q(subscription__valid_to__lte=OuterRef("valid_from"))
    return Exists(Charge.objects.filter(ended, invoice=OuterRef(OuterRef("pk"))))


def readable_installations(*, user_id: int, on: date) -> QuerySet[Installation]:
    """The meters whose reading the user may send: where he or whom he represents takes a metered service on that day,
    and at the places that they own or that he was granted. Where nobody takes such a service there is none to send.
    """
    parties = parties_of(user_id=user_id, on=on)
    here = Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))
    metered = Subscription.objects.filter(here, service__kind="metered", connection=OuterRef("connection"))
    place = OuterRef("connection__property")
    return Installation.objects.filter(
        Exists(metered),
        Exists(metered.filter(account__holder__in=parties))
        | Exists(Ownership.objects.filter(here, party__in=parties, property=place))
        | Exists(PropertyAccess.objects.filter(here, user_id=user_id, property=place)),
        removed_on=None,
        installed_on__lte=on,
        connection__active=True,
        connection__self_reading=True,
    )


def _owned_by(owned: QuerySet[Ownership]) -> Exists:
    """Charges of a subscription to an owned place, on invoices of the owner's time."""
    return Exists(
        owned.filter(
            property=OuterRef("subscription__property"),
            valid_from__lte=OuterRef("invoice__dated_on"),
            valid_from__lt=Coalesce(OuterRef("subscription__valid_to"), date.max),
        )
    )
