"""Why a bill went up, in the words that are said on the telephone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from caudal.documents.spanish import Figures
from caudal.documents.spanish.why import BilledMonth, why

FIGURES = Figures(
    {"symbol": "₡", "decimals": 0, "point": ",", "group": ".", "region": "CR", "paper": "us-letter"}
)
SEPTEMBER = BilledMonth(
    month=date(2026, 9, 1),
    usage_total=Decimal(9000),
    others=(("Basura", Decimal(3000)),),
    volume=Decimal(27),
    days=30,
    tariffs=frozenset({1}),
    tariff_from=date(2025, 1, 1),
)
OCTOBER = replace(SEPTEMBER, month=date(2026, 10, 1))


def test_a_leak_is_more_use_a_day() -> None:
    october = replace(OCTOBER, volume=Decimal(54), usage_total=Decimal(20500))
    assert why(october, SEPTEMBER, None, FIGURES) == (
        "En octubre se cobraron ₡11.500 más que en septiembre: ₡23.500 en lugar de ₡12.000.",
        "Se gastaron 54 m³ en 30 días, 1,80 m³ al día; antes 27 m³ en 30 días, 0,90 m³ al día: "
        "un 100 % más cada día.",
    )


def test_a_longer_month_is_no_more_use() -> None:
    october = replace(OCTOBER, volume=Decimal("31.5"), days=35, usage_total=Decimal(10700))
    assert why(october, SEPTEMBER, None, FIGURES)[1:] == (
        "Cubre 35 días; antes, 30.",
        "Se gastaron 31,5 m³ en 35 días; al día es casi lo mismo, 0,90 m³; antes 0,90 m³.",
    )


def test_another_tariff_is_said_with_its_day() -> None:
    october = replace(
        OCTOBER, tariffs=frozenset({1, 2}), tariff_from=date(2026, 10, 15), usage_total=Decimal(9400)
    )
    assert "Cambió la tarifa: rige otra desde el 15/10/2026." in why(october, SEPTEMBER, None, FIGURES)


def test_an_average_is_said_and_so_is_the_reading_that_corrects_it() -> None:
    guessed = why(replace(OCTOBER, estimated=True), SEPTEMBER, None, FIGURES)
    assert guessed[-1] == "El consumo de octubre es un promedio: la próxima lectura real lo corrige."
    corrected = why(OCTOBER, replace(SEPTEMBER, estimated=True), None, FIGURES)
    assert corrected[-1].startswith("El consumo de septiembre fue un promedio;")


def test_what_else_is_on_the_bill_is_told_by_name() -> None:
    october = replace(OCTOBER, others=(("Basura", Decimal(3500)), ("Reconexión", Decimal(5000))))
    september = replace(SEPTEMBER, others=(*SEPTEMBER.others, ("Hidrantes", Decimal(120))))
    assert why(october, september, None, FIGURES)[-3:] == (
        "Basura subió de ₡3.000 a ₡3.500.",
        "Trae Reconexión, que antes no venía: ₡5.000.",
        "Ya no trae Hidrantes, que eran ₡120.",
    )


def test_the_same_month_of_last_year_stands_beside() -> None:
    year_ago = replace(SEPTEMBER, month=date(2025, 10, 1), volume=Decimal(50), days=31)
    assert why(OCTOBER, SEPTEMBER, year_ago, FIGURES) == (
        "En octubre se cobró lo mismo que en septiembre: ₡12.000.",
        "Se gastaron 27 m³ en 30 días; al día es casi lo mismo, 0,90 m³; antes 0,90 m³.",
        "En octubre de 2025 fueron ₡12.000: 50 m³ en 31 días, 1,61 m³ al día.",
    )


def test_a_first_bill_compares_with_nothing() -> None:
    first = why(replace(OCTOBER, estimated=True), None, None, FIGURES)
    assert first == (
        "Es lo primero que se cobra: ₡12.000, de octubre.",
        "El consumo de octubre es un promedio: la próxima lectura real lo corrige.",
    )


def test_a_month_without_use_before_has_no_percentage() -> None:
    before = replace(SEPTEMBER, volume=Decimal(0))
    assert why(OCTOBER, before, None, FIGURES)[1] == (
        "Se gastaron 27 m³ en 30 días, 0,90 m³ al día; antes no hubo consumo."
    )


def test_fixed_services_alone_are_compared_by_their_amounts() -> None:
    fixed = BilledMonth(month=date(2026, 10, 1), usage_total=Decimal(0), others=(("Cuota", Decimal(4000)),))
    before = replace(fixed, month=date(2026, 9, 1), others=(("Cuota", Decimal(3500)),))
    assert why(fixed, before, replace(before, month=date(2025, 10, 1)), FIGURES) == (
        "En octubre se cobraron ₡500 más que en septiembre: ₡4.000 en lugar de ₡3.500.",
        "Cuota subió de ₡3.500 a ₡4.000.",
        "En octubre de 2025 fueron ₡3.500.",
    )
