"""The prices of tariffs in preparation, one box for each plain number of their definitions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms

from caudal.office.forms.fields import NumberField
from caudal.tariffs.models import TariffVersion

# Which key of a component holds its price.
PRICED: Final = {"fixed": "amount", "flat": "price", "ad_valorem": "rate"}
PLACES: Final = 6
MONTHLY: Final = 12


@dataclass(frozen=True, slots=True)
class Sketch:
    """A draft whose every component has one plain price, and the names of their boxes."""

    version: TariffVersion
    boxes: tuple[str, ...]


def sketches(drafts: Iterable[TariffVersion]) -> tuple[Sketch, ...]:
    """The drafts that boxes are enough for; the others need the editor."""
    return tuple(
        Sketch(draft, tuple(f"v{draft.pk}-{n}" for n in range(len(components))))
        for draft in drafts
        if (components := draft.definition.get("components")) and all(map(_plain, components))
    )


def _plain(component: Any) -> bool:
    if not isinstance(component, dict) or component.get("kind") not in PRICED:
        return False
    return isinstance(component.get(PRICED[component["kind"]]), (str, int))


def _unit(component: dict[str, Any], definition: dict[str, Any]) -> str:
    """What the price is for, as it stands after the box."""
    if component["kind"] == "ad_valorem":
        return "%"
    return f"por {definition.get('unit') or 'unidad'}" if component["kind"] == "flat" else ""


def _help(component: dict[str, Any], months: Sequence[int]) -> str:
    """How often the price is charged, and of what."""
    parts = int(component.get("parts") or 1)
    of = "Del valor declarado. " if component["kind"] == "ad_valorem" else ""
    if parts > 1:
        return f"{of}Por año; se cobra en {parts} partes."
    if component["kind"] == "flat":
        return "Según lo que marque el medidor."
    return f"{of}Cada mes." if len(months) == MONTHLY else of


def _unless_equal(service: str, tariff: str) -> str:
    """The service's name, but where the tariff has the same."""
    return "" if service == tariff else service


class PricesForm(forms.Form):
    """All boxes of all sketches. What stays at zero is not charged; a tariff without any price stays a draft."""

    def __init__(self, *args: Any, drafts: tuple[Sketch, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._drafts = drafts
        for sketch in drafts:
            for box, component in zip(sketch.boxes, sketch.version.definition["components"], strict=True):
                self.fields[box] = NumberField(
                    label=component.get("name") or component["code"],
                    help_text=_help(component, sketch.version.tariff.service.billing_months),
                    unit=_unit(component, sketch.version.definition),
                    places=PLACES,
                    initial=Decimal(str(component[PRICED[component["kind"]]])),
                )

    def sections(self) -> list[dict[str, Any]]:
        """The boxes by tariff."""
        return [
            {
                "title": sketch.version.tariff.name,
                "note": _unless_equal(sketch.version.tariff.service.name, sketch.version.tariff.name),
                "fields": [self[box] for box in sketch.boxes],
            }
            for sketch in self._drafts
        ]

    def priced(self) -> list[tuple[TariffVersion, dict[str, Any]]]:
        """The drafts that got a price, with their definitions as they are to be published."""
        found = []
        for sketch in self._drafts:
            values = [self.cleaned_data[box] for box in sketch.boxes]
            if any(values):
                definition = sketch.version.definition
                components = [
                    component | {PRICED[component["kind"]]: f"{value:f}"}
                    for component, value in zip(definition["components"], values, strict=True)
                ]
                found.append((sketch.version, definition | {"components": components}))
        return found
