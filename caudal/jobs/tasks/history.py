"""Queue tasks of the history. Each is safe to run twice: one sealer works at a time, and seals what is left."""

from procrastinate.contrib.django import app

from caudal.common.sealing import seal_history


@app.periodic(cron="* * * * *")
@app.task(name="seal_history", queueing_lock="seal_history")
def seal_minute(timestamp: int) -> None:
    """Each minute: what was written since the last seal."""
    seal_history()


@app.periodic(cron="20 0 * * *")
@app.task(name="seal_day", queueing_lock="seal_day")
def seal_day(timestamp: int) -> None:
    """Each day: also what a transaction of more than a day left."""
    seal_history(everything=True)
