"""The view of a list on paper: its cells come in words already."""

from collections.abc import Sequence
from typing import Any, Final

from caudal.documents.spanish.data import ListingData
from caudal.documents.spanish.figures import Figures

# Letters of a column's longest cell, within which its width follows it.
NARROWEST: Final = 9
WIDEST: Final = 36


def listing(data: ListingData) -> dict[str, Any]:
    """What listing.typ prints: strings, and which columns are figures."""
    figures = Figures(data["format"])
    day, count = figures.numeric_day(data["as_of"]), len(data["rows"])
    rows = "1 fila" if count == 1 else f"{figures.number(str(count))} filas"
    said = [data["filters"], rows, f"al {day}", data["by"]]
    note = ""
    if data["cut"]:
        note = f"Se imprimen las primeras {rows}; la lista completa está en Excel y CSV."
    return {
        "paper": data["format"]["paper"],
        "lang_region": data["format"]["region"],
        "org": data["organisation"],
        "title": data["title"],
        "number": day,
        "as_of": day,
        "line": " · ".join(part for part in said if part),
        "columns": [
            {**column, "weight": _weight([column["name"], *(row[n] for row in data["rows"])])}
            for n, column in enumerate(data["columns"])
        ],
        "rows": data["rows"],
        "note": note,
        "spoken": f"{data['title']} de {data['organisation']['name']} al {day}: {rows}.",
    }


def _weight(cells: Sequence[str]) -> int:
    """How wide a column is beside the others."""
    return min(max(*map(len, cells), NARROWEST), WIDEST)
