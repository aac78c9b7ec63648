"""The rules for meters and for what was read from them."""

from datetime import date, timedelta
from decimal import Decimal

from tests.unit.intake.books import ANA, TODAY, ana, dry_run, dui, meter, reading, said, town_book

JAN, MAR, MAY = date(2016, 1, 1), date(2016, 3, 1), date(2016, 5, 1)
STRANGER = dui("30739642")


def test_a_meter_of_nobody_is_wrong_and_what_hangs_on_it_depends_on_it() -> None:
    meters = [meter(), meter("00013", **{"DUI cliente": STRANGER})]
    readings = [reading(JAN, 0, 10), reading(JAN, 0, 10, Medidor="00013")]
    analysis = dry_run(town_book([ana()], meters, readings))
    assert said(analysis) == [
        ("Medidores", 3, "DUI cliente", "unknown_customer"),
        ("Lecturas", 3, "Medidor", "depends_on_wrong_row"),
    ]
    assert analysis.findings[1].facts == {"other_sheet": "Medidores", "other_row": 3}


def test_who_writes_the_number_right_means_the_row_that_has_it_wrong() -> None:
    slipped = ANA[:3] + str((int(ANA[3]) + 1) % 10) + ANA[4:]
    swapped = ANA[0:4] + ANA[5] + ANA[4] + ANA[6:]
    for wrong in (slipped, swapped):
        analysis = dry_run(town_book([ana(DUI=wrong)], [meter()]))
        assert said(analysis)[1] == ("Medidores", 2, "DUI cliente", "depends_on_wrong_row")


def test_an_impossible_day_of_installation_is_wrong() -> None:
    analysis = dry_run(town_book([ana()], [meter(**{"Fecha de instalación": "31/02/2012"})]))
    assert said(analysis) == [("Medidores", 2, "Fecha de instalación", "impossible_date")]


def test_a_day_that_has_not_come_is_wrong() -> None:
    tomorrow = TODAY + timedelta(days=1)
    analysis = dry_run(town_book([ana()], [meter()], [reading(tomorrow, 0, 1)]))
    assert said(analysis) == [("Lecturas", 2, "Fecha lectura", "date_in_future")]


def test_an_unknown_state_is_told_and_a_known_one_is_understood() -> None:
    rows = [meter("1", Estado="activo "), meter("2", Estado="RETIRADO"), meter("3", Estado="raro")]
    analysis = dry_run(town_book([ana()], rows))
    assert said(analysis) == [("Medidores", 4, "Estado", "unknown_status")]
    assert [one.active for one in analysis.meters] == [True, False, True]


def test_a_serial_is_compared_without_punctuation_and_keeps_its_zeros() -> None:
    analysis = dry_run(town_book([ana()], [meter("A-00 12")], [reading(JAN, 0, 1, Medidor="a0012")]))
    assert (said(analysis), analysis.meters[0].serial) == ([], "A-00 12")


def test_a_serial_that_lost_its_zeros_means_the_only_meter_that_has_them() -> None:
    assert said(dry_run(town_book([ana()], [meter()], [reading(JAN, 0, 1, Medidor=12.0)]))) == []
    two = [meter("00012"), meter("0012")]
    analysis = dry_run(town_book([ana()], two, [reading(JAN, 0, 1, Medidor=12.0)]))
    assert said(analysis) == [("Lecturas", 2, "Medidor", "unknown_meter")]


def test_text_for_a_number_and_an_unknown_meter_are_wrong() -> None:
    rows = [reading(JAN, 0, "no se pudo leer"), reading(JAN, 0, 10, Medidor="99999999")]
    assert said(dry_run(town_book([ana()], [meter()], rows))) == [
        ("Lecturas", 2, "Lectura actual", "not_a_number"),
        ("Lecturas", 3, "Medidor", "unknown_meter"),
    ]


def test_a_register_below_its_own_previous_is_wrong_and_the_next_row_stands() -> None:
    rows = [reading(JAN, 0, 100), reading(MAR, 100, 85), reading(MAY, 130, 150)]
    analysis = dry_run(town_book([ana()], [meter()], rows))
    assert said(analysis) == [("Lecturas", 3, "Lectura actual", "below_previous")]
    assert analysis.readings.registers == [100, 150]


def test_a_register_below_an_earlier_day_cannot_be_chained() -> None:
    analysis = dry_run(town_book([ana()], [meter()], [reading(MAR, 90, 120), reading(JAN, 100, 130)]))
    assert said(analysis) == [("Lecturas", 2, "Lectura actual", "below_earlier")]


def test_a_chain_with_a_gap_is_told() -> None:
    analysis = dry_run(town_book([ana()], [meter()], [reading(JAN, 0, 100), reading(MAR, 130, 150)]))
    assert said(analysis) == [("Lecturas", 3, "Lectura anterior", "gap_in_chain")]
    assert analysis.wrong == 0


def test_a_consumption_that_is_not_the_difference_is_wrong_but_for_rounding() -> None:
    rounded = reading(JAN, 0, 10.4, **{"Consumo (m3)": 10})
    wrong = reading(MAR, 10.4, 20.4, **{"Consumo (m3)": 30})
    analysis = dry_run(town_book([ana()], [meter()], [rounded, wrong]))
    assert said(analysis) == [("Lecturas", 3, "Consumo (m3)", "consumption_mismatch")]


def test_the_same_reading_twice_is_one_and_another_register_contradicts_it() -> None:
    same = dry_run(town_book([ana()], [meter()], [reading(JAN, 0, 10), reading(JAN, 0, 10)]))
    assert same.sheets["Lecturas"] == {"new": 1, "changed": 0, "same": 1, "wrong": 0}
    other = dry_run(town_book([ana()], [meter()], [reading(JAN, 0, 10), reading(JAN, 0, 11)]))
    assert [code for _s, _r, _c, code in said(other)] == ["conflict", "conflict"]


def test_a_reading_before_the_installation_moves_it() -> None:
    rows = [reading(JAN, 0, 10), reading(MAR, 10, 20)]
    analysis = dry_run(town_book([ana()], [meter(**{"Fecha de instalación": MAY})], rows))
    assert said(analysis) == [("Lecturas", 2, "Fecha lectura", "read_before_installation")]
    assert analysis.installed == {"00012": JAN}


def test_readings_come_out_by_meter_and_day_in_exact_decimals() -> None:
    rows = [reading(MAR, 10.1, 20.3), reading(JAN, 0, 10.1, Observación="Casa cerrada")]
    facts = dry_run(town_book([ana()], [meter()], rows)).readings
    assert facts.days == [JAN, MAR]
    assert facts.registers == [Decimal("10.1"), Decimal("20.3")]
    assert facts.notes == ["Casa cerrada", ""]
