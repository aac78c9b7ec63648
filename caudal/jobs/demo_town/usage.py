"""What runs through the meters: by day, with the seasons of the Pacific coast, leaks, empty houses and chance."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from caudal.jobs.demo_town.places import Site
from caudal.jobs.demo_town.prices import HOME, PUBLIC, SHOP
from caudal.jobs.demo_town.residents import House
from caudal.kernel.periods import ONE_DAY

# From January to December: dry summers, wet winters; schools close in January and July, cabins fill in summer.
SEASONS: Final = {
    HOME: (1.12, 1.15, 1.18, 1.1, 1.0, 0.96, 0.98, 0.94, 0.93, 0.9, 0.95, 1.08),
    SHOP: (1.2, 1.18, 1.15, 1.12, 0.95, 0.92, 1.05, 0.95, 0.85, 0.82, 0.92, 1.22),
    PUBLIC: (0.45, 0.95, 1.1, 1.1, 1.05, 1.0, 0.8, 1.0, 1.0, 1.0, 1.0, 0.55),
}
LEAKS_A_YEAR: Final = 0.05
EMPTY_A_YEAR: Final = 0.04


@dataclass(frozen=True, slots=True)
class Trouble:
    """Days on which a house uses another multiple of what it ordinarily does."""

    start: date
    end: date
    factor: float


class Water:
    """How much each house uses on each day; the same for the same town."""

    def __init__(self, *, first_day: date, last_day: date) -> None:
        self._chance = Random("water")
        self._days = (last_day - first_day).days
        self._first = first_day
        self._troubles: dict[int, list[Trouble]] = {}

    def run(self, house: House, *, until: date) -> None:
        """Let the meter count up to the morning of a day."""
        site, day = house.site, house.counted_until
        troubles = self._troubles.get(site.order)
        if troubles is None:
            troubles = self._troubles[site.order] = self._draw(site)
        while day < until:
            season = SEASONS[site.category][day.month - 1] * self._chance.uniform(0.7, 1.3)
            factor = next((t.factor for t in troubles if t.start <= day < t.end), 1.0)
            house.counted += site.daily_m3 * season * factor
            day += ONE_DAY
        house.counted_until = max(until, house.counted_until)

    def _draw(self, site: Site) -> list[Trouble]:
        """Leaks of some weeks, and months in which nobody is there."""
        chance = Random(f"trouble of {site.order}")
        years = self._days / 365
        found = []
        if chance.random() < LEAKS_A_YEAR * years:
            found.append(self._some(chance, (20, 55), chance.uniform(4.5, 9)))
        if chance.random() < EMPTY_A_YEAR * years:
            found.append(self._some(chance, (45, 150), 0.0))
        return found

    def _some(self, chance: Random, length: tuple[int, int], factor: float) -> Trouble:
        start = self._first + timedelta(days=chance.randrange(max(self._days, 1)))
        return Trouble(start, start + timedelta(days=chance.randint(*length)), factor)
