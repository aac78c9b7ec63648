"""An import from its file to its end: taken in, analysed, answered, applied in one transaction, undone."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from caudal.access.queries import may
from caudal.common import audit, queue
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.intake.models import Import, ImportProgress
from caudal.intake.operations.applying import Applying, ApplyStep
from caudal.intake.operations.old_invoices import bring_invoices
from caudal.intake.operations.people import bring_people
from caudal.intake.operations.progress import Progress, Step, unheard
from caudal.intake.operations.registers import bring_readings
from caudal.intake.operations.supplies import bring_meters
from caudal.intake.queries.analysis import Analysis
from caudal.intake.queries.analysis import analyse as analyse_book
from caudal.intake.queries.answers import (
    MissingAnswers,
    Question,
    completed,
    parse_answers,
    questions,
    unanswered,
)
from caudal.intake.queries.records import Records
from caudal.intake.queries.reports import question_from_json, report_of
from caudal.intake.queries.towns import intake_town
from caudal.intake.sheets.containers import MAX_FILE_BYTES, TooLargeWorkbook
from caudal.intake.sheets.workbook import Workbook, open_workbook, without_collector

FOLDER: Final = "imports"
NOT_APPLIED: Final = _("Something failed; nothing was saved. Try again.")
NOT_LOOKED_AT: Final = _(
    "Looking at it stopped before the end. Upload it again; if that happens again, tell who keeps the server."
)
WORKED_ON: Final = ("uploaded", "applying")
STEPS: Final[tuple[ApplyStep, ...]] = (bring_people, bring_meters, bring_readings, bring_invoices)


class WrongRows(DomainError):
    """The file has wrong rows, and nobody asked to leave them out. Facts: `wrong`, and the `analysis` if at hand."""

    code = "wrong_rows"
    template = _("%(wrong)s rows are wrong. Correct them, or take only the rows that stand by themselves.")


class NotWaiting(DomainError):
    """The import is not in the state that this needs. Facts: `import_id`, `state`."""

    code = "import_not_waiting"
    template = _("Import %(import_id)s cannot be changed now: it is %(state)s.")


class NoLongerAllowed(DomainError):
    """Whoever ordered it may not import any more. Fact: `name`."""

    code = "import_no_longer_allowed"
    template = _(
        "%(name)s ordered it and may not import any more; nothing was saved. Somebody else can apply it."
    )


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrives."""

    chunks: Iterable[bytes]
    file_name: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is done: the local day that the books show, and the instant."""

    on: date
    at: datetime


@transaction.atomic
def take_in(*, chunks: Iterable[bytes], file_name: str, by: Actor, analyse: bool = False) -> Import:
    """Keep an uploaded file under its digest and open an import for it; `analyse` has it looked at in the background.

    Raises TooLargeWorkbook.
    """
    digest, path = _kept(chunks, file_name)
    found = Import.objects.create(
        file_name=file_name[:255], sha256=digest, path=path, created_by_id=by.id, created_by=by.label
    )
    ImportProgress.objects.create(subject=found, step="reading")
    audit.record(
        by=by,
        kind="intake.take_in",
        object_type="import",
        object_id=found.pk,
        after={"file": file_name, "sha256": digest},
    )
    if analyse:
        order_analysis(import_id=found.pk)
    return found


def order_analysis(*, import_id: int) -> None:
    """Have the file looked at in the background."""
    queue.defer("analyse_import", queueing_lock=f"analyse_import:{import_id}", import_id=import_id)


def analyse_import(*, import_id: int, today: date) -> Import:
    """Look at the file and keep the report; a file that cannot be read is refused with its reason. Safe to repeat."""
    found = Import.objects.get(pk=import_id)
    if found.state not in ("uploaded", "analysed", "refused"):
        return found
    try:
        book = open_workbook(file_of(found), name=found.file_name)
        analysis = _analysed(found, book, today, Records())
    except DomainError as refusal:
        state, refused, report = "refused", refusal.message[:500], {}
    else:
        asked = questions(analysis, today=today)
        state, refused, report = "analysed", "", report_of(book, analysis, asked)
    changed = Import.objects.filter(pk=import_id, state=found.state)
    changed.update(state=state, refusal=refused, report=report)
    found.refresh_from_db()
    return found


@transaction.atomic
def answer(*, import_id: int, given: Mapping[str, Any], by: Actor) -> Import:
    """Keep what was said about the file; what changes how it is read has it looked at again.

    What was said before and is not asked any more stays said: that is why it is not. Raises NotWaiting, UnknownAnswer.
    """
    found = _locked(import_id, "analysed")
    said = found.answers | dict(given)
    parse_answers(said)
    reread = any(said.get(name) != found.answers.get(name) for name in ("date_order", "decimal_sign"))
    found.answers = said
    found.refusal = ""
    found.state = "uploaded" if reread else "analysed"
    found.save(update_fields=["answers", "refusal", "state"])
    audit.record(
        by=by, kind="intake.answer", object_type="import", object_id=import_id, after={"answers": dict(given)}
    )
    if reread:
        order_analysis(import_id=import_id)
    return found


@transaction.atomic
def order_apply(*, import_id: int, partial: bool, by: Actor) -> Import:
    """Have the file applied in the background, whole or only what stands by itself.

    Raises NotWaiting, WrongRows, MissingAnswers.
    """
    found = _locked(import_id, "analysed")
    wrong = found.report["totals"]["wrong"]
    if wrong and not partial:
        raise WrongRows(wrong=wrong)
    asked = [question_from_json(one) for one in found.report["questions"]]
    if missing := unanswered(asked, found.answers):
        raise _missing(missing, asked)
    found.state, found.refusal = "applying", ""
    found.save(update_fields=["state", "refusal"])
    audit.record(
        by=by, kind="intake.order", object_type="import", object_id=import_id, after={"partial": partial}
    )
    queue.defer(
        "apply_import",
        queueing_lock=f"apply_import:{import_id}",
        import_id=import_id,
        partial=partial,
        actor_id=by.id,
        actor_label=by.label,
    )
    return found


def apply_import(
    *, import_id: int, partial: bool, on: date, at: datetime, by: Actor, also: Step = unheard
) -> Import:
    """Bring everything in, in one transaction, on a local day and at its instant; safe to call again after a crash.

    It was ordered a while ago: who may not import by now, because a role was taken or changed, applies nothing.

    Whatever stops it leaves nothing. A refusal (a row that went wrong meanwhile, a record that changed) or a fault is
    raised, and gives the import back to whoever ordered it, with the reason; a database that went away does not.
    """
    stopped_by = str(NOT_APPLIED)
    try:
        with Progress(import_id, also=also) as progress, transaction.atomic():
            found = _waiting(import_id)
            if found is not None:
                if not may(actor=by, permission="imports.run"):
                    raise NoLongerAllowed(name=by.label)
                _apply(found, partial, Moment(on, at), by, progress.tell)
        stopped_by = ""
    except DomainError as refusal:
        stopped_by = refusal.message
        raise
    except (OperationalError, InterfaceError):
        stopped_by = ""  # the job is tried again once the database is back
        raise
    finally:
        if stopped_by:
            stopped = Import.objects.filter(pk=import_id, state="applying")
            stopped.update(state="analysed", refusal=stopped_by[:500])
    return Import.objects.get(pk=import_id)


@transaction.atomic
def give_back(*, import_id: int, at_work: Callable[[Import], bool]) -> None:
    """An import that no job works on any more, whatever its job ended of, goes back to its page with the reason.

    Asked under its lock, for which who orders something new waits. Locked by others, it is being worked on.
    """
    rows = Import.objects.select_for_update(skip_locked=True)
    found = rows.filter(pk=import_id, state__in=WORKED_ON).first()
    if found is None or at_work(found):
        return
    if found.state == "applying":
        found.state, found.refusal = "analysed", str(NOT_APPLIED)
    else:
        found.state, found.refusal, found.report = "refused", str(NOT_LOOKED_AT), {}
    found.save(update_fields=["state", "refusal", "report"])


def _waiting(import_id: int) -> Import | None:
    """The import, locked, if its apply is still to be done."""
    _wait_for_others()
    return Import.objects.select_for_update().filter(pk=import_id, state="applying").first()


def _wait_for_others() -> None:
    """One apply at a time: each looks at what is recorded before it writes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('caudal.apply_import'))")


def _apply(found: Import, partial: bool, moment: Moment, by: Actor, tell: Step) -> None:
    tell("reading", 0, 1)
    records = Records()
    # The cells are let go of before anything is written.
    analysis = _analysed(found, open_workbook(file_of(found), name=found.file_name), moment.on, records)
    if analysis.wrong and not partial:
        raise WrongRows(wrong=analysis.wrong, analysis=analysis)
    asked = questions(analysis, today=moment.on)
    given = completed(asked, found.answers)
    if missing := unanswered(asked, given):
        raise _missing(missing, asked)
    found.answers = given
    applying = Applying(found.pk, analysis, parse_answers(given), moment.on, by, records, tell)
    with without_collector():
        for step in STEPS:
            step(applying)
    found.state, found.applied_at = "applied", moment.at
    found.report |= {"sheets": analysis.sheets, "made": applying.made, "undo": applying.undo.to_json()}
    found.save(update_fields=["state", "answers", "applied_at", "report"])
    audit.record(
        by=by, kind="intake.apply", object_type="import", object_id=found.pk, after=dict(applying.made)
    )


def bring(
    *,
    upload: Upload,
    given: Mapping[str, Any],
    partial: bool,
    moment: Moment,
    by: Actor,
    also: Step = unheard,
) -> Import:
    """Take a file in and apply it at once, in one transaction: a refusal or a crash leaves no trace of it.

    Raises as `take_in` and `apply_import`.
    """
    parse_answers(given)
    path = ""
    try:
        with transaction.atomic():
            found = take_in(chunks=upload.chunks, file_name=upload.file_name, by=by)
            path, found.answers = found.path, dict(given)
            _wait_for_others()
            _apply(found, partial, moment, by, also)
    finally:
        _forget_file(path)
    return found


@transaction.atomic
def discard(*, import_id: int, by: Actor) -> None:
    """Forget a file that was not applied. Raises NotWaiting."""
    found = _locked(import_id, "uploaded", "analysed", "refused")
    audit.record(
        by=by,
        kind="intake.discard",
        object_type="import",
        object_id=import_id,
        before={"file": found.file_name},
    )
    path = found.path
    found.delete()
    _forget_file(path)


def file_of(found: Import) -> Path:
    """Where the uploaded file is kept."""
    return Path(settings.MEDIA_ROOT, found.path)


def _analysed(found: Import, book: Workbook, today: date, records: Records) -> Analysis:
    writing = parse_answers(found.answers).writing
    return analyse_book(book, town=intake_town(), today=today, existing=records, writing=writing)


def _missing(missing: Sequence[Question], asked: Sequence[Question]) -> MissingAnswers:
    return MissingAnswers(questions=", ".join(str(one.title) for one in missing), asked=tuple(asked))


def _locked(import_id: int, *states: str) -> Import:
    found = Import.objects.select_for_update().get(pk=import_id)
    if found.state not in states:
        raise NotWaiting(import_id=import_id, state=found.get_state_display())
    return found


def _forget_file(path: str) -> None:
    """Remove a kept file that no import has."""
    if path and not Import.objects.filter(path=path).exists():
        Path(settings.MEDIA_ROOT, path).unlink(missing_ok=True)


def _kept(chunks: Iterable[bytes], file_name: str) -> tuple[str, str]:
    """The digest and the place of a file that is written once, however often it is brought."""
    folder = Path(settings.MEDIA_ROOT, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    limit = MAX_FILE_BYTES // 10**6
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        kept = Path(unfinished, "file")
        with kept.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    raise TooLargeWorkbook(name=file_name, megabytes=f"> {limit}", limit=limit)
                digest.update(chunk)
                file.write(chunk)
        name = f"{FOLDER}/{digest.hexdigest()}"
        kept.replace(Path(settings.MEDIA_ROOT, name))
    return digest.hexdigest(), name
