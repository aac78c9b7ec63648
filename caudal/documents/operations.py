"""The one PDF of a run, made in the background: ordered with the run, written by a worker, kept in the media folder."""

from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from caudal.common import queue
from caudal.common.models import AuditSeal
from caudal.documents.models import RunFile
from caudal.documents.printing.prints import run_pdf
from caudal.documents.printing.seals import day_seal_pdf
from caudal.registry.models import Organisation

FOLDER: Final = "run-files"
SEALS: Final = "history-seals"


@transaction.atomic
def order_run_file(*, run_id: int) -> RunFile:
    """A file of the run's bills, to be made; the one already waited for when there is one."""
    waited_for = RunFile.objects.filter(run_id=run_id, state="making").first()
    file = waited_for or RunFile.objects.create(run_id=run_id, state="making")
    queue.defer("render_run_file", queueing_lock=f"render_run_file:{file.pk}", file_id=file.pk)
    return file


def make_run_file(*, file_id: int) -> RunFile:
    """Write an ordered file; `done` follows bill by bill. What is ready stays as it is, so twice is once.

    A file that cannot be made is left as failed, and what was wrong goes up to the worker.
    """
    file = RunFile.objects.get(pk=file_id)
    if file.state == "ready":
        return file
    path = Path(settings.MEDIA_ROOT, FOLDER, f"{file.run_id}-{file.pk}.pdf")
    path.parent.mkdir(parents=True, exist_ok=True)
    finished = False
    try:
        pages = run_pdf(file.run_id, path, progress=lambda done: _tell(file_id, done=done))
        _tell(file_id, state="ready", pages=pages, path=f"{FOLDER}/{path.name}")
        finished = True
    finally:
        if not finished:
            _tell(file_id, state="failed")
    file.refresh_from_db()
    return file


def write_day_seal(*, at: datetime) -> Path | None:
    """Put how far the history is sealed on paper, once for each last seal; None where nothing is sealed yet.

    Raises as `signed` does.
    """
    seal = AuditSeal.objects.order_by("-id").first()
    if seal is None or not Organisation.objects.exists():
        return None
    path = seal_folder() / f"{timezone.localdate(at).isoformat()}-{seal.pk}.pdf"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(day_seal_pdf(seal, made_at=at))
        unfinished.replace(path)
    return path


def seal_folder() -> Path:
    """Where the daily seals are kept."""
    return Path(settings.MEDIA_ROOT, SEALS)


def _tell(file_id: int, **columns: object) -> None:
    RunFile.objects.filter(pk=file_id).update(**columns)
