"""`caudal import`: look at a workbook, and bring it in."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.errors import DomainError
from caudal.intake.operations import imports
from caudal.intake.operations.imports import Moment, Upload, WrongRows
from caudal.intake.queries.analysis import Analysis, analyse
from caudal.intake.queries.answers import MissingAnswers, parse_answers, questions, suggestions
from caudal.intake.queries.records import Records
from caudal.intake.queries.reports import question_to_json
from caudal.intake.queries.towns import intake_town
from caudal.intake.sheets.marked import write_marked
from caudal.intake.sheets.workbook import Workbook, open_workbook
from caudal.jobs.console import Exit, Progress, complain, print_json, writing
from caudal.registry.context import activate_town_timezone

HELP: Final = _(
    "Check a workbook (xlsx, xls, ods, csv) of customers, meters, readings and invoices, and bring it in: whole, or "
    "with --partial only the rows that stand by themselves. What the sheets cannot say is answered in a JSON file: "
    '{"services": {"agua": "agua-general"}, "cut_over": "2026-08-31", "concepts": {"Consumo básico": "agua"}, '
    '"interest_from": "2026-10-01", "date_order": "dmy", "decimal_sign": ","}. With wrong rows the exit code is 1.'
)
CHUNK: Final = 1 << 20
SHOWN: Final = 20


class NoSuchFile(DomainError):
    """There is no such file, or it cannot be read. Facts: `path`, `reason`."""

    code = "no_such_file"
    template = _("%(path)s cannot be read: %(reason)s")


class NotAnswers(DomainError):
    """The file of answers is no JSON object. Fact: `path`."""

    code = "not_answers"
    template = _("%(path)s is not a JSON object with answers.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help=str(_("the workbook")))
    parser.add_argument("--dry-run", action="store_true", help=str(_("only say what would happen")))
    parser.add_argument("--partial", action="store_true", help=str(_("leave wrong rows out")))
    parser.add_argument("--answers", type=Path, help=str(_("JSON file with what the sheets cannot say")))
    parser.add_argument(
        "--yes", action="store_true", help=str(_("take what is suggested for what is not answered"))
    )
    parser.add_argument("--marked", type=Path, help=str(_("write a copy with the faults marked here (xlsx)")))
    parser.add_argument("--json", action="store_true", help=str(_("answer in JSON")))


def run(args: argparse.Namespace) -> int:
    activate_town_timezone()
    given = _given(args.answers)
    if not args.file.is_file():
        raise NoSuchFile(path=args.file, reason=_("there is no such file."))
    if args.dry_run:
        return _dry_run(args, given)
    return _bring(args, given)


def _dry_run(args: argparse.Namespace, given: dict[str, Any]) -> int:
    today = clock.today()
    book = open_workbook(args.file, name=args.file.name)
    writing = parse_answers(given).writing
    analysis = analyse(book, town=intake_town(), today=today, existing=Records(), writing=writing)
    asked = questions(analysis, today=today)
    if args.json:
        print_json(analysis.report() | {"questions": [question_to_json(one) for one in asked]})
    else:
        _say(analysis)
        for one in asked:
            print(_("To be answered (%(name)s): %(title)s") % {"name": one.name, "title": one.title})
    _mark(args, analysis, book)
    return Exit.FOUND if analysis.wrong else Exit.OK


def _bring(args: argparse.Namespace, given: dict[str, Any]) -> int:
    lines: dict[str, Progress] = {}

    def step(name: str, done: int, total: int) -> None:
        lines.setdefault(name, Progress(name)).step(done, total)

    try:
        applied = imports.bring(
            upload=Upload(_chunks(args.file), args.file.name),
            given=given | ({"take_suggestions": True} if args.yes else {}),
            partial=args.partial,
            moment=Moment(clock.today(), clock.now()),
            by=SYSTEM,
            also=step,
        )
    except WrongRows as refusal:
        return _refused(args, refusal)
    except MissingAnswers as refusal:
        complain(_("Suggested answers: %(json)s") % {"json": _suggested(refusal)})
        raise
    made = applied.report["made"]
    if args.json:
        print_json({"import": applied.pk, "sheets": applied.report["sheets"], "made": made})
    else:
        print(_("Import %(id)s applied: %(made)s.") % {"id": applied.pk, "made": _counts(made)})
    return Exit.OK


def _suggested(refusal: MissingAnswers) -> str:
    asked = refusal.facts["asked"]
    assert isinstance(asked, tuple)
    return json.dumps(suggestions(asked), ensure_ascii=False)


def _refused(args: argparse.Namespace, refusal: WrongRows) -> int:
    analysis = refusal.facts["analysis"]
    assert isinstance(analysis, Analysis)
    if args.json:
        print_json(analysis.report())
    else:
        _say(analysis)
    complain(refusal)
    if args.marked:
        _mark(args, analysis, open_workbook(args.file, name=args.file.name))
    return Exit.FOUND


def _mark(args: argparse.Namespace, analysis: Analysis, book: Workbook) -> None:
    """The copy that was asked for, after what is said anyway: its place may not be one to write to."""
    if args.marked:
        with writing(args.marked):
            write_marked(book, analysis.findings, args.marked)


def _say(analysis: Analysis) -> None:
    for name, sheet in analysis.sheets.items():
        print(f"{name}: {_counts(sheet)}")
    for one in analysis.findings[:SHOWN]:
        print(f"  {one.sheet} {one.row} {one.column}: {one.value} — {one.message}")
    if len(analysis.findings) > SHOWN:
        print(_("  and %(more)s more") % {"more": len(analysis.findings) - SHOWN})


def _counts(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in numbers.items())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _given(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        given = json.loads(path.read_text())
    except OSError as failure:
        raise NoSuchFile(path=path, reason=failure.strerror) from failure
    except ValueError as wrong:
        raise NotAnswers(path=path) from wrong
    if not isinstance(given, dict):
        raise NotAnswers(path=path)
    return given
