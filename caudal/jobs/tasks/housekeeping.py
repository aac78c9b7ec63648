"""Queue tasks that keep the queue itself small."""

from typing import Final

from procrastinate import JobContext
from procrastinate.builtin_tasks import remove_old_jobs
from procrastinate.contrib.django import app

JOBS_KEPT_HOURS: Final = 30 * 24


@app.periodic(cron="30 4 * * *")
@app.task(name="forget_old_jobs", queueing_lock="forget_old_jobs", pass_context=True)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    """Finished jobs of more than a month ago go: what they did is in the data and its history."""
    await remove_old_jobs(context, max_hours=JOBS_KEPT_HOURS, remove_failed=True, remove_aborted=True)
