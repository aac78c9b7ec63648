"""Published tariffs, worked bills and interest rules of Spanish-speaking countries, to the cent.

What the rules cannot say, and why, is `CANNOT`; docs/tariffs.md has the same table.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from caudal.kernel.interest import Debt, interest_to
from caudal.kernel.late_policies import DatedRate, LateKind, LatePolicy
from caudal.kernel.pricing import CannotPrice, Context, Facts, Tariff, price
from caudal.kernel.pricing.lines import Percent
from caudal.kernel.taxes import Taxable, tax_of_charges
from tests.realdata import spanish
from tests.realdata.conftest import COUNT
from tests.realdata.folder import absent, paths, real_files
from tests.realdata.judge import half_up
from tests.realdata.spanish import Item

Record = Callable[[str, object], None]
NAMES = "spanish*.json"
FILES = real_files(NAMES)
ROOT = Path(__file__).parents[2]
CENT = Decimal("0.01")
CANNOT = {
    "mx-actualizacion-recargos": (
        "updating a debt by a price index, with the factor cut to four decimals and never below 1, is not a rule of"
        " Caudal; the published surcharge of 175.685 is printed as 175.68, which half up does not give"
    ),
    "cr-parrita-interes-2024-I": (
        "the monthly and daily equivalents of 8.24 % a year are published cut to four decimals; Caudal charges the"
        " yearly rate itself by days. The fine of 1 % a month or fraction with its cap is matched"
    ),
    "co-marinilla-2016": (
        "prices by stratum come from a base that is not published unrounded, so that some figures of base and"
        " percentage miss the table by a centavo; as a table of prices by stratum all are matched"
    ),
    "es-bono-social-2026": (
        "the discount's own percentage and limits of energy are not published with the example; it is matched as an"
        " amount, and the tax on what is left as a percentage"
    ),
    "cr-cnfl-t-re-2020-10": "published without a worked bill: checked against sums done by hand",
    "es-mengibar": "published without a worked bill: checked against sums done by hand",
}


def with_shape(shape: str) -> pytest.MarkDecorator:
    """Every item of that shape in every file."""
    found = [
        pytest.param(item, id=f"{file.name}-{item['id']}")
        for file in paths(NAMES)
        for item in json.loads(file.read_text("utf-8"))["items"]
        if spanish.shape(item) == shape
    ]
    return pytest.mark.parametrize("item", [*found, *absent(NAMES)])


def in_stratum(stratum: str) -> Context:
    """A customer of a stratum."""
    return Context(Facts({"estrato": stratum}))


@with_shape("tramos")
def test_a_published_bill_of_water_sewerage_and_sales_tax_comes_out(
    item: Item, record_property: Record
) -> None:
    for case in item["cases"]:
        water_tariff, sewer_tariff = spanish.block_tariffs(case)
        used = case.get("consumo_medido", case.get("m3_facturados"))
        water = price(water_tariff, Decimal(used)).net
        sewer = price(sewer_tariff, None, Context(bases=Facts({"agua": water}))).net
        tax = sum(tax_of_charges([Taxable(net, spanish.tax_percent(item)) for net in (water, sewer)]))
        found = {"agua": water, "alcantarillado": sewer, "subtotal": water + sewer, "igv": tax}
        found["total"] = water + sewer + tax
        published = {name: case[name] for name in found if name in case}
        assert {name: str(found[name]) for name in published} == published
    record_property(COUNT, f"{len(item['cases'])} of {len(item['cases'])} published bills to the cent")


@with_shape("minimos")
def test_a_minimum_holds_up_to_the_usage_that_it_includes_and_what_is_more_is_held(item: Item) -> None:
    for case in item["cases"]:
        tariffs = spanish.minimum_tariffs(case)
        most = int(case["m3"].split("..")[-1])
        for used in range(most + 1):
            nets = [price(tariff, used).net for tariff in tariffs]
            assert [str(net) for net in nets] == [case["acueducto"], case["alcantarillado"]]
            assert str(sum(nets)) == case.get("total", str(sum(nets)))
        with pytest.raises(CannotPrice, match="price_not_published"):
            price(tariffs[0], most + 1)


@with_shape("tributo")
def test_the_least_charge_is_the_minimum_block_at_its_price(item: Item) -> None:
    tariff, minimum = spanish.tribute_tariff(item), item["bloque_minimo"]
    for used in (0, minimum["hasta_kwh"]):
        assert str(price(tariff, used).net) == minimum["cargo_fijo"]
    assert price(tariff, minimum["hasta_kwh"] + 1).net > Decimal(minimum["cargo_fijo"])


@with_shape("tributo")
def test_the_tribute_spares_small_users_and_stops_growing_at_its_last_unit(item: Item) -> None:
    tariff, tribute = spanish.tribute_tariff(item), item["tributo_bomberos"]
    exempt = tribute["exento_si_consumo_hasta_kwh"]
    shares = {used: tribute_of(tariff, used) for used in (exempt, exempt + 1, 1750, 1751, 5000)}
    assert shares[exempt] == 0
    assert shares[exempt + 1] == (exempt + 1) * Decimal(item["bloques"][0][1]) * Decimal(tribute["pct"]) / 100
    assert shares[1750] == shares[1751] == shares[5000]


def tribute_of(tariff: Tariff, used: int) -> Decimal:
    """What the tribute adds to a bill."""
    return sum((line.amount for line in price(tariff, used).lines if isinstance(line, Percent)), Decimal(0))


@with_shape("tributo")
def test_a_bill_done_by_hand_from_the_published_prices(item: Item) -> None:
    if item["id"] == "cr-cnfl-t-re-2020-10":
        # 200 × 72.46 + 50 × 111.19 = 20,051.50; 1.75 % of it is 350.90125
        assert str(price(spanish.tribute_tariff(item), 250).net) == "20402.40"


@with_shape("por_uso")
def test_a_quota_by_diameter_and_blocks_by_use_are_priced_for_every_use_and_size(item: Item) -> None:
    tariff = spanish.use_tariff(item)
    for use in ("domestico", "industrial", "oficial"):
        for size, quota in item["cuota_fija_mm"].items():
            case = Context(Facts({"uso": use, "diametro_mm": size.lstrip(">=")}))
            assert str(price(tariff, 0, case).net) == quota
            nets = [price(tariff, used, case).net for used in range(60)]
            assert all(less <= more for less, more in pairwise(nets))
    if item["id"] == "es-mengibar":
        # 9.31 + 18 × 0.35 + 12 × 0.70 + 10 × 1.10
        small = Context(Facts({"uso": "domestico", "diametro_mm": "15"}))
        assert str(price(tariff, 40, small).net) == "35.01"
        assert str(price(tariff, 0, Context(Facts({"uso": "oficial", "diametro_mm": "65"}))).net) == "93.06"


@with_shape("estratos")
def test_every_price_of_a_table_by_stratum_comes_out(item: Item, record_property: Record) -> None:
    tariff, basic = spanish.stratum_tariff(item), Decimal(spanish.BASIC_UPTO)
    for stratum, _, fixed, basic_price, other in item["acueducto"]:
        at = in_stratum(stratum)
        assert str(price(tariff, 0, at).net) == fixed
        assert price(tariff, 1, at).net == Decimal(fixed) + Decimal(basic_price)
        assert price(tariff, basic + 1, at).raw - price(tariff, basic, at).raw == Decimal(other)
    record_property(
        COUNT, f"{3 * len(item['acueducto'])} of {3 * len(item['acueducto'])} prices of the table"
    )


@with_shape("estratos")
def test_the_rule_of_subsidy_and_contribution_misses_the_table_by_a_centavo_at_most(
    item: Item, record_property: Record
) -> None:
    tariff, basic = spanish.subsidy_tariff(item), Decimal(spanish.BASIC_UPTO)
    missed = []
    for stratum, share, fixed, basic_price, other in item["acueducto"]:
        raw = [price(tariff, used, in_stratum(stratum)).raw for used in (0, 1, basic, basic + 1)]
        found = [raw[0], raw[1] - raw[0], raw[3] - raw[2]]
        for published, by_rule in zip((fixed, basic_price, other), map(half_up, found), strict=True):
            assert abs(by_rule - Decimal(published)) <= CENT
            missed += [(stratum, share, published)] if by_rule != Decimal(published) else []
    record_property(
        COUNT, f"by rule {len(missed)} of {3 * len(item['acueducto'])} prices are a centavo off: {missed}"
    )


@with_shape("electrica")
def test_an_electricity_bill_is_taxed_on_what_the_discount_leaves(item: Item) -> None:
    case = item["case"]
    priced = price(spanish.electric_tariff(case), None)
    assert str(priced.net) == case["base_iva"]
    tax = next(line for line in priced.lines if isinstance(line, Percent))
    assert str(tax.base) == case["base_iee"]
    assert str(half_up(tax.amount)) == case["iee"]


@with_shape("mora_anual")
def test_a_fine_by_month_or_fraction_stops_at_its_cap(item: Item) -> None:
    fine = policy(LateKind.MONTHLY, "1", cap_percent=Decimal(20))
    debt = Debt(Decimal(100000), date(2024, 1, 15))
    fines = [
        interest_to(debt, [fine], day=day) for day in (date(2024, 1, 16), date(2024, 3, 16), date(2027, 1, 1))
    ]
    assert [str(each) for each in fines] == ["1000.00", "3000.00", "20000.00"]


@with_shape("mora_anual")
def test_published_equivalents_of_a_yearly_rate_are_cut_not_rounded(item: Item) -> None:
    yearly = Decimal(item["anual_pct"])
    for parts, published in ((12, item["mensual_pct"]), (360, item["diario_pct"])):
        assert str((yearly / parts).quantize(Decimal("0.0001"), ROUND_DOWN)) == published


@with_shape("mora_mensual")
def test_a_daily_rate_that_is_a_thirtieth_of_the_monthly_is_a_year_of_360_days(item: Item) -> None:
    monthly = Decimal(item["status"].split(" % mensual")[0])
    daily = policy(LateKind.DAILY, str(monthly * 12), basis=360)
    debt, due = Debt(Decimal(1000), date(2023, 1, 10)), date(2023, 1, 10)
    assert interest_to(debt, [daily], day=due + timedelta(days=30)) == half_up(monthly * 10)
    assert interest_to(debt, [daily], day=due + timedelta(days=7)) == half_up(monthly * 10 * 7 / 30)


def policy(kind: LateKind, percent: str, **keys: Any) -> LatePolicy:
    """A late policy with one rate that has always been in force."""
    return LatePolicy(kind, kind.value, (DatedRate(date.min, Decimal(percent)),), **keys)


@pytest.mark.parametrize("file", FILES)
def test_every_item_is_either_matched_or_listed_with_its_reason(file: Path, record_property: Record) -> None:
    found = json.loads(file.read_text("utf-8"))["items"]
    unknown = [item["id"] for item in found if not spanish.shape(item)]
    listed = {item["id"]: CANNOT[item["id"]] for item in found if item["id"] in CANNOT}
    note = f"; of a form that no reader knows: {unknown}" if unknown else ""
    record_property(
        COUNT, f"{len(found) - len(unknown)} of {len(found)} items read, {len(listed)} with limits{note}"
    )
    for item in found:
        if spanish.shape(item) == "actualizacion":
            assert item["id"] in listed


def test_the_documentation_lists_what_cannot_be_said() -> None:
    page = (ROOT / "docs" / "tariffs.md").read_text("utf-8")
    assert [name for name in CANNOT if name not in page] == []
