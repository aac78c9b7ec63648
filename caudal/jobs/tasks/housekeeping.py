"""Queue tasks that keep small what nobody needs for long: finished jobs, counts of tries."""

from datetime import timedelta
from typing import Final

from procrastinate import JobContext
from procrastinate.builtin_tasks import remove_old_jobs
from procrastinate.contrib.django import app

from caudal.access import limits
from caudal.common import clock

JOBS_KEPT_HOURS: Final = 30 * 24
ATTEMPTS_KEPT: Final = timedelta(days=2)


@app.periodic(cron="30 4 * * *")
@app.task(name="forget_old_jobs", queueing_lock="forget_old_jobs", pass_context=True)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    """Finished jobs of more than a month ago go: what they did is in the data and its history."""
    await remove_old_jobs(context, max_hours=JOBS_KEPT_HOURS, remove_failed=True, remove_aborted=True)


@app.periodic(cron="40 4 * * *")
@app.task(name="forget_attempts", queueing_lock="forget_attempts")
def forget_attempts(timestamp: int) -> None:
    """Counts of tries are longer than any limit looks back: they go."""
    limits.forget_attempts(before=clock.now() - ATTEMPTS_KEPT)
