"""What docs/tariffs.md shows is what the program reads and writes."""

import json
import re
from pathlib import Path

import pytest

from caudal.kernel.pricing import (
    Context,
    context_from_json,
    line_to_json,
    parse_tariff,
    price,
    tariff_problems,
)
from caudal.kernel.pricing.lines import ADDS, CLASSES
from tests.unit.kernel.pricing.build import file

PAGE = (Path(__file__).parents[4] / "docs" / "tariffs.md").read_text("utf-8")
FENCED = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
SHOWN = re.findall(r'`(\{"kind": .*?\})` \|', PAGE)
REFERENCES = {"unknown_component", "nothing_before"}


def test_the_first_example_costs_what_the_page_says() -> None:
    whole = parse_tariff(json.loads(FENCED[0]))
    assert str(price(whole, 24).raw) == "14201.975"
    assert "14,201.975" in PAGE
    assert "14,201.98" in PAGE


@pytest.mark.parametrize("text", SHOWN)
def test_every_component_shown_is_read(text: str) -> None:
    problems = tariff_problems(file(json.loads(text)))
    assert [each for each in problems if each.code not in REFERENCES] == []


@pytest.mark.parametrize("text", FENCED[1].splitlines())
def test_every_value_shown_is_read(text: str) -> None:
    assert tariff_problems(file({"kind": "fixed", "code": "a", "amount": json.loads(text)})) == ()


def test_the_context_shown_is_read() -> None:
    assert context_from_json(json.loads(FENCED[2])) != Context()


def test_the_page_lists_every_line_with_its_keys() -> None:
    table = PAGE.split("## The lines that explain a charge")[1].split("\n## ")[0]
    listed = {
        code: (bool(adds), [key.split(" (")[0] for key in keys.split(", ")])
        for code, adds, keys in re.findall(r"^\| `(\w+)`( \+)? \| (.*) \|$", table, re.MULTILINE)
    }
    real = {
        code: (code in ADDS, [name.rstrip("_") for name in line.__annotations__])
        for code, line in CLASSES.items()
    }
    assert listed == real
    assert line_to_json(CLASSES["text"]("x")) == {"code": "text", "text": "x"}
