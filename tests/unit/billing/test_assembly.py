"""The assembly: what is due becomes bills, and what cannot be billed says why. Worked in cents, without a database."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.assembly.assemble import Assembled, Assembler
from caudal.billing.assembly.plan import (
    Chain,
    Due,
    Holder,
    Provisional,
    RunPlan,
    ServiceRule,
    Slice,
    Supply,
    TariffRule,
    Usual,
)
from caudal.billing.assembly.rating import recompute
from caudal.kernel.periods import Span
from caudal.kernel.pricing import parse_tariff

OCTOBER = Span(date(2026, 10, 1), date(2026, 11, 1))
WATER, SEWERAGE, REFUSE = 1, 2, 3


def tariff(
    service: int, *components: dict[str, Any], start: date = date(2020, 1, 1), **more: Any
) -> TariffRule:
    definition = {"format": 1, "name": "Tarifa", "unit": "m³", "components": list(components), **more}
    return TariffRule(
        service * 10 + start.year - 2020, service, service, "Tarifa", start, None, parse_tariff(definition)
    )


FLAT = {"kind": "flat", "code": "usage", "price": "0.45"}
SHARE = {"kind": "percent", "code": "share", "percent": "60", "service": "water"}
FIXED = {"kind": "fixed", "code": "base", "amount": "3.75"}


def rule(id: int, code: str, kind: str, **more: Any) -> ServiceRule:
    given: dict[str, Any] = {
        "id": id,
        "code": code,
        "name": code.title(),
        "kind": kind,
        "unit": "m³",
        "position": id,
        "presentation": "account",
        "without_reading": "retain",
        "tax_name": "",
        "tax_percent": Decimal(0),
        "period_id": 77,
        "span": OCTOBER,
        "part": 1,
        "due_date": date(2026, 11, 20),
    }
    return ServiceRule(**{**given, **more})


def plan(*rules: ServiceRule, tariffs: dict[int, tuple[TariffRule, ...]] | None = None) -> RunPlan:
    usual = {
        WATER: (tariff(WATER, FLAT),),
        SEWERAGE: (tariff(SEWERAGE, SHARE),),
        REFUSE: (tariff(REFUSE, FIXED),),
    }
    return RunPlan(
        run_id=1,
        dated_on=date(2026, 11, 5),
        issued_on=date(2026, 11, 5),
        rules={r.id: r for r in rules},
        tariffs=tariffs or {r.id: usual[r.id] for r in rules},
        read_until=date(2026, 11, 5),
        minor_units=2,
        tax_rounding="document",
    )


ALL = (rule(WATER, "water", "metered"), rule(SEWERAGE, "sewerage", "fixed"), rule(REFUSE, "refuse", "fixed"))


def due(id: int, service: int, **more: Any) -> Due:
    given: dict[str, Any] = {
        "id": id,
        "account_id": 5,
        "service_id": service,
        "tariff_id": service,
        "connection_id": 9,
        "property_id": None,
        "category": "",
        "amount_override": None,
        "declared_value": None,
        "billed": False,
    }
    return Due(**{**given, **more})


def chain(volume: str, **more: Any) -> Chain:
    given: dict[str, Any] = {
        "to_id": 102,
        "to_on": date(2026, 11, 1),
        "to_register": Decimal("236"),
        "source": "manual",
        "serial": "A-1",
        "unit": "m³",
        "from_id": 101,
        "from_on": date(2026, 10, 1),
        "from_register": Decimal("200"),
        "same_meter": True,
        "provisional": False,
        "volume": Decimal(volume),
        "before": None,
    }
    return Chain(**{**given, **more})


def known(*dues: Due, **more: Any) -> Slice:
    given: dict[str, Any] = {
        "holders": {5: Holder('{"name": "Marcela Sanabria"}', '"000005"')},
        "due": dues,
        "supplies": {
            9: Supply('{"number": "000009"}', "{}", None, "Centro"),
            10: Supply("{}", "{}", None, "Centro"),
        },
        "chains": {},
        "provisional": {},
        "usual": {},
    }
    return Slice(**{**given, **more})


def assembled(the_plan: RunPlan, the_slice: Slice) -> Assembled:
    return Assembler(the_plan).assemble(the_slice)


def test_water_and_sewerage_of_the_workbook_cost_eighteen_thirty():
    tariffs = {
        WATER: (tariff(WATER, FLAT),),
        SEWERAGE: (tariff(SEWERAGE, {"kind": "fixed", "code": "base", "amount": "2.10"}),),
    }
    found = assembled(
        plan(*ALL[:2], tariffs=tariffs), known(due(1, WATER), due(2, SEWERAGE), chains={1: chain("36")})
    )
    (bill,) = found.bills
    assert [item.rated.net for item in bill.items] == [Decimal("16.20"), Decimal("2.10")]
    assert bill.total == Decimal("18.30")
    assert bill.due_date == date(2026, 11, 20)


def test_a_percentage_takes_the_rounded_net_of_its_base_whatever_the_order_of_the_subscriptions():
    found = assembled(plan(*ALL), known(due(1, SEWERAGE), due(2, WATER), chains={2: chain("35.5")}))
    nets = {item.rule.code: item.rated.net for item in found.bills[0].items}
    assert nets == {"water": Decimal("15.98"), "sewerage": Decimal("9.59")}
    (line,) = json.loads(found.bills[0].items[1].rated.explanation)["lines"]
    assert (line["percent"], line["of"]) == ("60", "Water")


def test_when_the_base_is_held_so_is_the_percentage_and_the_rest_goes_on():
    found = assembled(plan(*ALL), known(due(1, WATER), due(2, SEWERAGE), due(3, REFUSE)))
    assert [(u.subscription_id, u.outcome, u.code) for u in found.unbilled] == [
        (1, "retained", "no_reading"),
        (2, "retained", "base_held"),
    ]
    assert [item.rule.code for item in found.bills[0].items] == ["refuse"]
    assert found.expected == found.billed + len(found.unbilled) == 3


def test_what_is_billed_already_is_excused_and_counted():
    found = assembled(plan(*ALL), known(due(3, REFUSE, billed=True)))
    assert not found.bills
    assert (found.unbilled[0].outcome, found.unbilled[0].code) == ("excused", "already_billed")


def test_a_reading_that_was_accepted_late_is_billed_with_the_next_run():
    old = chain("10", to_on=date(2026, 9, 20), from_on=date(2026, 8, 20))
    found = assembled(plan(ALL[0]), known(due(1, WATER), chains={1: old}))
    assert found.bills[0].total == Decimal("4.50")


def test_a_service_that_waits_excuses_a_month_without_a_reading():
    waits = rule(WATER, "water", "metered", without_reading="wait")
    found = assembled(plan(waits), known(due(1, WATER), chains={1: chain("0", to_on=date(2026, 10, 1))}))
    assert (found.unbilled[0].outcome, found.unbilled[0].code) == ("excused", "waits_for_reading")


def test_an_estimate_is_the_usual_daily_volume_and_says_so():
    estimates = rule(WATER, "water", "metered", without_reading="estimate")
    usual = Usual(4, 101, date(2026, 10, 5), Decimal(200), "A-1", "m³", Decimal(365), 365)
    found = assembled(plan(estimates), known(due(1, WATER), usual={1: usual}))
    (item,) = found.bills[0].items
    assert item.estimated is not None
    assert (item.estimated.volume, item.estimated.register) == (Decimal(31), Decimal(231))
    assert item.rated.net == Decimal("13.95")
    assert "estimate" in [line["code"] for line in json.loads(item.rated.explanation)["lines"]]


def test_the_next_real_reading_settles_the_estimate_for_the_whole_span():
    provisional = Provisional(
        99, date(2026, 9, 1), Decimal(180), Decimal("13.95"), [date(2026, 10, 1)], Decimal(31)
    )
    late = chain("5", provisional=True)
    found = assembled(plan(ALL[0]), known(due(1, WATER), chains={1: late}, provisional={1: provisional}))
    (item,) = found.bills[0].items
    # 36 m³ in all at 0.45 is 16.20, of which 13.95 were charged provisionally.
    assert item.rated.net == Decimal("2.25")
    lines = json.loads(item.rated.explanation)["lines"]
    assert lines[-1]["amount"] == "-13.95"


def test_settling_estimates_charges_fixed_amounts_and_blocks_once_a_month():
    blocks = {"kind": "blocks", "code": "usage", "blocks": [{"upto": "10", "price": "1"}, {"price": "2"}]}
    monthly = {WATER: (tariff(WATER, {**FIXED, "amount": "5.00"}, blocks),)}
    # 10 m³ guessed for September: 5.00 + 10.00. Really 31 m³ in 61 days: 15.246 of them in the 30 days of September.
    provisional = Provisional(
        99, date(2026, 9, 1), Decimal(180), Decimal("15.00"), [date(2026, 10, 1)], Decimal(10)
    )
    late = chain("21", provisional=True)
    the_plan = plan(ALL[0], tariffs=monthly)
    found = assembled(the_plan, known(due(1, WATER), chains={1: late}, provisional={1: provisional}))
    (item,) = found.bills[0].items
    # September 5.00 + 10.00 + 5.246 × 2 = 25.49; October 5.00 + 10.00 + 5.754 × 2 = 26.51; less 15.00.
    assert item.rated.net == Decimal("37.00")
    versions = {v.version_id: v.tariff for v in monthly[WATER]}
    assert recompute(json.loads(item.rated.explanation)["inputs"], versions.__getitem__) == Decimal("37.00")


def test_a_fixed_amount_of_a_metered_service_is_one_of_it_and_its_meter_is_told_once():
    tariffs = {
        WATER: (tariff(WATER, FLAT),),
        SEWERAGE: (tariff(SEWERAGE, {"kind": "fixed", "code": "base", "amount": "2.10"}),),
    }
    rules = (ALL[0], replace(ALL[1], kind="metered"))
    both = known(due(1, WATER), due(2, SEWERAGE), chains={1: chain("36"), 2: chain("36")})
    (bill,) = assembled(plan(*rules, tariffs=tariffs), both).bills
    assert (bill.items[1].rated.quantity, bill.items[1].rated.unit_price) == ("1", "2.100000")
    assert len(json.loads(bill.frozen)["meters"]) == 1


def test_a_change_of_prices_inside_the_span_splits_the_usage_by_days():
    versions = (
        replace(tariff(WATER, FLAT), end=date(2026, 10, 16)),
        tariff(WATER, {"kind": "flat", "code": "usage", "price": "0.90"}, start=date(2026, 10, 16)),
    )
    found = assembled(plan(ALL[0], tariffs={WATER: versions}), known(due(1, WATER), chains={1: chain("31")}))
    # 15 days at 0.45 and 16 at 0.90, one cubic metre a day.
    assert found.bills[0].total == Decimal("21.15")


def test_a_run_that_no_version_covers_is_held_and_never_zero():
    later = {WATER: (tariff(WATER, FLAT, start=date(2027, 1, 1)),)}
    found = assembled(plan(ALL[0], tariffs=later), known(due(1, WATER), chains={1: chain("31")}))
    assert (found.unbilled[0].code, found.unbilled[0].detail) == ("no_tariff", {"day": "2026-11-05"})


def test_a_tariff_that_asks_for_an_attribute_nobody_gave_is_held_by_name():
    by_size = {"kind": "fixed", "code": "base", "amount": {"by": ["size"], "values": [[["1/2"], "2.00"]]}}
    found = assembled(plan(ALL[2], tariffs={REFUSE: (tariff(REFUSE, by_size),)}), known(due(3, REFUSE)))
    assert (found.unbilled[0].code, found.unbilled[0].detail) == ("missing_attribute", {"attribute": "size"})


def test_tax_is_rounded_once_for_the_invoice_and_spread_so_that_each_line_adds_up():
    taxed = [replace(r, tax_name="IGV", tax_percent=Decimal(18)) for r in ALL[:2]]
    tariffs = {
        WATER: (tariff(WATER, {"kind": "fixed", "code": "a", "amount": "26.25"}),),
        SEWERAGE: (tariff(SEWERAGE, {"kind": "fixed", "code": "b", "amount": "7.88"}),),
    }
    rules = [replace(r, kind="fixed") for r in taxed]
    found = assembled(plan(*rules, tariffs=tariffs), known(due(1, WATER), due(2, SEWERAGE)))
    (bill,) = found.bills
    assert bill.tax == Decimal("6.14")
    assert sum(bill.taxes) == bill.tax
    assert bill.total == Decimal("40.27")


def test_presentation_decides_the_number_of_invoices():
    def invoices(presentation: str) -> int:
        rules = [replace(r, presentation=presentation) for r in ALL]
        dues = (due(1, WATER), due(2, REFUSE), due(3, REFUSE, connection_id=10))
        return len(assembled(plan(*rules), known(*dues, chains={1: chain("1")})).bills)

    assert (invoices("account"), invoices("connection"), invoices("service")) == (1, 2, 3)


def test_services_with_different_due_dates_never_share_an_invoice():
    later = replace(ALL[2], due_date=date(2026, 12, 31))
    found = assembled(plan(ALL[0], later), known(due(1, WATER), due(3, REFUSE), chains={1: chain("1")}))
    assert sorted(bill.due_date for bill in found.bills) == [date(2026, 11, 20), date(2026, 12, 31)]


def test_an_amount_agreed_with_the_customer_replaces_the_tariffs():
    found = assembled(plan(ALL[2]), known(due(3, REFUSE, amount_override=Decimal("1.25"))))
    assert found.bills[0].total == Decimal("1.25")


def test_a_stored_charge_is_computed_again_to_the_same_cents():
    found = assembled(plan(ALL[0]), known(due(1, WATER), chains={1: chain("33.333")}))
    (item,) = found.bills[0].items
    versions = {item.version_id: tariff(WATER, FLAT).tariff}
    again = recompute(json.loads(item.rated.explanation)["inputs"], versions.__getitem__)
    assert again == item.rated.net == Decimal("15.00")


def test_what_an_invoice_freezes_is_json_with_its_meter_and_period():
    found = assembled(plan(*ALL), known(due(1, WATER), chains={1: chain("36")}))
    frozen = json.loads(found.bills[0].frozen)
    assert frozen["holder"] == {"name": "Marcela Sanabria"}
    assert frozen["period"] == "2026-10"
    assert frozen["meters"][0] | {"serial": "A-1", "usage": "36", "days": 31} == frozen["meters"][0]


def test_who_left_is_estimated_to_his_last_day_and_who_follows_from_it():
    """31 m³ in 31 days: 15 m³ to the 16th of October, 20 m³ from it to the 5th of November."""
    estimates = rule(WATER, "water", "metered", without_reading="estimate")
    usual = Usual(7, 101, date(2026, 10, 1), Decimal(200), "A-1", "m³", Decimal(31), 31)
    sold = date(2026, 10, 16)
    read = {"to_id": 101, "to_on": date(2026, 10, 1), "to_register": Decimal(200)}
    seller, buyer = due(1, WATER, valid_to=sold), due(2, WATER, account_id=6, valid_from=sold)
    street = known(
        buyer,
        seller,
        holders={5: Holder("{}", '"000005"'), 6: Holder("{}", '"000006"')},
        chains={1: chain("0", **read), 2: chain("0", **read, handed_from=date(2026, 10, 1))},
        usual={1: usual, 2: usual},
    )
    found = {item.due.id: item for bill in assembled(plan(estimates), street).bills for item in bill.items}
    guesses = {due_id: item.estimated for due_id, item in found.items()}
    assert [(g.read_on, g.register) for g in (guesses[1], guesses[2]) if g] == [
        (sold, Decimal(215)),
        (date(2026, 11, 5), Decimal(235)),
    ]
    assert guesses[2] and guesses[2].after == guesses[1]
    assert (found[2].covers_from, found[2].rated.net) == (sold, Decimal("9.00"))


def test_who_was_billed_to_the_day_he_left_owes_nothing_more():
    left = due(1, WATER, valid_to=date(2026, 10, 1))
    read = chain("0", to_on=date(2026, 10, 1))
    found = assembled(plan(*ALL), known(left, chains={1: read}))
    assert (found.unbilled[0].outcome, found.unbilled[0].code) == ("excused", "billed_to_the_end")


def test_who_takes_over_after_the_reading_window_waits_for_the_next_month():
    estimates = rule(WATER, "water", "metered", without_reading="estimate")
    usual = Usual(7, 101, date(2026, 10, 1), Decimal(200), "A-1", "m³", Decimal(31), 31)
    comes = due(1, WATER, valid_from=date(2026, 11, 20))
    read = chain("0", to_on=date(2026, 10, 1), handed_from=date(2026, 10, 1))
    found = assembled(plan(estimates), known(comes, chains={1: read}, usual={1: usual}))
    assert (found.unbilled[0].outcome, found.unbilled[0].code) == ("excused", "waits_for_reading")
