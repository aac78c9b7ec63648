"""What a bill says about how a charge was worked out."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.documents.spanish import DoesNotAddUp, Figures, sentences
from caudal.documents.spanish.sentences import SENTENCES
from caudal.kernel.interest import Debt, late_charges
from caudal.kernel.late_policies import parse_late_policies
from caudal.kernel.pricing.lines import CLASSES

FIGURES = Figures(
    {"symbol": "₡", "decimals": 2, "point": ",", "group": ".", "region": "CR", "paper": "us-letter"}
)


def told(*lines: dict[str, Any], total: str = "0") -> str:
    return sentences(lines, total, FIGURES).replace("\u202f", " ")


def block(quantity: str, price: str, amount: str, **limits: str) -> dict[str, Any]:
    return {
        "code": "block",
        "quantity": quantity,
        "unit": "m3",
        "unit_price": price,
        "amount": amount,
    } | limits


def test_every_line_of_the_pricing_kernel_has_a_sentence() -> None:
    assert set(CLASSES) <= set(SENTENCES)


def test_every_line_of_late_interest_has_a_sentence() -> None:
    policies = parse_late_policies(
        [
            {"kind": "daily", "code": "a", "rates": [{"percent": "12"}]},
            {"kind": "monthly", "code": "b", "cap_percent": "1", "rates": [{"percent": "1"}]},
            {"kind": "flat", "code": "c", "rates": [{"percent": "5"}]},
            {"kind": "fixed", "code": "d", "rates": [{"amount": "2"}]},
        ]
    )
    costs = late_charges(Debt(Decimal(100), date(2026, 1, 1)), policies, day=date(2026, 6, 1))
    assert {line["code"] for cost in costs for line in cost.lines} <= set(SENTENCES)


def test_blocks_add_up_in_one_sentence_after_the_usage() -> None:
    assert told(
        {"code": "usage", "quantity": "24", "unit": "m3", "days": 31},
        block("15", "412.35", "6185.25", **{"from": "1", "to": "15"}),
        block("9", "618.525", "5566.725", **{"from": "16"}),
        total="11751.98",
    ) == (
        "Consumió 24 m³ en 31 días (0,77 m³ por día). 15 m³ (del 1 al 15) × ₡412,35 = ₡6.185,25 + "
        "9 m³ (desde el 16) × ₡618,525 = ₡5.566,73; suma ₡11.751,98."
    )


def test_a_rounding_of_the_last_place_is_said() -> None:
    two = (block("1", "0.005", "0.005"), block("1", "0.005", "0.005"))
    assert told(*two, total="0.01").endswith("; redondeo −₡0,01; suma ₡0,01.")


def test_lines_that_miss_their_charge_are_refused() -> None:
    with pytest.raises(DoesNotAddUp):
        told(block("10", "1", "10"), total="11")


def test_each_version_of_a_tariff_stands_before_its_blocks() -> None:
    version = {"code": "version", "tariff": "Agua 2026", "until": "2026-10-31", "of_days": 30, "unit": "m3"}
    said = told(
        version | {"from": "2026-10-02", "days": 10, "quantity": "4"},
        block("4", "1", "4"),
        version | {"from": "2026-10-12", "days": 20, "quantity": "8"},
        block("8", "2", "16"),
        total="20",
    )
    assert said.index("10 de 30 días, 4 m³): 4 m³") < said.index("20 de 30 días, 8 m³): 8 m³")
    assert said.endswith("= ₡16,00; suma ₡20,00.")


def test_a_true_up_takes_back_what_was_charged_by_estimate() -> None:
    assert told(
        block("30", "1", "30"),
        {"code": "trueup", "estimated": "20", "real": "30", "unit": "m3", "amount": "-20"},
        total="10",
    ).endswith("+ lo ya cobrado por 20 m³ estimados −₡20,00; suma ₡10,00.")


def test_a_cap_says_what_is_left_of_the_penalty() -> None:
    said = told(
        {"code": "penalty", "base": "100", "rate": "1", "months": 30, "amount": "30"},
        {"code": "cap", "percent": "20", "base": "100", "amount": "20"},
        total="20",
    )
    assert said == "₡100,00 × 1 % por mes o fracción × 30 = ₡30,00. El tope es 20 % de ₡100,00: ₡20,00."


def test_a_connection_is_told_its_part_of_the_accounts_usage_and_price() -> None:
    said = told(
        {"code": "of_account", "quantity": "12", "of": "40", "unit": "m3", "connections": 3},
        block("38", "1", "38"),
        {"code": "excess", "limit": "10", "quantity": "2", "unit": "m3", "unit_price": "10", "amount": "20"}
        | {"name": "000009", "connection": "000009"},
        {"code": "of_price", "base": "58", "amount": "31.40"},
        total="31.40",
    )
    assert said == (
        "Su consumo es 12 m³ de los 40 m³ que sumaron las 3 conexiones de la cuenta. 38 m³ × ₡1,00 = ₡38,00 + "
        "conexión 000009: límite 10 m³; excedente 2 m³ × ₡10,00 = ₡20,00. De ₡58,00 por toda la cuenta, a esta "
        "conexión le tocan ₡31,40."
    )


def test_an_amount_by_itself_needs_no_words() -> None:
    assert told({"code": "flat", "name": "Base", "amount": "2"}, total="2") == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"code": "usage", "quantity": "5", "unit": "m3"}, "Consumió 5 m³."),
        (
            {"code": "rounded", "measured": "12.4", "quantity": "12", "unit": "m3", "rule": "floor"},
            "Midió 12,4 m³; se cobran 12 m³ (redondeo hacia abajo).",
        ),
        (
            {"code": "scale", "periods": "2", "billed": "1"},
            "Cubre 2 meses: límites y cargo fijo multiplicados por 2, menos el cargo fijo de un mes ya cobrado.",
        ),
        (
            {"code": "scale", "periods": "1", "billed": "1"},
            "El cargo fijo de este mes ya se le cobró a quien tenía el servicio antes.",
        ),
        (
            {"code": "estimate", "reason": "no_reading", "months": 6, "quantity": "21", "unit": "m3"},
            "No se pudo leer el medidor: se usó el promedio de sus últimos 6 meses, 21 m³. Con la próxima lectura "
            "real se cobra o se devuelve la diferencia.",
        ),
        (
            {"code": "exempt", "name": "Canon", "limit": "10", "unit": "m3"},
            "Canon no se cobra: consumió 10 m³ o menos.",
        ),
        ({"code": "season", "season": "verano"}, "Precios de verano."),
    ],
)
def test_lines_that_only_tell(line: dict[str, Any], said: str) -> None:
    assert told(line) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            {
                "code": "valuation",
                "value": "68450000",
                "rate": "0.5",
                "annual": "342250",
                "parts": 4,
                "part": 4,
            },
            "Valor declarado ₡68.450.000,00 × 0,5 % = ₡342.250,00 al año, en 4 partes; esta es la "
            "cuarta: ₡85.562,50.",
        ),
        (
            {"code": "subsidy", "percent": "-20", "of": "consumo básico", "base": "25443.73"},
            "Subsidio del 20 % sobre consumo básico (₡25.443,73) = ₡85.562,50.",
        ),
        (
            {"code": "percent", "percent": "30", "of": "total", "base": "10"},
            "30 % de la suma anterior (₡10,00) = ₡85.562,50.",
        ),
        (
            {"code": "excess", "limit": "6", "unit": "m3", "quantity": "2", "unit_price": "0.15"},
            "Límite 6 m³; excedente 2 m³ × ₡0,15 = ₡85.562,50.",
        ),
        (
            {"code": "interest", "base": "6325", "rate": "8.24", "days": 45, "basis": 365},
            "₡6.325,00 × 8,24 % anual × 45 días de atraso ÷ 365 = ₡85.562,50.",
        ),
        (
            {"code": "at_least", "name": "Mínimo", "least": "90000", "base": "4437.5"},
            "Para llegar al cobro mínimo de ₡90.000,00 faltan ₡85.562,50.",
        ),
    ],
)
def test_lines_that_make_the_charge(line: dict[str, Any], said: str) -> None:
    assert told(line | {"amount": "85562.50"}, total="85562.50") == said
