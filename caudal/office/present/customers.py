"""Customers as lists and pages show them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, QuerySet

from caudal.billing.models import Account, Subscription
from caudal.office.finding import find_connections, find_parties
from caudal.office.reach import within_reach
from caudal.receivables.models import OpenCredit, OpenInvoice
from caudal.receivables.queries import account_balances
from caudal.registry.models import Party

ZERO = Decimal(0)
MOST_FOUND = 200


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in a list; `balance` is what the ledger says, without interest to date."""

    id: int
    name: str
    identification: str
    accounts: str
    address: str
    services: str
    email: str
    phone: str
    balance: Decimal
    state: str


def customers(*, who: Collection[int] | None = None, state: str = "", on: date) -> QuerySet[Party]:
    """The parties that have an account, by name; of `who` (what `holders_found` answered) where that is given.

    `state`: overdue, credit or without_email.
    """
    found = Party.objects.filter(Exists(Account.objects.filter(holder=OuterRef("pk"))))
    if who is not None:
        found = found.filter(pk__in=who)
    if state == "overdue":
        late = OpenInvoice.objects.filter(invoice__due_date__lt=on)
        found = found.filter(pk__in=Account.objects.filter(pk__in=late.values("account_id")).values("holder"))
    elif state == "credit":
        holders = Account.objects.filter(pk__in=OpenCredit.objects.values("account_id"))
        found = found.filter(pk__in=holders.values("holder"))
    elif state == "without_email":
        found = found.filter(email="")
    return found


def holders_found(text: str) -> set[int]:
    """Ids of the customers that a name, an identification, an account, a connection or a meter leads to."""
    by_name = {party.pk for party in find_parties(text, limit=MOST_FOUND)}
    typed = text.strip()
    accounts = within_reach(Account.objects.filter(number__startswith=typed))
    by_account = accounts.values_list("holder_id", flat=True)
    connections = [c.pk for c in find_connections(text, limit=MOST_FOUND)]
    by_connection = Subscription.objects.filter(connection__in=connections).values_list(
        "account__holder_id", flat=True
    )
    return by_name | set(by_account[:MOST_FOUND]) | set(by_connection)


def customer_rows(parties: Iterable[Party], *, on: date) -> list[CustomerRow]:
    """The rows of one page: a handful of queries however many parties."""
    listed = list(parties)
    accounts = list(Account.objects.filter(holder__in=listed).order_by("number"))
    by_holder: dict[int, list[Account]] = defaultdict(list)
    for account in accounts:
        by_holder[account.holder_id].append(account)
    balances = account_balances(account_ids=[a.pk for a in accounts])
    overdue = set(
        OpenInvoice.objects.filter(account__in=accounts, invoice__due_date__lt=on).values_list(
            "account_id", flat=True
        )
    )
    services = _services(accounts)
    return [_row(party, by_holder[party.pk], balances, overdue, services) for party in listed]


def _row(
    party: Party,
    accounts: Sequence[Account],
    balances: dict[int, Decimal],
    overdue: set[int],
    services: dict[int, list[str]],
) -> CustomerRow:
    balance = sum((balances.get(a.pk, ZERO) for a in accounts), ZERO)
    late = any(a.pk in overdue for a in accounts)
    names = dict.fromkeys(name for a in accounts for name in services[a.pk])
    return CustomerRow(
        id=party.pk,
        name=party.name,
        identification=party.identification,
        accounts=", ".join(a.number for a in accounts),
        address=party.address,
        services=", ".join(names),
        email=party.email,
        phone=party.phone,
        balance=balance,
        state="overdue" if late else "pending" if balance > 0 else "account.paid",
    )


def _services(accounts: Sequence[Account]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    taken = Subscription.objects.filter(account__in=accounts, valid_to=None)
    for account_id, name in taken.order_by("service__position", "service__code").values_list(
        "account_id", "service__name"
    ):
        found[account_id].append(name)
    return found


def holders_of(connection_ids: Sequence[int]) -> dict[int, Party]:
    """Who has a connection now, or had it last."""
    taken = (
        Subscription.objects.filter(connection__in=connection_ids, cancelled_on=None)
        .select_related("account__holder")
        .order_by("connection_id", "-valid_from", "-pk")
    )
    latest: dict[int, Party] = {}
    for subscription in taken:
        assert subscription.connection_id is not None
        if subscription.valid_to is None or subscription.connection_id not in latest:
            latest[subscription.connection_id] = subscription.account.holder
    return latest


def subscriptions_of(*, account_ids: Sequence[int]) -> QuerySet[Subscription]:
    """The services of some accounts, current ones first."""
    return (
        Subscription.objects.filter(account__in=account_ids)
        .select_related("service", "tariff", "connection", "account")
        .order_by(F("valid_to").desc(nulls_first=True), "service__position", "service__code", "pk")
    )
