"""Published tariffs and worked figures in Spanish, item by item, as Caudal tariffs.

Items are recognised by their shape, not by their name, so that other files of this form can be read. An item that no
reader recognises, and what no rule can express, is listed by `CANNOT` in test_spanish.
"""

import re
from decimal import Decimal
from typing import Any

from caudal.kernel.pricing import Tariff, parse_tariff

Item = dict[str, Any]
DUE_TAX = re.compile(r"IGV (\d+(?:\.\d+)?) ?%")
NOT_PUBLISHED = {"attribute": "price_not_published"}


def shape(item: Item) -> str:
    """Which reader below fits an item; empty when none does."""
    cases = item.get("cases") or [item.get("case") or {}]
    tests = {
        "tramos": "tramos" in cases[0],
        "minimos": "acueducto" in cases[0],
        "actualizacion": "inpc_nuevo" in cases[0],
        "electrica": "base_iee" in cases[0],
        "tributo": "tributo_bomberos" in item,
        "por_uso": "cuota_fija_mm" in item,
        "estratos": isinstance(item.get("acueducto"), list) and "columnas" in item,
        "mora_anual": "multa" in item and "anual_pct" in item,
        "mora_mensual": "% mensual" in item.get("status", ""),
    }
    return next((name for name, fits in tests.items() if fits), "")


def _file(name: str, components: list[dict[str, Any]], **keys: Any) -> Tariff:
    return parse_tariff({"format": 1, "name": name, "unit": "m³", **keys, "components": components})


def _blocks(pairs: list[list[Any]]) -> list[dict[str, str]]:
    """Blocks of `[limit or null, price]`. Where only the blocks that a case needs are told, the last is left open."""
    blocks = [{"price": str(price)} if limit is None else {"upto": str(limit), "price": str(price)}
              for limit, price in pairs]  # fmt: skip
    blocks[-1].pop("upto", None)
    return blocks


def block_tariffs(case: Item) -> tuple[Tariff, Tariff]:
    """Water in blocks with a least usage, and sewerage as a percentage of the water."""
    least = {"usage": {"least": str(case["consumo_minimo"])}} if "consumo_minimo" in case else {}
    water = _file(
        case["clase"], [{"kind": "blocks", "code": "agua", "blocks": _blocks(case["tramos"])}], **least
    )
    share = {
        "kind": "percent",
        "code": "alcantarillado",
        "percent": case.get("alcantarillado_pct", "0"),
        "service": "agua",
    }
    return water, _file(case["clase"], [share])


def tax_percent(item: Item) -> Decimal:
    """The rate of the sales tax that the rule names, if any."""
    found = DUE_TAX.search(item.get("rule", ""))
    return Decimal(found[1] if found else 0)


def minimum_tariffs(case: Item) -> tuple[Tariff, Tariff]:
    """Water and sewerage at a minimum that includes usage; what more costs is not in the source."""
    included = str(case["m3"]).split("..")[-1]
    minimum = {"amount": case["acueducto"], "included": included}
    water = {"kind": "flat", "code": "acueducto", "price": NOT_PUBLISHED, "minimum": minimum}
    sewer = {"kind": "flat", "code": "alcantarillado", "price": NOT_PUBLISHED,
             "minimum": {"amount": case["alcantarillado"], "included": included}}  # fmt: skip
    return _file(case["clase"], [water]), _file(case["clase"], [sewer])


def tribute_tariff(item: Item) -> Tariff:
    """Blocks with a least charge, and a tribute on the first units, from which small users are exempt."""
    tribute = item["tributo_bomberos"]
    first = re.search(r"\d+", tribute["sobre"])
    assert first, tribute
    return _file(item["id"], [
        {"kind": "blocks", "code": "energia", "blocks": _blocks(item["bloques"])},
        {"kind": "at_least", "code": "minimo", "amount": item["bloque_minimo"]["cargo_fijo"]},
        {"kind": "percent", "code": "bomberos", "percent": tribute["pct"], "of": ["energia"],
         "first": first[0], "exempt_upto": str(tribute["exento_si_consumo_hasta_kwh"])},
    ])  # fmt: skip


def use_tariff(item: Item) -> Tariff:
    """A quota by the meter's diameter, and blocks by use."""
    quota = [[[_diameter(size)], price] for size, price in item["cuota_fija_mm"].items()]
    uses = [
        key for key, value in item.items() if isinstance(value, list) and value and isinstance(value[0], list)
    ]
    return _file(item["id"], [
        {"kind": "fixed", "code": "cuota", "amount": {"by": ["diametro_mm"], "values": quota}},
        {"kind": "blocks", "code": "agua",
         "blocks": {"by": ["uso"], "values": [[[use], _blocks(item[use])] for use in uses]}},
    ])  # fmt: skip


def _diameter(text: str) -> Any:
    return {"from": text.lstrip(">=")} if text.startswith(">=") else text


BASIC_UPTO = "16"


def stratum_tariff(item: Item) -> Tariff:
    """The published table as it stands: each stratum's fixed charge, and its prices of basic and other use."""

    def column(n: int) -> dict[str, Any]:
        return {"by": ["estrato"], "values": [[[row[0]], row[n]] for row in item["acueducto"]]}

    return _file(item["id"], [
        {"kind": "fixed", "code": "cargo_fijo", "amount": column(2)},
        {"kind": "blocks", "code": "consumo",
         "blocks": [{"upto": BASIC_UPTO, "price": column(3)}, {"price": column(4)}]},
    ])  # fmt: skip


def subsidy_tariff(item: Item) -> Tariff:
    """The same by rule: one base price, a subsidy on the fixed charge and basic use, a contribution on everything."""
    base = next(row for row in item["acueducto"] if row[1] == "0")

    def by_stratum(sign: int) -> dict[str, Any]:
        shares = [[[row[0]], row[1] if Decimal(row[1]) * sign > 0 else "0"] for row in item["acueducto"]]
        return {"by": ["estrato"], "values": shares}

    return _file(item["id"], [
        {"kind": "fixed", "code": "cargo_fijo", "amount": base[2]},
        {"kind": "blocks", "code": "consumo",
         "blocks": [{"upto": BASIC_UPTO, "price": base[3], "code": "basico"}, {"price": base[4]}]},
        {"kind": "subsidy", "code": "subsidio", "percent": by_stratum(-1), "of": ["cargo_fijo", "basico"]},
        {"kind": "subsidy", "code": "contribucion", "percent": by_stratum(1), "of": ["cargo_fijo", "consumo"]},
    ])  # fmt: skip


def electric_tariff(case: Item) -> Tariff:
    """The order of an electricity bill: amounts, a discount, a tax on what is left, a rent; each line rounded."""
    fixed = [{"kind": "fixed", "code": code, "amount": case[code]}
             for code in ("potencia", "energia", "financiacion", "descuento")]  # fmt: skip
    return _file("bono social", [
        *fixed,
        {"kind": "percent", "code": "iee", "percent": case["iee_pct"], "of": "total"},
        {"kind": "fixed", "code": "alquiler", "amount": case["alquiler"]},
    ], rounding="line")  # fmt: skip
