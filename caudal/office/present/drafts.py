"""One-off invoices before they have a number."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.documents import ChargeDocument, InvoiceDocument
from caudal.billing.models import InvoiceDraft
from caudal.common.errors import DomainError
from caudal.documents.queries.late import Owed, after_due
from caudal.kernel.late_policies import parse_late_policies
from caudal.office.present.figures import figures_of
from caudal.receivables.queries import statement
from caudal.registry.context import Town
from caudal.tariffs.models import Service
from caudal.workflows.invoices import OneOffForm, preview

ZERO = Decimal(0)


def draft_rows(drafts: Iterable[InvoiceDraft], *, on: date) -> list[dict[str, Any]]:
    """The drafts with what they would come to."""
    return [
        {
            "id": draft.pk,
            "customer": draft.account.holder.name,
            "account_number": draft.account.number,
            "concept": _concept(draft),
            "total": _total(draft, on),
            "created_by": draft.created_by,
            "updated_at": draft.updated_at,
        }
        for draft in drafts
    ]


def previewed(document: InvoiceDocument, *, on: date, town: Town) -> dict[str, Any]:
    """What the invoice would say: its lines, the other debt, and what it comes to when it is late."""
    services = Service.objects.in_bulk([charge.service_id for charge in document.charges])
    pending = statement(account_id=document.account_id, on=on).total
    owed = [
        Owed(
            services[c.service_id].name,
            c.total,
            parse_late_policies(services[c.service_id].late_policies),
        )
        for c in document.charges
    ]
    late = after_due(owed, due=document.due_date, figures=figures_of(town)).get("amount")
    lines = [{"label": c.label, "detail": _detail(c), "amount": c.net} for c in document.charges]
    if document.tax:
        lines.append({"label": "Impuesto", "detail": "", "amount": document.tax})
    return {
        "lines": lines,
        "net": document.net,
        "tax": document.tax,
        "total": document.total,
        "due_date": document.due_date,
        "pending": pending or None,
        "late_total": document.total + pending + Decimal(late) if late else None,
    }


def _detail(charge: ChargeDocument) -> str:
    if charge.quantity is None or charge.unit_price is None:
        return ""
    return f"{charge.quantity.normalize():f} × {charge.unit_price.normalize():f}"


def _concept(draft: InvoiceDraft) -> str:
    form = OneOffForm.from_json(draft.form)
    services = Service.objects.in_bulk([service for service, _text, _amount in form.lines])
    named = [text or services[service].name for service, text, _amount in form.lines if service in services]
    return ", ".join((["Consumo"] if form.unit_price is not None else []) + named)


def _total(draft: InvoiceDraft, on: date) -> Decimal | None:
    try:
        return preview(form=OneOffForm.from_json(draft.form), on=on).total
    except DomainError:
        return None
