"""What no column of the records holds is told in its row: one sign or one cent less comes in."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import CharField, DecimalField, Model

from caudal.billing.models import Charge, Invoice, Series
from caudal.intake.checks import sizes
from caudal.intake.checks.invoices import PREFIX_LONGEST
from caudal.intake.queries.analysis import Analysis, Town
from caudal.metering.models import Connection, Meter, Reading
from caudal.registry.models import Party, Sector
from tests.unit.intake.books import ANA, ana, book, dry_run, line, meter, reading, said, sewer, town_book

JAN, MAR = date(2016, 1, 1), date(2016, 3, 1)
VOLUME, MONEY, PRICE = Decimal("99999999999.999"), Decimal("999999999999.99"), Decimal("999999999999.999999")


def signs(model: type[Model], name: str) -> int:
    field = model._meta.get_field(name)
    assert isinstance(field, CharField)
    assert field.max_length
    return field.max_length


def size(model: type[Model], name: str) -> tuple[int, int]:
    field = model._meta.get_field(name)
    assert isinstance(field, DecimalField)
    return field.max_digits - field.decimal_places, field.decimal_places


def test_the_limits_are_those_of_the_columns() -> None:
    people, meters = sizes.SIGNS["customers"], sizes.SIGNS["meters"]
    assert {
        "customers": {
            "identification": min(signs(Party, "identification"), signs(Party, "identification_key"))
        },
        "meters": {"serial": min(signs(Meter, "serial"), signs(Meter, "serial_key"))},
    } == sizes.IDENTIFIERS
    for name in ("given_names", "surnames", "phone", "address"):
        assert people[name] == signs(Party, name)
    assert people["full_name"] == signs(Party, "legal_name")
    assert meters == {
        "sector": signs(Sector, "name"),
        "address": signs(Connection, "address"),
        "brand": signs(Meter, "brand"),
    }
    assert sizes.SIGNS["readings"] == {"note": signs(Reading, "note")}
    assert sizes.SIGNS["invoices"] == {"concept": signs(Charge, "label"), "note": signs(Invoice, "remarks")}
    assert (signs(Party, "email"), signs(Series, "prefix")) == (sizes.EMAIL, PREFIX_LONGEST)
    assert sizes.VOLUME == size(Reading, "register") == size(Charge, "quantity")
    assert sizes.MONEY == size(Charge, "total") == size(Invoice, "total")
    assert size(Charge, "unit_price") == sizes.PRICE
    assert 10 ** size(Charge, "tax_percent")[0] == sizes.TAX_PERCENT


def of_nowhere(identification: str) -> Analysis:
    return dry_run(book(Padron=[("Nombre", "Documento"), ("Ana", identification)]), town=Town())


@pytest.mark.parametrize("sign", ["7", "ß"])
def test_an_identification_that_is_too_long_is_wrong(sign: str) -> None:
    longest = 40 // len(sign.upper())
    assert said(of_nowhere(sign * longest)) == []
    assert said(of_nowhere(sign * (longest + 1))) == [("Padron", 2, "Documento", "too_long")]


def test_a_serial_that_is_too_long_is_wrong_and_not_another_with_the_same_beginning() -> None:
    meters = [meter("7" * 40), meter("7" * 41), meter("7" * 40 + "8")]
    analysis = dry_run(town_book([ana()], meters))
    assert said(analysis) == [("Medidores", n, "Serial", "too_long") for n in (3, 4)]
    assert [one.serial for one in analysis.meters] == ["7" * 40]


def test_a_mail_that_is_too_long_is_left_out() -> None:
    def mail(length: int) -> str:
        return f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * (length - 247)}.sv"

    assert (len(mail(254)), said(dry_run(town_book([ana(Correo=mail(254))])))) == (254, [])
    long = dry_run(town_book([ana(Correo=mail(255))]))
    assert (said(long), long.customers[0].email) == ([("Clientes", 2, "Correo", "invalid_email")], "")


def test_of_other_texts_the_beginning_comes_in_and_that_is_told() -> None:
    assert said(dry_run(town_book([ana(Dirección="x" * 300)]))) == []
    analysis = dry_run(
        town_book(
            [ana(Dirección="x" * 301, Teléfono="2" * 61)],
            [meter(Sector="s" * 101)],
            [reading(JAN, 0, 1, Observación="n" * 301)],
            [line(Concepto="c" * 201)],
        )
    )
    assert {code for *_place, code in said(analysis)} == {"cut_short"}
    assert [(sheet, column) for sheet, _row, column, _code in said(analysis)] == [
        ("Clientes", "Teléfono"),
        ("Clientes", "Dirección"),
        ("Medidores", "Sector"),
        ("Lecturas", "Observación"),
        ("Facturas", "Concepto"),
    ]
    assert analysis.wrong == 0
    assert (analysis.customers[0].address, analysis.readings.notes) == ("x" * 300, ["n" * 300])


def registers(*cells: Any) -> Analysis:
    rows = [reading(day, "", cell) for day, cell in zip((JAN, MAR), cells, strict=False)]
    return dry_run(town_book([ana()], [meter()], rows))


def test_a_bar_code_is_no_register() -> None:
    assert registers(str(VOLUME)).readings.registers == [VOLUME]
    for code in (7_501_234_567_890, "7501234567890", "99999999999.9995", 1e300):
        assert said(registers(5, code)) == [("Lecturas", 3, "Lectura actual", "too_large")]
    before = dry_run(town_book([ana()], [meter()], [reading(JAN, 10**11, 10**11 + 1)]))
    assert {(column, code) for _s, _r, column, code in said(before)} == {
        ("Lectura anterior", "too_large"),
        ("Lectura actual", "too_large"),
    }


@pytest.mark.parametrize("cell", [float("nan"), float("inf")])
def test_what_a_program_could_not_compute_is_no_number(cell: float) -> None:
    assert said(registers(5, cell)) == [("Lecturas", 3, "Lectura actual", "not_a_number")]


def test_a_register_is_compared_as_it_is_kept() -> None:
    assert registers("10.12345", "10.1234").readings.registers == [Decimal("10.123"), Decimal("10.123")]


@pytest.mark.parametrize(
    ("column", "fits"),
    [
        ("Precio unitario", PRICE),
        ("Cantidad", VOLUME),
        ("Subtotal", MONEY),
        ("Impuesto", MONEY),
        ("Total", MONEY),
    ],
)
def test_an_amount_that_is_too_large_is_wrong(column: str, fits: Decimal) -> None:
    def of(cell: Decimal) -> Analysis:
        alone = {"Precio unitario": "", "Cantidad": "", "Subtotal": "", "Impuesto": "", "Total": 1}
        return dry_run(town_book([ana()], [meter()], invoices=[line(**(alone | {column: str(cell)}))]))

    codes = [code for *_place, code in said(of(fits))]
    assert "too_large" not in codes
    above = fits + Decimal(1).scaleb(int(fits.as_tuple().exponent))
    assert (f"{column}", "too_large") in [(where, code) for _s, _r, where, code in said(of(above))]


def test_lines_that_fit_one_by_one_fit_together_or_their_invoice_is_wrong() -> None:
    alone = {"Precio unitario": "", "Cantidad": "", "Subtotal": "", "Impuesto": ""}
    rows = [line(**alone, Total=str(MONEY)), sewer(**alone, Total=0.01)]
    analysis = dry_run(town_book([ana()], [meter()], invoices=rows))
    assert said(analysis)[0] == ("Facturas", 2, "Total", "too_large")
    assert not analysis.invoices


def test_a_tax_of_more_than_ten_times_its_line_is_wrong() -> None:
    def taxed(net: float, tax: float) -> Analysis:
        cells = {"Precio unitario": "", "Cantidad": "", "Subtotal": net, "Impuesto": tax}
        return dry_run(town_book([ana()], [meter()], invoices=[line(**cells, Total=round(net + tax, 2))]))

    assert said(taxed(1, 9.99)) == []
    assert said(taxed(1, 10)) == [("Facturas", 2, "Impuesto", "tax_above_net")]
    assert said(taxed(0, 10)) == []


def test_a_period_of_which_only_the_beginning_is_said_does_not_end_before_it() -> None:
    """Billed ahead: issued in August for what begins in September."""
    row = line(Desde=date(2016, 9, 1), Hasta="", Emisión=date(2016, 8, 20))
    (invoice,) = dry_run(town_book([ana()], [meter()], invoices=[row])).invoices
    assert (invoice.covers_from, invoice.covers_until) == (date(2016, 9, 1), date(2016, 9, 1))
    assert invoice.customer == ANA.replace("-", "")
