"""The monthly round of the meter reader, and what the supervisor decides the day after about what looks strange."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from caudal.common.actor import Actor
from caudal.jobs.demo_town.cast import is_cast
from caudal.jobs.demo_town.pictures import photograph
from caudal.jobs.demo_town.residents import House
from caudal.jobs.demo_town.usage import Water
from caudal.kernel.periods import ONE_DAY
from caudal.kernel.readings import Code
from caudal.metering.operations.alerts import resolve_alert
from caudal.metering.operations.meters import MeterData, Register
from caudal.metering.operations.readings import Batch, NewReading, Recorded
from caudal.metering.queries.readings import open_alerts
from caudal.workflows import readings
from caudal.workflows.customers import change_meter

# The sectors are read one a day; the last one two days before the bills.
FIRST_SECTOR_DAYS_BEFORE: Final = 6
NOT_READ: Final = 0.012
MISREAD: Final = 0.006
CHANGED_A_ROUND: Final = 0.0022
# Only who was there for some months has habits that a reading can be compared with.
KNOWN_FOR: Final = timedelta(days=150)
# A meter of four digits is about to begin again at zero: it is left in its place for that.
SHORT_METER: Final = 4
# The last rounds, of which there are photos.
PHOTOGRAPHED: Final = 3
MANUAL, AUTOMATIC = "manual", "automatic"
TELEMETRY: Final = Actor(id=None, label="Telemetría")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reading that waits, and what the meter really showed."""

    recorded: Recorded
    shown: Decimal


@dataclass(slots=True)
class Rounds:
    """Reads every meter before each run. `doubts` wait for the supervisor by the day on which she looks."""

    houses: Sequence[House]
    water: Water
    run_days: Sequence[date]
    staff: Mapping[str, Actor]
    doubts: dict[date, list[Doubt]] = field(default_factory=lambda: defaultdict(list))
    _chance: Random = field(default_factory=lambda: Random("rounds"))

    def live(self, day: date) -> None:
        """Decide what came in yesterday, change worn meters, read the sector of the day."""
        for doubt in self.doubts.pop(day, ()):
            self._decide(doubt)
        for run_day in self.run_days:
            sector = FIRST_SECTOR_DAYS_BEFORE - (run_day - day).days
            if 0 <= sector < FIRST_SECTOR_DAYS_BEFORE - 1:
                self._read(day, [h for h in self.houses if h.site.sector == sector])
            if day == run_day != self.run_days[-1]:
                self._close_alerts()

    def _read(self, day: date, houses: Sequence[House]) -> None:
        seen: dict[str, list[NewReading]] = {MANUAL: [], AUTOMATIC: []}
        shown: dict[int, Decimal] = {}
        for house in houses:
            if house.site.starts_on >= day or self._chance.random() < NOT_READ:
                continue
            self.water.run(house, until=day)
            if house.digits > SHORT_METER and self._chance.random() < CHANGED_A_ROUND:
                self._change(house, day)
                continue
            shown[house.installation_id] = house.register
            source = AUTOMATIC if house.site.telemetry else MANUAL
            seen[source].append(NewReading(house.installation_id, day, self._as_read(house, day)))
        for source, found in seen.items():
            if found:
                batch = Batch(source=source, on=day)
                by = TELEMETRY if source == AUTOMATIC else self.staff["reader"]
                recorded = readings.record_readings(readings=found, batch=batch, by=by)
                self._photograph(day, recorded, houses)
                self.doubts[day + ONE_DAY] += [
                    Doubt(each, shown[each.reading.installation_id])
                    for each in recorded
                    if each.state == "pending"
                ]

    def _photograph(self, day: date, recorded: Sequence[Recorded], houses: Sequence[House]) -> None:
        """Lately the reader takes a photo of some meters: of those with a part, and of what looks strange."""
        if day < self.run_days[-PHOTOGRAPHED:][0] - timedelta(days=FIRST_SECTOR_DAYS_BEFORE):
            return
        by_stay = {house.installation_id: house for house in houses}
        for each in recorded:
            house = by_stay[each.reading.installation_id]
            if not house.site.telemetry and (is_cast(house.site) or each.state == "pending"):
                photograph(house, reading_id=each.id, register=each.reading.register, by=self.staff["reader"])

    def _as_read(self, house: House, day: date) -> Decimal:
        """The register as it was written down: now and then two digits change places."""
        too_new = day - house.site.starts_on < KNOWN_FOR
        if house.site.telemetry or too_new or self._chance.random() >= MISREAD:
            return house.register
        digits = list(f"{house.register:0{house.digits}f}")
        digits[-3], digits[-4] = digits[-4], digits[-3]
        return Decimal("".join(digits))

    def _change(self, house: House, day: date) -> None:
        """A worn meter makes room for a new one."""
        serial = f"{day:%y}-{700_000 + house.site.order}"
        stay = change_meter(
            installation_id=house.installation_id,
            final=Register(day, house.register),
            meter=MeterData(serial=serial, brand="Zenner", digits=5),
            first=Decimal(0),
            by=self.staff["service"],
        )
        house.installation_id, house.serial, house.digits = stay.pk, serial, 5
        house.counted = 0.0

    def _decide(self, doubt: Doubt) -> None:
        key, by = doubt.recorded.id, self.staff["supervisor"]
        codes = {finding.code for finding in doubt.recorded.findings}
        rolled = Code.ROLLOVER_SUSPECTED in codes
        if doubt.shown != doubt.recorded.reading.register:
            note = "Se volvió a leer: dos cifras estaban cambiadas."
            readings.correct_reading(reading_id=key, register=doubt.shown, note=note, by=by)
        elif rolled:
            readings.confirm_rollover(reading_id=key, note="El medidor dio la vuelta.", by=by)
        else:
            readings.accept_reading(reading_id=key, note=_reason(codes), by=by)

    def _close_alerts(self) -> None:
        """By the day of the run somebody has called about each excess."""
        for alert in open_alerts().exclude(reading__state="pending"):
            resolve_alert(
                alert_id=alert.pk,
                resolution="Se informó al abonado; consumo confirmado.",
                by=self.staff["supervisor"],
            )


def _reason(codes: set[Code]) -> str:
    if Code.FAR_ABOVE in codes:
        return "Fuga después del medidor, confirmada en la visita."
    if codes & {Code.ZERO_AFTER_USE, Code.UNCHANGED}:
        return "Casa desocupada, según los vecinos."
    return "Lectura confirmada en la visita."
