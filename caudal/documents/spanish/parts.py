"""The parts that a bill's view is made of: readings, the chart of thirteen months, quarters, tags."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from caudal.documents.spanish.data import History, Reading, Tags
from caudal.documents.spanish.figures import Figures, unit_name
from caudal.kernel.money import ZERO

View = dict[str, Any]

YEAR_AND_SAME_MONTH = 13
LONGEST_BAR_FIGURE = 3
FEWEST_BARS = 3
KINDS = {
    "manual": "leída por nuestro personal",
    "automatic": "lectura automática",
    "estimated": "ESTIMADA",
    "customer": "enviada por usted",
    "imported": "lectura importada",
}


def tags(document: Tags, figures: Figures) -> list[str]:
    """What must be seen before the amount: void, provisional, copy."""
    found = []
    if void := document.get("void"):
        found.append(f"ANULADA el {figures.day(void['on'])}: {void['reason']}")
    if document.get("provisional"):
        found.append("PROVISIONAL · consumo estimado")
    if copy := document.get("copy"):
        found.append(f"REIMPRESIÓN · {figures.numeric_day(copy['on'])} {copy['at']} · {copy['by']}")
    return found


def reading(row: Reading, figures: Figures) -> View:
    """One meter between its two readings."""
    unit = unit_name(row["unit"])
    return {
        "meter": row["meter"],
        "unit": unit,
        "usage": figures.number(row["usage"]),
        "days": str(row["days"]),
        "previous": row["previous"],
        "previous_on": figures.day(row["previous_on"]),
        "current": row["current"],
        "current_on": figures.day(row["current_on"]),
        "kind": KINDS[row["kind"]],
        "estimated": row["kind"] == "estimated",
        "photo": row.get("photo", ""),
        "photo_alt": row.get("photo_alt", ""),
        "note": row.get("note", ""),
        "limit": f"Límite {figures.volume(row['limit'], unit)}" if row.get("limit") else "",
    }


def chart(history: History | None, figures: Figures) -> View | None:
    """Thirteen months, so that the last bar stands beside the same month last year, which is the first.

    Long figures would touch: then the first, the last and the highest are enough, and the spoken text has all.
    One or two months have nothing to stand beside, and no chart.
    """
    if not history or len(history["months"]) < FEWEST_BARS:
        return None
    months = history["months"][-YEAR_AND_SAME_MONTH:]
    top = max(Decimal(m["value"]) for m in months) or Decimal(1)
    unit = unit_name(history["unit"])
    values = [figures.number(m["value"]) for m in months]
    heights = [round(float(Decimal(m["value"]) / top), 3) for m in months]
    labels = [figures.month_name(m["month"])[:3] for m in months]
    shown = set(range(len(months)))
    if max(map(len, values)) > LONGEST_BAR_FIGURE:
        shown = {0, len(months) - 1, heights.index(max(heights))}
    estimated = [bool(m.get("estimated")) for m in months]
    spoken = "; ".join(
        f"{label} {month['month'][:4]}: {value}{' estimado' if guess else ''}"
        for label, month, value, guess in zip(labels, months, values, estimated, strict=True)
    )
    return {
        "unit": unit,
        "bars": [
            {"h": height, "v": value if k in shown else ""}
            for k, (height, value) in enumerate(zip(heights, values, strict=True))
        ],
        "labels": [
            {"m": label, "y": m["month"][:4] if k == 0 or m["month"].endswith("-01") else ""}
            for k, (label, m) in enumerate(zip(labels, months, strict=True))
        ],
        "svg": bars_svg(heights, estimated),
        "compare": compared(months, unit, figures),
        "estimated": any(estimated),
        "per_day": figures.number(history["per_day"], 2) if history.get("per_day") else "",
        "alt": f"Consumo en {unit} por mes. {spoken}.",
    }


def compared(months: Sequence[Mapping[str, Any]], unit: str, figures: Figures) -> str:
    """This month beside the same month last year; empty with less than a year of history."""
    if len(months) < YEAR_AND_SAME_MONTH:
        return ""
    gap = Decimal(months[-1]["value"]) - Decimal(months[0]["value"])
    then = figures.month(months[0]["month"])
    if not gap:
        return f"igual que en {then}"
    return f"{figures.number(abs(gap))} {unit} {'más' if gap > ZERO else 'menos'} que en {then}"


def bars_svg(heights: Sequence[float], estimated: Sequence[bool]) -> str:
    """The bars as one drawing, 62 by 20 mm: last year's month grey, this month blue, estimates hatched."""
    step, tall = 62 / len(heights), 20
    width = step - 0.7
    bars = []
    for k, (share, guess) in enumerate(zip(heights, estimated, strict=True)):
        left, high = k * step, max(share * tall, 0.3)
        box = f"M{left + 0.09:.2f} {tall - high:.2f}h{width - 0.18:.2f}v{high:.2f}h-{width - 0.18:.2f}z"
        bars.append(f'<path d="{box}" fill="{_fill(k, len(heights), guess)}"/>')
        if guess:
            bars.append(
                f'<path d="{_hatch(left, tall - high, width, high)}" fill="none" stroke-width=".25"/>'
            )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -.09 62 20.18" stroke="#111a21" '
        f'stroke-width=".18">{"".join(bars)}</svg>'
    )


def _fill(position: int, count: int, estimated: bool) -> str:
    if estimated:
        return "#fff"
    if position == count - 1:
        return "#0a5072"
    return "#8fa1ad" if position == 0 and count == YEAR_AND_SAME_MONTH else "#d3dee5"


def _hatch(left: float, top: float, width: float, high: float) -> str:
    """Diagonals, one a millimetre, cut at the edges of the bar."""
    lines = []
    reach = 1.0
    while reach < width + high:
        start_x, start_y = max(reach - high, 0.0), min(reach, high)
        end_x, end_y = min(reach, width), max(reach - width, 0.0)
        lines.append(f"M{left + start_x:.2f} {top + start_y:.2f}L{left + end_x:.2f} {top + end_y:.2f}")
        reach += 1.0
    return "".join(lines)


def schedule(plan: Mapping[str, Any] | None, figures: Figures) -> View | None:
    """The four quarters of an annual tax."""
    if not plan:
        return None
    rows = [
        {
            "name": row["name"],
            "due": figures.day(row["due"]),
            "amount": figures.plain(row["amount"]),
            "state": row["state"],
            "now": row.get("now", False),
        }
        for row in plan["rows"]
    ]
    return {"title": plan["title"], "rows": rows}
