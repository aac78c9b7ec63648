"""The view of a payment receipt."""

from decimal import Decimal
from typing import Any

from caudal.documents.spanish.data import ReceiptData
from caudal.documents.spanish.figures import Figures, must_be_equal, rounding_gap
from caudal.documents.spanish.parts import tags
from caudal.kernel.money import ZERO


def receipt(data: ReceiptData) -> dict[str, Any]:
    """What receipt.typ prints: strings only. Raises DoesNotAddUp when lines, money and total differ."""
    figures, document, left = Figures(data["format"]), data["document"], data["left"]
    gap = rounding_gap(figures, [x["amount"] for x in data["lines"]], data["total"], "receipt lines")
    lines = [
        {"name": x["name"], "note": x.get("note", ""), "amount": figures.plain(x["amount"])}
        for x in data["lines"]
    ]
    if gap:
        lines.append({"name": "Redondeo", "note": "", "amount": figures.plain(gap)})
    total = figures.money(data["total"])
    return {
        "paper": data["format"]["paper"],
        "copies": data.get("copies", 1),
        "symbol": figures.symbol,
        "lang_region": data["format"]["region"],
        "org": data["organisation"],
        "title": document["title"],
        "number": document["number"],
        "when": ", ".join(filter(None, (figures.day(document["on"]), document["at"]))),
        "tags": tags(document, figures),
        "holder": data["holder"],
        "who": data["who"],
        "lines": lines,
        "total": total,
        "money": _money(data, figures),
        "served": data["served"],
        "thanks": data["thanks"],
        "check": data.get("pay", {}).get("qr", ""),
        "left": {
            "label": left["label"],
            "amount": figures.money(left["amount"]),
            "note": left.get("note", ""),
        },
        "spoken": f"{document['title']} {document['number']} por {total}.",
    }


def _money(data: ReceiptData, figures: Figures) -> list[dict[str, Any]]:
    """Forms of payment, the rounding of cash, and change; together they make the total."""
    rounding, change = Decimal(data.get("rounding", 0)), Decimal(data.get("change", 0))
    tendered = sum((Decimal(m["amount"]) for m in data["tendered"]), ZERO)
    must_be_equal(tendered + rounding - change, Decimal(data["total"]), "money tendered")
    rows: list[dict[str, Any]] = [
        {"label": m["form"], "amount": figures.money(m["amount"])} for m in data["tendered"]
    ]
    if rounding:
        rows.append({"label": "Redondeo de efectivo", "amount": figures.money(rounding)})
    if change:
        rows.append({"label": "Vuelto", "amount": figures.money(change), "strong": True})
    return rows
