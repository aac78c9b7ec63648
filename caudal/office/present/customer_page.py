"""The page that answers most calls: what a customer owes, has, uses and did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from caudal.billing.models import Account, Invoice
from caudal.common.models import AuditRecord
from caudal.metering.models import Connection, Reading
from caudal.metering.queries.connections import standing_installations
from caudal.metering.queries.readings import history
from caudal.office.present.customer_facts import explained, messages_to, notes_about, owners_of
from caudal.office.present.customers import subscriptions_of
from caudal.office.present.history import about, audit_entries
from caudal.office.present.invoices import invoice_rows
from caudal.office.present.readings import finding_words, reading_rows, review_href, usage_bars
from caudal.office.present.subscriptions import state_of
from caudal.receivables.models import Payment
from caudal.receivables.queries import Movement, Statement, movements, statement
from caudal.registry.models import Party

ZERO = Decimal(0)
TABS: Final = ("statement", "readings", "invoices", "messages", "notes", "services", "places", "history")
SHORT: Final = 12
# Of a customer with more connections than these, one is chosen before its readings are shown.
MOST_AT_ONCE: Final = 12
LONG: Final = 24
KINDS: Final = {"charge": "Cargo", "void": "Anulación", "payment": "Pago", "reversal": "Reversión"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A party with its accounts and connections, read once; `asked` are the connections that are looked at."""

    party: Party
    accounts: Sequence[Account]
    connections: Sequence[Connection]
    asked: Sequence[Connection]

    @property
    def account_ids(self) -> list[int]:
        """Ids of the accounts."""
        return [account.pk for account in self.accounts]


def customer_of(party: Party, *, connection_id: int | None = None) -> Customer:
    """The party with what it has, looked at as a whole or through one of its connections."""
    accounts = list(Account.objects.filter(holder=party).order_by("number"))
    connections = Connection.objects.filter(subscriptions__account__in=accounts).distinct()
    known = list(connections.select_related("sector", "route").order_by("-active", "number"))
    asked = [c for c in known if c.pk == connection_id]
    return Customer(party, accounts, known, asked or known[:MOST_AT_ONCE])


def customer_page(customer: Customer, *, tab: str, on: date) -> dict[str, Any]:
    """The context of the page: the answer, the chosen tab, and what happened last."""
    owed = [statement(account_id=pk, on=on) for pk in customer.account_ids]
    readings = _readings(customer)
    return {
        **_answer(customer, owed),
        "customer": as_shown(customer),
        "lede": lede_of(customer),
        "accounts": customer.accounts,
        "tab": tab,
        "owners": owners_of(customer.connections, customer.party, on=on),
        "explained": explained(customer.asked),
        "connections": customer.connections,
        "chosen": customer.asked[0] if len(customer.asked) == 1 else None,
        "notices": _notices(customer, readings),
        "bars": usage_bars(readings, on=on),
        "unit": "m³",
        "entries": latest(customer, readings, on=on),
        **_tab(customer, tab, readings, on),
    }


def as_shown(customer: Customer) -> dict[str, Any]:
    """Who the customer is."""
    party = customer.party
    deliveries = dict.fromkeys(account.get_delivery_display() for account in customer.accounts)
    return {
        "id": party.pk,
        "name": party.name,
        "identification": party.identification,
        "unverified": bool(party.identification) and not party.identification_verified,
        "kind": party.get_kind_display(),
        "email": party.email,
        "phone": party.phone,
        "address": party.address,
        "can_be_invited": party.user_id is None and bool(party.email),
        "delivery": ", ".join(deliveries) or "—",
    }


def lede_of(customer: Customer) -> str:
    """Connections, identification and address as one line."""
    numbers = ", ".join(connection.number for connection in customer.connections)
    place = customer.connections[0].address if customer.connections else customer.party.address
    known = (f"Abonado {numbers}" if numbers else "", customer.party.identification, place)
    return " · ".join(part for part in known if part)


def statement_entries(customer: Customer, *, limit: int) -> list[dict[str, Any]]:
    """The movements of all the customer's accounts, newest first."""
    found = [m for pk in customer.account_ids for m in movements(account_id=pk, limit=limit)]
    return [_movement(m) for m in sorted(found, key=lambda m: (m.posted_on, m.entry_id), reverse=True)]


def latest(customer: Customer, readings: Sequence[Reading], *, on: date) -> list[dict[str, Any]]:
    """The last things that happened, of every kind."""
    entries = [
        (
            r.read_on,
            {"icon": "meter", "title": f"Lectura {r.register.normalize():f}", "note": _when(r.read_on)},
        )
        for r in readings[:3]
    ]
    for invoice in _invoices(customer).select_related("series")[:3]:
        href = reverse("office:invoice", args=[invoice.pk])
        title = f"Factura {invoice.series.printed(invoice.number)}"
        entries.append(
            (
                invoice.issued_on,
                {"icon": "invoice", "title": title, "href": href, "note": _when(invoice.issued_on)},
            )
        )
    for payment in _payments(customer)[:3]:
        href = reverse("office:payment", args=[payment.pk])
        word = "Pago reversado" if payment.reversed_on else "Pago"
        note = f"{_when(payment.posted_on)}, {payment.get_method_display().lower()}"
        entries.append(
            (payment.posted_on, {"icon": "coins", "tone": "paid", "title": word, "href": href, "note": note})
        )
    return [entry for _on, entry in sorted(entries, key=lambda pair: pair[0], reverse=True)]


def _answer(customer: Customer, owed: Sequence[Statement]) -> dict[str, Any]:
    balance = sum((s.total for s in owed), ZERO)
    overdue = sum((s.overdue for s in owed), ZERO)
    last = _payments(customer).filter(reversed_on=None).first()
    paid = None
    if last is not None:
        method = last.get_method_display().lower()
        paid = {"id": last.pk, "on": last.value_on, "amount": last.amount, "method": method}
    return {
        "balance": balance,
        "overdue": overdue,
        "not_due": balance - overdue,
        "credit": sum((s.credit for s in owed), ZERO),
        "last_payment": paid,
        "service_state": "active" if any(c.active for c in customer.connections) else "inactive",
    }


def _tab(customer: Customer, tab: str, readings: Sequence[Reading], on: date) -> dict[str, Any]:
    if tab == "readings":
        return {"readings": reading_rows(readings[:LONG], with_customer=False)}
    if tab == "invoices":
        ids = _invoices(customer).values_list("pk", flat=True)[:LONG]
        return {"invoices": invoice_rows(ids, on=on)}
    if tab == "services":
        return {"services": _services(customer, on)}
    if tab == "messages":
        return {"sent": messages_to(customer.accounts)}
    if tab == "notes":
        return {"notes": notes_about(customer.party)}
    if tab == "history":
        return {"history": audit_entries(_audit(customer)[:LONG])}
    entries = statement_entries(customer, limit=LONG)
    return {"statement": {"on": on, "entries": entries[:SHORT], "count": len(entries)}}


def _services(customer: Customer, on: date) -> list[dict[str, Any]]:
    stays = {
        stay.connection_id: stay
        for stay in standing_installations(connection_ids=[c.pk for c in customer.connections])
    }
    rows = []
    for taken in subscriptions_of(account_ids=customer.account_ids):
        stay = stays.get(taken.connection_id or 0)
        rows.append(
            {
                "id": taken.pk,
                "name": taken.service.name,
                "tariff": taken.tariff.name,
                "number": taken.connection.number if taken.connection else "",
                "connection_id": taken.connection_id,
                "address": taken.connection.address if taken.connection else "",
                "meter": stay.meter.serial if stay else "",
                "meter_id": stay.meter_id if stay else None,
                "valid_from": taken.valid_from,
                "valid_to": None if taken.cancelled_on else taken.valid_to,
                "state": state_of(taken, today=on),
            }
        )
    return rows


def _notices(customer: Customer, readings: Sequence[Reading]) -> list[dict[str, Any]]:
    notices = [
        {
            "kind": "pending",
            "title": f"Una lectura del {_when(r.read_on)} espera revisión.",
            "text": finding_words(r.findings),
            "href": review_href(r.pk),
            "action": "Revisarla",
        }
        for r in readings
        if r.state == "pending"
    ]
    if not customer.party.email and any(a.delivery == "mail" for a in customer.accounts):
        text = "Sus facturas pasan a la impresión."
        notices.append({"kind": "info", "title": "No tiene correo.", "text": text})
    return notices


def _readings(customer: Customer) -> list[Reading]:
    found = [r for c in customer.asked for r in history(connection_id=c.pk, latest=LONG + SHORT)]
    return sorted(found, key=lambda r: (r.read_on, r.pk), reverse=True)


def _invoices(customer: Customer) -> Any:
    return Invoice.objects.filter(account__in=customer.account_ids).order_by("-dated_on", "-pk")


def _payments(customer: Customer) -> Any:
    paid = Payment.objects.filter(account__in=customer.account_ids, credited=None)
    return paid.order_by("-value_on", "-pk")


def _audit(customer: Customer) -> Any:
    return AuditRecord.objects.filter(about("party", customer.party.pk)).order_by("-pk")


def _movement(movement: Movement) -> dict[str, Any]:
    charge = movement.amount > 0
    href = ""
    if movement.invoice_id:
        href = reverse("office:invoice", args=[movement.invoice_id])
    elif movement.payment_id:
        href = reverse("office:payment", args=[movement.payment_id])
    state, word = ("paid", "") if movement.kind == "payment" else ("", "")
    of_payment = movement.kind in {"payment", "reversal"}
    return {
        "on": movement.posted_on,
        "title": f"Comprobante {movement.label}" if of_payment else movement.label or KINDS[movement.kind],
        "note": "A favor" if movement.kind == "charge" and not charge else KINDS[movement.kind],
        "state": state and "payment.applied",
        "word": word,
        "charge": movement.amount if charge else None,
        "credit": None if charge else -movement.amount,
        "balance": movement.balance,
        "href": href,
    }


def _when(day: date) -> str:
    return f"{day:%d/%m/%Y}"
