"""What an invoice froze about people, places and meters, as its bill shows it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.models import Charge as ChargeRow
from caudal.billing.models import Invoice
from caudal.documents.queries.town import Issuer
from caudal.documents.spanish.data import Document, Fact, Holder, Reading
from caudal.documents.spanish.figures import Figures
from caudal.documents.spanish.widths import wrapped
from caudal.kernel.periods import ONE_DAY, month_of

Frozen = Mapping[str, Any]

WINDOW_MM, WINDOW_POINTS, WINDOW_LINES = 88.0, 9.0, 3
FACTS = 6
SUBJECT = 40
# The kinds of the registry that people do not call by their code, as they do DUI, NIT and RUC.
IDENTIFICATIONS = {
    "cedula": "Cédula",
    "juridica": "Cédula jurídica",
    "passport": "Pasaporte",
    "other": "Documento",
}


def holder_of(frozen: Frozen) -> Holder:
    """Name and address as they stand in the window of the envelope, with the place on the route above."""
    holder, connection = frozen["holder"], frozen.get("connection") or {}
    address = (holder.get("address") or connection.get("address") or "").strip()
    lines = wrapped(address, WINDOW_MM, WINDOW_POINTS) if address else []
    if len(lines) > WINDOW_LINES:
        lines[WINDOW_LINES - 1 :] = [f"{lines[WINDOW_LINES - 1]}…"]
    return {"name": holder["name"], "address": lines, "delivery": _delivery(connection)}


def _delivery(connection: Mapping[str, Any]) -> str:
    route, order = connection.get("route"), connection.get("order")
    parts = (f"Ruta {route}" if route else "", f"orden {order:04d}" if order else "")
    return " · ".join(part for part in parts if part)


def document_of(invoice: Invoice, charges: Sequence[ChargeRow], by: Issuer, figures: Figures) -> Document:
    """Title, number, subject and what is to be seen before the amount."""
    frozen = invoice.frozen
    services = list(dict.fromkeys(row.service.name for row in charges if row.service.kind != "interest"))
    month = _months(invoice, figures)
    what = _named(services)
    span = figures.days_between(invoice.covers_from.isoformat(), (invoice.covers_to - ONE_DAY).isoformat())
    document: Document = {
        "title": f"{by.document.capitalize()} de {what[0].lower()}{what[1:]}",
        "this": by.bill.this,
        "number": invoice.series.printed(invoice.number),
        "subject": f"{what} de {month}" if month else what,
        "period": month or span,
        "issued_on": invoice.issued_on.isoformat(),
        "remarks": invoice.remarks,
        "provisional": any(meter.get("kind") == "estimated" for meter in frozen.get("meters", ())),
    }
    if invoice.voided_on is not None:
        document["void"] = {"on": invoice.voided_on.isoformat(), "reason": invoice.void_reason}
    return document


def months_billed(invoice: Invoice) -> tuple[date, date]:
    """The first and the last month that a bill is called after, by their first days.

    Of a tax or a licence, which come by quarters, those that it covers; else the one month that it froze, or the first
    that it covers where an older bill froze none.
    """
    named = invoice.frozen.get("period")
    if named and invoice.frozen.get("places"):
        return month_of(invoice.covers_from), month_of(invoice.covers_to - ONE_DAY)
    month = date.fromisoformat(f"{named}-01") if named else month_of(invoice.covers_from)
    return month, month


def _months(invoice: Invoice, figures: Figures) -> str:
    """«marzo de 2027»; of a tax or a licence, which come by quarters, «enero a marzo de 2027»."""
    if not invoice.frozen.get("period"):
        return ""
    first, last = months_billed(invoice)
    until = figures.month(f"{last:%Y-%m}")
    if first == last:
        return until
    since = figures.month(f"{first:%Y-%m}")
    return f"{since.rpartition(' de ')[0] if first.year == last.year else since} a {until}"


def _named(services: Sequence[str]) -> str:
    """One or two services by name, where a line holds them."""
    both = " y ".join([*services[:1], *(f"{name[0].lower()}{name[1:]}" for name in services[1:])])
    return both if 0 < len(services) < 3 and len(both) <= SUBJECT else "Servicios"


def facts_of(invoice: Invoice, by: Issuer, figures: Figures) -> list[Fact]:
    """At most six: who, which connection and meter, what kind of customer, which days."""
    frozen = invoice.frozen
    connection, holder = frozen.get("connection") or {}, frozen["holder"]
    known = {
        f"N.º de {by.account}": frozen.get("account") or invoice.account.number,
        "Conexión": connection.get("number") if connection.get("number") != frozen.get("account") else "",
        "Medidor": _meters(frozen),
        _identification(holder): holder.get("identification"),
        **_place(frozen, figures),
        "Categoría": frozen.get("category") or connection.get("category"),
        "Sector": connection.get("sector"),
        "Consumo facturado": _consumed(frozen, figures),
        "Dirección del servicio": connection.get("address"),
    }
    facts: list[Fact] = [{"label": label, "value": str(value)} for label, value in known.items() if value]
    facts[0]["strong"] = True
    return facts[:FACTS]


def _place(frozen: Frozen, figures: Figures) -> dict[str, str]:
    """The one property or licence that the bill is for; several are named at their charges."""
    places = frozen.get("places", ())
    if len(places) != 1:
        return {"Propiedades y patentes": f"{len(places)}, cada una en su concepto"} if places else {}
    (place,) = places
    if place["kind"] == "licence":
        return {"Patente": place["number"], "Actividad": place["activity"]}
    worth = figures.money(place["value"]) if place.get("value") else ""
    return {
        "Propiedad": place["code"],
        "Dirección de la propiedad": place["address"],
        "Valor declarado": worth,
    }


def _meters(frozen: Frozen) -> str:
    meters = frozen.get("meters", ())
    return meters[0]["serial"] if len(meters) == 1 else f"{len(meters)} medidores" if meters else ""


def _identification(holder: Mapping[str, Any]) -> str:
    kind = holder.get("identification_type", "")
    return IDENTIFICATIONS.get(kind, kind.upper() or "Identificación")


def _consumed(frozen: Frozen, figures: Figures) -> str:
    meters = frozen.get("meters", ())
    if not meters:
        return ""
    return figures.days_between(min(m["previous_on"] for m in meters), max(m["current_on"] for m in meters))


def readings_of(frozen: Frozen) -> list[Reading]:
    """The meters between the readings that were billed; a register is printed as its dial shows it."""
    return [
        {
            "meter": meter["serial"],
            "unit": meter.get("unit") or "m3",
            "previous": _dial(meter.get("previous", "")),
            "previous_on": meter["previous_on"],
            "current": _dial(meter["current"]),
            "current_on": meter["current_on"],
            "days": int(meter["days"]),
            "usage": str(meter["usage"]),
            "kind": meter.get("kind", "manual"),
        }
        for meter in frozen.get("meters", ())
    ]


def _dial(register: str) -> str:
    """Without the zeros of its decimals; a register carried over from another meter has none of its own."""
    return f"{Decimal(register).normalize():f}" if register else "—"
