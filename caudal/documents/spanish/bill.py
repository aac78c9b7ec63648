"""The view of a bill: rows, sums and words, with nothing left to compute in the template."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from caudal.documents.spanish.data import BillData, Charge, Tax
from caudal.documents.spanish.figures import Figures, must_be_equal, rounding_gap, unit_name
from caudal.documents.spanish.fitting import arrangement
from caudal.documents.spanish.parts import chart, reading, schedule, tags
from caudal.documents.spanish.sentences import sentences

View = dict[str, Any]
VOID_TEXT = "Este documento fue anulado. Pregunte por el que lo reemplaza."


def bill(data: BillData) -> View:
    """What bill.typ prints. Raises DoesNotAddUp when charges, totals or the amount after due differ."""
    figures = Figures(data["format"])
    rows = charge_rows(data["charges"], figures)
    taxes = [_tax(tax, figures) for tax in data.get("taxes", [])]
    view: View = {
        **_who(data, figures),
        **_asked(data, figures),
        **_charged(data["charges"], rows, figures),
        "taxes": taxes,
        "explained": bool(taxes) or any(row.get("how") for row in rows),
        "sums": _sums(data, figures),
        "live": data.get("live", ""),
        "headline": data.get("headline", ""),
        "messages": data.get("messages", []),
        "help": data.get("help", []),
        "schedule": schedule(data.get("schedule"), figures),
        "readings": [reading(row, figures) for row in data.get("readings", [])],
        "chart": chart(data.get("history"), figures),
        "board": data.get("board"),
        **_payment(data),
    }
    place = arrangement(view)
    return {**view, "mode": place.mode, "board_at": place.board if view["board"] else ""}


def charge_rows(charges: Sequence[Charge], figures: Figures) -> list[View]:
    """A row for each charge with its sentence, and a head above each group."""
    rows: list[View] = []
    group = None
    for number, charge in enumerate(charges, 1):
        if charge.get("group", "") != group:
            group = charge.get("group", "")
            same = [figures.rounded(c["total"]) for c in charges if c.get("group", "") == group]
            rows.append({"head": group, "sum": figures.plain(sum(same, Decimal(0))), "count": len(same)})
        rows.append(_charge_row(number, charge, figures))
    return rows


def _charge_row(number: int, charge: Charge, figures: Figures) -> View:
    quantity, price, tax = charge.get("quantity"), charge.get("unit_price"), charge.get("tax", "0")
    return {
        "n": str(number),
        "name": charge["name"],
        "how": sentences(charge["lines"], charge["subtotal"], figures),
        "quantity": f"{figures.number(quantity)} {unit_name(charge.get('unit', ''))}".strip()
        if quantity
        else "",
        "price": figures.number(price, keep=figures.decimals) if price else "",
        "subtotal": figures.plain(charge["subtotal"]),
        "tax": figures.plain(tax) if Decimal(tax) else "",
        "total": figures.plain(charge["total"]),
    }


def _charged(charges: Sequence[Charge], rows: Sequence[View], figures: Figures) -> View:
    def total_of(key: str) -> str:
        return figures.plain(sum((Decimal(str(c.get(key, 0))) for c in charges), Decimal(0)))

    return {
        "rows": rows,
        "groups": sum(bool(row.get("head")) for row in rows),
        "taxed": any(Decimal(c.get("tax", 0)) for c in charges),
        "taxed_sums": {key: total_of(key) for key in ("subtotal", "tax", "total")},
    }


def _tax(tax: Tax, figures: Figures) -> str:
    name, amount = f"{tax['name']} {figures.percent(tax['rate'])}", figures.money(tax["amount"])
    return f"{name} sobre {figures.money(tax['base'])} = {amount}." if "base" in tax else f"{name}: {amount}."


def _sums(data: BillData, figures: Figures) -> list[View]:
    """What stands between the charges and the total: rounding, the document's own total, what is carried."""
    totals, carried = data["totals"], data.get("carried", [])
    gap = rounding_gap(figures, [c["total"] for c in data["charges"]], totals["invoice"], "charges")
    parts = [totals["invoice"], *(c["amount"] for c in carried)]
    rounding_gap(figures, parts, totals["until_due"], "totals")
    sums: list[View] = [{"label": "Redondeo", "amount": figures.plain(gap)}] if gap else []
    if carried:
        own = f"Total de {data['document']['this']}"
        sums.append({"label": own, "amount": figures.plain(totals["invoice"]), "mid": True})
    sums += [
        {"label": c["label"], "note": c.get("note", ""), "amount": figures.plain(c["amount"])}
        for c in carried
    ]
    return sums


def _who(data: BillData, figures: Figures) -> View:
    document = data["document"]
    return {
        "paper": data["format"]["paper"],
        "symbol": figures.symbol,
        "lang_region": data["format"]["region"],
        "org": data["organisation"],
        "words": data["words"],
        "holder": {"address": [], **data["holder"]},
        "connection": data["connection"],
        "title": document["title"],
        "number": document["number"],
        "period": document["period"],
        "subject": document["subject"],
        "issued": figures.day(document["issued_on"]),
        "tags": tags(document, figures),
        "remarks": document.get("remarks", ""),
        "fiscal": document.get("fiscal", ""),
        "facts": data["facts"],
    }


def _asked(data: BillData, figures: Figures) -> View:
    """How much, until when, and what it is afterwards."""
    due, totals, document = data["due"], data["totals"], data["document"]
    void = bool(document.get("void"))
    asked = Decimal(totals["until_due"])
    zero, favour = void or asked <= 0, asked < 0 and not void
    amount, day = figures.payable(abs(asked) if favour else asked), "" if zero else figures.day(due["on"])
    label = "Saldo a su favor" if favour else "Total a pagar"
    long_day = "" if zero else figures.long_day(due["on"])
    until = f" hasta el {long_day}" if long_day else ""
    spoken = f"{document['title']} {document['number']} a nombre de {data['holder']['name']}."
    return {
        "zero": zero,
        "void": void,
        "favour": favour,
        "until": {
            "amount": amount,
            "label": f"{label} hasta el {day}" if day else label,
            "day": long_day,
            "short": day,
        },
        "after": _after(data, figures),
        "overdue": "" if void or favour else due.get("overdue", ""),
        "zero_text": VOID_TEXT if void else due.get("zero_text", ""),
        "spoken": f"{spoken} {label} {amount}{until}.",
    }


def _after(data: BillData, figures: Figures) -> View:
    after, totals = data["due"].get("after", {}), data["totals"]
    if not after.get("amount"):
        return {"amount": "", "text": after.get("text", ""), "label": "", "plus": ""}
    expected = figures.rounded(totals["until_due"]) + figures.rounded(after["amount"])
    must_be_equal(expected, figures.rounded(totals["after_due"]), "amounts after the due date")
    return {
        "amount": figures.payable(totals["after_due"]),
        "text": "",
        "label": after["label"],
        "plus": figures.plain(after["amount"]),
    }


def _payment(data: BillData) -> View:
    """The pairs and links that the codes are drawn from; a void document carries none."""
    pay, void = data.get("pay", {}), bool(data["document"].get("void"))
    pairs = [] if void else pay.get("gs1", [])
    return {
        "gs1": pairs,
        "pay": {
            "hrt": "".join(f"({identifier}){value}" for identifier, value in pairs),
            "qr": "" if void else pay.get("qr", ""),
            "key": pay.get("key", ""),
            "text": "Documento anulado: no lo pague." if void else pay.get("text", ""),
        },
    }
