"""A person decides, and the chain stays right or the decision is refused."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.common.actor import SYSTEM, Actor
from caudal.metering.models import Alert, Installation, Reading
from caudal.metering.operations import review
from caudal.metering.operations.chain import BrokenRegisters
from caudal.metering.operations.connections import ConnectionData, create_connection
from caudal.metering.operations.meters import (
    MeterData,
    MeterElsewhere,
    Register,
    RemovedTooEarly,
    install_meter,
    replace_meter,
)
from caudal.metering.operations.readings import Batch, NewReading, record_readings

pytestmark = pytest.mark.django_db
SUPERVISOR = Actor(id=7, label="Luis Diego Arce")
NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def stay() -> Installation:
    connection = create_connection(data=ConnectionData(limit_m3=Decimal(50)))
    first = Register(NEW_YEAR, Decimal(99_900))
    return install_meter(
        connection_id=connection.pk, meter=MeterData(serial="M-1", digits=5), first=first, by=SYSTEM
    )


def record(stay: Installation, day: date, register: int) -> Reading:
    reading = NewReading(stay.pk, day, Decimal(register))
    batch = Batch(source="manual", on=date(2026, 12, 31))
    (recorded,) = record_readings(readings=[reading], batch=batch, by=SYSTEM)
    return Reading.objects.get(pk=recorded.id)


def volumes(stay: Installation) -> list[Decimal | None]:
    accepted = Reading.objects.filter(installation=stay, state="accepted").order_by("read_on", "pk")
    return [reading.volume for reading in accepted]


def test_a_meter_that_passed_its_highest_number_needs_a_person(stay: Installation) -> None:
    reading = record(stay, date(2026, 2, 1), 20)
    assert (reading.state, reading.findings) == ("pending", ["rollover_suspected"])
    accepted = review.confirm_rollover(reading_id=reading.pk, by=SUPERVISOR)
    assert accepted.volume == Decimal(120)
    assert accepted.reviewed_by_id == 7
    assert Alert.objects.get(kind="inconsistent").resolution == "rollover"
    assert Alert.objects.get(kind="excess").detail["excess_m3"] == "70.000"


def test_accepting_a_falling_register_without_a_rollover_is_refused(stay: Installation) -> None:
    reading = record(stay, date(2026, 2, 1), 20)
    with pytest.raises(BrokenRegisters) as refused:
        review.accept_reading(reading_id=reading.pk, by=SUPERVISOR)
    assert refused.value.facts["previous"] == Decimal(99_900)
    reading.refresh_from_db()
    assert reading.state == "pending"


def test_a_reading_put_in_the_middle_splits_the_consumption(stay: Installation) -> None:
    record(stay, date(2026, 3, 1), 99_940)
    late = record(stay, date(2026, 2, 1), 99_915)
    assert late.state == "pending"
    review.accept_reading(reading_id=late.pk, by=SUPERVISOR)
    assert volumes(stay) == [None, Decimal(15), Decimal(25)]


def test_a_correction_keeps_what_was_read_first_and_moves_both_neighbours(stay: Installation) -> None:
    wrong = record(stay, date(2026, 2, 1), 99_930)
    record(stay, date(2026, 3, 1), 99_940)
    corrected = review.correct_reading(
        reading_id=wrong.pk, register=Decimal(99_920), note="dígito", by=SUPERVISOR
    )
    assert (corrected.corrected_from, corrected.register) == (Decimal(99_930), Decimal(99_920))
    assert volumes(stay) == [None, Decimal(20), Decimal(20)]


def test_a_correction_above_the_next_register_is_refused(stay: Installation) -> None:
    reading = record(stay, date(2026, 2, 1), 99_930)
    record(stay, date(2026, 3, 1), 99_940)
    with pytest.raises(BrokenRegisters):
        review.correct_reading(reading_id=reading.pk, register=Decimal(99_950), note="", by=SUPERVISOR)


def test_a_rejected_reading_leaves_the_chain_whole(stay: Installation) -> None:
    reading = record(stay, date(2026, 2, 1), 99_930)
    record(stay, date(2026, 3, 1), 99_940)
    review.reject_reading(reading_id=reading.pk, note="otra casa", by=SUPERVISOR)
    assert volumes(stay) == [None, Decimal(40)]


def test_the_opening_register_is_corrected_but_never_rejected(stay: Installation) -> None:
    opening = stay.readings.get()
    with pytest.raises(review.OpeningReading):
        review.reject_reading(reading_id=opening.pk, note="", by=SUPERVISOR)


def test_the_second_to_decide_is_told(stay: Installation) -> None:
    reading = record(stay, date(2026, 2, 1), 20)
    review.confirm_rollover(reading_id=reading.pk, by=SUPERVISOR)
    with pytest.raises(review.AlreadyDecided):
        review.accept_reading(reading_id=reading.pk, by=SUPERVISOR)


def test_one_day_has_one_accepted_reading(stay: Installation) -> None:
    record(stay, date(2026, 2, 1), 99_930)
    again = record(stay, date(2026, 2, 1), 99_931)
    assert again.findings == ["duplicate"]
    with pytest.raises(review.SecondReadingThatDay):
        review.accept_reading(reading_id=again.pk, by=SUPERVISOR)


def test_an_estimate_is_the_daily_average_and_the_next_real_reading_settles_it(stay: Installation) -> None:
    record(stay, date(2026, 1, 31), 99_930)
    record(stay, date(2026, 3, 2), 99_960)
    guess = review.estimate_reading(installation_id=stay.pk, read_on=date(2026, 4, 1), by=SUPERVISOR)
    assert (guess.source, guess.volume) == ("estimated", Decimal(30))
    real = record(stay, date(2026, 5, 1), 99_980)
    assert (real.state, real.volume) == ("accepted", Decimal(-10))


def test_an_estimate_takes_the_place_of_a_reading_that_cannot_be(stay: Installation) -> None:
    record(stay, date(2026, 1, 31), 99_930)
    wrong = record(stay, date(2026, 3, 2), 9_996)
    review.estimate_instead(reading_id=wrong.pk, note="vidrio opaco", by=SUPERVISOR)
    wrong.refresh_from_db()
    assert wrong.state == "rejected"
    assert volumes(stay) == [None, Decimal(30), Decimal(30)]
    assert not Alert.objects.filter(resolved_at=None).exists()


def test_a_meter_without_history_is_not_estimated(stay: Installation) -> None:
    with pytest.raises(review.NothingToEstimateFrom):
        review.estimate_reading(installation_id=stay.pk, read_on=date(2026, 2, 1), by=SUPERVISOR)


def test_a_new_meter_begins_where_the_old_one_ends(stay: Installation) -> None:
    record(stay, date(2026, 1, 31), 99_930)
    new = replace_meter(
        installation_id=stay.pk,
        final=Register(date(2026, 2, 10), Decimal(99_941)),
        meter=MeterData(serial="M-2"),
        first=Decimal(3),
        by=SUPERVISOR,
    )
    assert volumes(stay) == [None, Decimal(30), Decimal(11)]
    assert volumes(new) == [None]
    assert record(new, date(2026, 2, 28), 21).volume == Decimal(18)


def test_a_meter_cannot_leave_before_a_reading_it_gave(stay: Installation) -> None:
    record(stay, date(2026, 1, 31), 99_930)
    with pytest.raises(RemovedTooEarly):
        replace_meter(
            installation_id=stay.pk,
            final=Register(date(2026, 1, 15), Decimal(99_941)),
            meter=MeterData(serial="M-2"),
            first=Decimal(3),
            by=SUPERVISOR,
        )


def test_a_meter_stands_at_one_place_at_a_time(stay: Installation) -> None:
    elsewhere = create_connection(data=ConnectionData())
    with pytest.raises(MeterElsewhere):
        install_meter(
            connection_id=elsewhere.pk,
            meter=MeterData(serial="m 1"),
            first=Register(date(2026, 5, 1), Decimal(0)),
            by=SYSTEM,
        )
