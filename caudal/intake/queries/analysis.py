"""The dry run: reads a workbook, checks every row against the file and the records, and says what would happen."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import Any, Final

from caudal.intake.checks import customers, invoices, meters, readings
from caudal.intake.checks.facts import CustomerFacts, InvoiceFacts, MeterFacts, ReadingFacts
from caudal.intake.checks.scope import NOTHING, Existing, Scope
from caudal.intake.sheets.columns import tables
from caudal.intake.sheets.evidence import date_order, decimal_sign
from caudal.intake.sheets.findings import ERROR, Finding
from caudal.intake.sheets.rows import Formats, read_cells, settle
from caudal.intake.sheets.tables import Table, merged
from caudal.intake.sheets.workbook import Workbook, without_collector

RULES: Final[Mapping[str, ModuleType]] = {
    "customers": customers,
    "meters": meters,
    "readings": readings,
    "invoices": invoices,
}
NO_READINGS: Final = ReadingFacts([], [], [], [], [])


@dataclass(frozen=True, slots=True)
class Town:
    """The organisation's habits: `country` (ISO), `date_order` and `decimal_sign` (None where it has none)."""

    country: str = ""
    date_order: str | None = None
    decimal_sign: str | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """What a person said about the file's writing, where it does not say it itself."""

    date_order: str | None = None
    decimal_sign: str | None = None


@dataclass(slots=True)
class Analysis:
    """What a file says: outcomes by sheet, findings in the order of the file, and the facts of its sound rows.

    `unread` are sheets whose columns nobody knows. `asks` names what has to be said before it can be read.
    `news` counts the new rows of each kind. `installed` has the day since when each meter stands, by serial
    key, as far as the file says or shows it; `moved` are those that were read before the day that is said.
    """

    sheets: dict[str, dict[str, int]]
    findings: list[Finding]
    unread: tuple[str, ...]
    asks: tuple[str, ...]
    customers: Sequence[CustomerFacts] = ()
    meters: Sequence[MeterFacts] = ()
    readings: ReadingFacts = field(default_factory=lambda: NO_READINGS)
    invoices: Sequence[InvoiceFacts] = ()
    installed: Mapping[str, date] = field(default_factory=dict)
    moved: AbstractSet[str] = frozenset()
    news: dict[str, int] = field(default_factory=dict)

    @property
    def wrong(self) -> int:
        """How many rows are wrong."""
        return sum(sheet["wrong"] for sheet in self.sheets.values())

    @property
    def standing(self) -> int:
        """How many rows would change something."""
        return sum(sheet["new"] + sheet["changed"] for sheet in self.sheets.values())

    def report(self) -> dict[str, Any]:
        """{"sheets": {name: {"new", "changed", "same", "wrong"}}, "errors": [{"sheet", "row", …, "message"}]}."""
        return {"sheets": self.sheets, "errors": [one.to_json() for one in self.findings]}


def analyse(
    book: Workbook,
    *,
    town: Town,
    today: date,
    existing: Existing = NOTHING,
    writing: Writing = Writing(),
) -> Analysis:
    """Check a workbook; nothing is written. Raises NoKnownSheet when no sheet is recognised."""
    with without_collector():
        return _analyse(book, town, Scope(today=today, country=town.country, existing=existing), writing)


def _analyse(book: Workbook, town: Town, scope: Scope, writing: Writing) -> Analysis:
    found = tables(book)
    formats = Formats(
        date_order(found, habit=town.date_order, answer=writing.date_order),
        decimal_sign(found, habit=town.decimal_sign, answer=writing.decimal_sign),
    )
    read = {part.sheet for table in found for part in table.parts}
    analysis = Analysis(
        sheets={},
        findings=[],
        unread=tuple(sheet.name for sheet in book.sheets if sheet.rows and sheet.name not in read),
        asks=_asks(formats),
    )
    for kind, rules in RULES.items():
        same_kind = [table for table in found if table.kind == kind]
        if same_kind:
            _check(same_kind, rules, formats, scope, analysis)
    analysis.installed, analysis.moved = scope.meter_installed, scope.moved
    order = {sheet.name: place for place, sheet in enumerate(book.sheets)}
    analysis.sheets = dict(sorted(analysis.sheets.items(), key=lambda item: order[item[0]]))
    analysis.findings.sort(key=lambda one: (order[one.sheet], one.row))
    return analysis


def _check(
    same_kind: Sequence[Table], rules: ModuleType, formats: Formats, scope: Scope, analysis: Analysis
) -> None:
    for table in same_kind:
        analysis.findings += settle(table, list(read_cells(table, formats)))
    table = merged(same_kind)
    for check in rules.CHECKS:
        analysis.findings += settle(table, list(check(table, scope)))
    setattr(analysis, table.kind, rules.conclude(table, scope))
    counts = table.counts()
    analysis.sheets |= counts
    analysis.news[table.kind] = sum(sheet["new"] for sheet in counts.values())


def _asks(formats: Formats) -> tuple[str, ...]:
    named = (("date_order", formats.date_order), ("decimal_sign", formats.decimal_sign))
    return tuple(name for name, verdict in named if verdict.to_ask)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that make their rows wrong."""
    return [one for one in findings if one.severity == ERROR]
