"""What organisations of a kind begin with, in a country: services, words, skeletons of their tariffs. It is data.

`kinds/<kind>.json` says what the kind has in common, `countries/<CC>.json` what differs there: words, names of
services, those that do not exist, taxes, what being late costs. All of it is a setting afterwards.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import holidays as calendars
from django.utils.translation import gettext_lazy as _

from caudal.tariffs.operations import ServiceData

HERE: Final = Path(__file__).resolve().parent
EVERY_KIND: Final = "*"
YEARS_OF_HOLIDAYS: Final = 5
TITLES: Final = {
    "water-utility": _("Water utility"),
    "community-board": _("Community water board"),
    "municipality": _("Municipality"),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A kind of organisation in a country. `tariffs`: definitions with prices of zero, by the code of their tariff."""

    title: object
    locale: str
    interest_mode: str
    services: tuple[ServiceData, ...]
    vocabulary: Mapping[str, str] = field(default_factory=dict)
    tariffs: Mapping[str, dict[str, Any]] = field(default_factory=dict)


@cache
def countries() -> Mapping[str, str]:
    """Country codes with a file of their own, and their names in Spanish, in order of name."""
    named = {path.stem: str(_read(path)["name"]) for path in (HERE / "countries").glob("*.json")}
    return MappingProxyType(dict(sorted(named.items(), key=lambda pair: pair[1])))


@cache
def preset_of(kind: str, country: str = "") -> Preset:
    """What a kind begins with in a country; in one without a file, as the kind does where it is at home."""
    common = _read(HERE / "kinds" / f"{kind}.json")
    here = country if country in countries() else str(common["country"])
    local = _read(HERE / "countries" / f"{here}.json")
    without = set(local.get("without", ()))
    return Preset(
        title=TITLES[kind],
        locale=str(local["locale"]),
        interest_mode=str(common["interest_mode"]),
        services=tuple(
            _service(row, kind, local) for row in common["services"] if row["code"] not in without
        ),
        vocabulary=common["vocabulary"] | _words(local, kind),
        tariffs={
            code: _named(definition, local)
            for code, definition in common["tariffs"].items()
            if definition["service"] not in without
        },
    )


def holidays_of(country: str, *, on: date) -> tuple[str, ...]:
    """The public holidays of a country in the year of a day and the four that follow; none where nobody lists them."""
    try:
        found = calendars.country_holidays(country, years=range(on.year, on.year + YEARS_OF_HOLIDAYS))
    except NotImplementedError:
        return ()
    return tuple(day.isoformat() for day in sorted(found))


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _words(local: Mapping[str, Any], kind: str) -> dict[str, str]:
    """The country's words; those for the kind go before those for every kind."""
    words: Mapping[str, dict[str, str]] = local["vocabulary"]
    return words.get(EVERY_KIND, {}) | words.get(kind, {})


def _named(definition: Mapping[str, Any], local: Mapping[str, Any]) -> dict[str, Any]:
    """A tariff is called as its service is, where the country calls that otherwise."""
    name = local.get("names", {}).get(definition["service"], definition["name"])
    return {**definition, "name": name}


def _service(row: Mapping[str, Any], kind: str, local: Mapping[str, Any]) -> ServiceData:
    code = str(row["code"])
    late = local.get("late_policies", {}).get(kind, {}).get(code, row.get("late_policies", ()))
    facts: dict[str, Any] = {**row, "late_policies": tuple(late)}
    if code in local.get("names", {}):
        facts["name"] = local["names"][code]
    if "billing_months" in row:
        facts["billing_months"] = tuple(row["billing_months"])
    tax = local.get("tax")
    if tax and kind in tax["kinds"] and code in tax["services"]:
        facts |= {"tax_name": tax["name"], "tax_percent": Decimal(tax["percent"])}
    return ServiceData(**facts)


# Each kind where it is at home.
PRESETS: Final[Mapping[str, Preset]] = MappingProxyType({kind: preset_of(kind) for kind in TITLES})
