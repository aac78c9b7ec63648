"""The heights that Python reckons with are those that typst sets."""

import json
from typing import Any

import pytest
import typst

from caudal.documents.printing.press import Press, printed, typst_string, view_of
from caudal.documents.spanish import fitting
from caudal.documents.spanish.fitting import Place, arrangement
from tests.unit.documents.samples import BILLS, PHOTOS, sample

CLOSE_MM = 0.02
LINE_MM = 3.7


def measured(press: Press, view: dict[str, Any]) -> dict[str, float]:
    """What typst makes of the two columns and the foot, in mm."""
    sizes = {
        "left": ("wide(p)", "left-side(b, wide(p))"),
        "right": ("side", "right-side(b)"),
        "foot": ("inner(p)", "before-stub(b, inner(p))"),
    }
    asked = ", ".join(
        f"{name}: measure(block(width: {width}, {body})).height / 1mm"
        for name, (width, body) in sizes.items()
    )
    source = (
        f'#import "bill.typ": *\n#let b = json(bytes({typst_string(printed(view))}))\n#let p = papers.at(b.paper)\n'
        f'#show: base.with("CR")\n#context [#metadata(({asked})) <sizes>]'
    )
    compiler = typst.Compiler(input=source.encode(), root=press.root, font_paths=press.fonts)
    found: dict[str, float] = json.loads(compiler.query("<sizes>", field="value", one=True))
    return found


@pytest.fixture(scope="module")
def press() -> Press:
    made = Press()
    for name, content in PHOTOS.items():
        (made.root / name).write_bytes(content)
    return made


@pytest.mark.parametrize("name", BILLS)
@pytest.mark.parametrize("mode", ["one", "aside", "split"])
def test_reckoned_heights_are_those_that_are_set(press: Press, name: str, mode: str) -> None:
    """A bold word may fill a line that was reckoned as two: never the other way."""
    view = view_of(sample(name)) | {"mode": mode}
    place = Place(mode, view["board_at"] if mode == "one" and view["board_at"] else "right")
    view["board_at"] = place.board if view["board"] else ""
    width = fitting.PAPERS[view["paper"]][0] - 2 * fitting.MARGIN_X
    real = measured(press, view)
    wide = width - fitting.SIDE - fitting.GUTTER
    reckoned = {
        "left": fitting.left_side(view, place, wide),
        "right": fitting.right_side(view, place),
        "foot": fitting.before_stub(view, width),
    }
    for part, height in reckoned.items():
        assert real[part] - CLOSE_MM <= height <= real[part] + LINE_MM, part


def with_charges(count: int) -> dict[str, Any]:
    data = sample("01")
    data["readings"][0]["photo"] = ""
    line = data["charges"][2]
    data["charges"] = [line] * count
    total = f"{528 * count}.00"
    data["totals"] = {"invoice": total, "until_due": total}
    view: dict[str, Any] = view_of(data)
    return view


def test_the_more_is_charged_the_more_moves_to_page_two() -> None:
    modes = [arrangement(with_charges(count)).mode for count in (3, 14, 18, 40)]
    assert modes == ["one", "aside", "split", "summary"]


def test_many_meters_are_always_listed_on_page_two() -> None:
    data = sample("01")
    data["readings"] = data["readings"] * 24
    assert view_of(data)["mode"] == "summary"


def test_the_board_keeps_its_box_beside_a_long_bill() -> None:
    data = sample("02")
    data["charges"] = data["charges"] * 20
    data["totals"] = {"invoice": "171.00", "until_due": "189.54", "after_due": "189.97"}
    assert view_of(data)["board_at"] in ("right", "behind")
