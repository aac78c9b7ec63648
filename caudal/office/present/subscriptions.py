"""Services taken, and what a change of them comes to, as pages show it."""

from datetime import date
from typing import Any

from django.urls import reverse

from caudal.billing.models import Account, Charge, Subscription
from caudal.common.ui import formats
from caudal.kernel.money import round_half_up
from caudal.registry.context import Town
from caudal.workflows.invoices.co_owners import OwnersShare
from caudal.workflows.invoices.year_ahead import AHEAD, YearAhead

CHARGES = 24


def account_crumbs(account: Account) -> list[tuple[str, str]]:
    """Clients, then the holder."""
    holder = reverse("office:customer", args=[account.holder_id])
    return [("Clientes", reverse("office:customers")), (account.holder.name, holder)]


def may_be_ahead(taken: Subscription) -> bool:
    """Whether its amounts are known before their time."""
    return taken.service.kind in AHEAD and taken.valid_to is None


def may_be_cancelled(taken: Subscription) -> bool:
    """Whether it may still be said to have been taken by mistake: nothing was billed of it."""
    never = taken.cancelled_on is None and taken.share_upto is None
    return never and not taken.charges.filter(live=True).exists()


def state_of(taken: Subscription, *, today: date) -> str:
    """Whether it is given, was given, or never was."""
    if taken.cancelled_on is not None:
        return "service.cancelled"
    return "inactive" if taken.valid_to and taken.valid_to <= today else "active"


def subscription_page(taken: Subscription, *, today: date, town: Town) -> dict[str, Any]:
    """What a service taken is, and its last charges."""
    charges = (
        Charge.objects.filter(subscription=taken)
        .select_related("invoice__series", "period")
        .order_by("-pk")[:CHARGES]
    )
    return {
        "active": "customers",
        "taken": taken,
        "state": state_of(taken, today=today),
        "crumbs": account_crumbs(taken.account),
        "facts": _facts(taken, town),
        "charges": [
            {
                "id": c.invoice_id,
                "number": c.invoice.series.printed(c.invoice.number),
                "label": c.label,
                "month": formats.month_name(c.period.month, town) if c.period else "",
                "dated_on": c.invoice.dated_on,
                "total": c.total,
                "void": not c.live,
            }
            for c in charges
        ],
        "may_be_ahead": may_be_ahead(taken),
        "may_split": taken.property_id is not None and taken.valid_to is None,
        "may_be_cancelled": may_be_cancelled(taken),
    }


def _facts(taken: Subscription, town: Town) -> list[tuple[str, str]]:
    found = [("Cuenta", taken.account.number), ("Tarifa", taken.tariff.name)]
    places = (("Conexión", taken.connection), ("Propiedad", taken.property), ("Patente", taken.licence))
    found += [(word, str(place)) for word, place in places if place is not None]
    if taken.category:
        found.append(("Categoría", taken.category))
    if taken.amount_override is not None:
        word = "Monto propio al año" if taken.service.kind == "licence" else "Monto propio"
        found.append((word, formats.money(taken.amount_override, town)))
    if taken.share_from is not None and taken.share_upto is not None:
        found.append(
            ("Su parte", formats.percent(round_half_up(taken.share_upto - taken.share_from, 6), town))
        )
    found.append(("Desde", formats.long_date(taken.valid_from, town)))
    if taken.cancelled_on is not None:
        found.append(("Anulado el", formats.long_date(taken.cancelled_on, town)))
        found.append(("Motivo", taken.cancel_reason))
    elif taken.valid_to is not None:
        found.append(("Termina el", formats.long_date(taken.valid_to, town)))
    return found


def ahead_rows(found: YearAhead, town: Town) -> list[dict[str, Any]]:
    """The charges that would be issued, the discount last."""
    return [
        {
            "label": charge.label,
            "detail": f"del {charge.covers_from:%d/%m/%Y}" if charge.covers_from else "",
            "amount": formats.money(charge.total, town),
        }
        for charge in found.document.charges
    ]


def split_rows(shares: tuple[OwnersShare, ...], town: Town) -> list[dict[str, Any]]:
    """Who would owe which part."""
    return [
        {
            "label": share.party.name,
            "detail": share.party.identification,
            "amount": formats.percent(round_half_up(share.upto - share.start, 6), town),
        }
        for share in shares
    ]
