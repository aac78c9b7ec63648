"""The view of a list on paper: its cells come in words already."""

from typing import Any

from caudal.documents.spanish.data import ListingData
from caudal.documents.spanish.figures import Figures


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
        "columns": data["columns"],
        "rows": data["rows"],
        "note": note,
        "spoken": f"{data['title']} de {data['organisation']['name']} al {day}: {rows}.",
    }
