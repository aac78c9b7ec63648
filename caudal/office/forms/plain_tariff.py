"""A tariff as most towns write it: an amount a month, prices by use, a share of another service, a least amount.

What these fields cannot say is written as a file (`forms.tariffs.VersionForm`); what they can, they leave otherwise as
it was: codes, names and rules that are not asked here stay.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms

from caudal.kernel.pricing import InvalidTariff, Tariff, load_tariff
from caudal.office.forms.fields import DayField, NumberField
from caudal.tariffs.models import Service
from caudal.tariffs.sentences import problem_sentence

BLOCKS: Final = 6
MADE_OF: Final = ("fixed", "use", "percent", "at_least")
_SAID: Final = {"kind", "code", "name", "taxable"}
_ASKED: Final = {
    "fixed": {"amount"},
    "flat": {"price"},
    "blocks": {"blocks"},
    "percent": {"percent", "service"},
    "at_least": {"amount"},
}
_NEW: Final[Mapping[str, dict[str, Any]]] = {
    "fixed": {"code": "cargo-fijo", "name": "Cargo fijo"},
    "use": {"code": "consumo", "name": "Consumo"},
    "percent": {"code": "porcentaje"},
    "at_least": {"code": "minimo", "name": "Cobro mínimo"},
}


def plain_values(definition: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields that say a definition; None where it says more than they can."""
    found = _by_part(definition.get("components", ()))
    if found is None:
        return None
    values: dict[str, Any] = {}
    if fixed := found.get("fixed"):
        values["fixed"] = Decimal(fixed["amount"])
    if percent := found.get("percent"):
        values |= {"percent": Decimal(percent["percent"]), "percent_of": percent["service"]}
    if least := found.get("at_least"):
        values["least"] = Decimal(least["amount"])
    use = found.get("use", {"blocks": ()})
    for n, block in enumerate(use.get("blocks", [use]), start=1):
        values[f"price_{n}"] = Decimal(block["price"])
        if "upto" in block:
            values[f"upto_{n}"] = Decimal(block["upto"])
    return values


def _by_part(components: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]] | None:
    """The components by what the form calls them; None unless each is there once, in order, and said plainly."""
    parts = [_part(component) for component in components]
    known = [part for part in MADE_OF if part in parts]
    if parts != known or not all(_is_plain(component) for component in components):
        return None
    return dict(zip(known, components, strict=True))


def _part(component: Mapping[str, Any]) -> str:
    kind = str(component.get("kind"))
    return "use" if kind in ("flat", "blocks") else kind


def _is_plain(component: Mapping[str, Any]) -> bool:
    asked = _ASKED[str(component["kind"])]
    if not asked <= set(component) <= asked | _SAID:
        return False
    if component["kind"] != "blocks":
        return all(isinstance(component[name], str | int) for name in asked)
    blocks = component["blocks"]
    return (
        isinstance(blocks, list)
        and len(blocks) <= BLOCKS
        and all(
            set(block) <= {"upto", "price"} and isinstance(block.get("price"), str | int) for block in blocks
        )
    )


class PlainVersionForm(forms.Form):
    """A version of a tariff by fields. What is wrong with it is listed in `problems`."""

    valid_from = DayField(label="Rige desde")
    fixed = NumberField(label="Cargo fijo por mes", places=6, required=False)
    percent = NumberField(label="Porcentaje de otro servicio", places=4, required=False, unit="%")
    percent_of = forms.ChoiceField(label="De cuál servicio", required=False)
    least = NumberField(label="Cobro mínimo por mes", places=6, required=False)

    problems: tuple[str, ...] = ()
    tariff: Tariff | None = None

    def __init__(self, data: Any = None, *, base: dict[str, Any], initial: Mapping[str, Any]) -> None:
        """`base`: the definition that is changed; its fields must be plain (`plain_values`)."""
        values = plain_values(base)
        assert values is not None, "only a plain tariff is edited by fields"
        super().__init__(data, initial={**values, **initial})
        self.base = base
        services = Service.objects.values_list("code", "name")
        self.fields["percent_of"].choices = [("", "—"), *services]  # type: ignore[attr-defined]  # a ChoiceField
        for n in range(1, BLOCKS + 1):
            self.fields[f"upto_{n}"] = NumberField(label=f"Hasta, bloque {n}", required=False)
            self.fields[f"price_{n}"] = NumberField(label="Precio de cada uno", places=6, required=False)

    def clean(self) -> dict[str, Any]:
        """Whether the fields make a tariff; a draft may wait for its prices."""
        given: dict[str, Any] = self.cleaned_data
        if given.get("percent") and not given.get("percent_of"):
            self.add_error("percent_of", "Diga de cuál servicio es el porcentaje.")
        for n in range(1, BLOCKS + 1):
            if given.get(f"upto_{n}") is not None and given.get(f"price_{n}") is None:
                self.add_error(f"price_{n}", "Escriba el precio de este bloque.")
        if not self.errors:
            try:
                self.tariff = load_tariff(json.dumps(self.content()))
            except InvalidTariff as wrong:
                self.problems = tuple(problem_sentence(problem) for problem in wrong.problems)
        return given

    def content(self) -> dict[str, Any]:
        """The definition as it is stored: every number as text."""
        before = _by_part(self.base.get("components", ())) or {}
        components = []
        for part, said in self._parts().items():
            kept = {key: value for key, value in before.get(part, _NEW[part]).items() if key in _SAID}
            components.append({**kept, **said})
        return {**self.base, "components": components}

    def _parts(self) -> dict[str, dict[str, Any]]:
        given = self.cleaned_data
        parts: dict[str, dict[str, Any]] = {}
        if given.get("fixed") is not None:
            parts["fixed"] = {"kind": "fixed", "amount": f"{given['fixed']:f}"}
        if blocks := self._blocks():
            alone = len(blocks) == 1 and "upto" not in blocks[0]
            parts["use"] = {"kind": "flat", **blocks[0]} if alone else {"kind": "blocks", "blocks": blocks}
        if given.get("percent") is not None:
            percent, service = f"{given['percent']:f}", given["percent_of"]
            parts["percent"] = {"kind": "percent", "percent": percent, "service": service}
        if given.get("least") is not None:
            parts["at_least"] = {"kind": "at_least", "amount": f"{given['least']:f}"}
        return parts

    def _blocks(self) -> list[dict[str, str]]:
        blocks = []
        for n in range(1, BLOCKS + 1):
            price, upto = self.cleaned_data.get(f"price_{n}"), self.cleaned_data.get(f"upto_{n}")
            if price is not None:
                limit = {} if upto is None else {"upto": f"{upto:f}"}
                blocks.append({**limit, "price": f"{price:f}"})
        return blocks

    def sections(self) -> list[dict[str, Any]]:
        """The fields in groups, as the form parts show them."""
        rows = [name for n in range(1, BLOCKS + 1) for name in (f"upto_{n}", f"price_{n}")]
        note = (
            "Un precio por bloque de consumo. «Hasta» incluye su límite; en el último bloque queda vacío. "
            "Con un solo precio, vale para todo el consumo."
        )
        own = [name for name in ("service", "name", "code") if name in self.fields]
        return [
            self._section("Versión", "", *own, "valid_from"),
            self._section("Cada mes", "Lo que se cobra aunque no haya consumo.", "fixed", "least"),
            {**self._section("Por el consumo", note, *rows), "pairs": True},
            self._section(
                "Sobre otro servicio",
                "El alcantarillado, por ejemplo, como parte del agua.",
                "percent",
                "percent_of",
            ),
        ]

    def _section(self, title: str, note: str, *names: str) -> dict[str, Any]:
        return {"title": title, "note": note, "fields": [self[name] for name in names]}


class NewPlainTariffForm(PlainVersionForm):
    """A tariff with its first version, by fields."""

    service = forms.ModelChoiceField(Service.objects.all(), label="Servicio")
    name = forms.CharField(label="Nombre", max_length=100)
    code = forms.SlugField(label="Código", max_length=60, help_text="Letras, números y guiones.")

    def content(self) -> dict[str, Any]:
        service = self.cleaned_data.get("service")
        unit = (service.unit if service else "") or "mes"
        return {**super().content(), "name": self.cleaned_data.get("name", ""), "unit": unit}
