"""Queue tasks of online payments: nobody waits for ever for a provider's word."""

from procrastinate.contrib.django import app

from caudal.common import clock
from caudal.registry.context import activate_town_timezone
from caudal.workflows.payments import settle_open_intents


@app.periodic(cron="*/10 * * * *")
@app.task(name="settle_open_intents", queueing_lock="settle_open_intents")
def settle_intents(timestamp: int) -> None:
    """Ask the providers about payments left open, and give up those of yesterday."""
    activate_town_timezone()
    settle_open_intents(at=clock.now(), on=clock.today())
