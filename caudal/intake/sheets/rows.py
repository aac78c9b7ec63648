"""Reads the cells of a table by the form of their fields, and says of each unreadable one why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from caudal.intake.sheets.evidence import Verdict, Witness
from caudal.intake.sheets.findings import ERROR, Finding
from caudal.intake.sheets.tables import Table
from caudal.intake.sheets.values import Problem, read_column, reader
from caudal.intake.sheets.vocabulary import Field, kind_named


@dataclass(frozen=True, slots=True)
class Formats:
    """What was decided about the file's dates and numbers."""

    date_order: Verdict
    decimal_sign: Verdict


def read_cells(table: Table, formats: Formats) -> Iterator[Finding]:
    """Fill `table.values`; a finding for each cell that cannot be read and for each required one that is empty."""
    for field in kind_named(table.kind).fields:
        if table.has(field.name):
            yield from _read_field(table, field, formats)
    yield from _missing(table)


def finding(table: Table, position: int, field: str, code: str, **facts: Any) -> Finding:
    """A finding about a field's cell in the row at a position."""
    cells = table.cells.get(field)
    part = table.part_of(position)
    return Finding(
        sheet=part.sheet,
        row=table.numbers[position],
        column=part.headings.get(field, ""),
        value=shown(cells[position]) if cells else "",
        code=code,
        position=position,
        facts=facts,
    )


def shown(cell: object) -> str:
    """A cell as a report shows it: whole numbers without decimals, dates as ISO."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def settle(table: Table, findings: list[Finding]) -> list[Finding]:
    """Remember the rows that an error makes wrong; the findings themselves pass through."""
    table.wrong.update(one.position for one in findings if one.severity == ERROR)
    return findings


def _read_field(table: Table, field: Field, formats: Formats) -> Iterator[Finding]:
    name = (table.parts[0].sheet, field.name)
    verdict = formats.date_order if field.form == "date" else formats.decimal_sign
    refused = verdict.refused.get(name) if field.form in ("date", "number") else None
    read = reader(
        field.form,
        date_order=None if refused else formats.date_order.value,
        decimal_sign=None if refused else formats.decimal_sign.value,
    )
    table.values[field.name], problems = read_column(table.cells[field.name], read)
    for position, problem in problems:
        yield _unreadable(table, position, field.name, problem, refused)


def _unreadable(
    table: Table, position: int, field: str, problem: Problem, refused: tuple[Witness, Witness] | None
) -> Finding:
    if refused and problem.code.startswith("undecided"):
        first, second = refused
        facts = {
            "first_row": first.row,
            "first": first.text,
            "second_row": second.row,
            "second": second.text,
        }
        return finding(table, position, field, problem.code.replace("undecided", "conflicting"), **facts)
    return finding(table, position, field, problem.code)


def _missing(table: Table) -> Iterator[Finding]:
    kind = kind_named(table.kind)
    # What names nothing («-») was read as none; in other columns only an empty cell says nothing.
    naming = {field.name for field in kind.fields if field.form in ("id", "name")}
    for group in kind.groups:
        names = [name for name in group if table.has(name)]
        columns = [(table.column(name), None) if name in naming else (table.raw(name), "") for name in names]
        if any(nothing not in cells for cells, nothing in columns):
            continue
        empty = [{i for i, cell in enumerate(cells) if cell == nothing} for cells, nothing in columns]
        for position in sorted(set.intersection(*empty)):
            yield finding(table, position, names[0], "missing_value")
