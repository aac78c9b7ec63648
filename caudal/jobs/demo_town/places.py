"""Where people live: sectors with two routes each, addresses as the town gives them, houses with what they use."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from random import Random
from typing import Final

from caudal.jobs.demo_town.prices import HOME, PUBLIC, SHOP, SIZES

ROUTES_OF_A_SECTOR: Final = 2
ORDER_STEP: Final = 10


@dataclass(frozen=True, slots=True)
class Sector:
    """A zone: its share of the houses, whether a sewer passes, and what people tell the way by."""

    code: str
    name: str
    share: int
    sewer: bool
    landmarks: tuple[str, ...]


SECTORS: Final = (
    Sector("01", "Río Claro centro", 32, True, ("la Iglesia Católica", "el parque central", "el Banco Nacional")),
    Sector("02", "Barrio Las Mercedes", 24, True, ("la Escuela Las Mercedes", "la plaza de deportes", "el Ebais")),
    Sector("03", "Santa Rosa", 18, True, ("la Iglesia de Santa Rosa", "el salón comunal", "el puente de hamaca")),
    Sector("04", "El Carmen", 14, False, ("el cruce de El Carmen", "la antigua estación", "la pulpería La Guaria")),
    Sector("05", "San Rafael", 12, False, ("el mirador de San Rafael", "la toma de agua", "la finca El Ceibo")),
)  # fmt: skip
COLOURS: Final = (
    "verde",
    "celeste",
    "color crema",
    "terracota",
    "blanca con portón negro",
    "de madera",
    "rosada",
)


class Habit(Enum):
    """How a household pays its bills."""

    PUNCTUAL = "punctual"
    ON_THE_LAST_DAY = "on the last day"
    LATE = "late"
    EVERY_OTHER_MONTH = "every other month"
    AHEAD = "ahead"
    GAVE_UP = "gave up"
    FORGOT = "forgot the last month"


HABITS: Final = (
    (Habit.PUNCTUAL, 0.66),
    (Habit.ON_THE_LAST_DAY, 0.17),
    (Habit.LATE, 0.045),
    (Habit.EVERY_OTHER_MONTH, 0.03),
    (Habit.AHEAD, 0.04),
    (Habit.GAVE_UP, 0.055),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A house, a shop or a school with its connection, as it is before anything happens to it.

    `order` counts all sites of the town, `daily_m3` is what it uses on an ordinary day, `telemetry`: its meter sends
    its register by itself. `first_register` is what the meter showed when it was put in.
    """

    order: int
    sector: int
    route: int
    route_order: int
    address: str
    category: str
    size: str
    sewer: bool
    worth: Decimal
    daily_m3: float
    first_register: int
    digits: int
    telemetry: bool
    rented: bool
    starts_on: date
    habit: Habit


def sites(*, count: int, first_day: date, last_day: date) -> tuple[Site, ...]:
    """All sites in the order in which they came. Nine in ten are there from the first day on."""
    chance = Random(f"places of {count}")
    in_sector = [0] * len(SECTORS)
    found = []
    for order in range(count):
        sector = chance.choices(range(len(SECTORS)), weights=[s.share for s in SECTORS])[0]
        in_sector[sector] += 1
        late = order > 0.9 * count
        days = (last_day - first_day).days
        start = first_day + timedelta(days=round(days * (order / count - 0.9) * 10) if late else 0)
        found.append(_site(chance, order, sector, in_sector[sector], start))
    return tuple(found)


def _site(chance: Random, order: int, sector: int, place: int, starts_on: date) -> Site:
    category = chance.choices((HOME, SHOP, PUBLIC), weights=(85, 12, 3))[0]
    size = chance.choices(SIZES, weights=(90, 7, 2, 1) if category == HOME else (30, 40, 20, 10))[0]
    usual = {HOME: 0.62, SHOP: 1.1, PUBLIC: 1.7}[category]
    daily = min(max(chance.lognormvariate(0, 0.45) * usual, 0.12), 6.0)
    digits = 4 if chance.random() < 0.06 else 5
    rolls = digits == 4 and chance.random() < 0.6
    return Site(
        order=order,
        sector=sector,
        route=place % ROUTES_OF_A_SECTOR,
        route_order=(place // ROUTES_OF_A_SECTOR + 1) * ORDER_STEP,
        address=_address(chance, SECTORS[sector], category),
        category=category,
        size=size,
        sewer=SECTORS[sector].sewer and chance.random() < 0.92,
        worth=Decimal(round(min(max(chance.lognormvariate(3.1, 0.5), 4), 140) * 4) * 250_000),
        daily_m3=daily,
        first_register=chance.randint(9_500, 9_900) if rolls else chance.randint(0, 3_800),
        digits=digits,
        telemetry=chance.random() < 0.12,
        rented=chance.random() < 0.1,
        starts_on=starts_on,
        habit=chance.choices([h for h, _share in HABITS], weights=[s for _habit, s in HABITS])[0],
    )


def _address(chance: Random, sector: Sector, category: str) -> str:
    far, near = chance.randrange(50, 500, 25), chance.randrange(25, 150, 25)
    way, turn = chance.choice(("norte", "sur")), chance.choice(("este", "oeste"))
    house = f"casa {chance.choice(COLOURS)}" if category == HOME else "local esquinero"
    landmark = f"de {chance.choice(sector.landmarks)}".replace("de el ", "del ")
    return f"{sector.name}, {far} m {way} y {near} m {turn} {landmark}, {house}"
