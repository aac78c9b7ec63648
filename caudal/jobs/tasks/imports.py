"""Queue tasks of the intake. Each is safe to run twice: a worker may die in any of them."""

from procrastinate.contrib.django import app

from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.intake.operations import imports
from caudal.jobs.retrying import WHEN_THE_DATABASE_WAS_LOST
from caudal.registry.context import activate_town_timezone


@app.task(name="analyse_import", retry=WHEN_THE_DATABASE_WAS_LOST)
def analyse_import(import_id: int) -> None:
    """Look at an uploaded file; what is wrong with it is kept with the import."""
    activate_town_timezone()
    imports.analyse_import(import_id=import_id, today=clock.today())


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
