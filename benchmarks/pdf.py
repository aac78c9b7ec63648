"""Bills as PDF: one by one as mails need them, in one file as a printer does, beside WeasyPrint on the same bill.

Every bill differs in all that differs between neighbours (names, registers, amounts, chart, codes), so that only
what a town's bills share is remembered. Words, checks, barcode and QR are part of the measure; loading from the
database is not. Figures are pages for each second of one core's time.
"""

import importlib.util
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks.pdf_weasyprint import weasyprint_page
from caudal.documents.printing.files import write_file
from caudal.documents.printing.press import Press
from caudal.documents.queries.slip import Slip, payment_pairs
from caudal.documents.spanish.data import BillData, Charge

BESIDE: Final = 12
ISSUED: Final = date(2026, 11, 5)
DUE: Final = date(2026, 11, 20)
MB: Final = 1024
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
Say = Callable[[str], None]


def run(*, pages: int, say: Say) -> dict[str, Any]:
    """Measure `pages` bills one by one, in one file, in two processes, and a few by WeasyPrint if it is there."""
    cores = sorted(os.sched_getaffinity(0))
    say(f"{pages} bills one by one, and in one file, on one core")
    one, file = (_apart(work, [(range(pages), cores[:1])])[0] for work in (_one_by_one, _one_file))
    result: dict[str, Any] = {
        "pages": pages,
        "pages_per_core_s": round(file["pages_per_s"], 1),
        "single_per_core_s": round(one["pages_per_s"], 1),
        "peak_mb": round(max(one["peak_mb"], file["peak_mb"])),
        "grown_mb": round(max(one["grown_mb"], file["grown_mb"]), 1),
        "file_kb_per_page": round(file["bytes"] / pages / MB, 1),
        "single_kb": round(one["bytes"] / pages / MB, 1),
    }
    if len(cores) > 1:
        say("the same file by two processes, each half of it")
        start = time.perf_counter()
        halves = [(range(pages // 2), cores[:1]), (range(pages // 2, pages), cores[1:2])]
        _apart(_one_file, halves)
        result["pages_per_s_two_processes"] = round(pages / (time.perf_counter() - start), 1)
    if importlib.util.find_spec("weasyprint"):
        say(f"{BESIDE} bills by WeasyPrint")
        beside = _apart(_by_weasyprint, [(range(BESIDE), cores[:1])])[0]["pages_per_s"]
        result["weasyprint_per_core_s"] = round(beside, 1)
        result["times_weasyprint"] = round(file["pages_per_s"] / beside, 1)
    return result


def _apart(
    work: Callable[..., dict[str, float]], parts: Sequence[tuple[range, list[int]]]
) -> list[dict[str, float]]:
    """Each part in a process of its own, on cores of its own, all at once: memory and threads are clean."""
    with multiprocessing.get_context("fork").Pool(len(parts)) as pool:
        return pool.starmap(work, parts)


def _measured(
    print_all: Callable[[Sequence[BillData], Press], int], numbers: range, cores: list[int]
) -> dict[str, float]:
    os.sched_setaffinity(0, cores)
    bills = [bill_of(number) for number in numbers]
    press = Press()
    press.pdf(bill_of(-1))
    quarter = len(bills) // 4
    start = time.process_time()
    size = print_all(bills[:quarter], press)
    warm = _rss_mb()
    size += print_all(bills[quarter:], press)
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB
    return {"pages_per_s": len(bills) / spent, "peak_mb": peak, "grown_mb": _rss_mb() - warm, "bytes": size}


def _one_by_one(numbers: range, cores: list[int]) -> dict[str, float]:
    return _measured(lambda bills, press: sum(len(press.pdf(bill)) for bill in bills), numbers, cores)


def _one_file(numbers: range, cores: list[int]) -> dict[str, float]:
    def print_all(bills: Sequence[BillData], press: Press) -> int:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "run.pdf")
            write_file(bills, path, press=press, title="Facturación de octubre")
            return path.stat().st_size

    return _measured(print_all, numbers, cores)


def _by_weasyprint(numbers: range, cores: list[int]) -> dict[str, float]:
    os.sched_setaffinity(0, cores)
    weasyprint_page(bill_of(-1))
    bills = [bill_of(number) for number in numbers]
    start = time.process_time()
    for bill in bills:
        weasyprint_page(bill)
    return {"pages_per_s": len(bills) / (time.process_time() - start)}


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB / MB


def bill_of(number: int) -> BillData:
    """The bill of one neighbour: water in blocks, sewerage, refuse, parks; readings, a chart, what is pending."""
    chance = Random(number)
    usage = chance.randrange(8, 45)
    register = chance.randrange(100, 9_000)
    charges = _charges(usage)
    own = sum((Decimal(charge["total"]) for charge in charges), Decimal(0))
    pending = Decimal(chance.randrange(0, 2) * chance.randrange(100_000, 2_000_000)) / 100
    account, serial = (
        f"{chance.randrange(100_000):06}",
        f"{chance.randrange(15, 26)}-{chance.randrange(10**6):06}",
    )
    carried = [{"label": "Facturas pendientes", "note": f"n.º {40_000 + number}", "amount": str(pending)}]
    return {
        "kind": "bill",
        "format": _FORMAT,
        "organisation": _SENDER,
        "words": {"account": "N.º de abonado", "document": "factura"},
        "document": {
            "title": "Factura de servicios",
            "this": "esta factura",
            "number": f"A-{48_213 + number:07}",
            "subject": "Agua y servicios de octubre de 2026",
            "period": "octubre de 2026",
            "issued_on": ISSUED.isoformat(),
        },
        "holder": _holder(chance),
        "connection": {"number": account},
        "facts": [
            {"label": "N.º de abonado", "value": account, "strong": True},
            {"label": "Medidor", "value": serial},
            {"label": "Categoría", "value": "Domiciliaria"},
            {
                "label": "Cédula",
                "value": f"{chance.randrange(1, 8)}-{chance.randrange(10**4):04}-{chance.randrange(10**4):04}",
            },
            {"label": "Sector", "value": chance.choice(LAST)},
            {"label": "Consumo facturado", "value": "3 oct a 3 nov 2026"},
        ],
        "charges": charges,
        "carried": carried if pending else [],  # type: ignore[typeddict-item]
        "totals": {"invoice": str(own), "until_due": str(own + pending)},
        "due": {
            "on": DUE.isoformat(),
            "after": {
                "text": "Después de esa fecha se suma un interés del 8,24 % anual por cada día de atraso."
            },
        },
        "readings": [
            {
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
        ],
        "history": {"unit": "m3", "months": _months(chance, usage), "per_day": str(Decimal(usage) / 31)},
        "help": _HELP,
        "pay": {
            "gs1": payment_pairs(
                Slip(48_213 + number, own + pending, DUE), minor_units=2, gln="7441001234567"
            ),
            "qr": f"https://rioclaro.example/f/{number}-20261105:{chance.randbytes(16).hex()}",
            "key": "rioclaro.example",
        },
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
