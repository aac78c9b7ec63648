"""Queue tasks of the history. Each is safe to run twice: one sealer works at a time, and seals what is left."""

from procrastinate.contrib.django import app

from caudal.common import clock
from caudal.common.sealing import seal_history
from caudal.documents.operations import write_day_seal
from caudal.registry.context import activate_town_timezone


@app.periodic(cron="* * * * *")
@app.task(name="seal_history", queueing_lock="seal_history")
def seal_minute(timestamp: int) -> None:
    """Each minute: what was written since the last seal."""
    seal_history()


@app.periodic(cron="20 0 * * *")
@app.task(name="seal_day", queueing_lock="seal_day")
def seal_day(timestamp: int) -> None:
    """Each day: also what a transaction of more than a day left; and how far the chain reached, on signed paper."""
    activate_town_timezone()
    seal_history(everything=True)
    write_day_seal(at=clock.now())
