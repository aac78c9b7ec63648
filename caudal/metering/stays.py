"""An installation as the reading checks see it: its accepted readings in order, and the habits before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import Case, IntegerField, QuerySet, Value, When

from caudal.common import sql
from caudal.kernel.readings import AcceptedReading, MeterHistory, history_of, intervals
from caudal.metering.models import Reading

HISTORY_READINGS: Final = 26
# On one day a meter is first put in, then read, then taken out.
ROLE_ORDER: Final = {"first": 0, "regular": 1, "final": 2}


@dataclass(slots=True)
class Stay:
    """An installation while a batch goes through it: its accepted readings grow, its history follows."""

    installation_id: int
    connection_id: int
    installed_on: date
    removed_on: date | None
    digits: int
    limit_m3: Decimal | None
    own: list[AcceptedReading] = field(default_factory=list)
    before: list[AcceptedReading] = field(default_factory=list)
    other_digits: dict[int, int] = field(default_factory=dict)

    def history(self) -> MeterHistory:
        """What the checks need to know, from the latest readings."""
        habits = [reading for reading in self.before if not reading.estimated]
        earlier = intervals(habits, digits=self.other_digits) if habits else ()
        return history_of(self.own[-HISTORY_READINGS:], digits=self.digits, earlier=earlier)

    def spans(self, day: date) -> bool:
        """Whether the meter was there: the day it was taken away counts."""
        return self.installed_on <= day and (self.removed_on is None or day <= self.removed_on)


def load_stays(installation_ids: Sequence[int]) -> dict[int, Stay]:
    """The installations with their latest accepted readings, and those of the meters before them."""
    params = {"installations": list(installation_ids), "latest": HISTORY_READINGS}
    stays: dict[int, Stay] = {}
    for *place, its_digits, key, of, read_on, register, estimated, rolled_over in sql.rows(
        "metering/reading_history", params
    ):
        stay = stays.get(place[0]) or stays.setdefault(place[0], Stay(*place))
        if key is None:
            continue
        accepted = AcceptedReading(key, of, read_on, register, estimated, rolled_over)
        if of == stay.installation_id:
            stay.own.append(accepted)
        else:
            stay.before.append(accepted)
            stay.other_digits[of] = its_digits
    return stays


def in_order(readings: QuerySet[Reading]) -> QuerySet[Reading]:
    """Readings of one installation as they follow each other."""
    whens = [When(role=role, then=Value(order)) for role, order in ROLE_ORDER.items()]
    return readings.order_by("read_on", Case(*whens, output_field=IntegerField()), "pk")


def as_accepted(reading: Reading) -> AcceptedReading:
    """The kernel's view of a reading."""
    return AcceptedReading(
        key=reading.pk,
        installation=reading.installation_id,
        read_on=reading.read_on,
        register=reading.register,
        estimated=reading.source == "estimated",
        rolled_over=reading.rollover,
    )
