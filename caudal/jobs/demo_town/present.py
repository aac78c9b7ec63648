"""The demo's today: readings that wait for the supervisor, drafts, and a past that nobody is mailed about."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import cycle
from typing import Final

from caudal.access.models import User
from caudal.common.actor import Actor
from caudal.jobs.demo_town.cast import CARLOS_HOUSE, is_cast
from caudal.jobs.demo_town.office import CARLOS
from caudal.jobs.demo_town.pictures import meter_photo, photograph
from caudal.jobs.demo_town.places import Habit
from caudal.jobs.demo_town.residents import House
from caudal.jobs.demo_town.rounds import AUTOMATIC, KNOWN_FOR, MANUAL, TELEMETRY
from caudal.jobs.demo_town.usage import Water
from caudal.kernel.periods import ONE_DAY
from caudal.metering.models import Installation
from caudal.metering.operations.readings import Batch, NewReading
from caudal.metering.photos import picture_of
from caudal.notices.operations import mark_delivered
from caudal.tariffs.models import Service
from caudal.workflows import readings
from caudal.workflows.citizens.self_readings import SentReading, send_reading
from caudal.workflows.invoices import OneOffForm, save_draft

# What is added to what a meter shows: a leak, digits that were typed wrong, a meter that was put in backwards.
WRONG: Final = (Decimal(74), Decimal(-9), Decimal(55), Decimal(900), Decimal(118), Decimal(-4))
DOUBTFUL_SHARE: Final = 40
LEAST_DOUBTFUL: Final = 3


def send_telemetry(houses: Sequence[House], water: Water, today: date) -> None:
    """Yesterday's registers of the meters that send theirs; some of them cannot be, or are a leak."""
    day = today - ONE_DAY
    sending = [house for house in _known(houses, today) if house.site.telemetry]
    _record(sending, water, day, max(LEAST_DOUBTFUL, len(houses) // DOUBTFUL_SHARE), TELEMETRY)


def read_again(houses: Sequence[House], water: Water, today: date, reader: Actor) -> None:
    """Houses that the reader went to once more, each because somebody had asked."""
    asked = [house for house in _known(houses, today) if not house.site.telemetry][:LEAST_DOUBTFUL]
    _record(asked, water, today, LEAST_DOUBTFUL - 1, reader)


def send_his_own(houses: Sequence[House], water: Water, today: date) -> None:
    """Carlos has read his meter himself: it waits for the supervisor, with his photo."""
    house = next((h for h in houses if h.site.order == CARLOS_HOUSE), None)
    if house is None:  # a town of a few houses has none of his
        return
    water.run(house, until=today)
    drawn = meter_photo(serial=house.serial, register=house.register, digits=house.digits)
    stay = Installation.objects.select_related("connection").get(pk=house.installation_id)
    sent = SentReading(installation=stay, register=house.register, picture=picture_of(drawn))
    send_reading(sent=sent, on=today, by=User.objects.get(username=CARLOS).actor)


def _known(houses: Sequence[House], today: date) -> list[House]:
    return [h for h in houses if h.site.starts_on < today - KNOWN_FOR and not is_cast(h.site)]


def _record(houses: Sequence[House], water: Water, day: date, doubtful: int, by: Actor) -> None:
    found = []
    for place, (house, wrong) in enumerate(zip(houses, cycle(WRONG), strict=False)):
        water.run(house, until=day)
        added = wrong if place < doubtful else Decimal(0)
        register = max(house.register + added, Decimal(0))
        found.append(NewReading(house.installation_id, day, register))
    source = AUTOMATIC if by is TELEMETRY else MANUAL
    recorded = readings.record_readings(readings=found, batch=Batch(source=source, on=day), by=by)
    if source == MANUAL:
        by_stay = {house.installation_id: house for house in houses}
        for each in recorded:
            house = by_stay[each.reading.installation_id]
            photograph(house, reading_id=each.id, register=each.reading.register, by=by)


def leave_drafts(houses: Sequence[House], staff: Mapping[str, Actor]) -> None:
    """Two invoices that somebody began to write: a reconnection, and a repair."""
    ids = dict(Service.objects.values_list("code", "pk"))
    gone = next((h for h in houses if h.site.habit is Habit.GAVE_UP), houses[0])
    repair = ((ids["other"], "Reparación de acometida, materiales", Decimal("38250.00")),)
    reconnection = ((ids["reconnection"], "", Decimal("12500.00")),)
    for house, lines, role in ((gone, reconnection, "billing"), (houses[-1], repair, "service")):
        form = OneOffForm(account_id=house.account_id, connection_id=house.connection_id, lines=lines)
        save_draft(form=form, by=staff[role])


def forget_old_mails(*, before: date, by: Actor) -> None:
    """What was told before the last run reached its people then; the worker sends only what came after."""
    mark_delivered(upto=before - ONE_DAY, by=by)
