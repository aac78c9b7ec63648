"""Which arrangement of page 1 holds a bill: the fullest that fits, chosen before typst sees it.

«one»: sentences below the charges. «aside»: sentences below the chart, smaller. «split»: sentences on page 2.
«summary»: sums by group on page 1, every charge with its sentence on page 2. The box of a board stands left
below the charges, right below the chart, or behind on page 2.
Heights are those of bill.typ and look.typ, in mm: change both together. A test holds them beside what typst
measures.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from caudal.documents.spanish.widths import POINT_MM, line_count

View = dict[str, Any]

PAPERS = {"us-letter": (215.9, 279.4), "a4": (210.0, 297.0)}
MARGIN_X, SIDE, GUTTER = 12.0, 62.0, 6.0
OUTSIDE = 9 + 38.5 + 3.4 + 2 * 3  # bottom margin, stub, space above it, space above and below the middle
SAFETY = 1.0
TINY, SMALL, BODY, LEAD = (points * POINT_MM for points in (7.0, 7.6, 9.0, 10.5))
CAP, LEADING = 0.66, 0.5  # of an em: a line is as tall as its capitals
HEADING = CAP * LEAD + 2.0
TABLE_HEAD = CAP * TINY + 1.1
FEW_ROWS, MANY_METERS, SHORT_TABLE = 9, 10, 8
CHART = 9.2  # figures above the bars and months below them
BESIDE = 46.0


class Place(NamedTuple):
    """An arrangement, and where the box of a board goes."""

    mode: str
    board: str


CANDIDATES = (
    Place("one", "left"),
    Place("one", "right"),
    Place("aside", "right"),
    Place("aside", "behind"),
    Place("split", "right"),
    Place("split", "behind"),
)
LAST = Place("summary", "behind")


def arrangement(view: View) -> Place:
    """The first candidate of which both columns fit, or the summary, which always does."""
    if len(view["readings"]) > MANY_METERS:
        return LAST
    width, height = PAPERS[view["paper"]]
    room = height * 2 / 3 - OUTSIDE - before_stub(view, width - 2 * MARGIN_X) - SAFETY
    wide = width - 2 * MARGIN_X - SIDE - GUTTER
    for place in CANDIDATES:
        if _allowed(place, view) and left_side(view, place, wide) <= room and right_side(view, place) <= room:
            return place
    return LAST


def _allowed(place: Place, view: View) -> bool:
    """Beside a long table the box would look lost; without a box there is one place for nothing."""
    if not view["board"]:
        return place.board == "right"
    return place.board != "left" or len(view["rows"]) < SHORT_TABLE


def left_side(view: View, place: Place, wide: float) -> float:
    """The charges, and in «one» all that explains them."""
    height = HEADING + charges_table(view, wide)
    if place.mode == "split":
        height += 3.0 + CAP * SMALL
    if place.mode == "one" and view["explained"]:
        height += 4.0 + explanation(view, wide)
    height += sum(2.4 + note for note in _notes(view, wide))
    return height + (5.0 + board_box(view, wide, beside=True) if place.board == "left" else 0.0)


def charges_table(view: View, wide: float) -> float:
    """Head, groups, charges and totals."""
    inset = 2.5 if len(view["rows"]) < FEW_ROWS else 1.9
    name_width = _name_width(view, wide)
    height = TABLE_HEAD + (CAP * BODY + 2.5) * (view["taxed"] + 2 * bool(view["after"]["amount"]))
    for row in view["rows"]:
        if "head" in row:
            height += (CAP * SMALL + 2.1) if view["groups"] > 1 else 0.0
        else:
            spanning = 0.0 if row["quantity"] or row["price"] else 37.0 * _counted(view)
            height += inset + _lines(row["name"], name_width + spanning - 4.0, BODY)
    for total in view["sums"]:
        label = f"{total['label']} {total.get('note', '')}".strip()
        height += 2.5 + _lines(label, wide - 24.0, BODY)
    return height + 2.5 + CAP * LEAD


def _counted(view: View) -> bool:
    return any(row.get("quantity") for row in view["rows"])


def _name_width(view: View, wide: float) -> float:
    money = (19.0, 14.0, 20.0) if view["taxed"] else (23.0,)
    rest = ((16.0, 19.0) if _counted(view) else ()) + money
    return wide - sum(rest) - len(rest)


def explanation(view: View, wide: float) -> float:
    """«¿Cómo se calculó?» with a sentence for each charge that has one, then the taxes."""
    told = [_lines(how, wide - 4.0, SMALL, BODY) for how in _told(view)]
    told += [_lines(tax, wide - 4.0, SMALL) for tax in view["taxes"]]
    return HEADING + sum(told) + 1.1 * (len(told) - 1)


def _told(view: View) -> Iterable[str]:
    return (row["how"] for row in view["rows"] if row.get("how"))


def _notes(view: View, wide: float) -> Iterable[float]:
    if view["live"]:
        yield _lines(view["live"], wide, SMALL)
    if view["remarks"]:
        yield _lines(f"Observaciones. {view['remarks']}", 0.97 * wide, SMALL)
    for message in view["messages"]:
        text = f"{message['title']} {message['text']}"
        yield 0.8 + _lines(text, 0.97 * wide - 3.2, SMALL)


def right_side(view: View, place: Place) -> float:
    """Readings, chart, quarters; the box and the sentences where they stand here."""
    height = readings(view, with_photo=place.board == "left" or not view["board"])
    if view["chart"]:
        high = 16.0 if place.mode == "aside" else 20.0
        height += 3.4 + HEADING + CHART + high
        height += 1.2 + _lines(_compared(view["chart"]), SIDE, SMALL)
    if view["schedule"]:
        height += HEADING + TABLE_HEAD + (CAP * BODY + 2.0) * len(view["schedule"]["rows"])
    if view["board"] and place.board == "right":
        height += 5.0 + board_box(view, SIDE, beside=False)
    return height + (aside(view) if place.mode == "aside" and view["explained"] else 0.0)


def readings(view: View, *, with_photo: bool) -> float:
    """The meters as bill.typ shows them: one at length, several as a table."""
    rows = view["readings"]
    if not rows:
        return 0.0
    height = HEADING + (2.0 + _lines(view["headline"], SIDE, BODY) if view["headline"] else 0.0)
    if len(rows) > 1:
        note = 2.3 + 2 * (CAP * TINY) + LEADING * TINY
        return height + TABLE_HEAD + (CAP * SMALL + 1.6) * len(rows) + note
    row = rows[0]
    words = f"Medidor {row['meter']}, {row['kind']}. {row['limit']} {row['note']}".strip()
    photo = 26.0 if row["photo"] and with_photo else 0.0
    return height + TABLE_HEAD + 3 * (CAP * BODY + 1.6) + photo + 1.4 + _lines(words, SIDE, TINY)


def _compared(chart: View) -> str:
    per_day = f" Promedio: {chart['per_day']} {chart['unit']} por día." if chart["per_day"] else ""
    return f"Este mes: {chart['compare']}.{per_day}{' Rayado: estimado.' if chart['estimated'] else ''}"


def aside(view: View) -> float:
    """The sentences in the right column."""
    told = [_lines(how, SIDE - 3.0, TINY) for how in _told(view)]
    told += [_lines(tax, SIDE, TINY) for tax in view["taxes"]]
    return 3.0 + HEADING + sum(told) + 0.8 * (len(told) - 1)


def board_box(view: View, width: float, *, beside: bool) -> float:
    """The board's accounts, with its words beside them or below."""
    box = view["board"]
    room = BESIDE if beside else width - 6.0
    words = [_lines(box[key], 0.95 * room, SMALL) for key in ("note", "assembly") if box.get(key)]
    tall = sum(words) + (1.8 if len(words) > 1 else 0.0)
    table = CAP * TINY + 1.2 + (CAP * SMALL + 1.2) * len(box["rows"])
    return 6.0 + HEADING + (max(table, tall) if beside else table + 2.0 + tall)


def before_stub(view: View, width: float) -> float:
    """Where to complain and the fiscal line, down to the line to cut along."""
    help_ = view["help"]
    column = (width - 5.0 * (len(help_) - 1)) / max(len(help_), 1)
    tallest = max((_lines(h["text"], column, SMALL) for h in help_), default=-LEADING * SMALL - CAP * SMALL)
    fiscal = 1.6 + _lines(view["fiscal"], width, TINY) if view["fiscal"] else 0.0
    return tallest + (CAP + LEADING) * SMALL + fiscal + 6.4


def _lines(text: str, width: float, em: float, leading_em: float | None = None) -> float:
    """Height of a paragraph; its leading follows the size of the paragraph, which may not be that of its text."""
    count = line_count(text, width, em / POINT_MM)
    return count * CAP * em + (count - 1) * LEADING * (leading_em or em)
