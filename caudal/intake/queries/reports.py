"""The report that is kept of a file: outcomes by sheet, findings row by row, columns as they were read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from caudal.intake.models import Import
from caudal.intake.queries.analysis import Analysis
from caudal.intake.queries.answers import Question
from caudal.intake.queries.records import Records
from caudal.intake.sheets.columns import Header, find_header
from caudal.intake.sheets.findings import ERROR
from caudal.intake.sheets.marked import write_marked
from caudal.intake.sheets.rows import shown
from caudal.intake.sheets.workbook import Sheet, Workbook, open_workbook

# A report is for people: beyond this many findings the marked file says the rest.
KEPT_FINDINGS: Final = 5_000
KEPT_CHANGES: Final = 50


def report_of(book: Workbook, analysis: Analysis, asked: Iterable[Question]) -> dict[str, Any]:
    """JSON-able: {"sheets", "errors", "errors_count", "columns", "totals", "questions", "read", "changes", …}."""
    warnings = sum(one.severity != ERROR for one in analysis.findings)
    totals = Counter[str]()
    for sheet in analysis.sheets.values():
        totals.update(sheet)
    return {
        "sheets": analysis.sheets,
        "totals": {**totals, "warnings": warnings},
        "errors": [one.to_json() for one in analysis.findings[:KEPT_FINDINGS]],
        "errors_count": len(analysis.findings),
        "columns": Counter(one.column for one in analysis.findings).most_common(),
        "questions": [question_to_json(one) for one in asked],
        "read": [{"name": sheet.name, **_columns_read(sheet)} for sheet in book.sheets if sheet.rows],
        "unread": list(analysis.unread),
        "brings": _brings(analysis),
        **_changes(analysis),
    }


def question_from_json(one: Mapping[str, Any]) -> Question:
    """A question of a stored report."""
    choices = tuple((value, label) for value, label in one["choices"])
    return Question(one["name"], one["title"], one["form"], one["suggested"], choices, tuple(one["asked"]))


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as a stored report has it."""

    sheet: str
    row: int
    column: str
    severity: str
    message: str


def marked_copy(found: Import, source: Path, target: Path) -> None:
    """Write the import's file with its kept findings marked. Raises as `open_workbook` does."""
    names = Kept.__dataclass_fields__
    kept = [Kept(**{name: one[name] for name in names}) for one in found.report.get("errors", [])]
    write_marked(open_workbook(source, name=found.file_name), kept, target)


def question_to_json(one: Question) -> dict[str, Any]:
    """A question as a program reads it."""
    suggested = one.suggested.isoformat() if isinstance(one.suggested, date) else one.suggested
    return {
        "name": one.name,
        "title": str(one.title),
        "form": one.form,
        "suggested": suggested,
        "choices": [list(choice) for choice in one.choices],
        "asked": list(one.asked),
    }


def _brings(analysis: Analysis) -> dict[str, int]:
    """How much of each kind stands by itself."""
    return {
        "customers": len(analysis.customers),
        "meters": len(analysis.meters),
        "readings": len(analysis.readings),
        "invoices": len(analysis.invoices),
    }


def _columns_read(sheet: Sheet) -> dict[str, Any]:
    """The kind of a sheet, and for each heading the field it was taken for with the first value below."""
    header = find_header(sheet.rows)
    if header is None:
        return {"kind": "", "columns": []}
    fields = {column: name for name, column in header.columns.items()}
    columns = [
        {
            "header": str(heading).strip(),
            "field": fields.get(place, ""),
            "sample": _sample(sheet, header, place),
        }
        for place, heading in enumerate(sheet.rows[header.index])
        if str(heading).strip()
    ]
    return {"kind": header.kind.name, "columns": columns}


def _sample(sheet: Sheet, header: Header, place: int) -> str:
    below = sheet.rows[header.index + 1 : header.index + 20]
    return next((shown(row[place]).strip()[:40] for row in below if str(row[place]).strip()), "")


def _changes(analysis: Analysis) -> dict[str, Any]:
    """What recorded people would have otherwise, with what they have now."""
    recorded = Records().customers({one.key for one in analysis.customers})
    found = []
    for one in analysis.customers:
        known = recorded.get(one.key)
        if known is None:
            continue
        before, after = known.comparable(), one.comparable()
        name = " ".join(filter(None, (known.given_names, known.surnames, known.legal_name)))
        for field in ("email", "phone", "address"):
            if after[field] and after[field] != before[field]:
                found.append([name, field, getattr(known, field), getattr(one, field)])
        if after["name"] and after["name"] != before["name"]:
            said = " ".join(filter(None, (one.given_names, one.surnames, one.legal_name)))
            found.append([name, "name", name, said])
    return {"changes": found[:KEPT_CHANGES], "changes_count": len(found)}
