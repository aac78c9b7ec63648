"""Date order and decimal sign belong to the file: its own cells decide, then the town's habit, then a person."""

from datetime import date
from decimal import Decimal

from caudal.intake.queries.analysis import Analysis, Town
from tests.unit.intake.books import CUSTOMERS, METERS, READINGS, ana, book, dry_run, meter, reading, said

NOWHERE = Town()


def meters_of(*days: object, town: Town = NOWHERE, **answers: str) -> Analysis:
    """Meters 1, 2, … installed on these days, all of one customer."""
    rows = [meter(str(n), **{"Fecha de instalación": day}) for n, day in enumerate(days, 1)]
    return dry_run(book(Clientes=[CUSTOMERS, ana()], Medidores=[METERS, *rows]), town=town, **answers)


def installed(analysis: Analysis) -> list[date | None]:
    return [one.installed_on for one in analysis.meters]


def test_one_unambiguous_cell_decides_for_the_whole_file() -> None:
    assert installed(meters_of("03/04/2016", "25/12/2015")) == [date(2016, 4, 3), date(2015, 12, 25)]
    assert installed(meters_of("03/04/2016", "12/25/2015")) == [date(2016, 3, 4), date(2015, 12, 25)]


def test_the_files_evidence_goes_before_the_towns_habit() -> None:
    town = Town("SV", "dmy", ".")
    assert installed(meters_of("03/04/2016", "12/25/2015", town=town))[0] == date(2016, 3, 4)


def test_one_sheet_decides_for_the_others() -> None:
    sheets = {
        "Clientes": [CUSTOMERS, ana()],
        "Medidores": [METERS, meter("1", **{"Fecha de instalación": "25/12/2012"})],
        "Lecturas": [READINGS, reading("03/04/2016", 1, 2, Medidor="1")],
    }
    assert dry_run(book(**sheets), town=NOWHERE).readings.days == [date(2016, 4, 3)]


def test_without_evidence_the_town_decides() -> None:
    assert installed(meters_of("03/04/2016", town=Town("CR", "dmy", ","))) == [date(2016, 4, 3)]


def test_without_evidence_and_habit_it_is_asked() -> None:
    analysis = meters_of("03/04/2016")
    assert analysis.asks == ("date_order",)
    assert said(analysis) == [("Medidores", 2, "Fecha de instalación", "undecided_date_order")]
    assert installed(meters_of("03/04/2016", date_order="mdy")) == [date(2016, 3, 4)]


def test_real_dates_need_no_order() -> None:
    analysis = meters_of(date(2016, 4, 3), "2016-04-03", "05/05/2015")
    assert analysis.asks == ()
    assert installed(analysis)[:2] == [date(2016, 4, 3)] * 2


def test_a_column_that_contradicts_itself_is_refused_naming_two_rows() -> None:
    analysis = meters_of(
        "03/04/2016", "25/12/2015", "12/25/2014", date(2012, 1, 1), town=Town("SV", "dmy", ".")
    )
    code = "conflicting_date_order"
    assert said(analysis) == [("Medidores", n, "Fecha de instalación", code) for n in (2, 3, 4)]
    facts = analysis.findings[0].facts
    assert (facts["first_row"], facts["first"]) == (3, "25/12/2015")
    assert (facts["second_row"], facts["second"]) == (4, "12/25/2014")
    assert [one.serial for one in analysis.meters] == ["4"]
    assert analysis.asks == ("date_order",)


def test_an_answer_settles_a_contradiction_and_what_it_makes_impossible_is_wrong() -> None:
    analysis = meters_of("03/04/2016", "25/12/2015", "12/25/2014", date_order="dmy")
    assert said(analysis) == [("Medidores", 4, "Fecha de instalación", "impossible_date")]


def test_an_impossible_day_is_evidence_of_nothing() -> None:
    analysis = meters_of("31/02/2012", "03/04/2016")
    assert said(analysis) == [
        ("Medidores", 2, "Fecha de instalación", "impossible_date"),
        ("Medidores", 3, "Fecha de instalación", "undecided_date_order"),
    ]


def registers_of(*cells: object, town: Town = NOWHERE, **answers: str) -> Analysis:
    rows = [reading(date(2016, n, 1), "", cell) for n, cell in enumerate(cells, 1)]
    sheets = {"Clientes": [CUSTOMERS, ana()], "Medidores": [METERS, meter()], "Lecturas": [READINGS, *rows]}
    return dry_run(book(**sheets), town=town, **answers)


def test_the_decimal_sign_follows_the_same_way() -> None:
    assert registers_of("155,50", "1.234").readings.registers == [Decimal("155.50"), Decimal(1234)]
    assert registers_of("1.234", 1300.0, town=Town("CR", "dmy", ",")).readings.registers[0] == 1234
    assert registers_of("1.234").asks == ("decimal_sign",)
    assert registers_of("1.234", decimal_sign=".").readings.registers == [Decimal("1.234")]


def test_numbers_that_contradict_each_other_are_refused_naming_two_rows() -> None:
    analysis = registers_of("155,50", "160.25", 170.0)
    assert said(analysis) == [("Lecturas", n, "Lectura actual", "conflicting_decimal_sign") for n in (2, 3)]
    assert analysis.readings.registers == [170]
