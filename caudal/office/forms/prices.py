"""The prices of tariffs in preparation, one box for each plain number of their definitions."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django import forms

from caudal.office.forms.fields import NumberField
from caudal.tariffs.models import TariffVersion

# Which key of a component holds its price, and how the box is called.
PRICED: Final = {
    "fixed": ("amount", "monto"),
    "flat": ("price", "precio por unidad"),
    "ad_valorem": ("rate", "porcentaje"),
}
PLACES: Final = 6


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
    return isinstance(component.get(PRICED[component["kind"]][0]), (str, int))


class PricesForm(forms.Form):
    """All boxes of all sketches. What stays at zero is not charged; a tariff without any price stays a draft."""

    def __init__(self, *args: Any, drafts: tuple[Sketch, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._drafts = drafts
        for sketch in drafts:
            for box, component in zip(sketch.boxes, sketch.version.definition["components"], strict=True):
                key, word = PRICED[component["kind"]]
                label = f"{component.get('name') or component['code']}, {word}"
                initial = Decimal(str(component[key]))
                self.fields[box] = NumberField(label=label, places=PLACES, initial=initial)

    def sections(self) -> list[dict[str, Any]]:
        """The boxes by tariff."""
        return [
            {
                "title": sketch.version.tariff.name,
                "note": sketch.version.tariff.service.name,
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
                    component | {PRICED[component["kind"]][0]: f"{value:f}"}
                    for component, value in zip(definition["components"], values, strict=True)
                ]
                found.append((sketch.version, definition | {"components": components}))
        return found
