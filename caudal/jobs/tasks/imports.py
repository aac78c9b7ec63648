"""Queue tasks of the intake. Each is safe to run twice: a worker may die in any of them."""

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.intake.models import Import
from caudal.intake.operations import imports
from caudal.jobs.retrying import WHEN_THE_DATABASE_WAS_LOST
from caudal.registry.context import activate_town_timezone


@app.task(name="analyse_import", retry=WHEN_THE_DATABASE_WAS_LOST)
def analyse_import(import_id: int) -> None:
    """Look at an uploaded file; what is wrong with it is kept with the import."""
    activate_town_timezone()
    try:
        imports.analyse_import(import_id=import_id, today=clock.today())
    except (Import.DoesNotExist, FileNotFoundError):
        if Import.objects.filter(pk=import_id).exists():
            raise  # else it was discarded meanwhile


@app.task(name="apply_import", retry=WHEN_THE_DATABASE_WAS_LOST)
def apply_import(import_id: int, partial: bool, actor_id: int | None, actor_label: str) -> None:
    """Bring a file in; a refusal is told on its page, and is no failure of the job."""
    activate_town_timezone()
    try:
        imports.apply_import(
            import_id=import_id,
            partial=partial,
            on=clock.today(),
            at=clock.now(),
            by=Actor(actor_id, actor_label),
        )
    except DomainError:
        return


@app.periodic(cron="*/5 * * * *")
@app.task(name="give_back_imports", queueing_lock="give_back_imports")
def give_back_imports(timestamp: int) -> None:
    """Free the imports whose job ended without a word: given up, failed, or lost with the database."""
    activate_town_timezone()
    for import_id in Import.objects.filter(state__in=imports.WORKED_ON).values_list("pk", flat=True):
        imports.give_back(import_id=import_id, at_work=_at_work)


def _at_work(found: Import) -> bool:
    """Whether a job waits for this import or works on it."""
    task = "apply_import" if found.state == "applying" else "analyse_import"
    jobs = ProcrastinateJob.objects.filter(task_name=task, status__in=("todo", "doing"))
    return jobs.filter(args__import_id=found.pk).exists()
