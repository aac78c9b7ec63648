"""Queue tasks of documents. Each is safe to run twice."""

from procrastinate.contrib.django import app

from caudal.documents import operations as documents
from caudal.jobs.retrying import WHEN_THE_DATABASE_WAS_LOST
from caudal.registry.context import activate_town_timezone


@app.task(name="render_run_file", retry=WHEN_THE_DATABASE_WAS_LOST)
def render_run_file(file_id: int) -> None:
    """Write the one PDF of a run that somebody waits for."""
    activate_town_timezone()
    documents.make_run_file(file_id=file_id)
