"""A file that is no tariff is refused with everything that is wrong, by place, code and numbers."""

from typing import Any

import pytest

from caudal.kernel.pricing import InvalidTariff, Problem, load_tariff, parse_tariff, tariff_problems
from caudal.kernel.pricing.problems import TEXTS
from tests.unit.kernel.pricing.build import blocks, file, fixed, flat, percent


def found(*components: dict[str, Any], **keys: Any) -> list[tuple[str, str]]:
    """Place and code of each problem of a tariff."""
    return [(each.path, each.code) for each in tariff_problems(file(*components, **keys))]


def only(*components: dict[str, Any], **keys: Any) -> Problem:
    """The one problem of a tariff."""
    (problem,) = tariff_problems(file(*components, **keys))
    return problem


def test_all_problems_are_told_at_once() -> None:
    broken = {"format": 2, "unit": 5, "componets": [], "components": [
        blocks({"upto": "10", "price": "1"}),
        flat("1,5"),
        {"kind": "flatt", "code": "x"},
        percent("5", ["nobody"]),
    ]}  # fmt: skip
    assert [(each.path, each.code) for each in tariff_problems(broken)] == [
        ("format", "bad_format"),
        ("components[1].price", "bad_number"),
        ("components[2].kind", "unknown_kind"),
        ("components[0].blocks[0].upto", "last_block_not_open"),
        ("components[1].code", "duplicate_code"),
        ("components[3].of[0]", "unknown_component"),
        ("", "missing_key"),
        ("unit", "bad_text"),
        ("", "unknown_key"),
    ]
    with pytest.raises(InvalidTariff, match="The last block must be open") as refused:
        parse_tariff(broken)
    assert len(refused.value.problems) == 9


def test_a_last_block_must_be_open() -> None:
    problem = only(blocks({"upto": "10", "price": "1"}, {"upto": "20", "price": "2"}))
    assert (problem.path, problem.code) == ("components[0].blocks[1].upto", "last_block_not_open")


def test_an_open_block_ends_the_list() -> None:
    assert found(blocks({"price": "1"}, {"upto": "20", "price": "2"}, {"price": "3"})) == [
        ("components[0].blocks[0]", "open_block_not_last")
    ]


def test_limits_do_not_decrease_but_may_be_equal() -> None:
    problem = only(blocks({"upto": "20", "price": "1"}, {"upto": "10", "price": "2"}, {"price": "3"}))
    assert problem.text == "The limit 10 is below the limit 20 of the block before."
    assert found(blocks({"upto": "10", "price": "1"}, {"upto": "10", "price": "2"}, {"price": "3"})) == []


def test_limits_by_attribute_do_not_decrease_for_any_customer() -> None:
    def limits(small: str, large: str) -> dict[str, Any]:
        return {"by": ["size"], "values": [[["1"], small], [["2"], large]]}

    first = {"upto": limits("10", "30"), "price": "1"}
    second = {"upto": limits("20", "20"), "price": "2"}
    assert only(blocks(first, second, {"price": "3"})).params == {"limit": "20", "previous": "30"}


@pytest.mark.parametrize(
    ("start", "code"), [("10", None), ("11", None), ("12", "block_gap"), ("9", "block_overlap")]
)
def test_a_block_that_says_where_it_begins_begins_where_the_one_before_ends(
    start: str, code: str | None
) -> None:
    problems = found(blocks({"upto": "10", "price": "1"}, {"from": start, "price": "2"}))
    assert problems == ([] if code is None else [("components[0].blocks[1].from", code)])


def test_a_first_block_that_does_not_begin_at_the_first_unit_leaves_a_gap() -> None:
    assert only(blocks({"from": "5", "price": "1"})).text == "There is no price between 0 and 5."


def test_a_gap_in_one_customers_blocks_is_found() -> None:
    gap = [{"upto": "10", "price": "1"}, {"from": "15", "price": "2"}]
    table = {"by": ["use"], "values": [[["house"], gap]], "else": [{"upto": "3", "price": "1"}]}
    assert found({"kind": "blocks", "code": "a", "blocks": table}) == [
        ("components[0].blocks.values[0][1].from", "block_gap"),
        ("components[0].blocks.else[0].upto", "last_block_not_open"),
    ]


@pytest.mark.parametrize("number", ["abc", "1,5", "", "NaN", "Infinity", 1.5, True, [], None])
def test_a_number_is_text_with_a_point_or_a_whole_number(number: Any) -> None:
    (code,) = [code for _, code in found(flat(number))]
    assert code == ("missing_key" if number is None else "bad_number")


def test_a_block_has_no_negative_price_but_credits_and_rebates_are_negative() -> None:
    assert found(blocks({"price": "-1"})) == [("components[0].blocks[0].price", "negative_number")]
    assert found(flat("-1")) == []
    assert found(fixed("-1")) == []


def test_the_problems_of_a_lookup() -> None:
    rows = [[["1", "A"], "1"], [["1", "A"], "2"], [["2"], "3"], "row"]
    assert found(fixed({"by": ["size", "zone"], "values": rows})) == [
        ("components[0].amount.values[2]", "lookup_width"),
        ("components[0].amount.values[3]", "not_an_object"),
        ("components[0].amount.values[3]", "missing_key"),
        ("components[0].amount.values[3]", "lookup_width"),
        ("components[0].amount.values[1]", "lookup_duplicate"),
    ]


def test_declared_attributes_must_be_known_and_their_values_all_be_priced() -> None:
    by_size = {"by": ["size"], "values": [[["1"], "1"], [["3"], "2"]]}
    by_zone = {"by": ["zone"], "values": [[["A"], "1"]], "else": "2"}
    problems = tariff_problems(
        file(fixed(by_size), flat(by_zone), attributes={"size": ["1", "2"], "age": []})
    )
    assert [(each.path, each.code, each.params) for each in problems] == [
        ("components[0].amount.values[1]", "unknown_value", {"attribute": "size", "value": "3"}),
        ("components[0].amount", "lookup_gap", {"keys": "2"}),
        ("components[1].price.by", "unknown_attribute", {"attribute": "zone"}),
    ]


def test_attributes_that_the_organisation_does_not_have_are_found() -> None:
    by_size = file(fixed({"by": ["size"], "values": [[["1"], "1"]]}), flat({"attribute": "own_price"}))
    assert [each.params for each in tariff_problems(by_size, attributes={"size"})] == [
        {"attribute": "own_price"}
    ]
    assert tariff_problems(by_size, attributes={"size", "own_price"}) == ()
    declared = file(fixed("1"), attributes={"size": []})
    assert [each.path for each in tariff_problems(declared, attributes={"zone"})] == ["attributes.size"]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({"below": "25"}, {"from": "25"}, None),
        ({"upto": "25"}, {"above": "25"}, None),
        ({"below": "25"}, {"above": "25"}, "range_gap"),
        ({"upto": "25"}, {"from": "30"}, "range_gap"),
        ({"upto": "25"}, {"from": "25"}, "range_overlap"),
        ({"from": "10"}, {"from": "25"}, "range_overlap"),
        ({"from": "10", "below": "10"}, {"from": "10"}, "range_empty"),
    ],
)
def test_ranges_follow_each_other(first: dict[str, str], second: dict[str, str], code: str | None) -> None:
    rows = [[[second], "2"], [[first], "1"]]
    assert [c for _, c in found(fixed({"by": ["mm"], "values": rows}))] == ([] if code is None else [code])


def test_a_hole_between_ranges_is_none_where_the_lookup_says_what_else_costs() -> None:
    rows = [[[{"upto": "25"}], "1"], [[{"from": "30"}], "2"]]
    assert found(fixed({"by": ["mm"], "values": rows, "else": "3"})) == []


def test_seasons_are_days_of_the_year_and_lookups_know_them() -> None:
    seasons = [{"name": "a", "from": "02-29"}, {"name": "b", "from": "13-01"}, {"name": "b", "from": "02-29"}]
    by_season = {"by": ["season"], "values": [[["a"], "1"], [["c"], "2"]]}
    problems = tariff_problems(file(flat(by_season), seasons=seasons, attributes={}))
    assert [(each.path, each.code) for each in problems] == [
        ("seasons[1].from", "bad_day"),
        ("seasons[2].from", "season_twice"),
        ("components[0].price.values[1]", "unknown_value"),
        ("components[0].price", "lookup_gap"),
    ]


def test_references_look_back() -> None:
    problems = found(
        percent("1", "total", "a"), percent("1", ["c"], "b"), fixed("1", "c"), percent("1", [], "d")
    )
    assert problems == [
        ("components[3].of", "empty_list"),
        ("components[0].of", "nothing_before"),
        ("components[1].of[0]", "component_later"),
        ("components[3]", "base_missing"),
    ]
    assert found(fixed("1"), percent("1", ["fijo", "total"])) == [
        ("components[1].of[1]", "unknown_component")
    ]


def test_a_percentage_has_one_base() -> None:
    assert found(fixed("1"), percent("1", ["fijo"], service="water")) == [("components[1]", "base_twice")]


def test_a_threshold_of_units_needs_a_price_of_units() -> None:
    assert found(fixed("1"), percent("1", ["fijo"], first="10")) == [
        ("components[1].first", "base_not_metered")
    ]


def test_codes_are_used_once_and_total_is_taken() -> None:
    parts = ({"upto": "1", "price": "1", "code": "a"}, {"price": "2"})
    assert found(fixed("1", "a"), blocks(*parts), fixed("1", "total")) == [
        ("components[1].code", "duplicate_code"),
        ("components[2].code", "duplicate_code"),
    ]


def test_excess_is_priced_once_and_a_whole_quantity_has_no_minimum() -> None:
    excess = {"kind": "excess", "price": "1"}
    assert found({**excess, "code": "a"}, {**excess, "code": "b"}) == [("components[1]", "several_excess")]
    minimum = {"amount": "1", "included": "2"}
    assert found(blocks({"price": "1"}, method="whole", minimum=minimum)) == [
        ("components[0].minimum", "minimum_of_whole")
    ]


def test_words_that_are_not_in_the_list() -> None:
    problem = only(fixed("1"), scale="months")
    assert problem.text == "“months” is none of none, periods, days."


def test_a_year_has_at_least_one_part() -> None:
    assert found(fixed("1", parts=0)) == [("components[0].parts", "not_positive")]
    assert found(fixed("1", parts="1.5")) == [("components[0].parts", "bad_number")]


@pytest.mark.parametrize("data", [None, [], "text", 5, {}])
def test_what_is_no_object_is_no_tariff(data: Any) -> None:
    with pytest.raises(InvalidTariff):
        parse_tariff(data)


def test_text_that_is_no_json_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidTariff, match="not JSON: .* in line 2, column 1"):
        load_tariff('{"format": 1,\n')


def test_numbers_of_a_file_may_be_written_without_quotes() -> None:
    text = '{"format": 1, "name": "x", "components": [{"kind": "flat", "code": "a", "price": 0.45}]}'
    assert str(load_tariff(text).components[0].price) == "0.45"


def test_a_tariff_needs_a_component() -> None:
    assert found() == [("components", "empty_list")]


def test_every_message_can_be_filled_in() -> None:
    for text in TEXTS.values():
        assert text == text.strip()
        assert text[-1] == "."
