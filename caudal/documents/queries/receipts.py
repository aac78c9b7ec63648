"""The receipt of a payment, as it was when the money came in."""

from typing import Literal
from zoneinfo import ZoneInfo

from caudal.billing.queries.conditions import ConditionsBook
from caudal.documents.queries.town import Issuer, issuer_of
from caudal.documents.spanish.data import ReceiptData
from caudal.documents.spanish.figures import Figures
from caudal.kernel.money import ZERO
from caudal.receivables.queries import Receipt, receipt

Paper = Literal["80mm", "sheet"]


def receipt_data(payment_id: int, *, paper: Paper = "sheet", copies: int = 1) -> ReceiptData:
    """A receipt for the 80 mm roll or the organisation's sheet, which has room for the client's and the file's."""
    paid = receipt(payment_id=payment_id)
    by = issuer_of(ConditionsBook().organisation(paid.conditions))
    figures = Figures(by.form)
    moment = paid.posted_at.astimezone(ZoneInfo(by.organisation.timezone))
    data: ReceiptData = {
        "kind": "receipt",
        "format": {**by.form, "paper": "80mm"} if paper == "80mm" else by.form,
        "organisation": by.sender,
        "document": {
            "title": "Comprobante de pago",
            "number": paid.number,
            "on": paid.posted_on.isoformat(),
            "at": f"{moment:%H:%M}" if moment.date() == paid.posted_on else "",
        },
        "holder": {"name": paid.holder},
        "who": _who(paid, by),
        "lines": _lines(paid, by, figures),
        "total": str(paid.amount),
        "tendered": [{"form": _form(paid), "amount": str(paid.amount + (paid.change or ZERO))}],
        "left": _left(paid, figures),
        "served": _served(paid, figures),
        "thanks": "Guarde este comprobante.",
        "copies": copies,
    }
    if paid.change:
        data["change"] = str(paid.change)
    if paid.reversed_on:
        data["document"]["void"] = {"on": paid.reversed_on.isoformat(), "reason": paid.reversal_reason}
    return data


def _who(paid: Receipt, by: Issuer) -> str:
    parts = [f"{by.account.capitalize()} {paid.account_number}", paid.identification]
    said = " · ".join(part for part in parts if part)
    return f"{said}. Pagado por: {paid.payer}." if paid.payer else f"{said}."


def _lines(paid: Receipt, by: Issuer, figures: Figures) -> list[dict[str, str]]:
    """What was settled, and what stays in the account's favour."""
    lines = [
        {
            "name": line.label,
            "note": f"{by.document.capitalize()} {line.invoice_number}, {figures.day(line.dated_on.isoformat())}",
            "amount": str(line.amount),
        }
        for line in paid.lines
    ]
    rest = paid.amount - sum((line.amount for line in paid.lines), ZERO)
    if rest:
        lines.append({"name": "Saldo a favor", "note": f"Se usa en {by.bill.the_next}", "amount": str(rest)})
    return lines


def _form(paid: Receipt) -> str:
    return (
        f"{paid.method}: paga con"
        if paid.change
        else " · ".join(filter(None, (paid.method, paid.provider_reference)))
    )


def _left(paid: Receipt, figures: Figures) -> dict[str, str]:
    """What stays owed; where a payment was entered late nobody can say, and the receipt says what it settled."""
    credit = f"Tiene {figures.money(paid.credit_after)} a favor." if paid.credit_after else ""
    if paid.balance_after is None:
        return {"label": "Pago aplicado", "amount": str(paid.amount), "note": credit}
    day = figures.day(paid.value_on.isoformat())
    nothing = "" if paid.balance_after else f"No debe nada al {day}."
    note = " ".join(filter(None, (nothing, credit)))
    return {"label": "Saldo después del pago", "amount": str(paid.balance_after), "note": note}


def _served(paid: Receipt, figures: Figures) -> str:
    applied = figures.numeric_day(paid.value_on.isoformat())
    return f"{paid.taken_by} · aplicado el {applied}"
