"""Lives the town's two years: each day people move in, meters are read, bills go out, money comes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection

from caudal.common.actor import Actor
from caudal.jobs.demo_town.billing import Runs, run_days
from caudal.jobs.demo_town.corrections import Corrections
from caudal.jobs.demo_town.office import open_office
from caudal.jobs.demo_town.places import sites
from caudal.jobs.demo_town.present import (
    forget_old_mails,
    leave_drafts,
    read_again,
    send_his_own,
    send_telemetry,
)
from caudal.jobs.demo_town.prices import publish_tariffs
from caudal.jobs.demo_town.residents import Residents
from caudal.jobs.demo_town.rounds import Rounds
from caudal.jobs.demo_town.till import Till
from caudal.jobs.demo_town.usage import Water
from caudal.kernel.periods import ONE_DAY, Span, months_later
from caudal.registry.context import activate_town_timezone

COUNT: Final = 400
MONTHS: Final = 24
BASE_URL: Final = "http://127.0.0.1:8000"
# From the day on which the first people come to the nominal date that the first bill's month begins with.
DAYS_BEFORE: Final = 5
SETTLING: Final = timedelta(days=20)
LONGEST_MONTH: Final = timedelta(days=31)

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class TownSize:
    """How many connections, and how many monthly runs lie behind them."""

    connections: int = COUNT
    months: int = MONTHS


FULL: Final = TownSize()


def load_town(*, today: date, step: Step, base_url: str = BASE_URL, size: TownSize = FULL) -> None:
    """Fill an empty, migrated database with the town as of `today`. `step(done, total)` tells how far, in days."""
    with _quick_commits():
        staff = open_office(today=today, base_url=base_url)
        activate_town_timezone()
        life = _Life(today, size, staff)
        total = life.span.days
        for done, day in enumerate(life.span.each_day(), start=1):
            life.live(day)
            step(done, total)
        life.come_to_the_present()


class _Life:
    """The parts of the town's life, which the days go through in one order."""

    def __init__(self, today: date, size: TownSize, staff: Mapping[str, Actor]) -> None:
        self.staff, self.today = staff, today
        self.bills = run_days(code="water", after=today - LONGEST_MONTH * (size.months + 1), upto=today)[
            -size.months :
        ]
        first_day = months_later(self.bills[0], -1) - timedelta(days=DAYS_BEFORE)
        self.span = Span(first_day, today + ONE_DAY)
        tariffs = publish_tariffs(start=first_day, today=today, by=staff["billing"])
        places = sites(count=size.connections, first_day=first_day, last_day=today)
        self.residents = Residents(places, tariffs, staff["service"])
        self.houses = self.residents.houses
        self.water = Water(first_day=first_day, last_day=today)
        self.rounds = Rounds(self.houses, self.water, self.bills, staff)
        self.runs = Runs(first_day + SETTLING, today, staff)
        spoilt = frozenset(len(self.bills) * part // 6 for part in (1, 3)) | {len(self.bills) - 1}
        self.corrections = Corrections(self.houses, self.runs, spoilt)
        self.till = Till(self.houses, len(self.bills), staff)

    def live(self, day: date) -> None:
        """One day: people move in, meters are read, what was wrong is corrected, bills go out, money comes."""
        for part in (self.residents, self.rounds, self.corrections, self.runs):
            part.live(day)
        if day in self.bills:
            self.till.bills_out(day)
            self.corrections.bills_out(day)
        self.till.live(day)

    def come_to_the_present(self) -> None:
        """Leave something to do today."""
        send_telemetry(self.houses, self.water, self.today)
        read_again(self.houses, self.water, self.today, self.staff["reader"])
        send_his_own(self.houses, self.water, self.today)
        leave_drafts(self.houses, self.staff)
        forget_old_mails(before=self.bills[-1], by=self.staff["billing"])


@contextmanager
def _quick_commits() -> Iterator[None]:
    """Commits that need not reach the disk one by one: a load that is cut short is done again anyway."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
