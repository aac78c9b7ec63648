"""Data to the words that are printed: figures that add up, or nothing at all."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.documents.printing.codes import BarcodeTooShort, gs1_128
from caudal.documents.queries.slip import Slip, payment_pairs, scanned
from caudal.documents.spanish import DoesNotAddUp, Figures, bill, receipt, statement
from caudal.documents.spanish.parts import chart
from tests.unit.documents.samples import sample


def test_a_bill_whose_charges_miss_its_total_is_not_printed() -> None:
    data = sample("01")
    data["charges"][0]["total"] = "2451.00"
    with pytest.raises(DoesNotAddUp):
        bill(data)


def test_a_gap_of_the_last_place_is_a_row_of_its_own() -> None:
    data = sample("01")
    data["totals"] = {"invoice": "26466.42", "until_due": "26466.42"}
    assert bill(data)["sums"] == [{"label": "Redondeo", "amount": "0,01"}]


def test_the_amount_after_the_due_date_must_follow_from_the_surcharge() -> None:
    data = sample("02")
    data["totals"]["after_due"] = "27.53"
    with pytest.raises(DoesNotAddUp):
        bill(data)


def test_money_tendered_must_make_the_total_with_its_change() -> None:
    data = sample("09")
    data["change"] = "9999.00"
    with pytest.raises(DoesNotAddUp):
        receipt(data)


def test_a_statement_ends_at_what_is_pending() -> None:
    data = sample("11")
    data["movements"][-1]["debit"] = "1.00"
    with pytest.raises(DoesNotAddUp):
        statement(data)


def test_money_in_favour_is_taken_off_a_statement_and_said() -> None:
    data = sample("11")
    data["movements"].append({"date": "2026-11-18", "document": "C-9", "name": "Pago", "credit": "100.00"})
    data["credit"] = "100.00"
    assert statement(data)["total"]["note"].endswith("Tiene ₡100,00 a favor sin aplicar.")


def test_a_void_bill_asks_for_nothing() -> None:
    data = sample("01")
    data["document"]["void"] = {"on": "2026-11-06", "reason": "Lectura equivocada"}
    view = bill(data)
    assert (view["zero"], view["gs1"], view["pay"]["qr"]) == (True, [], "")
    assert view["tags"] == ["ANULADA el 6 nov 2026: Lectura equivocada"]


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-10-03", "2026-11-03", "3 oct a 3 nov 2026"),
        ("2026-12-03", "2027-01-04", "3 dic 2026 a 4 ene 2027"),
    ],
)
def test_a_span_says_the_year_twice_only_where_it_changes(start: str, end: str, said: str) -> None:
    assert Figures(sample("01")["format"]).days_between(start, end) == said


def test_a_currency_without_small_coins_drops_its_cents_only_in_what_is_asked_for() -> None:
    figures = Figures(sample("03")["format"])
    assert (figures.payable("69650.00"), figures.money("69649.96")) == ("$69.650", "$69.649,96")


def months(*values: str) -> Any:
    named = [f"{2025 + (9 + k) // 12}-{(9 + k) % 12 + 1:02}" for k in range(len(values))]
    return {"unit": "m3", "months": [{"month": m, "value": v} for m, v in zip(named, values, strict=True)]}


def test_the_chart_compares_with_the_same_month_last_year() -> None:
    view = chart(months(*["20"] * 12, "24"), Figures(sample("01")["format"]))
    assert view is not None
    assert view["compare"] == "4 m³ más que en octubre de 2025"
    assert view["alt"].startswith("Consumo en m³ por mes. oct 2025: 20; nov 2025: 20; ")


def test_a_chart_of_less_than_a_year_compares_nothing() -> None:
    view = chart(months("20", "24", "22"), Figures(sample("01")["format"]))
    assert view is not None
    assert (view["compare"], len(view["bars"])) == ("", 3)


def test_one_or_two_months_have_no_chart() -> None:
    assert chart(months("20", "24"), Figures(sample("01")["format"])) is None


def test_long_figures_stand_only_on_the_bars_that_matter() -> None:
    view = chart(months(*["1000"] * 5, "9000", *["1000"] * 7), Figures(sample("01")["format"]))
    assert view is not None
    assert [bar["v"] for bar in view["bars"] if bar["v"]] == ["1.000", "9.000", "1.000"]


def test_a_barcode_too_short_for_paper_is_refused() -> None:
    with pytest.raises(BarcodeTooShort):
        gs1_128([["8020", "1"]], widest_mm=90)


SLIP = Slip(4723, Decimal("27.09"), date(2026, 11, 16))


@pytest.mark.parametrize(
    "typed",
    [
        "(8020)000000004723(3902)0000002709(96)20261116",
        "]C18020000000004723\x1d39020000002709\x1d9620261116",
        "41574198001234508020000000004723\x1d39020000002709\x1d9620261116",
        "8020000000004723390200000027099620261116",
    ],
)
def test_a_scanner_reads_the_slip_however_it_types(typed: str) -> None:
    assert scanned(typed) == SLIP


@pytest.mark.parametrize("typed", ["", "4723", "8020000000004723390200000027099620261399", "M-0118"])
def test_what_is_no_slip_is_not_taken_for_one(typed: str) -> None:
    assert scanned(typed) is None


def test_a_slip_is_read_back_from_its_pairs() -> None:
    pairs = payment_pairs(SLIP, minor_units=2, gln="7419800123450")
    assert scanned("".join(f"({identifier}){value}" for identifier, value in pairs)) == SLIP
