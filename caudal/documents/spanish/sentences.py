"""¿Cómo se calculó? One plain sentence for each line that explains a charge.

The lines are those of `kernel.pricing.lines` and `kernel.interest`: a code and its numbers. A new code is
one function here. A bill says them in Spanish, the portal's pages in the language of whoever reads: `Figures.spoken`.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from caudal.common.spoken import spanish_noop
from caudal.documents.spanish.figures import Figures, rounding_gap, unit_name
from caudal.kernel.pricing.lines import ADDS as PRICED

Line = Mapping[str, Any]
Sentence = Callable[[Line, Figures], str]

# Lines whose amounts make the charge; the others only tell. A true-up takes back what was charged provisionally.
ADDS = PRICED | {"interest", "penalty", "surcharge", "late_fee", "interest_charged", "trueup"}
# What is left of a sum; the line tells it.
CUTS = frozenset({"cap", "share", "of_price"})
ORDINALS = [
    spanish_noop("primera"),
    spanish_noop("segunda"),
    spanish_noop("tercera"),
    spanish_noop("cuarta"),
    spanish_noop("quinta"),
    spanish_noop("sexta"),
    spanish_noop("séptima"),
    spanish_noop("octava"),
    spanish_noop("novena"),
    spanish_noop("décima"),
    spanish_noop("undécima"),
    spanish_noop("duodécima"),
]
REASONS = {"no_reading": spanish_noop("no se pudo leer el medidor")}
RULES = {
    "floor": spanish_noop("hacia abajo"),
    "ceil": spanish_noop("hacia arriba"),
    "half_up": spanish_noop("al más cercano"),
}


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
    rounding = figures.spoken("; redondeo %(amount)s") % {"amount": figures.money(gap)} if gap else ""
    if len(amounts) == 1:
        return rounding
    return rounding + figures.spoken("; suma %(amount)s") % {"amount": figures.money(subtotal)}


def _usage(line: Line, f: Figures) -> str:
    used, days = f.volume(line["quantity"], line["unit"]), line.get("days")
    if not days:
        return f.spoken("consumió %(used)s.") % {"used": used}
    per_day = f"{f.number(Decimal(line['quantity']) / days, 2)} {unit_name(line['unit'])}"
    said = f.spoken("consumió %(used)s en %(days)s días (%(per_day)s por día).")
    return said % {"used": used, "days": days, "per_day": per_day}


def _rounded(line: Line, f: Figures) -> str:
    rule = RULES.get(line["rule"])
    return f.spoken("midió %(measured)s; se cobran %(billed)s (redondeo %(rule)s).") % {
        **_measured(line, f),
        "rule": f.spoken(rule) if rule else "",
    }


def _least_usage(line: Line, f: Figures) -> str:
    return f.spoken("midió %(measured)s; el mínimo que se cobra es %(billed)s.") % _measured(line, f)


def _measured(line: Line, f: Figures) -> dict[str, str]:
    measured, billed = f.volume(line["measured"], line["unit"]), f.volume(line["quantity"], line["unit"])
    return {"measured": measured, "billed": billed}


def _member(line: Line, f: Figures) -> str:
    used = f.volume(line["quantity"], line["unit"])
    return f.spoken("conexión %(number)s: %(used)s.") % {"number": line["name"], "used": used}


def _of_account(line: Line, f: Figures) -> str:
    said = f.spoken("su consumo es %(own)s de los %(all)s que sumaron las %(count)s conexiones de la cuenta.")
    own, all_ = f.volume(line["quantity"], line["unit"]), f.volume(line["of"], line["unit"])
    return said % {"own": own, "all": all_, "count": line["connections"]}


def _of_price(line: Line, f: Figures) -> str:
    said = f.spoken("de %(base)s por toda la cuenta, a esta conexión le tocan %(amount)s.")
    return said % _base(line, f)


def _season(line: Line, f: Figures) -> str:
    return f.spoken("precios de %(season)s.") % {"season": f.written(line["season"])}


def _scale(line: Line, f: Figures) -> str:
    if line["periods"] == "1":
        return f.spoken("el cargo fijo de este mes ya se le cobró a quien tenía el servicio antes.")
    said = f.spoken("cubre %(count)s meses: límites y cargo fijo multiplicados por %(count)s%(billed)s.")
    return said % {"count": f.number(line["periods"]), "billed": _billed(line, f)}


def _scale_days(line: Line, f: Figures) -> str:
    said = f.spoken(
        "cubre %(days)s días: límites y cargo fijo de %(usual)s días llevados a %(days)s%(billed)s."
    )
    return said % {"days": line["days"], "usual": line["period_days"], "billed": _billed(line, f)}


def _billed(line: Line, f: Figures) -> str:
    if not line.get("billed"):
        return ""
    if line["billed"] == "1":
        return f.spoken(", menos el cargo fijo de un mes ya cobrado")
    return f.spoken(", menos el cargo fijo de %(count)s meses ya cobrado") % {
        "count": f.number(line["billed"])
    }


def _version(line: Line, f: Figures) -> str:
    share = f", {f.volume(line['quantity'], line['unit'])}" if line.get("quantity") else ""
    return f.spoken("%(tariff)s, del %(span)s (%(days)s de %(all)s días%(share)s):") % {
        "tariff": f.written(line["tariff"]),
        "span": f.days_between(line["from"], line["until"]),
        "days": line["days"],
        "all": line["of_days"],
        "share": share,
    }


def _name(line: Line, f: Figures) -> str:
    return f.written(line["name"]) if line["name"] else ""


def _flat(line: Line, f: Figures) -> str:
    return f"{_name(line, f)} {f.money(line['amount'])}".strip()


def _daily(line: Line, f: Figures) -> str:
    price, amount = f.price(line["unit_price"]), f.money(line["amount"])
    product = f.spoken("%(days)s días × %(price)s = %(amount)s") % {
        "days": line["days"],
        "price": price,
        "amount": amount,
    }
    return f"{_name(line, f)}: {product}".lstrip(": ")


def _part(line: Line, f: Figures) -> str:
    said = f.spoken("%(name)s %(annual)s al año, en %(parts)s partes: la %(which)s es %(amount)s")
    return said % {"name": _name(line, f), **_yearly(line, f)}


def _yearly(line: Line, f: Figures) -> dict[str, str]:
    return {
        "annual": f.money(line["annual"]),
        "parts": line["parts"],
        "which": f.spoken(ORDINALS[line["part"] - 1]),
        "amount": f.money(line["amount"]),
    }


def _minimum(line: Line, f: Figures) -> str:
    included = f.volume(line["included"], line["unit"])
    said = f.spoken("mínimo %(amount)s, incluye %(included)s")
    return said % {"amount": f.money(line["amount"]), "included": included}


def _block(line: Line, f: Figures) -> str:
    where = _between(line, f)
    name = f"{_name(line, f)}: " if line.get("name") else ""
    volume = f"{name}{f.volume(line['quantity'], line['unit'])}{where}"
    return f"{volume} × {f.price(line['unit_price'])} = {f.money(line['amount'])}"


def _between(line: Line, f: Figures) -> str:
    if line.get("to"):
        ends = {"first": f.number(line.get("from", "0")), "last": f.number(line["to"])}
        return f.spoken(" (del %(first)s al %(last)s)") % ends
    return f.spoken(" (desde el %(first)s)") % {"first": f.number(line["from"])} if line.get("from") else ""


def _excess(line: Line, f: Figures) -> str:
    limit, above = f.volume(line["limit"], line["unit"]), f.volume(line["quantity"], line["unit"])
    product = f"{f.price(line['unit_price'])} = {f.money(line['amount'])}"
    said = f.spoken("límite %(limit)s; excedente %(above)s × %(product)s")
    if line.get("connection"):
        said = f.spoken("conexión %(number)s: límite %(limit)s; excedente %(above)s × %(product)s")
    return said % {"limit": limit, "above": above, "product": product, "number": line.get("connection")}


def _percent(line: Line, f: Figures) -> str:
    said = f.spoken("%(rate)s de %(of)s (%(base)s) = %(amount)s")
    return said % {"rate": f.percent(line["percent"]), "of": _of(line, f), **_base(line, f)}


def _base(line: Line, f: Figures) -> dict[str, str]:
    return {"base": f.money(line["base"]), "amount": f.money(line["amount"])}


def _of(line: Line, f: Figures) -> str:
    return f.spoken("la suma anterior") if line["of"] == "total" else f.written(str(line["of"]))


def _exempt(line: Line, f: Figures) -> str:
    said = f.spoken("%(name)s no se cobra: consumió %(limit)s o menos.")
    return (said % {"name": _name(line, f), "limit": f.volume(line["limit"], line["unit"])}).lstrip()


def _subsidy(line: Line, f: Figures) -> str:
    share = Decimal(line["percent"])
    said = f.spoken("contribución del %(rate)s sobre %(of)s (%(base)s) = %(amount)s")
    if share < 0:
        said = f.spoken("subsidio del %(rate)s sobre %(of)s (%(base)s) = %(amount)s")
    return said % {"rate": f.percent(abs(share)), "of": _of(line, f), **_base(line, f)}


def _at_least(line: Line, f: Figures) -> str:
    said = f.spoken("para llegar al cobro mínimo de %(least)s faltan %(amount)s")
    return said % {"least": f.money(line["least"]), "amount": f.money(line["amount"])}


def _factor(line: Line, f: Figures) -> str:
    said = f.spoken("factor %(factor)s sobre %(of)s (%(base)s): %(amount)s")
    return said % {"factor": f.number(line["factor"]), "of": _of(line, f), **_base(line, f)}


def _valuation(line: Line, f: Figures) -> str:
    said = f.spoken(
        "valor declarado %(value)s × %(rate)s = %(annual)s al año, en %(parts)s partes; esta es la %(which)s: "
        "%(amount)s"
    )
    return said % {"value": f.money(line["value"]), "rate": f.percent(line["rate"]), **_yearly(line, f)}


def _interest(line: Line, f: Figures) -> str:
    said = f.spoken("%(base)s × %(rate)s anual × %(days)s días de atraso ÷ %(basis)s = %(amount)s")
    counted = {"rate": f.percent(line["rate"]), "days": line["days"], "basis": line["basis"]}
    return said % {**counted, **_base(line, f)}


def _penalty(line: Line, f: Figures) -> str:
    said = f.spoken("%(base)s × %(rate)s por mes o fracción × %(months)s = %(amount)s")
    return said % {"rate": f.percent(line["rate"]), "months": line["months"], **_base(line, f)}


def _surcharge(line: Line, f: Figures) -> str:
    said = f.spoken("recargo del %(rate)s sobre %(base)s = %(amount)s")
    return said % {"rate": f.percent(line["rate"]), **_base(line, f)}


def _late_fee(line: Line, f: Figures) -> str:
    return f.spoken("cargo fijo por atraso %(amount)s") % {"amount": f.money(line["amount"])}


def _cap(line: Line, f: Figures) -> str:
    said = f.spoken("el tope es %(rate)s de %(base)s: %(amount)s.")
    return said % {"rate": f.percent(line["percent"]), **_base(line, f)}


def _share(line: Line, f: Figures) -> str:
    said = f.spoken("a usted le corresponde el %(rate)s de %(base)s: %(amount)s.")
    return said % {"rate": f.percent(line["percent"]), **_base(line, f)}


def _interest_charged(line: Line, f: Figures) -> str:
    return f.spoken("lo ya cobrado antes %(amount)s") % {"amount": f.money(line["amount"])}


def _instalment(line: Line, f: Figures) -> str:
    said = f.spoken(
        "cuota %(part)s de %(parts)s del arreglo de pago %(number)s: %(covers)s. Quedan %(left)s por pagar."
    )
    return said % {**line, "covers": f.written(line["covers"]), "left": f.money(line["left"])}


def _estimate(line: Line, f: Figures) -> str:
    reason = REASONS.get(line["reason"])
    said = f.spoken(
        "%(reason)s: se usó el consumo de su último mes, %(used)s. Con la próxima lectura real se cobra o se "
        "devuelve la diferencia."
    )
    if line["months"] > 1:
        said = f.spoken(
            "%(reason)s: se usó el promedio de sus últimos %(months)s meses, %(used)s. Con la próxima lectura real "
            "se cobra o se devuelve la diferencia."
        )
    used = f.volume(line["quantity"], line["unit"])
    return said % {
        "reason": f.spoken(reason) if reason else f.written(line["reason"]),
        "used": used,
        "months": line["months"],
    }


def _trueup(line: Line, f: Figures) -> str:
    said = f.spoken("lo ya cobrado por %(estimated)s estimados %(amount)s")
    return said % {"estimated": f.volume(line["estimated"], line["unit"]), "amount": f.money(line["amount"])}


def _text(line: Line, f: Figures) -> str:
    return f.written(str(line["text"]))


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
