"""The panel, what is missing, and what whoever reads is told to expect."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.common.actor import SYSTEM
from caudal.kernel.periods import Span
from caudal.metering.models import Connection, Installation
from caudal.metering.operations.connections import ConnectionData, create_connection
from caudal.metering.operations.meters import MeterData, Register, install_meter, remove_meter
from caudal.metering.operations.readings import Batch, NewReading, record_readings
from caudal.metering.queries.connections import search_connections
from caudal.metering.queries.readings import PanelFilter, PanelRow, expected, history, panel

pytestmark = pytest.mark.django_db
NOVEMBER = Span(date(2026, 11, 1), date(2026, 12, 1))


def house(serial: str, address: str = "") -> Installation:
    connection = create_connection(data=ConnectionData(address=address))
    first = Register(date(2026, 1, 1), Decimal(11_000))
    return install_meter(connection_id=connection.pk, meter=MeterData(serial=serial), first=first, by=SYSTEM)


def read(stay: Installation, *registers: tuple[date, int]) -> None:
    readings = [NewReading(stay.pk, day, Decimal(register)) for day, register in registers]
    batch = Batch(source="manual", on=date(2026, 12, 1))
    record_readings(readings=readings, batch=batch, by=SYSTEM)


def test_the_panel_says_of_each_meter_what_document_003_draws() -> None:
    read_one, waiting, unread = house("Agua 121"), house("Agua 122"), house("Agua 123")
    read(read_one, (date(2026, 10, 9), 11_018), (date(2026, 11, 10), 12_042))
    read(waiting, (date(2026, 11, 10), 9))
    rows = panel(window=NOVEMBER, wanted=PanelFilter())
    assert [(r.serial, r.state, r.last_register, r.pending_register) for r in rows] == [
        ("Agua 121", "read", Decimal(12_042), None),
        ("Agua 122", "pending", Decimal(11_000), Decimal(9)),
        ("Agua 123", "missing", Decimal(11_000), None),
    ]
    assert rows[0].last_volume == Decimal(1_024)
    for state, stay in (("read", read_one), ("pending", waiting), ("missing", unread)):
        (row,) = panel(window=NOVEMBER, wanted=PanelFilter(state=state))
        assert row.installation_id == stay.pk


def test_the_panel_is_turned_page_by_page_without_losing_a_second_meter_of_a_house() -> None:
    first = house("A")
    second = install_meter(
        connection_id=first.connection_id,
        meter=MeterData(serial="B"),
        first=Register(date(2026, 1, 1), Decimal(0)),
        by=SYSTEM,
    )
    house("C")
    (row,) = panel(window=NOVEMBER, wanted=PanelFilter(), limit=1)
    rest = panel(window=NOVEMBER, wanted=PanelFilter(after=(row.number, row.installation_id)))
    assert [r.installation_id for r in (row, *rest)][:2] == [first.pk, second.pk]
    assert [r.serial for r in rest] == ["B", "C"]


def test_a_meter_that_was_read_or_taken_away_is_not_missing() -> None:
    read_one, gone, unread = house("A"), house("B"), house("C")
    read(read_one, (date(2026, 11, 10), 11_020))
    remove_meter(installation_id=gone.pk, final=Register(date(2026, 11, 5), Decimal(11_001)), by=SYSTEM)
    rows = panel(window=NOVEMBER, wanted=PanelFilter(state="missing"))
    assert [row.installation_id for row in rows] == [unread.pk]


@pytest.mark.parametrize("state", ["read", "missing", "pending"])
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_panel_is_the_same_whether_it_begins_with_the_few_or_walks_along_all(
    state: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = [house(f"M-{n}") for n in range(8)]
    read(stays[0], (date(2026, 10, 31), 11_010))
    read(stays[1], (date(2026, 11, 1), 11_010), (date(2026, 11, 30), 11_040))
    read(stays[2], (date(2026, 11, 10), 11_010), (date(2026, 12, 1), 11_040))  # read after the window too
    read(stays[3], (date(2026, 11, 10), 11_010), (date(2026, 11, 20), 9))  # one waits
    read(stays[4], (date(2026, 11, 10), 9))
    read(stays[5], (date(2026, 11, 2), 11_020))
    Connection.objects.filter(pk=stays[6].connection_id).update(active=False)

    def pages(few: int, on_the_way: int) -> list[tuple[PanelRow, ...]]:
        monkeypatch.setattr("caudal.metering.queries.readings.MOST_WAITING", few)
        monkeypatch.setattr("caudal.metering.queries.readings.ON_THE_WAY", on_the_way)
        found: list[tuple[PanelRow, ...]] = []
        after = ("", 0)
        while page := panel(window=NOVEMBER, wanted=PanelFilter(state=state, after=after), limit=limit):
            found.append(page)
            after = (page[-1].number, page[-1].installation_id)
        return found

    walked = pages(few=0, on_the_way=0)
    serials = [row.serial for page in walked for row in page]
    expected_serials = {"read": ["M-1", "M-5"], "missing": ["M-0", "M-2", "M-7"], "pending": ["M-3", "M-4"]}
    assert serials == expected_serials[state]
    assert pages(few=10_000, on_the_way=0) == pages(few=10_000, on_the_way=2) == walked


def test_who_reads_is_told_the_last_register_and_what_is_usual() -> None:
    stay = house("A")
    assert expected(installation_id=stay.pk, read_on=date(2026, 2, 1)).low is None
    read(stay, *[(date(2026, 1 + n, 1), 11_000 + 30 * n) for n in range(1, 7)])
    told = expected(installation_id=stay.pk, read_on=date(2026, 7, 31))
    assert (told.last_on, told.last_register) == (date(2026, 7, 1), Decimal(11_180))
    assert told.low is not None
    assert told.high is not None
    assert told.low < Decimal(11_210) < told.high


def test_the_history_shows_the_latest_twenty_four_of_every_state() -> None:
    stay = house("A")
    read(stay, *[(date(2026, 2, day), 11_000 + day) for day in range(1, 29)], (date(2026, 3, 1), 5))
    found = list(history(connection_id=stay.connection_id))
    assert len(found) == 24
    assert (found[0].state, found[0].read_on) == ("pending", date(2026, 3, 1))


@pytest.mark.parametrize(
    "typed", ["000001", "00000", "a-00987", "A 0098721", "sur de la ESCUELA", "75 m sur"]
)
def test_a_connection_is_found_by_number_meter_or_address(typed: str) -> None:
    stay = house("A-0098721", "75 m al sur de la escuela")
    house("B-1", "Frente a la plaza")
    found = search_connections(typed)
    assert found[0].pk == stay.connection_id
