"""A tariff in words: what people read beside the file that says it exactly."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from caudal.common.ui import formats
from caudal.kernel.pricing import Tariff
from caudal.kernel.pricing.blocks import Block, BlockTable
from caudal.kernel.pricing.component import Component
from caudal.kernel.pricing.excess import Excess
from caudal.kernel.pricing.fixed import Fixed
from caudal.kernel.pricing.metered import Blocks, Flat, Minimum
from caudal.kernel.pricing.relative import AtLeast, Percent, Subsidy
from caudal.kernel.pricing.valuation import AdValorem
from caudal.kernel.pricing.values import FromAttribute, Lookup
from caudal.kernel.pricing.volumes import Allowance
from caudal.registry.context import Town
from caudal.tariffs.naming import name_of

PER: Final = {"period": "por mes", "bill": "por factura", "day": "por día"}
# The attributes that tariffs commonly ask for; another one is shown as it is written.
ATTRIBUTES: Final = {
    "size": "diámetro",
    "zone": "zona",
    "category": "categoría",
    "season": "temporada",
    "stratum": "estrato",
    "declared_value": "valor declarado de la propiedad",
}
ALLOWANCES: Final = {"limit": "límite de la conexión", "budget": "presupuesto de agua"}
Rows = list[dict[str, str]]
Say = Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Words:
    """How this town writes the figures of one tariff; `services` has the names of services by code."""

    town: Town
    unit: str
    services: Mapping[str, str]

    def money(self, amount: Decimal) -> str:
        """A fixed amount."""
        return formats.unit_price(amount, self.town)

    def price(self, amount: Decimal) -> str:
        """A price of one unit."""
        return f"{formats.unit_price(amount, self.town)} por {self.unit or 'unidad'}"

    def percent(self, number: Decimal) -> str:
        """10 as «10 %»."""
        return f"{formats.number(number, self.town)} %"

    def quantity(self, number: Decimal) -> str:
        """A volume with its unit."""
        return f"{formats.number(number, self.town)} {self.unit}".strip()


def components_of(tariff: Tariff, town: Town, services: Mapping[str, str]) -> list[dict[str, Any]]:
    """Title, note and rows of prices of each component, and of what holds for all."""
    words = Words(town, tariff.unit, services)
    told = [_component(component, words) for component in tariff.components]
    general = _general(tariff, words)
    return [*told, {"title": "Para todo", "note": general, "rows": []}] if general else told


def _component(component: Component, words: Words) -> dict[str, Any]:
    note, rows = next(tell for kind, tell in TELLERS if isinstance(component, kind))(component, words)
    if not component.taxable:
        note = f"{note} No lleva impuesto.".strip()
    return {
        "title": name_of(component),
        "note": note,
        "rows": rows,
    }


def _fixed(component: Any, words: Words) -> tuple[str, Rows]:
    if component.parts > 1:
        note = f"Un monto al año, en {component.parts} partes."
        return note, _rows(component.amount, "Por año", words.money)
    return "", _rows(component.amount, f"Monto {PER[component.per]}", words.money)


def _flat(component: Any, words: Words) -> tuple[str, Rows]:
    rows = _rows(component.price, "Todo el consumo", words.price)
    return _minimum(component.minimum, words), rows


def _blocks(component: Any, words: Words) -> tuple[str, Rows]:
    note = _minimum(component.minimum, words)
    if component.method == "whole":
        note = f"Toda la cantidad al precio del bloque en que termina. {note}".strip()
    table = component.blocks
    if not isinstance(table, BlockTable):
        return note, list(_block_rows(table, words, ""))
    rows: Rows = []
    for keys, blocks in table.rows:
        rows += _block_rows(blocks, words, f"{_keys(table.by, keys)}: ")
    if table.otherwise is not None:
        rows += _block_rows(table.otherwise, words, "Los demás: ")
    return note, rows


def _block_rows(blocks: tuple[Block, ...], words: Words, prefix: str) -> Iterator[dict[str, str]]:
    before = ""
    for block in blocks:
        upto = "" if block.upto is None else _limit(block.upto, words)
        if not before:
            label = f"hasta {upto}" if upto else "todo el consumo"
        else:
            label = f"más de {before} y hasta {upto}" if upto else f"más de {before}"
        said = f"{prefix}{block.name or label}"
        yield from _rows(block.price, said[0].upper() + said[1:], words.price)
        before = upto


def _excess(component: Any, words: Words) -> tuple[str, Rows]:
    note = f"Lo que pasa del {_limit(component.limit, words)}."
    return note, _rows(component.price, "Cada unidad de excedente", words.price)


def _percent(component: Any, words: Words) -> tuple[str, Rows]:
    service = words.services.get(component.service, component.service)
    base = component.of_name or service or ", ".join(component.of)
    base = "lo anterior" if base == "total" else base
    note = ""
    if isinstance(component.exempt_upto, Decimal):
        note = f"No se cobra si consume hasta {words.quantity(component.exempt_upto)}."
    return note, _rows(component.percent, f"De {base}", words.percent)


def _at_least(component: Any, words: Words) -> tuple[str, Rows]:
    return "Si la suma es menor, se completa.", _rows(component.amount, "Mínimo", words.money)


def _ad_valorem(component: Any, words: Words) -> tuple[str, Rows]:
    note = f"Sobre el valor declarado, por año, en {component.parts} partes."
    return note, _rows(component.rate, "Tasa anual", words.percent)


TELLERS: Final[tuple[tuple[type[Component], Callable[[Any, Words], tuple[str, Rows]]], ...]] = (
    (Fixed, _fixed),
    (Flat, _flat),
    (Blocks, _blocks),
    (Excess, _excess),
    (Subsidy, _percent),
    (Percent, _percent),
    (AtLeast, _at_least),
    (AdValorem, _ad_valorem),
)


def _rows(value: Any, label: str, say: Say) -> Rows:
    """One row for a number; a row for each case of a number that depends on the customer."""
    if isinstance(value, Decimal):
        return [{"label": label, "price": say(value)}]
    if isinstance(value, FromAttribute):
        otherwise = f", o {say(value.otherwise)}" if value.otherwise is not None else ""
        return [{"label": label, "price": f"el de su {attribute_word(value.attribute)}{otherwise}"}]
    assert isinstance(value, Lookup), "a value of a tariff is a number, a lookup or an attribute"
    rows = [{"label": f"{label}, {_keys(value.by, keys)}", "price": say(found)} for keys, found in value.rows]
    if value.otherwise is not None:
        rows.append({"label": f"{label}, los demás", "price": say(value.otherwise)})
    return rows


def _limit(limit: Any, words: Words) -> str:
    if isinstance(limit, Allowance):
        name = ALLOWANCES.get(limit.allowance, limit.allowance)
        return name if limit.percent == 100 else f"{words.percent(limit.percent)} del {name}"
    if isinstance(limit, Decimal):
        return words.quantity(limit)
    if isinstance(limit, Lookup):
        found = ", ".join(f"{words.quantity(n)} ({_keys(limit.by, keys)})" for keys, n in limit.rows)
        return found
    return f"su {attribute_word(limit.attribute)}"


def _minimum(minimum: Minimum | None, words: Words) -> str:
    if minimum is None or not isinstance(minimum.amount, Decimal):
        return ""
    return f"Mínimo {words.money(minimum.amount)}, que incluye {_limit(minimum.included, words)}."


def _keys(by: tuple[str, ...], keys: tuple[Any, ...]) -> str:
    return ", ".join(f"{attribute_word(name)} {key}" for name, key in zip(by, keys, strict=True))


def attribute_word(attribute: str) -> str:
    """«diámetro» for `size`; the attribute itself where there is no better word."""
    return ATTRIBUTES.get(attribute, attribute)


def _general(tariff: Tariff, words: Words) -> str:
    said = []
    if tariff.aggregate == "account":
        said.append("Se suma el consumo de todas las conexiones de la cuenta.")
    if tariff.scale != "none":
        said.append("Si cubre varios meses, los límites y montos se multiplican.")
    if tariff.rounding == "line":
        said.append("Se redondea cada renglón.")
    if tariff.seasons:
        names = ", ".join(
            f"{season.name} desde el {season.from_[3:]}/{season.from_[:2]}" for season in tariff.seasons
        )
        said.append(f"Temporadas: {names}.")
    if isinstance(tariff.usage.least, Decimal) and tariff.usage.least:
        said.append(f"Se cobran al menos {words.quantity(tariff.usage.least)}.")
    return " ".join(said)
