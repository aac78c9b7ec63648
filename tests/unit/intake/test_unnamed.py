"""A sign that stands for nothing names nobody: «-», «.» and «--» are empty cells wherever something has to be named."""

from datetime import date
from typing import Any

import pytest

from caudal.intake.queries.analysis import Town
from tests.unit.intake.books import LUIS, ana, book, dry_run, line, luis, meter, reading, said, town_book

JAN = date(2016, 1, 1)
NOTHING = ("-", ".", "--", "—", " - ", "/", "*")


@pytest.mark.parametrize("sign", NOTHING)
def test_meters_without_a_serial_are_wrong_each_on_its_own(sign: str) -> None:
    analysis = dry_run(town_book([ana()], [meter(sign), meter(sign), meter(sign), meter("7")]))
    assert said(analysis) == [("Medidores", n, "Serial", "missing_value") for n in (2, 3, 4)]
    assert analysis.sheets["Medidores"] == {"new": 1, "changed": 0, "same": 0, "wrong": 3}
    assert [one.key for one in analysis.meters] == ["7"]


@pytest.mark.parametrize("sign", NOTHING)
def test_customers_without_a_number_are_not_one_person(sign: str) -> None:
    rows = [("Nombre", "Documento"), ("Ana", sign), ("Luis", sign), ("Marta", "AB-1234")]
    analysis = dry_run(book(Padron=rows), town=Town())
    assert said(analysis) == [("Padron", n, "Documento", "missing_value") for n in (2, 3)]
    assert [one.key for one in analysis.customers] == ["AB1234"]


def test_a_customer_without_a_number_is_not_told_that_a_digit_is_wrong() -> None:
    assert said(dry_run(town_book([ana(DUI="-"), luis()]))) == [("Clientes", 2, "DUI", "missing_value")]


@pytest.mark.parametrize("sign", [*NOTHING, ","])
def test_nobody_is_called_by_a_sign(sign: str) -> None:
    analysis = dry_run(town_book([ana(Apellidos=sign), luis(Nombres=sign)]))
    assert said(analysis) == [("Clientes", 3, "Nombres", "missing_value")]
    assert (analysis.customers[0].given_names, analysis.customers[0].surnames) == ("Ana", "")


@pytest.mark.parametrize("sign", NOTHING)
def test_a_meter_of_no_customer_and_a_reading_of_no_meter_are_wrong(sign: str) -> None:
    meters = [meter(), meter("8", **{"DUI cliente": sign})]
    analysis = dry_run(town_book([ana()], meters, [reading(JAN, 0, 1), reading(JAN, 0, 1, Medidor=sign)]))
    assert said(analysis) == [
        ("Medidores", 3, "DUI cliente", "missing_value"),
        ("Lecturas", 3, "Medidor", "missing_value"),
    ]
    assert analysis.readings.keys == ["00012"]


def test_an_old_invoice_names_a_customer_a_meter_or_both_and_has_a_number() -> None:
    def of(*rows: list[Any]) -> Any:
        return dry_run(town_book([ana(), luis()], [meter()], invoices=rows))

    assert said(of(line(DUI="-", Medidor="-"))) == [("Facturas", 2, "DUI", "missing_value")]
    assert said(of(line("-"))) == [("Facturas", 2, "Factura No.", "missing_value")]
    (by_meter,) = of(line(DUI="-")).invoices
    (by_customer,) = of(line(DUI=LUIS, Medidor="-")).invoices
    assert (by_meter.customer, by_meter.meter) == (ana()[2].replace("-", ""), "00012")
    assert (by_customer.customer, by_customer.meter) == (LUIS.replace("-", ""), "")
