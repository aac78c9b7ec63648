"""The rules for invoices of the system before."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.intake.checks.numbers import widths
from caudal.intake.queries.analysis import Analysis
from tests.unit.intake.books import LUIS, ana, dry_run, line, luis, meter, said, sewer, town_book


def of(*rows: list[object]) -> Analysis:
    return dry_run(town_book([ana(), luis()], [meter()], invoices=rows))


def test_lines_of_one_number_are_one_invoice() -> None:
    (invoice,) = of(line(), sewer()).invoices
    assert (invoice.number, invoice.total, len(invoice.lines)) == ("4501", Decimal("18.30"), 2)
    assert (invoice.covers_from, invoice.covers_until) == (date(2016, 9, 1), date(2016, 9, 30))
    assert [one.paid_on for one in invoice.lines] == [None, None]


def test_a_sum_that_does_not_add_up_is_wrong_and_its_other_lines_depend_on_it() -> None:
    analysis = of(line(), sewer(Total=3.1), line(4502.0), sewer(4502.0))
    assert said(analysis) == [
        ("Facturas", 2, "Factura No.", "depends_on_wrong_row"),
        ("Facturas", 3, "Total", "amounts_do_not_add_up"),
    ]
    assert analysis.sheets["Facturas"] == {"new": 2, "changed": 0, "same": 0, "wrong": 2}


def test_price_by_quantity_is_the_subtotal_to_the_cent() -> None:
    assert said(of(line(Subtotal=16.21, Total=16.21))) == []
    assert said(of(line(Subtotal=17, Total=17))) == [("Facturas", 2, "Subtotal", "amounts_do_not_add_up")]


def test_tax_is_part_of_the_total() -> None:
    (invoice,) = of(line(Impuesto=2.11, Total=18.31)).invoices
    assert (invoice.lines[0].net, invoice.lines[0].tax) == (Decimal("16.20"), Decimal("2.11"))


def test_a_status_that_contradicts_the_dates_or_its_own_invoice_is_ignored() -> None:
    analysis = of(line(Estado="Vencido"), sewer(Estado="PENDIENTE"))
    assert (said(analysis), len(analysis.invoices)) == ([], 1)


@pytest.mark.parametrize("word", ["Pagada", "CANCELADO", "cobrada "])
def test_paid_without_a_day_counts_as_paid_when_it_was_due(word: str) -> None:
    analysis = of(line(Estado=word), sewer())
    assert said(analysis) == [("Facturas", 2, "Estado", "paid_without_date")]
    assert [one.paid_on for one in analysis.invoices[0].lines] == [date(2016, 10, 30), None]


def test_void_is_said_of_all_lines_or_of_none() -> None:
    assert of(line(Estado="Anulada"), sewer(Estado="anulada")).invoices[0].void
    assert {code for *_place, code in said(of(line(Estado="Anulada"), sewer()))} == {"conflict"}


def test_lines_that_disagree_about_their_invoice_are_all_wrong() -> None:
    analysis = of(line(), sewer(DUI=LUIS))
    assert [row for _s, row, _c, code in said(analysis) if code == "conflict"] == [2, 3]
    assert analysis.sheets["Facturas"]["wrong"] == 2


def test_the_same_line_twice_is_one() -> None:
    analysis = of(line(), line(), sewer())
    assert said(analysis) == [("Facturas", 3, "Factura No.", "repeated")]
    assert (analysis.sheets["Facturas"]["same"], analysis.invoices[0].total) == (1, Decimal("18.30"))


def test_unknown_customers_and_meters_are_wrong_and_those_of_wrong_rows_depend_on_them() -> None:
    analysis = dry_run(
        town_book(
            [ana(DUI=ana()[2][:-1] + "x"), luis()],
            [meter(**{"DUI cliente": LUIS})],
            invoices=[line(), line(4502.0, DUI="99999999-9"), line(4503.0, DUI=LUIS, Medidor="77")],
        )
    )
    assert said(analysis)[1:] == [
        ("Facturas", 2, "DUI", "depends_on_wrong_row"),
        ("Facturas", 3, "DUI", "unknown_customer"),
        ("Facturas", 4, "Medidor", "unknown_meter"),
    ]


def test_an_invoice_of_who_had_the_meter_before_stays_with_that_customer() -> None:
    analysis = of(line(DUI=LUIS))
    assert said(analysis) == [("Facturas", 2, "Medidor", "other_customer")]
    assert analysis.invoices[0].customer == LUIS.replace("-", "")


def test_a_period_that_ends_before_it_begins_is_wrong() -> None:
    assert said(of(line(Hasta=date(2016, 8, 1)))) == [("Facturas", 2, "Hasta", "until_before_from")]


def test_a_number_keeps_its_prefix_and_its_zeros() -> None:
    assert widths(["4501", "4502"]) == {"4501": ("", 1), "4502": ("", 1)}
    assert widths(["0099", "0100", "99"]) == {"0099": ("", 4), "0100": ("", 4), "99": ("", 1)}
    assert widths(["A-07", "B-7"]) == {"A-07": ("A-", 2), "B-7": ("B-", 1)}
    assert said(of(line("s/n"))) == [("Facturas", 2, "Factura No.", "number_without_digits")]
