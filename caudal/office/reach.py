"""How far staff reach who are limited to sectors: what lies elsewhere is not there for them.

Denied by default: they open only the pages named here, each of which asks `seen` for what it lists; and whatever an
address or a form names by its id is looked for among what they may see.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar, cast

from django import forms
from django.db.models import Model, QuerySet
from django.db.models.expressions import BaseExpression
from django.http import Http404, HttpRequest, QueryDict

from caudal.access.models import User
from caudal.billing.models import Account, Invoice, InvoiceDraft, OneOff, Subscription
from caudal.billing.queries import sectors as billing
from caudal.metering.models import Alert, Connection, Installation, Meter, Reading
from caudal.metering.queries import sectors as metering
from caudal.receivables.models import Payment
from caudal.receivables.queries.visible import payments_in
from caudal.registry.models import (
    Licence,
    Ownership,
    Party,
    Property,
    PropertyAccess,
    Representation,
    Route,
    Sector,
)
from caudal.tariffs.models import Service, Tariff

M = TypeVar("M", bound=Model)
Scope = Callable[[Collection[int]], QuerySet[Any]]

SCOPES: Final[Mapping[type[Model], Scope]] = {
    Account: billing.accounts_in,
    Alert: metering.alerts_in,
    Connection: metering.connections_in,
    Installation: metering.installations_in,
    Invoice: billing.invoices_in,
    InvoiceDraft: lambda sectors: InvoiceDraft.objects.filter(account__in=billing.accounts_in(sectors)),
    Licence: lambda sectors: Licence.objects.filter(property__sector__in=sectors),
    Meter: metering.meters_in,
    OneOff: lambda sectors: OneOff.objects.filter(account__in=billing.accounts_in(sectors)),
    Ownership: lambda sectors: Ownership.objects.filter(property__sector__in=sectors),
    Party: billing.parties_in,
    Payment: payments_in,
    Property: lambda sectors: Property.objects.filter(sector__in=sectors),
    PropertyAccess: lambda sectors: PropertyAccess.objects.filter(property__sector__in=sectors),
    Reading: metering.readings_in,
    Representation: lambda sectors: Representation.objects.filter(
        represented__in=billing.parties_in(sectors)
    ),
    Route: lambda sectors: Route.objects.filter(sector__in=sectors),
    Sector: lambda sectors: Sector.objects.filter(pk__in=sectors),
    # What is charged, and at which prices, is of no sector.
    Service: lambda _sectors: Service.objects.all(),
    Subscription: billing.subscriptions_in,
    Tariff: lambda _sectors: Tariff.objects.all(),
}
# Those whose sector is one step away: asked of the row itself.
DIRECT: Final[Mapping[type[Model], str]] = {
    Alert: "connection__sector__in",
    Connection: "sector__in",
    Installation: "connection__sector__in",
    Licence: "property__sector__in",
    Ownership: "property__sector__in",
    Property: "sector__in",
    PropertyAccess: "property__sector__in",
    Reading: "installation__connection__sector__in",
    Route: "sector__in",
}
# The pages that ask `seen`, or show nothing of any sector.
PAGES: Final = frozenset(
    (
        "access", "access_new", "access_remove", "accesses", "accesses_bulk", "alert_resolve", "alerts",
        "approval", "approval_approve", "approval_decline", "approval_withdraw", "approvals", "by_number",
        "connection", "connection_close", "connection_edit", "connection_new", "connection_reopen",
        "connections", "connections_bulk", "customer", "customer_edit", "customer_identification",
        "customer_invite", "customer_new", "customers", "draft", "draft_discard", "draft_new", "drafts", "home",
        "invoice", "invoice_pdf", "invoice_void", "invoices", "licence", "licence_close", "licence_edit",
        "licence_new", "licence_reopen", "licence_statement", "licences", "meter", "meter_change", "meter_edit",
        "meter_put", "meter_take", "meters", "note_new", "one_off_new", "one_off_withdraw", "one_offs",
        "owner_change", "owner_end", "owner_new", "owners_split", "ownership", "ownerships", "payment",
        "payment_new", "payment_pdf", "payment_reverse", "payments", "people", "people_bulk", "properties",
        "properties_bulk", "property", "property_close", "property_edit", "property_new", "property_reopen",
        "property_statement", "reading", "reading_decide", "reading_new", "reading_panel", "reading_photo",
        "reading_photo_new", "readings", "representative_end", "representative_new", "review", "route",
        "routes", "search", "sector", "sectors", "service", "service_add", "service_cancel", "service_end", "services",
        "statement", "subscription", "subscription_new", "subscriptions", "subscriptions_bulk",
        "tariff", "tariff_export", "tariffs", "value_new",
        "year_ahead",
    )
)  # fmt: skip
# What the parts of addresses and the fields of forms name; a declared entity looks for its `pk` itself.
NAMED: Final[Mapping[str, type[Model]]] = {
    "access_id": PropertyAccess,
    "account_id": Account,
    "alert_id": Alert,
    "connection_id": Connection,
    "draft_id": InvoiceDraft,
    "installation_id": Installation,
    "invoice_id": Invoice,
    "licence_id": Licence,
    "one_off_id": OneOff,
    "ownership_id": Ownership,
    "party_id": Party,
    "payment_id": Payment,
    "property_id": Property,
    "reading_id": Reading,
    "representation_id": Representation,
    "subscription_id": Subscription,
}
ASKED: Final[Mapping[str, type[Model]]] = {
    "cliente": Party,
    "conexion": Connection,
    "cuenta": Account,
    "customer": Account,
    "instalacion": Installation,
    "lectura": Reading,
    "medidor": Meter,
    "ultimo": Payment,
}
# Approvals are narrowed by `visible`: who asked for one sees it, wherever it is.
UNSCOPED: Final = frozenset({"approval_id", "pk", "number", "tariff_id"})


# The sectors to which whoever asks is limited, while his page is made: searches and fields look there and nowhere else.
_asked_from: ContextVar[tuple[int, ...]] = ContextVar("sectors", default=())


@contextmanager
def asked_by(user: User) -> Iterator[None]:
    """Let searches and fields look only where this user may, until the end."""
    token = _asked_from.set(tuple(user.sector_ids))
    try:
        yield
    finally:
        _asked_from.reset(token)


def sectors_asked() -> Sequence[int]:
    """The sectors to which whoever asks is limited; none: the whole town."""
    return _asked_from.get()


def within_reach(rows: QuerySet[M]) -> QuerySet[M]:
    """Of these rows, those that whoever asks may see: `seen` where no user is at hand."""
    return _in_sectors(rows, sectors_asked())


def seen(user: User, rows: QuerySet[M]) -> QuerySet[M]:
    """Of these rows, those that the user may see."""
    return _in_sectors(rows, user.sector_ids)


def _in_sectors(rows: QuerySet[M], sectors: Sequence[int]) -> QuerySet[M]:
    if not sectors:
        return rows
    if rows.model in DIRECT:
        return rows.filter(**{DIRECT[rows.model]: sectors})
    if rows.model is Subscription:
        return rows.filter(billing.service_in(sectors))
    if rows.model is Party:
        return cast(QuerySet[M], billing.parties_seen(cast(QuerySet[Party], rows), sectors))
    return rows.filter(pk__in=SCOPES[rows.model](sectors).order_by().values("pk"))


def surely(user: User, rows: QuerySet[Any]) -> BaseExpression | None:
    """A condition that holds for some of what the user may see, where counting all would take long."""
    return billing.parties_surely(user.sector_ids) if user.sector_ids and rows.model is Party else None


def sees(user: User, model: type[Model], pk: int) -> bool:
    """Whether the user may see the row with this id."""
    return not user.sector_ids or SCOPES[model](user.sector_ids).filter(pk=pk).exists()


def require_reach(request: HttpRequest, user: User, named: Mapping[str, Any]) -> None:
    """Raise Http404 where the page, or anything that the request names, is beyond the user's sectors."""
    if not user.sector_ids:
        return
    page = request.resolver_match.url_name if request.resolver_match else None
    if page not in PAGES or set(named) - set(NAMED) - UNSCOPED:
        raise Http404
    ids = [(NAMED[name], pk) for name, pk in named.items() if name in NAMED]
    if not all(sees(user, model, pk) for model, pk in [*ids, *_asked(request.GET), *_asked(request.POST)]):
        raise Http404


def _asked(given: QueryDict) -> list[tuple[type[Model], int]]:
    """What a query or a form names by its id."""
    return [
        (ASKED[name], int(value))
        for name in ASKED
        for value in given.getlist(name)
        if value.isascii() and value.isdigit() and len(value) < 19
    ]


def narrowed(form: forms.BaseForm, user: User) -> None:
    """Let a form offer and take only what the user may see; a place of no sector would be lost to him."""
    if not user.sector_ids:
        return
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
            if field.queryset.model in SCOPES:
                field.queryset = seen(user, field.queryset)
            if field.queryset.model is Sector:
                field.required, field.empty_label = True, None
    for name in getattr(form, "placed_by", ()):
        form.fields[name].required = True
