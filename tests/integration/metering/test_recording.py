"""Readings come in: what fits is accepted and chained, what does not waits with an alert."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.common.actor import SYSTEM
from caudal.metering.models import Alert, Installation, Reading
from caudal.metering.operations.connections import ConnectionData, create_connection
from caudal.metering.operations.meters import MeterData, Register, install_meter
from caudal.metering.operations.readings import (
    Batch,
    NewReading,
    OutsideStay,
    Recorded,
    UnknownInstallation,
    record_readings,
)

pytestmark = pytest.mark.django_db


def installed(serial: str = "A-1", *, limit: str | None = None, first: str = "100") -> Installation:
    connection = create_connection(data=ConnectionData(limit_m3=Decimal(limit) if limit else None))
    return install_meter(
        connection_id=connection.pk,
        meter=MeterData(serial=serial, digits=5),
        first=Register(date(2026, 1, 1), Decimal(first)),
        by=SYSTEM,
    )


def record(
    stay: Installation, *registers: tuple[date, str], on: date = date(2026, 12, 31)
) -> tuple[Recorded, ...]:
    readings = [NewReading(stay.pk, day, Decimal(value)) for day, value in registers]
    return record_readings(readings=readings, batch=Batch(source="manual", on=on), by=SYSTEM)


def monthly(stay: Installation, use: int, months: int) -> None:
    record(stay, *[(date(2026, 1 + m, 28), str(100 + use * m)) for m in range(1, months + 1)])


def test_a_year_of_readings_given_in_any_order_is_one_chain() -> None:
    stay = installed()
    recorded = record(stay, (date(2026, 3, 1), "131"), (date(2026, 2, 1), "112.5"), (date(2026, 4, 1), "131"))
    assert [r.state for r in recorded] == ["accepted"] * 3
    assert [r.volume for r in recorded] == [Decimal("12.5"), Decimal("18.5"), Decimal(0)]
    stored = Reading.objects.filter(installation=stay).order_by("read_on")
    assert [r.previous_id for r in stored][1:] == [r.pk for r in stored][:-1]


def test_a_register_below_the_one_before_waits_with_an_alert() -> None:
    stay = installed()
    (recorded,) = record(stay, (date(2026, 2, 1), "90"))
    reading = Reading.objects.get(pk=recorded.id)
    assert (reading.state, reading.volume, reading.findings) == ("pending", None, ["below_previous"])
    alert = Alert.objects.get(reading=reading)
    assert alert.kind == "inconsistent"
    assert alert.detail["findings"] == [
        {"code": "below_previous", "previous": "100.000", "previous_on": "2026-01-01"}
    ]


def test_what_follows_a_doubtful_reading_is_chained_to_the_accepted_one_before_it() -> None:
    stay = installed()
    _first, doubtful, last = record(
        stay, (date(2026, 2, 1), "110"), (date(2026, 3, 1), "95"), (date(2026, 4, 1), "130")
    )
    assert doubtful.state == "pending"
    assert (last.state, last.volume) == ("accepted", Decimal(20))


def test_use_above_the_limit_is_accepted_and_its_excess_is_told() -> None:
    stay = installed(limit="6000", first="11018")
    (recorded,) = record(stay, (date(2026, 2, 1), "23060"))
    assert (recorded.state, recorded.volume) == ("accepted", Decimal(12042))
    assert Alert.objects.get(kind="excess").detail == {
        "volume_m3": "12042.000",
        "limit_m3": "6000.000",
        "excess_m3": "6042.000",
    }


def test_use_within_the_limit_raises_nothing() -> None:
    record(installed(limit="6000", first="11018"), (date(2026, 2, 1), "12042"))
    assert not Alert.objects.exists()


def test_five_times_the_usual_waits_for_a_person() -> None:
    stay = installed()
    monthly(stay, 20, 6)
    (recorded,) = record(stay, (date(2026, 8, 28), "330"))
    assert recorded.state == "pending"
    assert Alert.objects.get().kind == "anomaly"


def test_history_billed_elsewhere_is_taken_however_unusual_but_never_when_it_cannot_be() -> None:
    stay = installed()
    monthly(stay, 20, 6)
    batch = Batch(source="imported", on=date(2026, 12, 31), accept_unusual=True)
    high, falling = record_readings(
        readings=[
            NewReading(stay.pk, date(2026, 8, 28), Decimal(900)),
            NewReading(stay.pk, date(2026, 9, 28), Decimal(10)),
        ],
        batch=batch,
        by=SYSTEM,
    )
    assert (high.state, high.volume) == ("accepted", Decimal(680))
    assert falling.state == "pending"


def test_the_day_of_a_reading_cannot_be_in_the_future() -> None:
    (recorded,) = record(installed(), (date(2026, 3, 1), "110"), on=date(2026, 2, 28))
    assert [f.code for f in recorded.findings] == ["future"]


def test_a_reading_from_before_the_meter_came_is_refused() -> None:
    stay = installed()
    with pytest.raises(OutsideStay):
        record(stay, (date(2025, 12, 31), "99"))


def test_a_reading_of_no_meter_stores_nothing_of_its_batch() -> None:
    stay = installed()
    readings = [
        NewReading(stay.pk, date(2026, 2, 1), Decimal(110)),
        NewReading(stay.pk + 1, date(2026, 2, 1), Decimal(5)),
    ]
    with pytest.raises(UnknownInstallation):
        record_readings(readings=readings, batch=Batch(source="manual", on=date(2026, 3, 1)), by=SYSTEM)
    assert Reading.objects.count() == 1


def test_a_new_meter_is_judged_by_the_habits_of_the_house() -> None:
    old = installed()
    monthly(old, 20, 6)
    old.removed_on = date(2026, 7, 28)
    old.save()
    new = install_meter(
        connection_id=old.connection_id,
        meter=MeterData(serial="B-2"),
        first=Register(date(2026, 7, 28), Decimal(0)),
        by=SYSTEM,
    )
    usual, far = record(new, (date(2026, 8, 28), "20"), (date(2026, 9, 28), "200"))
    assert usual.state == "accepted"
    assert [f.code for f in far.findings] == ["far_above"]
