"""Queue tasks of money: nobody waits for ever for a provider's word, nor for somebody to add what is late."""

from procrastinate.contrib.django import app

from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.registry.context import activate_town_timezone
from caudal.workflows.payments import post_surcharges, settle_open_intents


@app.periodic(cron="*/10 * * * *")
@app.task(name="settle_open_intents", queueing_lock="settle_open_intents")
def settle_intents(timestamp: int) -> None:
    """Ask the providers about payments left open, and give up those of yesterday."""
    activate_town_timezone()
    settle_open_intents(at=clock.now(), on=clock.today())


@app.periodic(cron="20 * * * *")
@app.task(name="post_surcharges", queueing_lock="post_surcharges")
def surcharges(timestamp: int) -> None:
    """Post surcharges on the day they fall, and those of days that were missed."""
    activate_town_timezone()
    post_surcharges(on=clock.today(), by=SYSTEM)
