"""Finds records: by user, days, kind and words, and all that speak of one object and of what belongs to it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from caudal.billing.models import Account, Invoice, Subscription
from caudal.common.models import AuditRecord, RowChange
from caudal.metering.models import Connection, Installation, Reading
from caudal.office.present.history.kinds import AREAS, KINDS
from caudal.office.present.history.things import THINGS
from caudal.receivables.models import Payment
from caudal.registry.models import DeclaredValue, Ownership, PropertyAccess, Representation

Group = tuple[str, Iterable[int]]
# Of an object's rows, so many of the latest changes are looked up: a page shows fewer.
MOST: Final = 500
TOGETHER: Final = 5
# Operations that change a row of their own and nothing else: they never explain what happened to another object.
ALONE: Final = (
    "registry.add_representative",
    "registry.contact",
    "registry.declare_value",
    "registry.end_representative",
    "registry.grant_access",
    "registry.identify",
    "registry.revoke_access",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty fields do not narrow.

    `actor`: a user's id, 0 for what no user did. `kind`: a kind, or the first word of several.
    """

    actor: int | None = None
    kind: str = ""
    first: date | None = None
    last: date | None = None
    of: str = ""
    pk: int | None = None


def found(wanted: Wanted) -> QuerySet[AuditRecord]:
    """The records that fit, the newest first."""
    records = AuditRecord.objects.order_by("-id")
    if wanted.of in THINGS and wanted.pk is not None:
        records = records.filter(about(wanted.of, wanted.pk))
    elif wanted.of:
        records = records.filter(object_type=wanted.of)
    if wanted.actor is not None:
        records = records.filter(actor_id=wanted.actor or None)
    if wanted.kind in KINDS:
        records = records.filter(kind=wanted.kind)
    elif wanted.kind in AREAS:
        records = records.filter(kind__startswith=f"{wanted.kind}.")
    if wanted.first:
        records = records.filter(at__gte=_midnight(wanted.first))
    if wanted.last:
        records = records.filter(at__lt=_midnight(wanted.last + timedelta(days=1)))
    return records


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def about(of: str, pk: int) -> Q:
    """The records of an object and of what belongs to it, and those whose operation changed rows of it."""
    groups = [(name, list(ids)) for name, ids in belonging(of, pk)]
    named, rows = Q(), Q()
    for name, ids in groups:
        if ids:
            named |= Q(object_type=name, object_id__in=[str(one) for one in ids])
            rows |= Q(table_name=THINGS[name].model._meta.db_table, row_id__in=ids)
    touched = RowChange.objects.filter(rows).order_by("-id").values_list("transaction", flat=True)[:MOST]
    return named | Q(transaction__in=_of_one_operation(set(touched))) & ~Q(kind__in=ALONE)


def _of_one_operation(transactions: set[str]) -> list[str]:
    """Those that hold one operation and what goes with it: of a load of many, each speaks of another object."""
    records = AuditRecord.objects.filter(transaction__in=transactions).order_by()
    counted = records.values("transaction").annotate(number=Count("pk")).filter(number__lte=TOGETHER)
    return list(counted.values_list("transaction", flat=True))


def belonging(of: str, pk: int) -> Iterator[Group]:
    """The object, and what belongs to it: kinds of objects with their ids."""
    yield of, [pk]
    if parts := PARTS.get(of):
        yield from parts(pk)


def _party(pk: int) -> Iterator[Group]:
    accounts = list(Account.objects.filter(holder=pk).values_list("pk", flat=True))
    yield "account", accounts
    subscriptions = Subscription.objects.filter(account__in=accounts)
    yield "subscription", subscriptions.values_list("pk", flat=True)
    yield "connection", set(subscriptions.exclude(connection=None).values_list("connection", flat=True))
    acting = Q(represented=pk) | Q(representative=pk)
    yield "representation", Representation.objects.filter(acting).values_list("pk", flat=True)
    yield "ownership", Ownership.objects.filter(party=pk).values_list("pk", flat=True)


def _account(pk: int) -> Iterator[Group]:
    yield "subscription", Subscription.objects.filter(account=pk).values_list("pk", flat=True)
    yield "invoice", Invoice.objects.filter(account=pk).order_by("-pk").values_list("pk", flat=True)[:MOST]
    yield "payment", Payment.objects.filter(account=pk).order_by("-pk").values_list("pk", flat=True)[:MOST]


def _property(pk: int) -> Iterator[Group]:
    yield "ownership", Ownership.objects.filter(property=pk).values_list("pk", flat=True)
    yield "declaredvalue", DeclaredValue.objects.filter(property=pk).values_list("pk", flat=True)
    yield "propertyaccess", PropertyAccess.objects.filter(property=pk).values_list("pk", flat=True)
    yield "connection", Connection.objects.filter(property=pk).values_list("pk", flat=True)


def _installations(**of: int) -> Iterator[Group]:
    stays = list(Installation.objects.filter(**of).values_list("pk", flat=True))
    yield "installation", stays
    readings = Reading.objects.filter(installation__in=stays).order_by("-pk")
    yield "reading", readings.values_list("pk", flat=True)[:MOST]


def _connection(pk: int) -> Iterator[Group]:
    yield "subscription", Subscription.objects.filter(connection=pk).values_list("pk", flat=True)
    yield from _installations(connection=pk)


PARTS: Final[dict[str, Callable[[int], Iterator[Group]]]] = {
    "party": _party,
    "account": _account,
    "property": _property,
    "connection": _connection,
    "meter": lambda pk: _installations(meter=pk),
}
