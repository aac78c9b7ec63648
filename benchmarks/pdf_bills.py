"""Bills of a town that is not there: each differs in all that differs between neighbours."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from caudal.documents.queries.slip import Slip, payment_pairs
from caudal.documents.spanish.data import BillData, Carried, Charge, Fact, Reading

DUE: Final = date(2026, 11, 20)
FIRST: Final = (
    "María",
    "José",
    "Carlos",
    "Ana",
    "Luis",
    "Rosa",
    "Pedro",
    "Elena",
    "Óscar",
    "Luz",
    "Juan",
    "Marta",
)
LAST: Final = (
    "Fernández",
    "Guardia",
    "Echandi",
    "Menjívar",
    "Alas",
    "Restrepo",
    "Ocampo",
    "Núñez",
    "Rojas",
    "Mora",
)


def bill_of(number: int) -> BillData:
    """The bill of one neighbour: water in blocks, refuse, parks; readings, a chart, what is pending."""
    chance = Random(number)
    usage = chance.randrange(8, 45)
    account, serial = (
        f"{chance.randrange(100_000):06}",
        f"{chance.randrange(15, 26)}-{chance.randrange(10**6):06}",
    )
    charges = _charges(usage)
    own = sum((Decimal(charge["total"]) for charge in charges), Decimal(0))
    carried = _carried(chance, number)
    asked = own + sum((Decimal(row["amount"]) for row in carried), Decimal(0))
    return {
        "kind": "bill",
        "format": _FORMAT,
        "organisation": _SENDER,
        "words": {"account": "N.º de abonado", "document": "factura"},
        "document": {**_DOCUMENT, "number": f"A-{number:07}"},
        "holder": _holder(chance),
        "connection": {"number": account},
        "facts": _facts(chance, account, serial),
        "charges": charges,
        "carried": carried,
        "totals": {"invoice": str(own), "until_due": str(asked)},
        "due": {"on": DUE.isoformat(), "after": {"text": _LATE}},
        "readings": [_reading(chance, serial, usage)],
        "history": {"unit": "m3", "months": _months(chance, usage), "per_day": str(Decimal(usage) / 31)},
        "help": _HELP,
        "pay": {
            "gs1": payment_pairs(Slip(number, asked, DUE), minor_units=2, gln="7441001234567"),
            "qr": f"https://rioclaro.example/f/{number}-20261105:{chance.randbytes(16).hex()}",
            "key": "rioclaro.example",
        },
    }


def _carried(chance: Random, number: int) -> list[Carried]:
    """Every other neighbour has a bill to pay yet."""
    if chance.random() < 0.5:
        return []
    amount = Decimal(chance.randrange(100_000, 2_000_000)) / 100
    return [{"label": "Facturas pendientes", "note": f"n.º A-{number - 9_000:07}", "amount": str(amount)}]


def _facts(chance: Random, account: str, serial: str) -> list[Fact]:
    identification = f"{chance.randrange(1, 8)}-{chance.randrange(10**4):04}-{chance.randrange(10**4):04}"
    return [
        {"label": "N.º de abonado", "value": account, "strong": True},
        {"label": "Medidor", "value": serial},
        {"label": "Categoría", "value": "Domiciliaria"},
        {"label": "Cédula", "value": identification},
        {"label": "Sector", "value": chance.choice(LAST)},
        {"label": "Consumo facturado", "value": "3 oct a 3 nov 2026"},
    ]


def _reading(chance: Random, serial: str, usage: int) -> Reading:
    register = chance.randrange(100, 9_000)
    return {
        "meter": serial,
        "unit": "m3",
        "previous": str(register),
        "previous_on": "2026-10-03",
        "current": str(register + usage),
        "current_on": "2026-11-03",
        "days": 31,
        "usage": str(usage),
        "kind": "manual",
    }


def _charges(usage: int) -> list[Charge]:
    first, rest = min(usage, 15), max(usage - 15, 0)
    blocks = [_block(first, "412.35", "1", "15")] + ([_block(rest, "618.525", "16", "")] if rest else [])
    net = sum((Decimal(block["amount"]) for block in blocks), Decimal(0)).quantize(
        Decimal("0.01"), "ROUND_HALF_UP"
    )
    used = {"code": "usage", "quantity": str(usage), "unit": "m3", "days": 31}
    hydrants = _block(usage, "22", "", "")
    return [
        _charge("Cargo fijo de agua", "2450.00", "1", "mes", "2450"),
        _charge("Consumo de agua potable", str(net), str(usage), "m3", "", [used, *blocks]),
        _charge("Hidrantes", f"{usage * 22}.00", str(usage), "m3", "22", [hydrants]),
        _charge("Recolección de residuos", "6325.00", "1", "mes", "6325"),
        _charge("Mantenimiento de parques", "1180.50", "1", "mes", "1180.50"),
    ]


def _block(quantity: int, price: str, first: str, last: str) -> dict[str, Any]:
    amount = str(quantity * Decimal(price))
    limits = {name: value for name, value in (("from", first), ("to", last)) if value}
    return {
        "code": "block",
        "quantity": str(quantity),
        "unit": "m3",
        "unit_price": price,
        "amount": amount,
    } | limits


def _charge(name: str, total: str, quantity: str, unit: str, price: str, lines: Sequence[Any] = ()) -> Charge:
    charge: Charge = {
        "name": name,
        "subtotal": total,
        "total": total,
        "lines": list(lines),
        "quantity": quantity,
        "unit": unit,
    }
    if price:
        charge["unit_price"] = price
    return charge


def _months(chance: Random, usage: int) -> list[dict[str, Any]]:
    days = [date(2025, 10, 15) + timedelta(days=round(30.44 * k)) for k in range(13)]
    values = [*(chance.randrange(8, 45) for _ in range(12)), usage]
    return [{"month": f"{day:%Y-%m}", "value": str(value)} for day, value in zip(days, values, strict=True)]


def _holder(chance: Random) -> Any:
    names = [chance.choice(FIRST), chance.choice(FIRST), chance.choice(LAST), chance.choice(LAST)]
    metres, side = chance.randrange(1, 9) * 50, chance.choice(("norte", "sur"))
    where = f"{metres} m al {side} de la iglesia de {chance.choice(LAST)}"
    address = [where, f"Barrio {chance.choice(LAST)}", "Río Claro, 60702"]
    return {
        "name": " ".join(names),
        "address": address,
        "delivery": f"Ruta {chance.randrange(1, 30):02} · orden {chance.randrange(1, 900):04}",
    }


_FORMAT: Final[Any] = {
    "symbol": "₡",
    "decimals": 2,
    "point": ",",
    "group": ".",
    "region": "CR",
    "paper": "us-letter",
}
_SENDER: Final[Any] = {
    "name": "Municipalidad de Río Claro",
    "line": "Cédula jurídica 3-014-042059 · 2777-0100 · rioclaro.example",
    "logo": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#0a5072" '
    'd="M12 1.5C8 7 4.5 11 4.5 15.2a7.5 7.5 0 0 0 15 0C19.5 11 16 7 12 1.5z"/></svg>',
}
_DOCUMENT: Final[Any] = {
    "title": "Factura de servicios",
    "this": "esta factura",
    "subject": "Agua y servicios de octubre de 2026",
    "period": "octubre de 2026",
    "issued_on": "2026-11-05",
}
_LATE: Final = "Después de esa fecha se suma un interés del 8,24 % anual por cada día de atraso."
_HELP: Final = [
    {
        "title": "¿No está de acuerdo?",
        "text": "Reclame antes del vencimiento en la Plataforma de Servicios, en reclamos@rioclaro.example o al "
        "2777-0100. Lo reclamado no se corta ni genera intereses.",
    },
    {
        "title": "¿Dónde pagar?",
        "text": "En rioclaro.example, con el código QR, en cajas municipales y en bancos y comercios autorizados.",
    },
    {"title": "¿Fuga o emergencia?", "text": "Cuadrilla de acueducto, las 24 horas: 2777-0199."},
]
