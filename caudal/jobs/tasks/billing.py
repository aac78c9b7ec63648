"""Queue tasks of billing. Each is safe to run twice: a worker may die in any of them."""

from procrastinate.contrib.django import app

from caudal.billing.queries.schedule import due_runs
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.registry.context import activate_town_timezone
from caudal.workflows import billing_run


@app.task(name="issue_run")
def issue_run(run_id: int) -> None:
    """Issue what is left of an approved run."""
    activate_town_timezone()
    billing_run.issue_run(run_id=run_id, clock=clock.now)


@app.periodic(cron="10 * * * *")
@app.task(name="rehearse_due", queueing_lock="rehearse_due")
def rehearse_due(timestamp: int) -> None:
    """Rehearse what falls due today, and on days that were missed; issue only what may be issued by itself."""
    activate_town_timezone()
    today = clock.today()
    for due in due_runs(today=today):
        run = billing_run.rehearse(dated_on=due.dated_on, services=due.codes, by=SYSTEM)
        if due.automatic:
            billing_run.approve(run_id=run.pk, issued_on=today, at=clock.now(), by=SYSTEM)
