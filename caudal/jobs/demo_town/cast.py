"""The parts that are cast: a citizen with two houses who represents a company, and one who pays ahead."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from caudal.jobs.demo_town.places import Habit, Site
from caudal.jobs.demo_town.prices import HOME, SHOP
from caudal.registry.operations import PartyData

# The places of their sites in the order in which the town was built.
MARIAS_HOUSE, MARIAS_SHOP, MARIAS_SECOND_HOUSE, CARLOS_HOUSE = 3, 6, 9, 12
_SITES: Final[Mapping[int, dict[str, Any]]] = {
    MARIAS_HOUSE: {"category": HOME, "habit": Habit.FORGOT, "size": "12", "daily_m3": 0.8, "sewer": True},
    MARIAS_SECOND_HOUSE: {"category": HOME, "habit": Habit.FORGOT, "size": "12", "daily_m3": 0.45},
    MARIAS_SHOP: {"category": SHOP, "habit": Habit.PUNCTUAL, "size": "19", "daily_m3": 0.9},
    CARLOS_HOUSE: {"category": HOME, "habit": Habit.AHEAD, "size": "12", "daily_m3": 0.6},
}
_PEOPLE: Final[Mapping[int, PartyData]] = {
    MARIAS_HOUSE: PartyData(
        given_names="María de los Ángeles",
        surnames="Fernández-Guardia Echandi",
        identification_type="cedula",
        identification="1-0832-0456",
        email="maria.fernandez-guardia@correo.example",
        phone="8834-2210",
    ),
    MARIAS_SHOP: PartyData(
        kind="juridical",
        legal_name="Bazar y Librería Los Ángeles de Río Claro Sociedad Anónima",
        identification_type="juridica",
        identification="3-101-412876",
        email="bazar.losangeles@correo.example",
        phone="2777-0344",
    ),
    CARLOS_HOUSE: PartyData(
        given_names="Carlos Alberto",
        surnames="Jiménez Mora",
        identification_type="cedula",
        identification="6-0214-0377",
        email="carlos.jimenez@correo.example",
        phone="8790-1145",
    ),
}


def is_cast(site: Site) -> bool:
    """Whether somebody with a part lives there."""
    return site.order in _SITES


def as_cast(site: Site) -> Site:
    """The site as its part wants it."""
    changes = _SITES.get(site.order)
    return replace(site, rented=False, **changes) if changes else site


def person(site: Site) -> PartyData | None:
    """Who holds the account of a cast site."""
    found = _PEOPLE.get(site.order)
    return replace(found, address=site.address) if found else None
