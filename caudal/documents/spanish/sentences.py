"""¿Cómo se calculó? One plain sentence for each line that explains a charge.

The lines are those of `kernel.pricing.lines` and `kernel.interest`: a code and its numbers. A new code is
one function here.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from caudal.documents.spanish.figures import Figures, rounding_gap, unit_name
from caudal.kernel.pricing.lines import ADDS as PRICED

Line = Mapping[str, Any]
Sentence = Callable[[Line, Figures], str]

# Lines whose amounts make the charge; the others only tell. A true-up takes back what was charged provisionally.
ADDS = PRICED | {"interest", "penalty", "surcharge", "late_fee", "interest_charged", "trueup"}
# What is left of a sum; the line tells it.
CUTS = frozenset({"cap", "share", "of_price"})
ORDINALS = [
    "primera",
    "segunda",
    "tercera",
    "cuarta",
    "quinta",
    "sexta",
    "séptima",
    "octava",
    "novena",
    "décima",
    "undécima",
    "duodécima",
]
REASONS = {"no_reading": "no se pudo leer el medidor"}
RULES = {"floor": "hacia abajo", "ceil": "hacia arriba", "half_up": "al más cercano"}


def sentences(lines: Sequence[Line], subtotal: str, figures: Figures) -> str:
    """The lines of one charge as one or a few sentences; what adds is added up to its `subtotal`, before tax.

    Raises DoesNotAddUp when the amounts of the lines miss the subtotal by more than rounding can make, and
    KeyError for a code that has no sentence.
    """
    if [line["code"] for line in lines] == ["flat"]:
        return ""  # an amount by itself explains nothing that its row does not say
    found: list[str] = []
    last_sum = None
    for adds, group in groupby(lines, key=_adds):
        told = [SENTENCES[line["code"]](line, figures) for line in group]
        if adds:
            last_sum = len(found)
            found.append(" + ".join(told))
        else:
            found.extend(told)
    if last_sum is not None:
        found[last_sum] += _sum(lines, subtotal, figures)
    return " ".join(text[0].upper() + text[1:] + ("" if text[-1] in ".:" else ".") for text in found)


def _adds(line: Line) -> bool:
    return line["code"] in ADDS


def _sum(lines: Sequence[Line], subtotal: str, figures: Figures) -> str:
    """What follows the last summand; nothing where a cap or a share cuts the sum, for it tells what is left."""
    amounts = [line["amount"] for line in lines if _adds(line)]
    if any(line["code"] in CUTS for line in lines):
        return ""
    gap = rounding_gap(figures, amounts, subtotal, "lines of a charge")
    rounding = f"; redondeo {figures.money(gap)}" if gap else ""
    return f"{rounding}; suma {figures.money(subtotal)}" if len(amounts) > 1 else rounding


def _usage(line: Line, f: Figures) -> str:
    used = f"consumió {f.volume(line['quantity'], line['unit'])}"
    days = line.get("days")
    if not days:
        return f"{used}."
    per_day = f"{f.number(Decimal(line['quantity']) / days, 2)} {unit_name(line['unit'])}"
    return f"{used} en {days} días ({per_day} por día)."


def _rounded(line: Line, f: Figures) -> str:
    rule = RULES.get(line["rule"], "")
    measured, billed = f.volume(line["measured"], line["unit"]), f.volume(line["quantity"], line["unit"])
    return f"midió {measured}; se cobran {billed} (redondeo {rule})."


def _least_usage(line: Line, f: Figures) -> str:
    measured, billed = f.volume(line["measured"], line["unit"]), f.volume(line["quantity"], line["unit"])
    return f"midió {measured}; el mínimo que se cobra es {billed}."


def _member(line: Line, f: Figures) -> str:
    return f"conexión {line['name']}: {f.volume(line['quantity'], line['unit'])}."


def _of_account(line: Line, f: Figures) -> str:
    own, all_ = f.volume(line["quantity"], line["unit"]), f.volume(line["of"], line["unit"])
    return f"su consumo es {own} de los {all_} que sumaron las {line['connections']} conexiones de la cuenta."


def _of_price(line: Line, f: Figures) -> str:
    return (
        f"de {f.money(line['base'])} por toda la cuenta, a esta conexión le tocan {f.money(line['amount'])}."
    )


def _season(line: Line, f: Figures) -> str:
    return f"precios de {line['season']}."


def _scale(line: Line, f: Figures) -> str:
    periods = f.number(line["periods"])
    return f"cubre {periods} meses: límites y cargo fijo multiplicados por {periods}{_billed(line, f)}."


def _scale_days(line: Line, f: Figures) -> str:
    return (
        f"cubre {line['days']} días: límites y cargo fijo de {line['period_days']} días llevados a "
        f"{line['days']}{_billed(line, f)}."
    )


def _billed(line: Line, f: Figures) -> str:
    return f", menos {f.money(line['billed'])} de cargo fijo ya cobrado" if line.get("billed") else ""


def _version(line: Line, f: Figures) -> str:
    share = f", {f.volume(line['quantity'], line['unit'])}" if line.get("quantity") else ""
    span = f.days_between(line["from"], line["until"])
    return f"{line['tariff']}, del {span} ({line['days']} de {line['of_days']} días{share}):"


def _flat(line: Line, f: Figures) -> str:
    return f"{line['name']} {f.money(line['amount'])}".strip()


def _daily(line: Line, f: Figures) -> str:
    product = f"{line['days']} días × {f.price(line['unit_price'])} = {f.money(line['amount'])}"
    return f"{line['name']}: {product}".lstrip(": ")


def _part(line: Line, f: Figures) -> str:
    return (
        f"{line['name']} {f.money(line['annual'])} al año, en {line['parts']} partes: "
        f"la {ORDINALS[line['part'] - 1]} es {f.money(line['amount'])}"
    )


def _minimum(line: Line, f: Figures) -> str:
    return f"mínimo {f.money(line['amount'])}, incluye {f.volume(line['included'], line['unit'])}"


def _block(line: Line, f: Figures) -> str:
    where = _between(line, f)
    name = f"{line['name']}: " if line.get("name") else ""
    volume = f"{name}{f.volume(line['quantity'], line['unit'])}{where}"
    return f"{volume} × {f.price(line['unit_price'])} = {f.money(line['amount'])}"


def _between(line: Line, f: Figures) -> str:
    if line.get("to"):
        return f" (del {f.number(line.get('from', '0'))} al {f.number(line['to'])})"
    return f" (desde el {f.number(line['from'])})" if line.get("from") else ""


def _excess(line: Line, f: Figures) -> str:
    limit, above = f.volume(line["limit"], line["unit"]), f.volume(line["quantity"], line["unit"])
    product = f"{f.price(line['unit_price'])} = {f.money(line['amount'])}"
    whose = f"conexión {line['connection']}: " if line.get("connection") else ""
    return f"{whose}límite {limit}; excedente {above} × {product}"


def _percent(line: Line, f: Figures) -> str:
    base, amount = f.money(line["base"]), f.money(line["amount"])
    return f"{f.percent(line['percent'])} de {_of(line)} ({base}) = {amount}"


def _of(line: Line) -> str:
    return "la suma anterior" if line["of"] == "total" else str(line["of"])


def _exempt(line: Line, f: Figures) -> str:
    return f"{line['name']} no se cobra: consumió {f.volume(line['limit'], line['unit'])} o menos.".lstrip()


def _subsidy(line: Line, f: Figures) -> str:
    share = Decimal(line["percent"])
    what = "subsidio del" if share < 0 else "contribución del"
    base, amount = f.money(line["base"]), f.money(line["amount"])
    return f"{what} {f.percent(abs(share))} sobre {_of(line)} ({base}) = {amount}"


def _at_least(line: Line, f: Figures) -> str:
    return f"para llegar al cobro mínimo de {f.money(line['least'])} faltan {f.money(line['amount'])}"


def _factor(line: Line, f: Figures) -> str:
    base, amount = f.money(line["base"]), f.money(line["amount"])
    return f"factor {f.number(line['factor'])} sobre {_of(line)} ({base}): {amount}"


def _valuation(line: Line, f: Figures) -> str:
    annual = f"{f.money(line['value'])} × {f.percent(line['rate'])} = {f.money(line['annual'])} al año"
    part = f"en {line['parts']} partes; esta es la {ORDINALS[line['part'] - 1]}: {f.money(line['amount'])}"
    return f"valor declarado {annual}, {part}"


def _interest(line: Line, f: Figures) -> str:
    return (
        f"{f.money(line['base'])} × {f.percent(line['rate'])} anual × {line['days']} días de atraso ÷ "
        f"{line['basis']} = {f.money(line['amount'])}"
    )


def _penalty(line: Line, f: Figures) -> str:
    return (
        f"{f.money(line['base'])} × {f.percent(line['rate'])} por mes o fracción × {line['months']} "
        f"= {f.money(line['amount'])}"
    )


def _surcharge(line: Line, f: Figures) -> str:
    return f"recargo del {f.percent(line['rate'])} sobre {f.money(line['base'])} = {f.money(line['amount'])}"


def _late_fee(line: Line, f: Figures) -> str:
    return f"cargo fijo por atraso {f.money(line['amount'])}"


def _cap(line: Line, f: Figures) -> str:
    return f"el tope es {f.percent(line['percent'])} de {f.money(line['base'])}: {f.money(line['amount'])}."


def _share(line: Line, f: Figures) -> str:
    share, base = f.percent(line["percent"]), f.money(line["base"])
    return f"a usted le corresponde el {share} de {base}: {f.money(line['amount'])}."


def _interest_charged(line: Line, f: Figures) -> str:
    return f"lo ya cobrado antes {f.money(line['amount'])}"


def _instalment(line: Line, f: Figures) -> str:
    place = f"cuota {line['part']} de {line['parts']} del arreglo de pago {line['number']}"
    return f"{place}: {line['covers']}. Quedan {f.money(line['left'])} por pagar."


def _estimate(line: Line, f: Figures) -> str:
    reason = REASONS.get(line["reason"], line["reason"])
    used = f.volume(line["quantity"], line["unit"])
    months = line["months"]
    mean = f"el promedio de sus últimos {months} meses" if months > 1 else "el consumo de su último mes"
    return (
        f"{reason}: se usó {mean}, {used}. Con la próxima lectura real se cobra o se devuelve la diferencia."
    )


def _trueup(line: Line, f: Figures) -> str:
    estimated = f.volume(line["estimated"], line["unit"])
    return f"lo ya cobrado por {estimated} estimados {f.money(line['amount'])}"


def _text(line: Line, f: Figures) -> str:
    return str(line["text"])


SENTENCES: dict[str, Sentence] = {
    "usage": _usage,
    "rounded": _rounded,
    "least_usage": _least_usage,
    "member": _member,
    "of_account": _of_account,
    "of_price": _of_price,
    "season": _season,
    "scale": _scale,
    "scale_days": _scale_days,
    "version": _version,
    "flat": _flat,
    "daily": _daily,
    "part": _part,
    "minimum": _minimum,
    "block": _block,
    "excess": _excess,
    "percent": _percent,
    "exempt": _exempt,
    "subsidy": _subsidy,
    "at_least": _at_least,
    "factor": _factor,
    "valuation": _valuation,
    "interest": _interest,
    "penalty": _penalty,
    "surcharge": _surcharge,
    "late_fee": _late_fee,
    "cap": _cap,
    "share": _share,
    "interest_charged": _interest_charged,
    "instalment": _instalment,
    "estimate": _estimate,
    "trueup": _trueup,
    "text": _text,
}
