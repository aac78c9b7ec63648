"""Names for the parts of a tariff that its file gives none: a bill never shows a code."""

from dataclasses import replace
from typing import Final

from caudal.kernel.pricing import Tariff
from caudal.kernel.pricing.component import Component
from caudal.kernel.pricing.relative import Percent

WORDS: Final = {
    "fixed": "Cargo fijo",
    "flat": "Consumo",
    "blocks": "Consumo",
    "excess": "Excedente",
    "percent": "Porcentaje",
    "subsidy": "Subsidio o contribución",
    "at_least": "Mínimo",
    "ad_valorem": "Impuesto",
}
# Their lines say quantities and prices, and a name only where the town gave one.
NAMELESS: Final = frozenset({"flat", "blocks", "excess"})


def name_of(component: Component) -> str:
    """How people call a component: its own name, else a word for its kind."""
    return component.name or WORDS[component.kind]


def with_names(tariff: Tariff) -> Tariff:
    """The same prices with a word where a bill would show a code. What was issued keeps what it says."""
    called = {component.code: name_of(component) for component in tariff.components}
    return replace(tariff, components=tuple(_named(each, called) for each in tariff.components))


def _named(component: Component, called: dict[str, str]) -> Component:
    if isinstance(component, Percent) and not component.of_name and set(component.of) <= called.keys():
        component = replace(component, of_name=", ".join(called[code] for code in component.of))
    if component.name or component.kind in NAMELESS:
        return component
    return replace(component, name=called[component.code])
